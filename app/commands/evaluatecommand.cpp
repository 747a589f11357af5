// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/commands/openmodel.h"

#include "core/base/text.h"
#include "core/training/engines/engine.h"
#include "core/training/evaluation.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <string>

namespace chainrule {

namespace {

/// Rows true, columns predicted. Where a name is too long for a column the columns are numbered, and so are
/// the rows, which name them: the beginnings of names are too often the same.
void printTable(const std::vector<std::vector<int>>& confusion, const std::vector<std::string>& names)
{
    constexpr qsizetype widest = 24; // of a row's name
    constexpr qsizetype column = 7;
    const auto count = static_cast<qsizetype>(confusion.size());
    QStringList heads;
    for (qsizetype i = 0; i < count; ++i) {
        const auto label = static_cast<std::size_t>(i);
        heads << (label < names.size() ? QString::fromStdString(names[label]) : QString::number(i));
    }
    QStringList rows = heads;
    QStringList legend; // of the names that do not stand whole before their rows
    if (std::any_of(heads.begin(), heads.end(), [](const QString& name) { return name.size() >= column; })) {
        const qsizetype digits = QString::number(count - 1).size();
        for (qsizetype i = 0; i < count; ++i) {
            const QString number = QString::number(i);
            const QString before = number.rightJustified(digits) + QLatin1Char(' ');
            if (heads[i].size() > widest)
                legend << before + heads[i];
            const QString shown =
                heads[i].size() <= widest
                    ? heads[i]
                    : heads[i].left(widest / 2) + QStringLiteral("…") + heads[i].right(widest / 2 - 1);
            rows[i] = before + shown;
            heads[i] = number;
        }
    }
    qsizetype width = 8;
    for (const QString& row : rows)
        width = std::max(width, row.size());
    std::printf("\ntrue \\ predicted\n%s", std::string(static_cast<std::size_t>(width), ' ').c_str());
    for (const QString& head : heads)
        std::printf("%s", qUtf8Printable(head.rightJustified(column)));
    std::printf("\n");
    const bool numbered = rows != heads;
    for (qsizetype i = 0; i < count; ++i) {
        std::printf("%s",
                    qUtf8Printable(numbered ? rows[i].leftJustified(width) : rows[i].rightJustified(width)));
        for (const int cell : confusion[static_cast<std::size_t>(i)])
            std::printf("%*d", static_cast<int>(column), cell);
        std::printf("\n");
    }
    if (!legend.isEmpty())
        std::printf("\n%s\n", qUtf8Printable(legend.join(QLatin1Char('\n'))));
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
    if (const auto checked = checkConfusion(classCount(*network->parameters)); !checked)
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
    if (splitName != QLatin1String("training"))
        tellOfKnownSamples(trainedOnAmong(*network, samples), samples.size(), splitName);
    Engine engine = makeEngine(*network->parameters, *engineKind, precision, 0, 1);
    const auto predictions = predict(engine, *setup.data, samples);
    const Metrics metrics = metricsOf(predictions, *setup.data, samples);
    const auto confusion =
        confusionMatrix(predictions, *setup.data, samples, classCount(*network->parameters));
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
