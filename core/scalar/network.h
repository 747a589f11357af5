// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/network/layers.h"
#include "core/network/network.h"
#include "core/scalar/graph.h"

#include <cstddef>
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
    NodeId firstParameter = noNode; ///< parameters are consecutive nodes, in the order of Network::parameters
};

/// Leaves for every parameter, with these values.
[[nodiscard]] NetworkLeaves createModel(Graph& graph, const Network& parameters);

/// Leaves for Gaussian weights of standard deviation sqrt(1 / fan-in), and for biases of 0.
[[nodiscard]] NetworkLeaves initializeModel(Graph& graph, const LayerStack& stack, Random& random);

// Activations of one unit, out of the graph's operations; the last node is the output. Their derivatives are
// PyTorch's, at 0 too. Where a small value is the difference of larger ones, as for x below -20, it has
// their rounding error of about 1e-16.

NodeId leakyRelu(Graph& graph, NodeId x); ///< x above 0, leakySlope * x below; derivative leakySlope at 0
NodeId elu(Graph& graph, NodeId x);       ///< x above 0, exp(x) - 1 below; derivative 1 at 0
NodeId gelu(Graph& graph, NodeId x);      ///< 0.5 x (1 + erf(x / sqrt(2)))
NodeId silu(Graph& graph, NodeId x);      ///< x sigmoid(x)
NodeId softplus(Graph& graph, NodeId x);  ///< log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|))

/// Records a unit's activation, which must not be softmax: that is a whole layer's. Every unit takes the same
/// number of nodes, the last of them the output; a linear unit takes none.
NodeId activate(Graph& graph, Activation activation, NodeId sum);

/// The nodes of one layer with parameters, for one sample.
struct LayerNodes {
    std::vector<NodeId> sums;    ///< before the activation, one for each unit
    std::vector<NodeId> outputs; ///< after it
    NodeId maximum = noNode;     ///< the constant leaf of a softmax: the largest of the sums
    std::size_t end = 0;         ///< size of the graph after the layer
};

/// Records the activation of a layer's sums.
[[nodiscard]] LayerNodes activateLayer(Graph& graph, Activation activation, std::vector<NodeId> sums);

/// Records one sample's forward pass through a layer: sum = bias, then sum = sum + weight * input for each
/// input in turn, then the activation. `inputs` has one node for each weight of a neuron.
[[nodiscard]] LayerNodes forwardLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs);

/// Records one sample's forward pass through all layers of the stack, from the nodes of its inputs. `masks`
/// has the nodes of the factors that dropout layers multiply their inputs by: for each such layer, in their
/// order, one for each of its inputs. Without masks a dropout layer changes nothing, as outside training.
/// Returns the layers that have parameters; the outputs of the last one are the network's.
[[nodiscard]] std::vector<LayerNodes> forwardLayers(Graph& graph, const NetworkLeaves& network,
                                                    std::span<const NodeId> inputs,
                                                    std::span<const NodeId> masks = {});

/// Leaves for a sample's stack.input.size() numbers, and forwardLayers() from them, without masks. Returns
/// the output nodes.
[[nodiscard]] std::vector<NodeId> forward(Graph& graph, const NetworkLeaves& network,
                                          std::span<const double> x);

/// All weights and biases: layer by layer, neuron by neuron, the weights before the bias.
[[nodiscard]] std::vector<NodeId> getParameters(const NetworkLeaves& network);

/// -log(probabilities[target]), in nats.
NodeId crossEntropyLoss(Graph& graph, std::span<const NodeId> probabilities, int target);

/// Mean over the outputs p of -t log(p) - (1 - t) log(1 - p), each logarithm with its floor.
NodeId binaryLoss(Graph& graph, std::span<const NodeId> probabilities, std::span<const NodeId> targets);

/// Mean over the outputs y of (y - t)^2.
NodeId squaredLoss(Graph& graph, std::span<const NodeId> outputs, std::span<const NodeId> targets);

/// Records a loss that is a mean over the outputs (LossRow::meanOverOutputs).
NodeId meanLoss(Graph& graph, Loss loss, std::span<const NodeId> outputs, std::span<const NodeId> targets);

} // namespace chainrule::scalar
