// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/scalarengine.h"

#include "core/scalar/replay/lanes.h"
#include "core/training/finite.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <new>
#include <utility>

namespace chainrule {

namespace {

std::atomic<std::uint64_t> claimedScalarMemory = 0; // and perhaps not yet taken

std::size_t flatSize(const ScalarEngine& engine)
{
    return static_cast<std::size_t>(parameterCount(engine.network.stack));
}

void loadSample(ScalarEngine& engine, const Dataset& data, std::uint32_t sample)
{
    copySample(data, sample, scalar::inputsOf(engine.schedule).data());
}

// `value` gives the value of a node.
template <typename Value>
SamplePrediction readPrediction(const ScalarEngine& engine, std::size_t target, const Value& value)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < engine.outputs.size(); ++i) {
        if (value(engine.outputs[i]) > value(engine.outputs[best]))
            best = i;
    }
    return {static_cast<int>(best), value(engine.outputs[best]), value(engine.outputs[target]),
            value(engine.losses[target])};
}

// Passes the samples through the network in groups, and hands each one's number in `samples` and the values
// of its nodes to `take`. False where it was stopped before the end.
template <typename Take>
bool passSamples(const ScalarEngine& engine, const Dataset& data, std::span<const std::uint32_t> samples,
                 const std::stop_token& stop, const Take& take)
{
    scalar::Lanes lanes = scalar::makeLanes(engine.schedule);
    for (std::size_t begin = 0; begin < samples.size(); begin += scalar::sampleLanes) {
        if (stop.stop_requested())
            return false;
        const auto group = samples.subspan(begin, std::min(scalar::sampleLanes, samples.size() - begin));
        std::array<std::size_t, scalar::sampleLanes> roots{};
        for (std::size_t i = 0; i < group.size(); ++i) {
            copySample(data, group[i], scalar::inputsOf(engine.schedule, lanes, i).data());
            roots[i] = data.labels[group[i]];
        }
        scalar::replay(engine.schedule, lanes, std::span(roots).first(group.size()));
        for (std::size_t i = 0; i < group.size(); ++i)
            take(begin + i,
                 [&](scalar::NodeId node) { return scalar::valueOf(engine.schedule, lanes, node, i); });
    }
    return true;
}

// Moves a stretch of the parameters, whose memories begin at `offset` of the optimizer's.
void moveParameters(OptimizerState<double>& optimizer, std::size_t offset, std::span<double> parameters,
                    std::span<const double> gradients, const UpdateRule<double>& rule)
{
    double unused = 0.0;
    withOptimizer(rule.kind, [&]<OptimizerKind kind>() {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            double& first = optimizer.first.empty() ? unused : optimizer.first[offset + i];
            double& second = optimizer.second.empty() ? unused : optimizer.second[offset + i];
            const double gradient = penalized<kind>(gradients[i], parameters[i], rule);
            parameters[i] = moved<kind>(parameters[i], gradient, first, second, rule,
                                        [](double x) { return std::sqrt(x); });
        }
    });
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

ScalarMemory::ScalarMemory(const LayerStack& stack, std::uint64_t available)
{
    constexpr std::uint64_t parameterBytes = 520; // measured while training: nodes, schedule and lanes
    m_bytes = static_cast<std::uint64_t>(parameterCount(stack)) * parameterBytes;
    const std::uint64_t claimed = claimedScalarMemory.fetch_add(m_bytes);
    if (claimed > available || m_bytes > available - claimed) {
        claimedScalarMemory -= m_bytes;
        throw std::bad_alloc();
    }
}

ScalarMemory::~ScalarMemory()
{
    claimedScalarMemory -= m_bytes;
}

ScalarEngine makeScalarEngine(const Network& parameters, std::uint64_t available)
{
    const ScalarMemory claim(parameters.stack, available);
    ScalarEngine engine;
    scalar::Graph& graph = engine.graph;
    engine.network = scalar::createModel(graph, parameters);
    scalar::ScheduleSpec spec;
    for (std::size_t i = 0; i < parameters.parameters.size(); ++i)
        spec.parameters.push_back(scalar::NodeId(scalar::index(engine.network.firstParameter) + i));
    for (int i = 0; i < parameters.stack.input.size(); ++i)
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
    return engine;
}

Network networkOf(const ScalarEngine& engine)
{
    Network parameters{engine.network.stack, std::vector<double>(flatSize(engine))};
    scalar::readParameters(engine.schedule, parameters.parameters);
    return parameters;
}

void setParameters(ScalarEngine& engine, const Network& parameters)
{
    scalar::setParameters(engine.schedule, parameters.parameters);
}

Network networkBefore(ScalarEngine& engine)
{
    Network parameters{engine.network.stack, std::vector<double>(flatSize(engine))};
    scalar::readParametersBefore(engine.schedule, parameters.parameters);
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
        const std::size_t target = data.labels[sample];
        loadSample(engine, data, sample);
        scalar::replay(schedule, scalar::Keep::OnDemand, target);
        const SamplePrediction prediction = readPrediction(
            engine, target, [&](scalar::NodeId node) { return scalar::valueOf(schedule, node); });
        if (!std::isfinite(prediction.loss)) {
            result.brokenLayer = firstBrokenLayer(engine);
            return result;
        }
        result.lossSum += prediction.loss;
        result.correct += static_cast<std::size_t>(prediction.label) == target;
        scalar::backward(schedule, alone ? scalar::Gradients::Fresh : scalar::Gradients::Add);
    }

    const double scale = alone ? 1.0 : 1.0 / static_cast<double>(samples.size());
    const bool finite = stepIsFinite(scalar::largestGradient(schedule) * scale, learningRate);
    if (finite && optimizer.kind == OptimizerKind::Sgd) {
        ++optimizer.steps;
        scalar::descend(schedule, learningRate, scale);
        return result;
    }
    if (!finite) {
        std::vector<double> gradients(flatSize(engine));
        scalar::readParameterGradients(schedule, gradients);
        result.brokenLayer = brokenGradientLayer<double>(engine.network.stack, gradients);
        scalar::keepParameters(schedule); // the step before led to losses that are finite
        return result;
    }
    ++optimizer.steps;
    const auto rule = updateRule<double>(optimizer.kind, learningRate, 1.0, 0.0, 0.0, optimizer.steps);
    std::size_t offset = 0;
    for (const scalar::ParameterColumn& column : scalar::beginUpdate(schedule)) {
        engine.scaled.assign(column.gradients.begin(), column.gradients.end());
        if (!alone) {
            for (double& gradient : engine.scaled)
                gradient *= scale;
        }
        moveParameters(optimizer, offset, column.values, engine.scaled, rule);
        offset += column.values.size();
    }
    scalar::endUpdate(schedule);
    return result;
}

void undoStep(ScalarEngine& engine)
{
    scalar::undo(engine.schedule);
}

std::vector<SamplePrediction> predictWith(ScalarEngine& engine, const Dataset& data,
                                          std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<SamplePrediction> predictions(samples.size());
    const bool done = passSamples(engine, data, samples, stop, [&](std::size_t i, const auto& value) {
        predictions[i] = readPrediction(engine, data.labels[samples[i]], value);
    });
    return done ? predictions : std::vector<SamplePrediction>();
}

std::vector<double> probabilitiesWith(ScalarEngine& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<double> all;
    all.reserve(samples.size() * engine.outputs.size());
    const bool done = passSamples(engine, data, samples, stop, [&](std::size_t, const auto& value) {
        for (const scalar::NodeId output : engine.outputs)
            all.push_back(value(output));
    });
    return done ? all : std::vector<double>();
}

} // namespace chainrule
