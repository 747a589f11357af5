// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/network.h"

#include "core/network/initialweights.h"

#include <cassert>
#include <numbers>
#include <utility>

namespace chainrule::scalar {

NetworkLeaves createModel(Graph& graph, const Network& parameters)
{
    NetworkLeaves network;
    network.stack = parameters.stack;
    network.firstParameter = NodeId(graph.nodes.size());
    for (const double value : parameters.parameters)
        createValue(graph, value);

    const std::size_t first = index(network.firstParameter);
    for (const LayerSpan& span : layerSpans(parameters.stack)) {
        Layer layer;
        layer.activation = span.activation;
        const auto inputs = static_cast<std::size_t>(span.inputs);
        for (std::size_t unit = 0; unit < static_cast<std::size_t>(span.units); ++unit) {
            Neuron neuron;
            neuron.weights.reserve(inputs);
            for (std::size_t input = 0; input < inputs; ++input)
                neuron.weights.push_back(NodeId(first + span.weight + unit * inputs + input));
            neuron.bias = NodeId(first + span.bias + unit);
            layer.neurons.push_back(std::move(neuron));
        }
        network.layers.push_back(std::move(layer));
    }
    return network;
}

NetworkLeaves initializeModel(Graph& graph, const LayerStack& stack, Random& random)
{
    return createModel(graph, makeNetwork(stack, {WeightRule::Xavier}, random));
}

NodeId leakyRelu(Graph& graph, NodeId x)
{
    const NodeId above = relu(graph, x);
    const NodeId below = subtract(graph, x, above); // x where that is negative, else 0
    return add(graph, above, multiply(graph, createValue(graph, leakySlope), below));
}

NodeId elu(Graph& graph, NodeId x)
{
    const NodeId zero = createValue(graph, 0.0);
    const NodeId above = max(graph, x, zero);
    const NodeId below = exp(graph, min(graph, x, zero));
    return add(graph, above, subtract(graph, below, createValue(graph, 1.0)));
}

NodeId gelu(Graph& graph, NodeId x)
{
    const NodeId inner = erf(graph, multiply(graph, x, createValue(graph, std::numbers::sqrt2 / 2.0)));
    const NodeId half = multiply(graph, x, createValue(graph, 0.5));
    return multiply(graph, half, add(graph, createValue(graph, 1.0), inner));
}

NodeId silu(Graph& graph, NodeId x)
{
    return multiply(graph, x, sigmoid(graph, x));
}

NodeId softplus(Graph& graph, NodeId x)
{
    // log(1 + exp(x)) as it is would leave exp's limits for a large x.
    const NodeId above = max(graph, x, createValue(graph, 0.0));
    const NodeId exponential = exp(graph, min(graph, x, negate(graph, x))); // of -|x|
    return add(graph, above, log(graph, add(graph, createValue(graph, 1.0), exponential)));
}

NodeId activate(Graph& graph, Activation activation, NodeId sum)
{
    switch (activation) {
    case Activation::Relu:
        return relu(graph, sum);
    case Activation::LeakyRelu:
        return leakyRelu(graph, sum);
    case Activation::Elu:
        return elu(graph, sum);
    case Activation::Gelu:
        return gelu(graph, sum);
    case Activation::Silu:
        return silu(graph, sum);
    case Activation::Softplus:
        return softplus(graph, sum);
    case Activation::Sigmoid:
        return sigmoid(graph, sum);
    case Activation::Tanh:
        return tanh(graph, sum);
    case Activation::Linear:
        return sum;
    case Activation::Softmax:
        break;
    }
    assert(false);
    return sum;
}

LayerNodes activateLayer(Graph& graph, Activation activation, std::vector<NodeId> sums)
{
    LayerNodes nodes;
    nodes.sums = std::move(sums);
    if (activation == Activation::Softmax) {
        nodes.outputs = softmax(graph, nodes.sums, &nodes.maximum);
        return nodes;
    }
    for (const NodeId sum : nodes.sums)
        nodes.outputs.push_back(activate(graph, activation, sum));
    return nodes;
}

LayerNodes forwardLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs)
{
    std::vector<NodeId> sums;
    sums.reserve(layer.neurons.size());
    for (const Neuron& neuron : layer.neurons) {
        assert(neuron.weights.size() == inputs.size());
        NodeId sum = neuron.bias;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            sum = add(graph, sum, multiply(graph, neuron.weights[i], inputs[i]));
        sums.push_back(sum);
    }
    LayerNodes nodes = activateLayer(graph, layer.activation, std::move(sums));
    nodes.end = graph.nodes.size();
    return nodes;
}

namespace {

/// Records one layer of the stack after the other; one record() for each kind of layer.
class ForwardPass {
public:
    ForwardPass(Graph& graph, const NetworkLeaves& network, std::span<const NodeId> inputs,
                std::span<const NodeId> masks)
        : m_graph(graph)
        , m_nextLayer(network.layers.begin())
        , m_masks(masks)
        , m_current(inputs.begin(), inputs.end())
    {
    }

    void record(const DenseLayer&)
    {
        layers.push_back(forwardLayer(m_graph, *m_nextLayer++, m_current));
        m_current = layers.back().outputs;
    }

    void record(const DropoutLayer&)
    {
        if (m_masks.empty())
            return;
        assert(m_masks.size() >= m_current.size());
        for (std::size_t i = 0; i < m_current.size(); ++i)
            m_current[i] = multiply(m_graph, m_current[i], m_masks[i]);
        m_masks = m_masks.subspan(m_current.size());
    }

    std::vector<LayerNodes> layers; ///< that were recorded

private:
    Graph& m_graph;
    std::vector<Layer>::const_iterator m_nextLayer;
    std::span<const NodeId> m_masks;
    std::vector<NodeId> m_current; ///< what the next layer begins from
};

} // namespace

std::vector<LayerNodes> forwardLayers(Graph& graph, const NetworkLeaves& network,
                                      std::span<const NodeId> inputs, std::span<const NodeId> masks)
{
    assert(inputs.size() == static_cast<std::size_t>(network.stack.input.size()));
    ForwardPass pass(graph, network, inputs, masks);
    for (const chainrule::Layer& layer : network.stack.layers)
        visitLayer(layer, [&](const auto& kind) { pass.record(kind); });
    return std::move(pass.layers);
}

std::vector<NodeId> forward(Graph& graph, const NetworkLeaves& network, std::span<const double> x)
{
    std::vector<NodeId> inputs;
    inputs.reserve(x.size());
    for (const double value : x)
        inputs.push_back(createValue(graph, value));
    return forwardLayers(graph, network, inputs).back().outputs;
}

std::vector<NodeId> getParameters(const NetworkLeaves& network)
{
    std::vector<NodeId> parameters;
    for (const Layer& layer : network.layers) {
        for (const Neuron& neuron : layer.neurons) {
            parameters.insert(parameters.end(), neuron.weights.begin(), neuron.weights.end());
            parameters.push_back(neuron.bias);
        }
    }
    return parameters;
}

NodeId crossEntropyLoss(Graph& graph, std::span<const NodeId> probabilities, int target)
{
    assert(target >= 0 && static_cast<std::size_t>(target) < probabilities.size());
    const NodeId logarithm = log(graph, probabilities[static_cast<std::size_t>(target)]);
    return multiply(graph, logarithm, createValue(graph, -1.0));
}

namespace {

/// The sum of some nodes, from the left, divided by their number.
NodeId meanOf(Graph& graph, std::span<const NodeId> parts)
{
    NodeId sum = parts.front();
    for (const NodeId part : parts.subspan(1))
        sum = add(graph, sum, part);
    return parts.size() == 1 ? sum
                             : divide(graph, sum, createValue(graph, static_cast<double>(parts.size())));
}

} // namespace

NodeId binaryLoss(Graph& graph, std::span<const NodeId> probabilities, std::span<const NodeId> targets)
{
    assert(!probabilities.empty() && probabilities.size() == targets.size());
    const NodeId one = createValue(graph, 1.0);
    std::vector<NodeId> parts;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const NodeId yes = multiply(graph, targets[i], log(graph, probabilities[i]));
        const NodeId no = multiply(graph, subtract(graph, one, targets[i]),
                                   log(graph, subtract(graph, one, probabilities[i])));
        parts.push_back(negate(graph, add(graph, yes, no)));
    }
    return meanOf(graph, parts);
}

NodeId squaredLoss(Graph& graph, std::span<const NodeId> outputs, std::span<const NodeId> targets)
{
    assert(!outputs.empty() && outputs.size() == targets.size());
    std::vector<NodeId> parts;
    for (std::size_t i = 0; i < targets.size(); ++i)
        parts.push_back(power(graph, subtract(graph, outputs[i], targets[i]), 2.0));
    return meanOf(graph, parts);
}

NodeId meanLoss(Graph& graph, Loss loss, std::span<const NodeId> outputs, std::span<const NodeId> targets)
{
    switch (loss) {
    case Loss::CrossEntropy:
        break;
    case Loss::Binary:
        return binaryLoss(graph, outputs, targets);
    case Loss::Squared:
        return squaredLoss(graph, outputs, targets);
    }
    assert(false);
    return noNode;
}

} // namespace chainrule::scalar
