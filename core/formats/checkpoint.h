// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/training/journal.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// The best epoch so far, by its validation loss.
struct BestEpoch {
    double loss = 0.0;              ///< of the validation samples
    std::vector<double> parameters; ///< in the order of Network::parameters
    bool operator==(const BestEpoch&) const = default;
};

/// Everything that a run needs to go on from one of its steps to the same last bit. Settings and history are
/// the run's own and stand elsewhere.
struct Checkpoint {
    Network network;
    OptimizerKind kind = OptimizerKind::Sgd;
    std::int64_t optimizerSteps = 0; ///< that its memories have seen; Adam corrects by it
    std::vector<double> first;       ///< in the order of Network::parameters; empty: the rule has none
    std::vector<double> second;
    std::int64_t step = 0;       ///< of the run, counted from its start
    std::size_t samplesDone = 0; ///< of the running epoch
    int epoch = 0;               ///< that is running, counted from 0
    double lossSum = 0.0;        ///< over the running epoch's samples so far
    std::size_t lossSamples = 0; ///< that are in that sum
    std::optional<BestEpoch> best;
    int epochsSinceBest = 0;
    std::vector<JournalEvent> events; ///< of the run up to here
};

/// The bytes of a safetensors file: the network's tensors and metadata (networktensors.h); optimizer.first,
/// optimizer.second and best.parameters, each [parameters], where there are such; in the metadata format
/// "chainrule-checkpoint/1", optimizer (its name), position (JSON) and journal (JSON: [step, field, value] of
/// each event). All tensors are of the network's precision, in which a run of that precision is held exactly.
/// An input scale of hundreds of thousands of inputs is left out, as it is of model files. The same
/// checkpoint gives the same bytes. The sizes of the vectors must fit the network and the optimizer.
[[nodiscard]] std::string encodeCheckpoint(const Checkpoint& checkpoint);

/// Reads what encodeCheckpoint() writes. `name` is used in error messages. Nothing is allocated on the
/// header's word. Fails on everything that decodeModel() fails on, on memories that the optimizer does not
/// have, and on a position that no run can have.
[[nodiscard]] Result<Checkpoint> decodeCheckpoint(std::span<const char> bytes, const std::string& name);

} // namespace chainrule
