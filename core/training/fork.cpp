// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/fork.h"

#include "core/training/settings/settingsfields.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace chainrule {

namespace {

// What decides which samples a step sees, and what the weights belong to.
constexpr std::array<std::string_view, 11> fixedFields{"data", "train",      "validation", "test",
                                                       "loss", "layers",     "batch",      "initial-weights",
                                                       "seed", "no-shuffle", "drawings"};

} // namespace

TrainingSettings settingsAfter(TrainingSettings settings, const Checkpoint& checkpoint)
{
    for (const JournalEvent& event : checkpoint.journal) {
        if (const auto own = liveFieldRow(event.field).own; own && event.step < checkpoint.step)
            settings.*own = event.value;
    }
    return settings;
}

Result<void> checkFork(const TrainingSettings& parent, const TrainingSettings& edited)
{
    for (const SettingsField& field : settingsFields()) {
        if (std::ranges::find(fixedFields, field.option) == fixedFields.end())
            continue;
        if (const std::string own = textOf(field, parent); textOf(field, edited) != own) {
            return Error{"--" + std::string(field.option),
                         {MessageId::forkCannotChange, own.empty() ? std::string("none") : own},
                         MessageId::forkOrNewRun};
        }
    }
    return {};
}

Result<Checkpoint> forkFrom(Checkpoint checkpoint, const TrainingSettings& parent,
                            const TrainingSettings& edited, std::size_t trainingSamples)
{
    if (const auto may = checkFork(parent, edited); !may)
        return may.error();
    if (const std::int64_t steps = stepCount(edited, trainingSamples); checkpoint.step >= steps) {
        return Error{{MessageId::stepOfRun, std::to_string(checkpoint.step)},
                     {MessageId::forkAtEnd, std::to_string(steps)},
                     MessageId::forkEarlierOrLonger};
    }
    checkpoint.network.precision = edited.precision;
    if (edited.optimizer != parent.optimizer) {
        checkpoint.optimizer = {};
        checkpoint.optimizer.kind = edited.optimizer;
    }
    const bool looksForBest = edited.patience > 0 || edited.keep == Keep::Best;
    if (checkpoint.best && edited.keep == Keep::Last)
        checkpoint.best->parameters.clear();
    else if (checkpoint.best && checkpoint.best->parameters.empty())
        checkpoint.best.reset(); // its weights were not kept
    if (!looksForBest)
        checkpoint.best.reset();
    // The ends of all epochs so far are in the parent's history.
    checkpoint.epochsMeasured = static_cast<int>(checkpoint.samplesDone / trainingSamples);
    std::erase_if(checkpoint.journal, [&](const JournalEvent& event) {
        return event.step >= checkpoint.step || liveFieldRow(event.field).own;
    });
    return checkpoint;
}

Result<Fork> makeFork(const RunSetup& parent, const Checkpoint& checkpoint, const TrainingSettings& edited)
{
    auto from = forkFrom(checkpoint, settingsAfter(parent.settings, checkpoint), edited,
                         parent.split.training.size());
    if (!from)
        return from.error();
    Fork fork{parent, std::move(*from)};
    fork.setup.settings = edited;
    fork.setup.initial = fork.from.network;
    if (const auto fits = checkSettings(fork.setup); !fits)
        return fits.error();
    return fork;
}

} // namespace chainrule
