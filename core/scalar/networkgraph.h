// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/losses.h"
#include "core/network/network.h"
#include "core/scalar/namedgraph.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace chainrule::scalar {

/// The most nodes that recordSample() makes.
inline constexpr std::size_t maximumSampleNodes = 2'000'000;

/// How many nodes recordSample() makes. `stack` has inputs, and layers with units.
[[nodiscard]] std::size_t sampleNodeCount(const LayerStack& stack, Loss loss);

/// Whether recordSample() can record such a network: it has inputs, layers and units, is not too large, and
/// its output fits the loss (validate()) and is no softmax of a single unit, which would always be 1.
[[nodiscard]] Result<void> checkSample(const LayerStack& stack, Loss loss);

/// The engine's own graph of one sample: parameters as leaves, createModel(), forward() and the loss, which
/// is the root; values computed, no gradients yet.
///
/// Names: x[i] inputs, w1[u,i] and b1[u] weights and biases of layer 1 (the first), z1[u] the neuron's
/// sum, h1[u] its activation, p[u] the last layer's outputs (a linear neuron's sum is its activation and
/// named so), target[u] where the loss needs them, loss the root; other nodes have none. Units and inputs
/// count from 0. Groups: Inputs, a Layer for each layer with its Neurons and, for softmax, a
/// Softmax, and Loss. Variables: the inputs, where there are at most three.
///
/// `x` has stack.input.size() numbers; 0 <= target < max(2, outputs). Fails as checkSample().
[[nodiscard]] Result<NamedGraph> recordSample(const Network& parameters, std::span<const double> x,
                                              int target, Loss loss = Loss::CrossEntropy);

} // namespace chainrule::scalar
