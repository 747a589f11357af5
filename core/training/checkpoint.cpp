// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/checkpoint.h"

#include "core/base/text.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace chainrule {

Checkpoint checkpointAt(const TrainingSettings& settings, const Network& network, std::size_t trainingSamples,
                        double epoch)
{
    Checkpoint checkpoint;
    checkpoint.network = network;
    checkpoint.optimizer.kind = settings.optimizer;
    const auto batch = std::min(static_cast<std::size_t>(settings.batchSize), trainingSamples);
    const auto done = std::min(static_cast<std::size_t>(epoch * static_cast<double>(trainingSamples) + 0.5),
                               trainingSamples * static_cast<std::size_t>(settings.epochs));
    const std::size_t epochs = done / trainingSamples;
    const std::size_t batches = done % trainingSamples / batch;
    checkpoint.samplesDone = epochs * trainingSamples + batches * batch;
    checkpoint.step = static_cast<std::int64_t>(epochs * ((trainingSamples + batch - 1) / batch) + batches);
    checkpoint.epochsMeasured = static_cast<int>(epochs);
    return checkpoint;
}

Result<void> checkCheckpoint(const Checkpoint& checkpoint, const TrainingSettings& settings,
                             std::size_t trainingSamples)
{
    const auto otherThan = [](std::string_view its, std::string_view own) {
        return Error{MessageId::theCheckpoint,
                     {MessageId::checkpointOfOther, its, own},
                     MessageId::useThisRunsCheckpoint};
    };
    if (checkpoint.network.stack.layers != settings.layers)
        return otherThan(formatLayers(checkpoint.network.stack.layers), formatLayers(settings.layers));
    if (checkpoint.network.loss != settings.loss)
        return otherThan(lossName(checkpoint.network.loss), lossName(settings.loss));
    if (checkpoint.optimizer.kind != settings.optimizer)
        return otherThan(optimizerName(checkpoint.optimizer.kind), optimizerName(settings.optimizer));

    const auto batch = std::min(static_cast<std::size_t>(settings.batchSize), trainingSamples);
    const std::size_t perEpoch = (trainingSamples + batch - 1) / batch;
    const std::size_t epochs = checkpoint.samplesDone / trainingSamples;
    const std::size_t rest = checkpoint.samplesDone % trainingSamples;
    const bool within = epochs < static_cast<std::size_t>(settings.epochs) ||
                        (epochs == static_cast<std::size_t>(settings.epochs) && rest == 0);
    if (!within || rest % batch != 0 || checkpoint.epochsMeasured < 0 ||
        static_cast<std::size_t>(checkpoint.epochsMeasured) > epochs ||
        checkpoint.step != static_cast<std::int64_t>(epochs * perEpoch + rest / batch)) {
        return Error{MessageId::theCheckpoint,
                     {MessageId::checkpointPosition, std::to_string(checkpoint.step),
                      std::to_string(checkpoint.samplesDone)},
                     MessageId::useThisRunsCheckpoint};
    }
    const std::size_t parameters = checkpoint.network.parameters.size();
    const std::size_t remembers = optimizerRow(settings.optimizer).memories;
    // An optimizer that has not made a step begins afresh, as with weights alone.
    const auto fits = [&](const std::vector<double>& numbers, std::size_t place) {
        return numbers.empty() ? checkpoint.optimizer.steps == 0 || place > remembers
                               : numbers.size() == parameters && place <= remembers;
    };
    const bool bestFits = !checkpoint.best || checkpoint.best->parameters.size() == parameters ||
                          (settings.keep == Keep::Last && checkpoint.best->parameters.empty());
    if (!fits(checkpoint.optimizer.first, 1) || !fits(checkpoint.optimizer.second, 2) || !bestFits ||
        checkpoint.optimizer.steps < 0 || checkpoint.optimizer.steps > checkpoint.step)
        return Error{MessageId::theCheckpoint, MessageId::checkpointMemories,
                     MessageId::useThisRunsCheckpoint};
    for (const JournalEvent& event : checkpoint.journal) {
        if (event.step < 0 || !isPossible(event.field, event.value)) {
            return Error{MessageId::theCheckpoint,
                         {MessageId::checkpointJournal, liveFieldRow(event.field).name,
                          shortestNumber(event.value), std::to_string(event.step)},
                         MessageId::useThisRunsCheckpoint};
        }
    }
    return {};
}

} // namespace chainrule
