// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/observer.h"

#include "core/scalar/replay/recording.h"

#include "core/training/engines/scalarengine.h"

#include <algorithm>
#include <cassert>

namespace chainrule {

namespace {

template <typename T>
MatrixObserver<T> makeMatrixObserver(const Network& parameters)
{
    MatrixObserver<T> observer;
    observer.parameters = matrix::toEngine<T>(parameters);
    observer.recording = matrix::recordNetwork<T>(
        parameters.stack, parameters.loss, observer.parameters.data(), nullptr, 1, {.inputGradients = true});
    matrix::Graph<T>& graph = observer.recording.graph;
    observer.chosen =
        matrix::createValue<T>(graph, matrix::Matrix<T>::Zero(1, outputCount(parameters.stack)));
    observer.score = matrix::matmul(graph, observer.chosen, observer.recording.scores);
    return observer;
}

std::vector<std::vector<double>> observeWith(ScalarObserver& observer, std::span<const double> inputs)
{
    scalar::Graph& graph = observer.graph;
    const scalar::NetworkLeaves& network = observer.network;
    assert(inputs.size() == static_cast<std::size_t>(network.stack.input.size()));
    graph.nodes.resize(scalar::index(observer.firstInput));
    std::vector<scalar::NodeId> current;
    for (const double value : inputs)
        current.push_back(scalar::createValue(graph, value));
    std::vector<std::vector<double>> outputs;
    for (const scalar::Layer& layer : network.layers) {
        scalar::LayerNodes nodes = scalar::recordLayer(graph, layer, current);
        current = std::move(nodes.outputs);
        observer.scores = std::move(nodes.sums);
        std::vector<double>& values = outputs.emplace_back();
        for (const scalar::NodeId node : current)
            values.push_back(graph.nodes[scalar::index(node)].data);
    }
    return outputs;
}

template <typename T>
std::vector<std::vector<double>> observeWith(MatrixObserver<T>& observer, std::span<const double> inputs)
{
    matrix::Graph<T>& graph = observer.recording.graph;
    auto sample = matrix::value(graph, observer.recording.inputs);
    assert(inputs.size() == static_cast<std::size_t>(sample.size()));
    std::transform(inputs.begin(), inputs.end(), sample.data(),
                   [](double value) { return static_cast<T>(value); });
    matrix::replay(graph);
    std::vector<std::vector<double>> outputs;
    for (const matrix::NodeId layer : observer.recording.layers) {
        const auto values = matrix::value(graph, layer);
        std::vector<double>& copied = outputs.emplace_back(static_cast<std::size_t>(values.size()));
        std::transform(values.data(), values.data() + values.size(), copied.begin(),
                       [](T value) { return static_cast<double>(value); });
    }
    return outputs;
}

std::vector<double> gradientWith(ScalarObserver& observer, int target)
{
    scalar::Graph& graph = observer.graph;
    scalar::zeroGradients(graph);
    scalar::backwardAlongChains(graph, observer.scores.at(static_cast<std::size_t>(target)));
    std::vector<double> gradient(static_cast<std::size_t>(observer.network.stack.input.size()));
    for (std::size_t i = 0; i < gradient.size(); ++i)
        gradient[i] = graph.nodes[scalar::index(observer.firstInput) + i].grad;
    return gradient;
}

template <typename T>
std::vector<double> gradientWith(MatrixObserver<T>& observer, int target)
{
    matrix::Graph<T>& graph = observer.recording.graph;
    auto chosen = matrix::value(graph, observer.chosen);
    assert(target >= 0 && target < chosen.size());
    chosen.setZero();
    chosen(0, target) = T(1);
    matrix::zeroGradients(graph);
    matrix::backward(graph, observer.score);
    const auto values = matrix::gradient(graph, observer.recording.inputs);
    std::vector<double> gradient(static_cast<std::size_t>(values.size()));
    std::transform(values.data(), values.data() + values.size(), gradient.begin(),
                   [](T value) { return static_cast<double>(value); });
    return gradient;
}

} // namespace

Observer makeObserver(const Network& parameters, EngineKind kind, Precision precision)
{
    if (kind == EngineKind::Matrix) {
        if (precision == Precision::Float)
            return makeMatrixObserver<float>(parameters);
        return makeMatrixObserver<double>(parameters);
    }
    const ScalarMemory claim(parameters.stack);
    ScalarObserver observer;
    observer.network = scalar::createModel(observer.graph, parameters);
    observer.firstInput = scalar::NodeId(observer.graph.nodes.size());
    return observer;
}

std::vector<std::vector<double>> observe(Observer& observer, std::span<const double> inputs)
{
    return std::visit([&](auto& any) { return observeWith(any, inputs); }, observer);
}

std::vector<double> inputGradient(Observer& observer, std::span<const double> inputs, int target)
{
    return std::visit(
        [&](auto& any) {
            static_cast<void>(observeWith(any, inputs));
            return gradientWith(any, target);
        },
        observer);
}

} // namespace chainrule
