// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/digitreader.h"

#include "core/model/modelfile.h"
#include "core/training/engine.h"

#include <QLoggingCategory>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

// So many are predicted together; the table grows by as many lines at a time.
constexpr std::size_t batchSize = 128;

struct Score {
    std::size_t labelled = 0;
    std::size_t right = 0;
    std::size_t rawRight = 0;

    [[nodiscard]] double accuracy() const { return percent(right); }
    [[nodiscard]] double rawAccuracy() const { return percent(rawRight); }

private:
    [[nodiscard]] double percent(std::size_t count) const
    {
        return labelled == 0 ? 0.0 : 100.0 * static_cast<double>(count) / static_cast<double>(labelled);
    }
};

struct Waiting {
    std::string name;
    std::optional<int> label;
};

// Collects what the files give, and prints predictions whenever there are enough of them.
struct Classifier {
    Engine engine;
    std::size_t classes;
    bool asJson;
    bool withRaw;
    std::vector<std::string> names; ///< of the classes; empty: their numbers
    std::vector<Waiting> waiting{};
    Dataset images{}; ///< one of each waiting, prepared as MNIST was
    Dataset raw{};    ///< merely shrunk, where that is asked for
    Score score{};
    std::size_t done = 0;
    bool failed = false;
};

Dataset emptyImages(std::size_t classes)
{
    Dataset data;
    data.width = 28;
    data.height = 28;
    data.classes = static_cast<int>(classes);
    return data;
}

void add(Dataset& data, const DigitImage& image)
{
    data.pixels.insert(data.pixels.end(), image.begin(), image.end());
    data.labels.push_back(0); // what the network is asked; its answer does not depend on it
}

std::vector<double> predictAll(Engine& engine, const Dataset& data)
{
    std::vector<std::uint32_t> samples(sampleCount(data));
    std::iota(samples.begin(), samples.end(), 0U);
    return probabilities(engine, data, samples);
}

std::size_t mostProbable(std::span<const double> values)
{
    return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::string nameOf(const std::vector<std::string>& names, std::size_t index)
{
    return index < names.size() ? names[index] : std::to_string(index);
}

void printJson(const Waiting& each, std::span<const double> values, std::span<const double> rawValues,
               const std::vector<std::string>& names)
{
    nlohmann::ordered_json line;
    line["source"] = each.name;
    line["digit"] = mostProbable(values);
    line["class"] = nameOf(names, mostProbable(values));
    line["probabilities"] = values;
    if (!rawValues.empty()) {
        line["raw_digit"] = mostProbable(rawValues);
        line["raw_class"] = nameOf(names, mostProbable(rawValues));
        line["raw_probabilities"] = rawValues;
    }
    if (each.label)
        line["label"] = *each.label;
    const auto replace = nlohmann::ordered_json::error_handler_t::replace; // names need not be UTF-8
    std::printf("%s\n", line.dump(-1, ' ', false, replace).c_str());
}

// The columns are as wide as the longest name, but at least as the words above them.
int columnWidth(const std::vector<std::string>& names)
{
    qsizetype width = 5;
    for (const std::string& name : names)
        width = std::max(width, QString::fromStdString(name).size());
    return static_cast<int>(width);
}

std::string column(const std::string& text, int width)
{
    return QString::fromStdString(text).rightJustified(width).toStdString();
}

void printRow(const Waiting& each, std::span<const double> values, std::span<const double> rawValues,
              const std::vector<std::string>& names)
{
    const int width = columnWidth(names);
    const std::size_t best = mostProbable(values);
    std::printf("%s  %7.2f %%", column(nameOf(names, best), width).c_str(), 100.0 * values[best]);
    if (!rawValues.empty()) {
        const std::size_t rawBest = mostProbable(rawValues);
        std::printf("  %s  %7.2f %%", column(nameOf(names, rawBest), width).c_str(),
                    100.0 * rawValues[rawBest]);
    }
    const std::string label = each.label ? nameOf(names, static_cast<std::size_t>(*each.label)) : "";
    std::printf("  %s  %s\n", column(label, width).c_str(), each.name.c_str());
}

void printHeading(bool withRaw, const std::vector<std::string>& names)
{
    const int width = columnWidth(names);
    std::printf("%s  certainty", column(names.empty() ? "digit" : "class", width).c_str());
    if (withRaw)
        std::printf("  %s  certainty", column("raw", width).c_str());
    std::printf("  %s  source\n", column("label", width).c_str());
}

void flush(Classifier& classifier)
{
    if (classifier.waiting.empty())
        return;
    const std::size_t classes = classifier.classes;
    const auto values = predictAll(classifier.engine, classifier.images);
    const auto rawValues =
        classifier.withRaw ? predictAll(classifier.engine, classifier.raw) : std::vector<double>();
    if (classifier.done == 0 && !classifier.asJson)
        printHeading(classifier.withRaw, classifier.names);
    for (std::size_t i = 0; i < classifier.waiting.size(); ++i) {
        const Waiting& each = classifier.waiting[i];
        const auto own = std::span(values).subspan(i * classes, classes);
        const auto ownRaw = classifier.withRaw ? std::span(rawValues).subspan(i * classes, classes)
                                               : std::span<const double>();
        (classifier.asJson ? printJson : printRow)(each, own, ownRaw, classifier.names);
        if (!each.label)
            continue;
        const auto label = static_cast<std::size_t>(*each.label);
        ++classifier.score.labelled;
        classifier.score.right += mostProbable(own) == label;
        classifier.score.rawRight += classifier.withRaw && mostProbable(ownRaw) == label;
    }
    classifier.done += classifier.waiting.size();
    classifier.waiting.clear();
    classifier.images = emptyImages(classes);
    classifier.raw = emptyImages(classes);
}

void take(Classifier& classifier, DigitSource source)
{
    const auto fail = [&](Error error) {
        error.what = source.name;
        printError(error);
        classifier.failed = true;
    };
    if (!source.ink) {
        fail(source.ink.error());
        return;
    }
    if (source.label && static_cast<std::size_t>(*source.label) >= classifier.classes) {
        fail({source.name,
              "its label is " + std::to_string(*source.label) + ", but the network has the classes 0 to " +
                  std::to_string(classifier.classes - 1),
              "Correct the label, or leave it out"});
        return;
    }
    const auto digit = prepareDigit(*source.ink);
    if (!digit) {
        fail(digit.error());
        return;
    }
    if (classifier.withRaw) {
        const auto raw = shrinkCanvas(*source.ink);
        if (!raw) {
            fail(raw.error());
            return;
        }
        add(classifier.raw, raw->image);
    }
    add(classifier.images, digit->image);
    classifier.waiting.push_back({std::move(source.name), source.label});
    if (classifier.waiting.size() == batchSize)
        flush(classifier);
}

void printScore(const Classifier& classifier)
{
    const Score& score = classifier.score;
    if (classifier.asJson) {
        nlohmann::ordered_json line = {
            {"event", "end"}, {"samples", score.labelled}, {"accuracy", score.accuracy()}};
        if (classifier.withRaw)
            line["raw_accuracy"] = score.rawAccuracy();
        std::printf("%s\n", line.dump().c_str());
        return;
    }
    std::printf("\n%zu labelled: %.2f %% right", score.labelled, score.accuracy());
    if (classifier.withRaw)
        std::printf(", %.2f %% merely shrunk", score.rawAccuracy());
    std::printf("\n");
}

} // namespace

int classifyCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr(
        "Tells which digits images and pen strokes show. A file whose name ends in .jsonl has a line\n"
        "{\"strokes\":[[[x,y],...],...],\"label\":3} for each drawing, y downwards, the label not needed; "
        "any\n"
        "other file is an image of one digit. What cannot be read is told on standard error; the rest is\n"
        "done, and the exit status is 1."));
    parser.addPositionalArgument(QStringLiteral("MODEL"),
                                 CommandLine::tr("A saved model for 28 x 28 images."));
    parser.addPositionalArgument(QStringLiteral("FILE"),
                                 CommandLine::tr("Images, or .jsonl files of strokes."),
                                 QStringLiteral("FILE..."));
    parser.addOptions({
        {QStringLiteral("raw"),
         CommandLine::tr(
             "Also classify the whole canvas or image merely shrunk to 28 x 28, for comparison.")},
        {QStringLiteral("json"), CommandLine::tr("One JSON object a line on standard output.")},
    });
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("classify"), arguments, status))
        return status;
    const QStringList files = parser.positionalArguments();
    if (files.size() < 2) {
        return failUsage({"classify", "it takes a model and at least one image or .jsonl file",
                          "See chainrule classify --help"});
    }
    const auto model = loadModel(files.first().toStdString());
    if (!model)
        return failWork(model.error());
    const LayerStack& stack = model->parameters.stack;
    if (stack.inputs != 28 * 28) {
        return failWork({files.first().toStdString(),
                         "its network has " + std::to_string(stack.inputs) +
                             " inputs, but an image of a digit has 28 x 28 = 784",
                         "Use a model that was trained on images of 28 x 28, for instance on MNIST"});
    }
    if (!model->scale.empty()) {
        return failWork({files.first().toStdString(),
                         "its network reads the columns of a table, each by a scale of its own, not images",
                         "Measure it on such a table: chainrule evaluate MODEL --data TABLE.csv"});
    }
    const auto classes = static_cast<std::size_t>(outputCount(stack));
    Classifier classifier{makeEngine(model->parameters, EngineKind::Matrix, model->precision, 0, 1), classes,
                          parser.isSet(QStringLiteral("json")), parser.isSet(QStringLiteral("raw")),
                          model->classNames};
    classifier.images = emptyImages(classes);
    classifier.raw = emptyImages(classes);
    // The image readers' own words would stand beside ours.
    QLoggingCategory::setFilterRules(QStringLiteral("qt.gui.imageio*=false"));
    for (const QString& file : files.mid(1))
        readDigits(file, [&](DigitSource source) { take(classifier, std::move(source)); });
    flush(classifier);
    if (classifier.score.labelled > 0)
        printScore(classifier);
    return classifier.failed ? exitFailed : exitDone;
}

} // namespace chainrule
