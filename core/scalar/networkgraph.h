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

/// Whether the outputs are probabilities: softmax, or a single sigmoid.
[[nodiscard]] bool givesProbabilities(const DenseLayer& last);

/// Whether the loss can be taken of the last layer's outputs: not of a single softmax, which would always be
/// 1, cross-entropy of probabilities only, and binary cross-entropy of sigmoids.
[[nodiscard]] Result<void> checkLoss(const DenseLayer& last, Loss loss);

/// Records the loss of one sample; 0 <= target < max(2, outputs). Cross-entropy of a single output p is
/// -log(p) or -log(1 - p), without a leaf for the target.
NodeId recordLoss(Graph& graph, std::span<const NodeId> outputs, int target, Loss loss);

/// The most nodes that recordSample() makes.
inline constexpr std::size_t maximumSampleNodes = 2'000'000;

/// How many nodes recordSample() makes; two less for cross-entropy of a single output and target 1, which
/// needs no 1 - p. `stack` has inputs, and layers with units.
[[nodiscard]] std::size_t sampleNodeCount(const LayerStack& stack, Loss loss);

/// The engine's own graph of one sample: parameters as leaves, createModel(), forward() and the loss, which
/// is the root; values computed, no gradients yet.
///
/// Names: x[i] inputs, w1[u,i] and b1[u] weights and biases of layer 1 (the first), z1[u] the neuron's
/// sum, h1[u] its activation, p[u] the last layer's outputs (a linear neuron's sum is its activation and
/// named so), target[u] where the loss needs them, loss the root; other nodes have none. Units and inputs
/// count from 0. Groups: Inputs, a Layer for each layer with its Neurons and, for softmax, a
/// Softmax, and Loss. Variables: the inputs, where there are at most three.
///
/// `x` has stack.input.size() numbers; 0 <= target < max(2, outputs). Fails where the network has no inputs,
/// layers or units, is too large, where a single output is softmax (it would always be 1), or where
/// cross-entropy is asked of outputs that are no probabilities: neither softmax nor a single sigmoid.
[[nodiscard]] Result<NamedGraph> recordSample(const Network& parameters, std::span<const double> x,
                                              int target, Loss loss = Loss::CrossEntropy);

} // namespace chainrule::scalar
