// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/network.h"

#include "core/network/initialweights.h"

#include <cassert>

namespace chainrule::matrix {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

} // namespace

template <typename T>
Buffer<T> toEngine(const Network& parameters)
{
    Buffer<T> buffer(parameters.parameters.size());
    for (const LayerSpan& span : layerSpans(parameters.stack)) {
        const Eigen::Map<const RowMajor> weight(parameters.parameters.data() + span.weight, span.units,
                                                span.inputs);
        MatrixView<T>(buffer.data() + span.weight, span.units, span.inputs) = weight.cast<T>();
        for (std::size_t unit = 0; unit < static_cast<std::size_t>(span.units); ++unit)
            buffer[span.bias + unit] = static_cast<T>(parameters.parameters[span.bias + unit]);
    }
    return buffer;
}

template <typename T>
Network fromEngine(const LayerStack& stack, const Buffer<T>& buffer)
{
    Network parameters{stack, std::vector<double>(buffer.size())};
    for (const LayerSpan& span : layerSpans(stack)) {
        const Eigen::Map<const Matrix<T>> weight(buffer.data() + span.weight, span.units, span.inputs);
        Eigen::Map<RowMajor>(parameters.parameters.data() + span.weight, span.units, span.inputs) =
            weight.template cast<double>();
        for (std::size_t unit = 0; unit < static_cast<std::size_t>(span.units); ++unit)
            parameters.parameters[span.bias + unit] = static_cast<double>(buffer[span.bias + unit]);
    }
    return parameters;
}

Network initializeModel(const LayerStack& stack, Random& random)
{
    return makeNetwork(stack, {WeightRule::Glorot}, random);
}

namespace {

template <typename T>
NodeId activate(Graph<T>& graph, Activation activation, NodeId sums)
{
    switch (activation) {
    case Activation::Relu:
        return relu(graph, sums);
    case Activation::Sigmoid:
        return sigmoid(graph, sums);
    case Activation::Tanh:
        return tanh(graph, sums);
    case Activation::Linear:
        return sums;
    case Activation::Softmax:
        return softmax(graph, sums);
    }
    return sums;
}

} // namespace

template <typename T>
Recording<T> recordNetwork(const LayerStack& stack, T* parameters, T* gradients, Eigen::Index capacity,
                           bool inputGradients)
{
    assert(outputLayer(stack.layers).activation == Activation::Softmax);
    Recording<T> recording;
    recording.graph = makeGraph<T>(capacity);
    Graph<T>& graph = recording.graph;
    recording.inputs = createSamples(graph, stack.input.size(), inputGradients);
    recording.targets = createSamples(graph, outputCount(stack));

    NodeId current = recording.inputs;
    for (const LayerSpan& span : layerSpans(stack)) {
        const auto view = [&](std::size_t offset, int columns) {
            return createView(graph, parameters + offset, gradients ? gradients + offset : nullptr,
                              span.units, columns);
        };
        const NodeId weight = view(span.weight, span.inputs); // (units, inputs)
        const NodeId bias = view(span.bias, 1);               // (units, 1)
        const NodeId sums = add(graph, matmul(graph, weight, current), bias);
        recording.scores = sums;
        current = activate(graph, span.activation, sums);
        recording.layers.push_back(current);
    }
    recording.probabilities = current;
    recording.loss = crossEntropyLoss(graph, recording.probabilities, recording.targets);
    return recording;
}

template Buffer<float> toEngine(const Network&);
template Buffer<double> toEngine(const Network&);
template Network fromEngine(const LayerStack&, const Buffer<float>&);
template Network fromEngine(const LayerStack&, const Buffer<double>&);
template Recording<float> recordNetwork(const LayerStack&, float*, float*, Eigen::Index, bool);
template Recording<double> recordNetwork(const LayerStack&, double*, double*, Eigen::Index, bool);

} // namespace chainrule::matrix
