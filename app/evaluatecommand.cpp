// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/datasource.h"

#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/data/sources.h"
#include "core/model/modelfile.h"
#include "core/training/engine.h"
#include "core/training/evaluation.h"
#include "core/training/history.h"
#include "core/training/runsetup.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

namespace chainrule {

namespace {

void printTable(const std::vector<std::vector<int>>& confusion, const std::vector<std::string>& names)
{
    const auto name = [&](std::size_t i) {
        return QString::fromStdString(i < names.size() ? names[i] : std::to_string(i));
    };
    // The rows' names stand whole, within reason; above the columns there is room for their beginnings.
    constexpr qsizetype widest = 24;
    constexpr qsizetype column = 7;
    qsizetype width = 8;
    for (std::size_t i = 0; i < confusion.size(); ++i)
        width = std::max(width, std::min(widest, name(i).size()));
    const auto cell = [](const QString& text, qsizetype room) {
        const QString shown = text.size() <= room ? text : text.left(room - 1) + QStringLiteral("…");
        return shown.rightJustified(room).toStdString();
    };
    std::printf("\ntrue \\ predicted\n%s", std::string(static_cast<std::size_t>(width), ' ').c_str());
    for (std::size_t i = 0; i < confusion.size(); ++i)
        std::printf(" %s", cell(name(i), column - 1).c_str());
    std::printf("\n");
    for (std::size_t i = 0; i < confusion.size(); ++i) {
        std::printf("%s", cell(name(i), width).c_str());
        for (const int count : confusion[i])
            std::printf("%*d", column, count);
        std::printf("\n");
    }
}

} // namespace

int evaluateCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        CommandLine::tr("Loss, accuracy and confusion matrix of a model on a split."));
    parser.addPositionalArgument(QStringLiteral("MODEL"), CommandLine::tr("A saved model."));
    addDataOptions(parser);
    parser.addOption({QStringLiteral("split"), CommandLine::tr("training, validation or test (the default)."),
                      QStringLiteral("NAME"), QStringLiteral("test")});
    parser.addOption({QStringLiteral("engine"), CommandLine::tr("scalar or matrix (the default)."),
                      QStringLiteral("ENGINE"), QStringLiteral("matrix")});
    parser.addOption({QStringLiteral("json"), CommandLine::tr("One JSON object on standard output.")});
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("evaluate"), arguments, status))
        return status;
    if (parser.positionalArguments().size() != 1)
        return failUsage({"evaluate", "it takes one model file", "See chainrule evaluate --help"});
    const QString splitName = parser.value(QStringLiteral("split"));
    if (!QStringList{QStringLiteral("training"), QStringLiteral("validation"), QStringLiteral("test")}
             .contains(splitName)) {
        return failUsage({"--split " + inQuotes(splitName.toStdString()), "there is no such split",
                          "Use training, validation or test"});
    }
    const auto engineKind = engineFromName(parser.value(QStringLiteral("engine")).toStdString());
    if (!engineKind)
        return failUsage(engineKind.error());

    TrainingSettings settings = presets().front().settings;
    Given given;
    const auto readWords = [&]() -> Result<void> {
        if (const auto read = readDataOptions(parser, settings, given); !read)
            return read;
        return validate(settings);
    };
    if (const auto read = readWords(); !read)
        return failUsage(read.error());

    auto model = loadModel(parser.positionalArguments().first().toStdString());
    if (!model)
        return failWork(model.error());
    // Without other words, the samples that the model was trained and tested with.
    if (!model->settings.empty()) {
        auto saved = settingsFromJson(model->settings);
        if (!saved)
            return failWork(saved.error());
        settings = *saved;
    }
    settings.layers = model->parameters.stack.layers;
    settings.augment = false; // samples are measured as they are, and drawings are none of the data's
    settings.drawings.clear();
    settings.engine = *engineKind;
    settings.precision = settings.engine == EngineKind::Scalar ? Precision::Double : model->precision;
    const std::string trainedOn = model->settings.empty() ? std::string() : settings.data;
    if (const auto read = readWords(); !read)
        return failWork(read.error());
    // The counts of the training must not give way to a larger --test, or training samples would be tested
    // on.
    if (!trainedOn.empty() && settings.data == trainedOn)
        given.samples = {true, true, true};
    if (settings.data.empty())
        settings.data = defaultSource();
    auto data = loadSourceForCommand(settings.data);
    if (!data)
        return failWork(data.error());
    if (const auto aligned = alignClasses(*data, model->classNames); !aligned)
        return failWork(aligned.error());
    auto setup =
        prepareRun(settings, given, std::make_shared<const Dataset>(std::move(*data)), model->parameters);
    if (!setup)
        return failWork(setup.error());

    const Split& split = setup->split;
    const auto& samples = splitName == QLatin1String("training")     ? split.training
                          : splitName == QLatin1String("validation") ? split.validation
                                                                     : split.test;
    if (samples.empty()) {
        return failWork(
            {"the " + splitName.toStdString() + " split", "it has no samples",
             "Ask for some with --" +
                 (splitName == QLatin1String("training") ? std::string("train") : splitName.toStdString())});
    }
    Engine engine = makeEngine(model->parameters, settings.engine, settings.precision, 0, 1);
    const auto predictions = predict(engine, *setup->data, samples);
    const Metrics metrics = metricsOf(predictions, *setup->data, samples);
    const auto confusion =
        confusionMatrix(predictions, *setup->data, samples, outputCount(model->parameters.stack));
    if (parser.isSet(QStringLiteral("json"))) {
        const nlohmann::ordered_json line = {{"samples", samples.size()},
                                             {"loss", metrics.loss},
                                             {"accuracy", metrics.accuracy},
                                             {"confusion", confusion},
                                             {"classes", setup->data->classNames}};
        std::printf("%s\n", line.dump().c_str());
        return exitDone;
    }
    std::printf("%s, %zu %s samples: loss %.4f, accuracy %.2f %%\n", setup->data->name.c_str(),
                samples.size(), qUtf8Printable(splitName), metrics.loss, metrics.accuracy);
    printTable(confusion, setup->data->classNames);
    return exitDone;
}

} // namespace chainrule
