// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/layers.h"
#include "core/network/losses.h"

#include <cstdint>
#include <string>
#include <vector>

namespace chainrule {

/// The number type that a network computes in. A float is held exactly by the doubles of Network::parameters.
enum class Precision : std::uint8_t { Float, Double };

/// Standardization of one input: (value - mean) / deviation, both taken from the training samples. A network
/// knows its inputs by that scale alone, so it belongs to the network.
struct InputScale {
    double mean = 0.0;
    double deviation = 1.0; ///< 0: the column was one and the same number, and the input is always 0
    bool operator==(const InputScale&) const = default;
};

/// What computes: from a sample's numbers to the outputs. Immutable once it is made, and shared as
/// std::shared_ptr<const Network>.
struct Network {
    LayerStack stack;
    /// All weights and biases one after the other; layerSpans() tells where each layer's lie.
    std::vector<double> parameters;
    Loss loss = Loss::CrossEntropy; ///< that it is trained by
    Precision precision = Precision::Float;
    std::vector<InputScale> scale = {}; ///< of the inputs, one for each; empty: none, or not known
    std::vector<std::string> outputNames =
        {}; ///< classes or targets, one for each output; empty: their numbers
};

/// How many classes the outputs tell apart: two for a single output that answers yes or no.
[[nodiscard]] inline int classCount(const Network& network)
{
    const int outputs = outputCount(network.stack);
    return outputs == 1 && lossRow(network.loss).singleOutputIsYesNo ? 2 : outputs;
}

/// Whether the network can be computed and trained: a valid stack, and an output that fits the loss.
[[nodiscard]] Result<void> validate(const LayerStack& stack, Loss loss);

} // namespace chainrule
