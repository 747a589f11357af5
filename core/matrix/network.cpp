// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/network.h"

#include "core/network/dropout.h"

#include <cassert>
#include <span>
#include <variant>

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

template <typename T>
Recording<T> recordNetwork(const LayerStack& stack, Loss loss, T* parameters, T* gradients,
                           Eigen::Index capacity, RecordOptions options)
{
    assert(lossFits(loss, outputLayer(stack.layers).activation));
    Recording<T> recording;
    recording.graph = makeGraph<T>(capacity);
    Graph<T>& graph = recording.graph;
    recording.inputs = createSamples(graph, stack.input.size(), options.inputGradients);
    recording.targets = createSamples(graph, outputCount(stack));

    NodeId current = recording.inputs;
    std::size_t place = 0;
    const auto dropBefore = [&](std::size_t layer) { // the dropout layers that come before this one
        for (; place < layer; ++place) {
            if (!options.dropout)
                continue;
            const NodeId factors = createSamples(graph, graph.nodes[index(current)].rows);
            current = multiply(graph, current, factors);
            recording.dropouts.push_back({place, std::get<DropoutLayer>(stack.layers[place]).rate, factors});
        }
        place = layer + 1;
    };
    for (const LayerSpan& span : layerSpans(stack)) {
        dropBefore(span.layer);
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
    recording.outputs = current;
    recording.loss = lossRow(loss).meanOverOutputs ? meanLoss(graph, loss, current, recording.targets)
                                                   : crossEntropyLoss(graph, current, recording.targets);
    return recording;
}

template <typename T>
void drawDropout(Recording<T>& recording, std::uint64_t seed, std::int64_t step)
{
    for (const RecordedDropout& dropout : recording.dropouts) {
        MatrixView<T> factors = value(recording.graph, dropout.factors);
        for (Eigen::Index sample = 0; sample < factors.cols(); ++sample) {
            const auto position = static_cast<std::size_t>(sample);
            fillDropout(dropoutKey(seed, step, dropout.layer, position), dropout.rate,
                        std::span(factors.col(sample).data(), static_cast<std::size_t>(factors.rows())));
        }
    }
}

template Buffer<float> toEngine(const Network&);
template Buffer<double> toEngine(const Network&);
template Network fromEngine(const LayerStack&, const Buffer<float>&);
template Network fromEngine(const LayerStack&, const Buffer<double>&);
template Recording<float> recordNetwork(const LayerStack&, Loss, float*, float*, Eigen::Index, RecordOptions);
template Recording<double> recordNetwork(const LayerStack&, Loss, double*, double*, Eigen::Index,
                                         RecordOptions);
template void drawDropout(Recording<float>&, std::uint64_t, std::int64_t);
template void drawDropout(Recording<double>&, std::uint64_t, std::int64_t);

} // namespace chainrule::matrix
