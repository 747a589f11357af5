// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/network.h"

#include <cassert>

namespace chainrule::scalar {

NetworkLeaves createModel(Graph& graph, const Parameters& parameters)
{
    NetworkLeaves network;
    network.stack = parameters.stack;
    network.firstParameter = NodeId(graph.nodes.size());
    for (const double value : parameters.values)
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
    return createModel(graph, initializeParameters(stack, Initialization::FanIn, random));
}

namespace {

std::vector<NodeId> activate(Graph& graph, Activation activation, std::vector<NodeId> sums, NodeId& maximum)
{
    switch (activation) {
    case Activation::Relu:
        for (NodeId& node : sums)
            node = relu(graph, node);
        return sums;
    case Activation::Sigmoid:
        for (NodeId& node : sums)
            node = sigmoid(graph, node);
        return sums;
    case Activation::Tanh:
        for (NodeId& node : sums)
            node = tanh(graph, node);
        return sums;
    case Activation::Linear:
        return sums;
    case Activation::Softmax:
        return softmax(graph, sums, &maximum);
    }
    return sums;
}

} // namespace

LayerNodes forwardLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs)
{
    LayerNodes nodes;
    nodes.sums.reserve(layer.neurons.size());
    for (const Neuron& neuron : layer.neurons) {
        assert(neuron.weights.size() == inputs.size());
        NodeId sum = neuron.bias;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            sum = add(graph, sum, multiply(graph, neuron.weights[i], inputs[i]));
        nodes.sums.push_back(sum);
    }
    nodes.outputs = activate(graph, layer.activation, nodes.sums, nodes.maximum);
    return nodes;
}

std::vector<NodeId> forward(Graph& graph, const NetworkLeaves& network, std::span<const double> x,
                            std::vector<std::size_t>* layerEnds)
{
    assert(x.size() == static_cast<std::size_t>(network.stack.inputs));
    std::vector<NodeId> current;
    current.reserve(x.size());
    for (const double value : x)
        current.push_back(createValue(graph, value));

    for (const Layer& layer : network.layers) {
        current = forwardLayer(graph, layer, current).outputs;
        if (layerEnds)
            layerEnds->push_back(graph.nodes.size());
    }
    return current;
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

} // namespace chainrule::scalar
