// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/interrupt.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/commands/commandlibrary.h"
#include "app/commands/commandrun.h"

#include "core/base/text.h"
#include "core/formats/settingsjson.h"
#include "core/training/engines/engine.h"
#include "core/training/fork.h"

#include <string>
#include <utility>

namespace chainrule {

namespace {

// The parent's settings, and the checkpoint from which its fork goes on.
struct ForkPoint {
    TrainingSettings settings;
    Checkpoint checkpoint;
};

Result<ForkPoint> forkPointOf(RunReplay& replay, const RunRecord& parent, std::int64_t step)
{
    auto settings = settingsFromJson(parent.settings);
    if (!settings)
        return settings.error();
    const bool looksForBest = settings->patience > 0 || settings->keep == Keep::Best;
    auto checkpoint = replayForCommand(replay, step, looksForBest);
    if (!checkpoint)
        return checkpoint.error();
    // Named, because the best one of this processor may be another.
    if (settings->kernels.empty() && parent.kernels != kernelNames().back())
        settings->kernels = parent.kernels;
    return ForkPoint{settingsAfter(*settings, *checkpoint), std::move(*checkpoint)};
}

int runFork(const QCommandLineParser& parser, const std::shared_ptr<Library>& library,
            const RunRecord& parent, std::int64_t step)
{
    auto replay = openReplay(library, parent);
    if (!replay)
        return failWork(replay.error());
    auto point = forkPointOf(*replay, parent, step);
    if (!point)
        return failWork(point.error());
    auto edited = readRunOptions(parser, point->settings);
    if (!edited)
        return failUsage(edited.error());
    RunSetup parentSetup = *replay->setup();
    parentSetup.settings = point->settings;
    auto fork = makeFork(parentSetup, point->checkpoint, *edited);
    if (!fork)
        return failUsage(fork.error());
    const Checkpoint& from = fork->from;
    RunStart start;
    start.checkpoint = &from;
    auto epochs = library->epochs(parent.id);
    if (!epochs)
        return failWork(epochs.error());
    start.epochs = std::move(*epochs);
    std::erase_if(start.epochs,
                  [&](const EpochRecord& record) { return record.epoch > from.epochsMeasured; });
    return trainForCommand(parser, fork->setup, newFork(fork->setup, parent.id, from, CHAINRULE_VERSION),
                           start);
}

} // namespace

int forkCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr(
        "Starts a new run that goes on from a step of another one, with its weights, what its "
        "optimizer remembers and its place in the batches. The options hold from there on; "
        "without any, the new run equals the other to the last bit."));
    parser.addPositionalArgument(QStringLiteral("ID"), CommandLine::tr("The run's id or its beginning."));
    parser.addOption({QStringLiteral("step"),
                      CommandLine::tr("After so many steps; else the run's last one."), QStringLiteral("K")});
    addRunOptions(parser);
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("runs fork"), arguments, status))
        return status;
    if (parser.positionalArguments().size() != 1)
        return failUsage({"runs fork", "it takes a run's id", "See chainrule runs fork --help"});
    std::optional<std::int64_t> step;
    if (parser.isSet(QStringLiteral("step"))) {
        const auto read = readStep(parser.value(QStringLiteral("step")));
        if (!read)
            return failUsage(read.error());
        step = *read;
    }
    if (const auto wrong = checkRunOptions(parser); !wrong)
        return failUsage(wrong.error());
    if (const int failed = checkOutputs(parser); failed != exitDone)
        return failed;
    catchInterrupt();
    const auto library = openLibrary();
    if (!library)
        return failWork(library.error());
    const auto parent = findRun(**library, parser.positionalArguments().constFirst(), false);
    if (!parent)
        return failWork(parent.error());
    return runFork(parser, *library, *parent, step.value_or(parent->step));
}

} // namespace chainrule
