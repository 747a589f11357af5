// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/scalarengine.h"

#include "core/training/finite.h"

#include <cmath>
#include <utility>

namespace chainrule {

namespace {

void loadSample(ScalarEngine& engine, const Dataset& data, std::uint32_t sample)
{
    copySample(data, sample, scalar::inputsOf(engine.schedule).data());
}

SamplePrediction readPrediction(const ScalarEngine& engine, int target)
{
    const auto probability = [&](std::size_t i) {
        return scalar::valueOf(engine.schedule, engine.outputs[i]);
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i < engine.outputs.size(); ++i) {
        if (probability(i) > probability(best))
            best = i;
    }
    return {static_cast<int>(best), probability(best), probability(static_cast<std::size_t>(target)), 0.0};
}

int firstBrokenLayer(ScalarEngine& engine)
{
    scalar::materialise(engine.schedule, engine.graph);
    std::size_t layer = 0;
    for (std::size_t i = 0; i < engine.graph.nodes.size() && layer < engine.layerEnds.size(); ++i) {
        while (layer < engine.layerEnds.size() && i >= engine.layerEnds[layer])
            ++layer;
        if (!std::isfinite(engine.graph.nodes[i].data))
            return static_cast<int>(layer);
    }
    return static_cast<int>(engine.layerEnds.size());
}

} // namespace

ScalarEngine makeScalarEngine(const Parameters& parameters)
{
    ScalarEngine engine;
    scalar::Graph& graph = engine.graph;
    engine.network = scalar::createModel(graph, parameters);
    scalar::ScheduleSpec spec;
    for (std::size_t i = 0; i < parameters.values.size(); ++i)
        spec.parameters.push_back(scalar::NodeId(scalar::index(engine.network.firstParameter) + i));
    for (int i = 0; i < parameters.stack.inputs; ++i)
        spec.inputs.push_back(scalar::createValue(graph, 0.0));
    engine.outputs = spec.inputs;
    for (const scalar::Layer& layer : engine.network.layers) {
        scalar::LayerNodes nodes = scalar::forwardLayer(graph, layer, engine.outputs);
        if (nodes.maximum != scalar::noNode)
            spec.maxima.push_back({nodes.maximum, nodes.sums});
        engine.outputs = std::move(nodes.outputs);
        engine.layerEnds.push_back(graph.nodes.size());
    }
    for (std::size_t target = 0; target < engine.outputs.size(); ++target)
        engine.losses.push_back(scalar::crossEntropyLoss(graph, engine.outputs, static_cast<int>(target)));
    spec.roots = engine.losses;
    spec.outputs = engine.outputs;
    engine.schedule = scalar::compile(graph, spec);
    engine.flatParameters.resize(parameters.values.size());
    engine.flatGradients.resize(parameters.values.size());
    return engine;
}

Parameters parametersOf(const ScalarEngine& engine)
{
    Parameters parameters{engine.network.stack, std::vector<double>(engine.flatParameters.size())};
    scalar::readParameters(engine.schedule, parameters.values);
    return parameters;
}

BatchResult trainOn(ScalarEngine& engine, OptimizerState<double>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, double learningRate, const std::stop_token& stop)
{
    BatchResult result;
    scalar::Schedule& schedule = engine.schedule;
    const bool alone = samples.size() == 1;
    if (!alone)
        scalar::zeroParameterGradients(schedule);

    for (const std::uint32_t sample : samples) {
        if (stop.stop_requested()) {
            result.stopped = true;
            return result;
        }
        const int target = data.labels[sample];
        loadSample(engine, data, sample);
        scalar::replay(schedule, scalar::Keep::OnDemand, static_cast<std::size_t>(target));
        const double loss = scalar::valueOf(schedule, engine.losses[static_cast<std::size_t>(target)]);
        if (!std::isfinite(loss)) {
            result.brokenLayer = firstBrokenLayer(engine);
            return result;
        }
        result.lossSum += loss;
        result.correct += readPrediction(engine, target).label == target;
        scalar::backward(schedule, alone ? scalar::Gradients::Fresh : scalar::Gradients::Add);
    }

    const double scale = alone ? 1.0 : 1.0 / static_cast<double>(samples.size());
    const bool finite = stepIsFinite(scalar::largestGradient(schedule) * scale, learningRate);
    if (finite && optimizer.kind == OptimizerKind::Sgd) {
        ++optimizer.steps;
        scalar::descend(schedule, learningRate, scale);
        return result;
    }
    scalar::readParameterGradients(schedule, engine.flatGradients);
    if (!alone) {
        for (double& gradient : engine.flatGradients)
            gradient *= scale;
    }
    if (!finite) {
        result.brokenLayer = brokenGradientLayer<double>(engine.network.stack, engine.flatGradients);
        return result;
    }
    scalar::readParameters(schedule, engine.flatParameters);
    optimizerStep<double>(optimizer, engine.flatParameters, engine.flatGradients, learningRate);
    scalar::setParameters(schedule, engine.flatParameters);
    return result;
}

void undoStep(ScalarEngine& engine)
{
    scalar::undo(engine.schedule);
}

std::vector<SamplePrediction> predictWith(ScalarEngine& engine, const Dataset& data,
                                          std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<SamplePrediction> predictions;
    predictions.reserve(samples.size());
    for (const std::uint32_t sample : samples) {
        if (stop.stop_requested())
            return {};
        const auto target = static_cast<std::size_t>(data.labels[sample]);
        loadSample(engine, data, sample);
        scalar::replay(engine.schedule, scalar::Keep::OnDemand, target);
        predictions.push_back(readPrediction(engine, data.labels[sample]));
        predictions.back().loss = scalar::valueOf(engine.schedule, engine.losses[target]);
    }
    return predictions;
}

std::vector<double> probabilitiesWith(ScalarEngine& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<double> all;
    all.reserve(samples.size() * engine.outputs.size());
    for (const std::uint32_t sample : samples) {
        if (stop.stop_requested())
            return {};
        loadSample(engine, data, sample);
        scalar::replay(engine.schedule, scalar::Keep::OnDemand);
        for (const scalar::NodeId output : engine.outputs)
            all.push_back(scalar::valueOf(engine.schedule, output));
    }
    return all;
}

} // namespace chainrule
