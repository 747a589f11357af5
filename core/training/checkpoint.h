// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/training/journal.h"
#include "core/training/settings/settings.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace chainrule {

/// The epoch with the lowest validation loss so far.
struct BestEpoch {
    int epoch = 0; ///< counted from 1
    double validationLoss = 0.0;
    std::vector<double> parameters;
    bool operator==(const BestEpoch&) const = default;
};

/// All that a run needs to go on from a step as if it had never stopped, to the last bit: weights, what the
/// optimizer remembers, the place in the batches, the best epoch so far and what was changed on the way. The
/// settings and the data are the run's.
struct Checkpoint {
    Network network;
    OptimizerMemory optimizer;
    std::int64_t step = 0;       ///< steps done
    std::size_t samplesDone = 0; ///< of all epochs
    double epochLossSum =
        0.0; ///< sum of the sample losses of the current epoch; between two, of the one that ended
    int epochsMeasured = 0;        ///< whose metrics were recorded and compared with the best epoch's
    std::optional<BestEpoch> best; ///< where the run keeps it
    Journal journal;               ///< events from `step` on are yet to come
};

/// A checkpoint made from weights only. The run continues at the last batch that begins at or before `epoch`,
/// with a fresh optimizer and an empty journal.
[[nodiscard]] Checkpoint checkpointAt(const TrainingSettings& settings, const Network& network,
                                      std::size_t trainingSamples, double epoch);

/// Whether a run with these settings on so many training samples can go on from the checkpoint, which may
/// come from a file: layers, loss and optimizer are the settings', the position is the begin of one of the
/// run's batches, what the optimizer and the best epoch need is there, the journal changes what can be
/// changed within its bounds. train() relies on it.
[[nodiscard]] Result<void> checkCheckpoint(const Checkpoint& checkpoint, const TrainingSettings& settings,
                                           std::size_t trainingSamples);

} // namespace chainrule
