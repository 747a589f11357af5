// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/network/layers.h"
#include "core/network/parameters.h"
#include "core/scalar/graph.h"

#include <span>
#include <vector>

namespace chainrule::scalar {

struct Neuron {
    std::vector<NodeId> weights; ///< one for each input
    NodeId bias = noNode;
};

struct Layer {
    std::vector<Neuron> neurons;
    Activation activation = Activation::Linear;
};

/// A multi-layer perceptron whose every weight and bias is a leaf of one graph.
struct NetworkLeaves {
    LayerStack stack;
    std::vector<Layer> layers;
    NodeId firstParameter = noNode; ///< parameters are consecutive nodes, in the order of Parameters::values
};

/// Leaves for every parameter, with these values.
[[nodiscard]] NetworkLeaves createModel(Graph& graph, const Parameters& parameters);

/// Gaussian weights of deviation sqrt(1 / fan-in), biases 0.
[[nodiscard]] NetworkLeaves initializeModel(Graph& graph, const LayerStack& stack, Random& random);

/// One layer's nodes for one sample.
struct LayerNodes {
    std::vector<NodeId> sums;    ///< before the activation, one for each unit
    std::vector<NodeId> outputs; ///< after it
    NodeId maximum = noNode;     ///< the constant leaf of a softmax: the largest of the sums
};

/// Records one sample's way through one layer, from `inputs`, one for each weight of a neuron.
[[nodiscard]] LayerNodes forwardLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs);

/// Records one sample's way through the network: sum = bias, then sum = sum + weight * input for each
/// input in turn, then the activation. Returns the output nodes. `x` has stack.inputs numbers. Where
/// `layerEnds` is given it receives the size of the graph after each layer.
[[nodiscard]] std::vector<NodeId> forward(Graph& graph, const NetworkLeaves& network, std::span<const double> x,
                                          std::vector<std::size_t>* layerEnds = nullptr);

/// All weights and biases: layer by layer, neuron by neuron, the weights before the bias.
[[nodiscard]] std::vector<NodeId> getParameters(const NetworkLeaves& network);

/// -log(probabilities[target]), in nats.
NodeId crossEntropyLoss(Graph& graph, std::span<const NodeId> probabilities, int target);

} // namespace chainrule::scalar
