// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/openmodel.h"

#include "core/base/text.h"
#include "core/training/engine.h"
#include "core/training/evaluation.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
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
            std::printf("%*d", static_cast<int>(column), count);
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

    if (const auto words = checkDataWords(parser); !words)
        return failUsage(words.error());
    const auto network = openModel(parser, parser.positionalArguments().first(), DataNeed::Required);
    if (!network)
        return failWork(network.error());
    if (const auto checked = checkConfusion(outputCount(network->parameters->stack)); !checked)
        return failWork(checked.error());
    const RunSetup& setup = *network->setup;
    const Precision precision =
        *engineKind == EngineKind::Scalar ? Precision::Double : network->settings.precision;

    const Split& split = setup.split;
    const auto& samples = splitName == QLatin1String("training")     ? split.training
                          : splitName == QLatin1String("validation") ? split.validation
                                                                     : split.test;
    if (samples.empty()) {
        return failWork(
            {"the " + splitName.toStdString() + " split", "it has no samples",
             "Ask for some with --" +
                 (splitName == QLatin1String("training") ? std::string("train") : splitName.toStdString())});
    }
    if (const std::size_t known =
            splitName == QLatin1String("training") ? 0 : trainedOnAmong(*network, samples);
        known > 0) {
        std::fprintf(stderr,
                     "chainrule: %zu of the %zu %s samples are among those that the model was trained "
                     "on, as they were chosen otherwise than for its training.\n",
                     known, samples.size(), qUtf8Printable(splitName));
    }
    Engine engine = makeEngine(*network->parameters, *engineKind, precision, 0, 1);
    const auto predictions = predict(engine, *setup.data, samples);
    const Metrics metrics = metricsOf(predictions, *setup.data, samples);
    const auto confusion =
        confusionMatrix(predictions, *setup.data, samples, outputCount(network->parameters->stack));
    if (parser.isSet(QStringLiteral("json"))) {
        const nlohmann::ordered_json line = {{"samples", samples.size()},
                                             {"loss", metrics.loss},
                                             {"accuracy", metrics.accuracy},
                                             {"confusion", confusion},
                                             {"classes", setup.data->classNames}};
        std::printf("%s\n", line.dump().c_str());
        return exitDone;
    }
    std::printf("%s, %zu %s samples: loss %.4f, accuracy %.2f %%\n", setup.data->name.c_str(), samples.size(),
                qUtf8Printable(splitName), metrics.loss, metrics.accuracy);
    printTable(confusion, setup.data->classNames);
    return exitDone;
}

} // namespace chainrule
