// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/data/digitreader.h"
#include "app/data/imagefolder.h"
#include "app/data/imageinput.h"

#include "core/formats/modelfile.h"
#include "core/training/engines/engine.h"

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
    ImageInput input;
    std::vector<Waiting> waiting{};
    Dataset images{}; ///< one of each waiting, prepared as the network's were
    Dataset raw{};    ///< merely shrunk, where that is asked for
    Score score{};
    std::size_t done = 0;
    bool failed = false;
};

Dataset emptyImages(const ImageInput& input, std::size_t classes)
{
    Dataset data;
    data.width = input.width;
    data.height = input.height;
    data.classes = static_cast<int>(classes);
    return data;
}

void add(Dataset& data, std::span<const std::uint8_t> image)
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

void printHeading(const Classifier& classifier)
{
    const int width = columnWidth(classifier.names);
    const bool digits = classifier.input.isDigit && classifier.names.empty();
    std::printf("%s  certainty", column(digits ? "digit" : "class", width).c_str());
    if (classifier.withRaw)
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
        printHeading(classifier);
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
    classifier.images = emptyImages(classifier.input, classes);
    classifier.raw = emptyImages(classifier.input, classes);
}

void fail(Classifier& classifier, const std::string& name, Error error)
{
    error.what = name;
    printError(error);
    classifier.failed = true;
}

void wait(Classifier& classifier, std::span<const std::uint8_t> image, Waiting each)
{
    add(classifier.images, image);
    classifier.waiting.push_back(std::move(each));
    if (classifier.waiting.size() == batchSize)
        flush(classifier);
}

void take(Classifier& classifier, DigitSource source)
{
    const auto failed = [&](const Error& error) { fail(classifier, source.name, error); };
    if (!source.ink) {
        failed(source.ink.error());
        return;
    }
    if (source.label && static_cast<std::size_t>(*source.label) >= classifier.classes) {
        failed({source.name,
                "its label is " + std::to_string(*source.label) + ", but the network has the classes 0 to " +
                    std::to_string(classifier.classes - 1),
                "Correct the label, or leave it out"});
        return;
    }
    const auto digit = prepareDigit(*source.ink);
    if (!digit) {
        failed(digit.error());
        return;
    }
    if (classifier.withRaw) {
        const auto raw = shrinkCanvas(*source.ink);
        if (!raw) {
            failed(raw.error());
            return;
        }
        add(classifier.raw, raw->image);
    }
    wait(classifier, digit->image, {std::move(source.name), source.label});
}

// An image of one's own, as those that the network was trained on.
void takeImage(Classifier& classifier, const QString& path)
{
    const std::string name = path.toStdString();
    const auto image = readImage(path);
    if (!image) {
        fail(classifier, name, image.error());
        return;
    }
    const auto pixels = preparedImage(*image, classifier.input.width, classifier.input.height);
    if (pixels.empty()) {
        fail(classifier, name, {name, "there is not enough memory for it", "Make it smaller"});
        return;
    }
    wait(classifier, pixels, {name, {}});
}

void takeFile(Classifier& classifier, const QString& path)
{
    const ImageInput& input = classifier.input;
    if (!input.isDigit && !isStrokeFile(path)) {
        takeImage(classifier, path);
        return;
    }
    if (input.width != 28 || input.height != 28) {
        const std::string name = path.toStdString();
        fail(classifier, name,
             {name,
              "pen strokes become images of 28 x 28, but the network reads images of " +
                  std::to_string(input.width) + " x " + std::to_string(input.height),
              "Use a model for 28 x 28, or give images"});
        return;
    }
    readDigits(path, [&](DigitSource source) { take(classifier, std::move(source)); });
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
        "Tells which classes images and pen strokes belong to. A model of digits reads images of one digit:\n"
        "their ink is found and centred. A model of Fashion-MNIST or of images of your own reads images of\n"
        "any size, prepared as those were and no more; their size is looked up in the data set that it was\n"
        "trained on. A file whose name ends in .jsonl, for a model of 28 x 28, has a line\n"
        "{\"strokes\":[[[x,y],...],...],\"label\":3} for each drawing, y downwards, the label not needed.\n"
        "Models of tables are measured by chainrule evaluate. What cannot be read is told on standard\n"
        "error; the rest is done, and the exit status is 1."));
    parser.addPositionalArgument(QStringLiteral("MODEL"), CommandLine::tr("A saved model for images."));
    parser.addPositionalArgument(QStringLiteral("FILE"),
                                 CommandLine::tr("Images, or .jsonl files of strokes."),
                                 QStringLiteral("FILE..."));
    parser.addOptions({
        {QStringLiteral("data"),
         CommandLine::tr("The images that the model was trained on, where they are not where they were."),
         QStringLiteral("SOURCE")},
        {QStringLiteral("raw"), CommandLine::tr("With digits: also classify the whole canvas or image merely "
                                                "shrunk to 28 x 28, for comparison.")},
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
    const std::string name = files.first().toStdString();
    const auto input = imageInputOf(*model, name, parser.value(QStringLiteral("data")).toStdString());
    if (!input)
        return failWork(input.error());
    if (!input->isDigit && parser.isSet(QStringLiteral("raw"))) {
        return failWork({"--raw", name + " reads images as they are, without the preparation of digits",
                         "Leave --raw out"});
    }
    const auto classes = static_cast<std::size_t>(outputCount(model->network.stack));
    Classifier classifier{makeEngine(model->network, EngineKind::Matrix, model->network.precision, 0, 1),
                          classes,
                          parser.isSet(QStringLiteral("json")),
                          parser.isSet(QStringLiteral("raw")),
                          model->network.outputNames,
                          *input};
    classifier.images = emptyImages(*input, classes);
    classifier.raw = emptyImages(*input, classes);
    // The image readers' own words would stand beside ours.
    QLoggingCategory::setFilterRules(QStringLiteral("qt.gui.imageio*=false"));
    for (const QString& file : files.mid(1))
        takeFile(classifier, file);
    flush(classifier);
    if (classifier.score.labelled > 0)
        printScore(classifier);
    return classifier.failed ? exitFailed : exitDone;
}

} // namespace chainrule
