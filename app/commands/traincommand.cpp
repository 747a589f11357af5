// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/initialfile.h"
#include "app/base/interrupt.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/commands/commandrun.h"
#include "app/commands/openmodel.h"
#include "app/data/datasource.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/training/runsetup.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

void addOptions(QCommandLineParser& parser)
{
    QString presetWords = CommandLine::tr("Where to start from; the other options change it.");
    for (const Preset& preset : presets())
        presetWords += QStringLiteral("\n") + QString::fromStdString(preset.name + ": " + preset.summary);
    parser.addOption(
        {QStringLiteral("preset"), presetWords, QStringLiteral("NAME"), QStringLiteral("matrix")});
    addRunOptions(parser);
    parser.addOption({QStringLiteral("init"),
                      CommandLine::tr("Start from this model's weights and architecture."),
                      QStringLiteral("MODEL")});
}

Result<TrainingSettings> readSettings(const QCommandLineParser& parser, Given& given)
{
    auto preset = presetSettings(parser.value(QStringLiteral("preset")).toStdString());
    if (!preset)
        return preset;
    given.samples = samplesAskedFor(parser);
    given.layers = parser.isSet(QStringLiteral("layers"));
    given.presetOutput = !given.layers;
    given.loss = parser.isSet(QStringLiteral("loss"));
    return readRunOptions(parser, std::move(*preset));
}

} // namespace

int trainCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr("Trains a network without a window."));
    addOptions(parser);
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("train"), arguments, status))
        return status;
    Given given;
    auto settings = readSettings(parser, given);
    if (!settings)
        return failUsage(settings.error());
    if (!parser.positionalArguments().isEmpty()) {
        return failUsage({inQuotes(parser.positionalArguments().first().toStdString()),
                          "train takes options only", "See chainrule train --help"});
    }
    if (given.layers && parser.isSet(QStringLiteral("init")))
        return failUsage({"--layers", "--init brings its own layers", "Leave out one of the two"});
    if (given.loss && parser.isSet(QStringLiteral("init")))
        return failUsage({"--loss", "--init brings its own loss", "Leave out one of the two"});
    if (parser.isSet(QStringLiteral("initial-weights")) && parser.isSet(QStringLiteral("init")))
        return failUsage({"--initial-weights", "--init brings its own weights", "Leave out one of the two"});
    if (const int failed = checkOutputs(parser); failed != exitDone)
        return failed;
    catchInterrupt();

    std::optional<ModelFile> initial;
    std::optional<InitialFile> initialFile;
    if (parser.isSet(QStringLiteral("init"))) {
        const QString path = parser.value(QStringLiteral("init"));
        initialFile = initialFileOf(path);
        auto model = loadModel(path.toStdString());
        if (!model)
            return failWork(model.error());
        initial = std::move(*model);
    }

    if (settings->data.empty())
        settings->data = defaultSource();
    auto data = loadSourceForCommand(settings->data);
    if (!data)
        return failWork(data.error());
    std::optional<TrainingSettings> trained; // the model's
    if (initial && !initial->settings.empty()) {
        const auto saved = settingsFromJson(initial->settings);
        if (initial->network.scale.empty())
            tellOfOtherScale(*data, saved ? saved->data : std::string());
        if (saved && initial->recorded)
            trained = *saved;
    }
    const auto shared = std::make_shared<const Dataset>(std::move(*data));
    auto setup = initial ? prepareRun(*settings, given, shared, initial->network)
                         : prepareRun(*settings, given, shared);
    if (!setup)
        return failWork(setup.error());
    if (const int outputs = outputCount(setup->initial.stack);
        given.layers && !hasAmounts(*setup->data) && outputs > setup->data->classes) {
        std::fprintf(
            stderr,
            "chainrule: --layers: The last layer is the output, and %s has %d classes: the other %d of "
            "its %d units will only learn never to be chosen.\n",
            setup->data->name.c_str(), setup->data->classes, outputs - setup->data->classes, outputs);
    }

    if (trained) {
        const RunSetup& run = *setup;
        const auto tell = [&](const std::vector<std::uint32_t>& samples, const char* split) {
            tellOfKnownSamples(trainedOnAmong(*trained, run, samples), samples.size(), QLatin1String(split));
        };
        tell(run.split.validation, "validation");
        tell(run.split.test, "test");
    }

    return trainForCommand(parser, *setup, newRun(*setup, initialFile, CHAINRULE_VERSION));
}

} // namespace chainrule
