// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/scalarengine.h"

#include "core/network/dropout.h"
#include "core/scalar/replay/lanes.h"
#include "core/training/engines/finite.h"

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
    return engine.shape.parameters.size();
}

// The root that holds the sample's loss: there is one for each class unless the loss is a mean.
std::size_t rootOf(const ScalarEngine& engine, const Dataset& data, std::uint32_t sample)
{
    return engine.losses.size() > 1 ? data.labels[sample] : 0;
}

// Fills in a sample's inputs, its targets where they are among the schedule's inputs, and masks of ones,
// which drop nothing.
void loadSample(const ScalarEngine& engine, const Dataset& data, std::uint32_t sample,
                std::span<double> inputs)
{
    copySample(data, sample, inputs.data());
    if (engine.targets > 0)
        copyTargets(data, sample, inputs.subspan(engine.firstTarget, engine.targets));
    std::fill(inputs.begin() + static_cast<std::ptrdiff_t>(engine.firstTarget + engine.targets), inputs.end(),
              1.0);
}

void drawMasks(const ScalarEngine& engine, const StepRule& rule, std::size_t position,
               std::span<double> inputs)
{
    for (const ScalarEngine::Mask& mask : engine.masks) {
        const double rate = rule.dropout >= 0.0 ? rule.dropout : mask.rate;
        fillDropout(dropoutKey(rule.seed, rule.step, mask.layer, position), rate,
                    inputs.subspan(mask.first, mask.units));
    }
}

// `value` gives the value of a node.
template <typename Value>
SamplePrediction readPrediction(const ScalarEngine& engine, const Dataset& data, std::uint32_t sample,
                                const Value& value)
{
    const std::size_t target = data.labels[sample];
    const double loss = value(engine.losses[rootOf(engine, data, sample)]);
    const double first = value(engine.outputs.front());
    if (hasAmounts(data))
        return {0, first, first, loss};
    if (engine.outputs.size() == 1 && lossRow(engine.shape.loss).singleOutputIsYesNo) {
        const int label = first >= 0.5 ? 1 : 0;
        return {label, label == 1 ? first : 1.0 - first, target == 1 ? first : 1.0 - first, loss};
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < engine.outputs.size(); ++i) {
        if (value(engine.outputs[i]) > value(engine.outputs[best]))
            best = i;
    }
    return {static_cast<int>(best), value(engine.outputs[best]), value(engine.outputs[target]), loss};
}

// Passes the samples through the network in groups, and calls take(i, value) for each: i counts `samples`,
// value(node) is a node's value for that sample. Returns false if it was stopped before the end.
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
            loadSample(engine, data, group[i], scalar::inputsOf(engine.schedule, lanes, i));
            roots[i] = rootOf(engine, data, group[i]);
        }
        scalar::replay(engine.schedule, lanes, std::span(roots).first(group.size()));
        for (std::size_t i = 0; i < group.size(); ++i)
            take(begin + i,
                 [&](scalar::NodeId node) { return scalar::valueOf(engine.schedule, lanes, node, i); });
    }
    return true;
}

// Moves consecutive parameters, the first of which is at `offset` in the optimizer's memory. `penalties` says
// which of them are weights.
void moveParameters(OptimizerState<double>& optimizer, std::size_t offset, std::span<double> parameters,
                    std::span<const double> gradients, std::span<const std::uint8_t> penalties,
                    const UpdateRule<double>& rule)
{
    UpdateRule<double> free = rule;
    free.l1 = 0.0;
    free.l2 = 0.0;
    double unused = 0.0;
    withOptimizer(rule.kind, [&]<OptimizerKind kind>() {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const UpdateRule<double>& own = penalties[i] != 0 ? rule : free;
            double& first = optimizer.first.empty() ? unused : optimizer.first[offset + i];
            double& second = optimizer.second.empty() ? unused : optimizer.second[offset + i];
            const double gradient = penalized<kind>(gradients[i], parameters[i], own);
            parameters[i] = moved<kind>(parameters[i], gradient, first, second, own,
                                        [](double x) { return std::sqrt(x); });
        }
    });
}

// Root of the sum of squares over every parameter.
double gradientNorm(std::span<const scalar::ParameterColumn> columns)
{
    double sum = 0.0;
    for (const scalar::ParameterColumn& column : columns) {
        for (const double gradient : column.gradients)
            sum += gradient * gradient;
    }
    return std::sqrt(sum);
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

ScalarMemory::ScalarMemory(const LayerStack& stack, std::optional<std::uint64_t> available)
{
    constexpr std::uint64_t parameterBytes = 520; // measured while training: nodes, schedule and lanes
    m_bytes = static_cast<std::uint64_t>(parameterCount(stack)) * parameterBytes;
    const std::uint64_t claimed = claimedScalarMemory.fetch_add(m_bytes);
    if (!available && m_bytes <= negligibleMemory)
        return;
    const std::uint64_t most = available ? *available : availableMemory();
    if (claimed > most || m_bytes > most - claimed) {
        claimedScalarMemory -= m_bytes;
        throw std::bad_alloc();
    }
}

ScalarMemory::~ScalarMemory()
{
    claimedScalarMemory -= m_bytes;
}

ScalarEngine makeScalarEngine(const Network& network, std::string_view kernels,
                              std::optional<std::uint64_t> available)
{
    const ScalarMemory claim(network.stack, available);
    ScalarEngine engine;
    engine.shape = network;
    scalar::Graph& graph = engine.graph;
    engine.network = scalar::createModel(graph, network);
    scalar::ScheduleSpec spec;
    for (std::size_t i = 0; i < network.parameters.size(); ++i)
        spec.parameters.push_back(scalar::NodeId(scalar::index(engine.network.firstParameter) + i));

    // What changes from sample to sample: its numbers, its targets, the masks of dropout layers.
    const auto addInputs = [&](std::size_t count, double value) {
        const std::size_t first = spec.inputs.size();
        for (std::size_t i = 0; i < count; ++i)
            spec.inputs.push_back(scalar::createValue(graph, value));
        return first;
    };
    addInputs(static_cast<std::size_t>(network.stack.input.size()), 0.0);
    const bool mean = lossRow(network.loss).meanOverOutputs;
    engine.targets = mean ? static_cast<std::size_t>(outputCount(network.stack)) : 0;
    engine.firstTarget = addInputs(engine.targets, 0.0);
    Shape shape = network.stack.input;
    for (std::size_t i = 0; i < network.stack.layers.size(); ++i) {
        if (const auto* const dropout = std::get_if<DropoutLayer>(&network.stack.layers[i])) {
            const auto units = static_cast<std::size_t>(shape.size());
            engine.masks.push_back({addInputs(units, 1.0), units, i, dropout->rate});
        }
        shape = outputShape(network.stack.layers[i], shape);
    }

    const std::span<const scalar::NodeId> leaves = spec.inputs;
    for (const scalar::LayerNodes& nodes : scalar::forwardLayers(
             graph, engine.network, leaves.first(static_cast<std::size_t>(network.stack.input.size())),
             leaves.subspan(engine.firstTarget + engine.targets))) {
        if (nodes.maximum != scalar::noNode)
            spec.maxima.push_back({nodes.maximum, nodes.sums});
        engine.outputs = nodes.outputs;
        engine.layerEnds.push_back(nodes.end);
    }

    if (mean) {
        const auto targets = leaves.subspan(engine.firstTarget, engine.targets);
        engine.losses.push_back(scalar::meanLoss(graph, network.loss, engine.outputs, targets));
    } else {
        for (std::size_t target = 0; target < engine.outputs.size(); ++target)
            engine.losses.push_back(
                scalar::crossEntropyLoss(graph, engine.outputs, static_cast<int>(target)));
    }
    spec.roots = engine.losses;
    spec.outputs = engine.outputs;
    engine.schedule = scalar::compile(graph, spec);
    if (const scalar::ChainKernels* const named = scalar::chainKernelsNamed(kernels))
        engine.schedule.kernels = named;
    std::vector<double> weights(network.parameters.size(), 0.0);
    for (const LayerSpan& span : layerSpans(network.stack))
        std::fill(weights.begin() + static_cast<std::ptrdiff_t>(span.weight),
                  weights.begin() + static_cast<std::ptrdiff_t>(span.bias), 1.0);
    engine.penalties.assign(scalar::updateSize(engine.schedule), 0);
    engine.updateOffsets = scalar::updateOffsets(engine.schedule);
    for (std::size_t i = 0; i < weights.size(); ++i)
        engine.penalties[engine.updateOffsets[i]] = weights[i] != 0.0;
    return engine;
}

Network networkOf(const ScalarEngine& engine)
{
    Network network = engine.shape;
    scalar::readParameters(engine.schedule, network.parameters);
    return network;
}

void setNetwork(ScalarEngine& engine, const Network& network)
{
    scalar::setParameters(engine.schedule, network.parameters);
    scalar::keepParameters(engine.schedule);
}

Network networkBefore(ScalarEngine& engine)
{
    Network network = engine.shape;
    scalar::readParametersBefore(engine.schedule, network.parameters);
    return network;
}

OptimizerMemory memoryOf(const ScalarEngine& engine, const OptimizerState<double>& optimizer)
{
    const auto inOrder = [&](const std::vector<double>& own) {
        std::vector<double> numbers;
        if (own.empty())
            return numbers;
        numbers.reserve(flatSize(engine));
        for (const std::size_t offset : engine.updateOffsets)
            numbers.push_back(own[offset]);
        return numbers;
    };
    return {optimizer.kind, optimizer.steps, inOrder(optimizer.first), inOrder(optimizer.second)};
}

void setMemory(const ScalarEngine& engine, OptimizerState<double>& optimizer, const OptimizerMemory& memory)
{
    const auto spread = [&](const std::vector<double>& numbers, std::vector<double>& own) {
        for (std::size_t i = 0; i < numbers.size(); ++i)
            own[engine.updateOffsets[i]] = numbers[i];
    };
    spread(memory.first, optimizer.first);
    spread(memory.second, optimizer.second);
    optimizer.steps = memory.steps;
}

std::size_t columnBytes(const ScalarEngine& engine)
{
    return flatSize(engine) * sizeof(double);
}

void copyState(const ScalarEngine& engine, const OptimizerState<double>& optimizer, std::byte* state)
{
    auto* numbers = reinterpret_cast<double*>(state);
    scalar::readParameters(engine.schedule, {numbers, flatSize(engine)});
    numbers += flatSize(engine);
    for (const std::vector<double>* const own : {&optimizer.first, &optimizer.second}) {
        if (own->empty())
            continue;
        for (const std::size_t offset : engine.updateOffsets)
            *numbers++ = (*own)[offset];
    }
}

BatchResult trainOn(ScalarEngine& engine, OptimizerState<double>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, const StepRule& rule, const std::stop_token& stop)
{
    BatchResult result;
    scalar::Schedule& schedule = engine.schedule;
    const bool alone = samples.size() == 1;
    if (!alone)
        scalar::zeroParameterGradients(schedule);

    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::uint32_t sample = samples[i];
        if (stop.stop_requested()) {
            result.stopped = true;
            return result;
        }
        loadSample(engine, data, sample, scalar::inputsOf(schedule));
        drawMasks(engine, rule, i, scalar::inputsOf(schedule));
        scalar::replay(schedule, scalar::Keep::OnDemand, rootOf(engine, data, sample));
        const SamplePrediction prediction = readPrediction(
            engine, data, sample, [&](scalar::NodeId node) { return scalar::valueOf(schedule, node); });
        if (!std::isfinite(prediction.loss)) {
            result.brokenLayer = firstBrokenLayer(engine);
            return result;
        }
        result.lossSum += prediction.loss;
        result.correct += prediction.label == data.labels[sample];
        scalar::backward(schedule, alone ? scalar::Gradients::Fresh : scalar::Gradients::Add);
    }

    double scale = alone ? 1.0 : 1.0 / static_cast<double>(samples.size());
    if (!stepIsFinite(scalar::largestGradient(schedule) * scale, rule.learningRate)) {
        std::vector<double> gradients(flatSize(engine));
        scalar::readParameterGradients(schedule, gradients);
        result.brokenLayer = brokenGradientLayer<double>(engine.network.stack, gradients);
        scalar::keepParameters(schedule); // the step before led to losses that are finite
        return result;
    }
    ++optimizer.steps;
    if (optimizer.kind == OptimizerKind::Sgd && isPlain(rule)) {
        scalar::descend(schedule, rule.learningRate, scale);
        return result;
    }
    const std::vector<scalar::ParameterColumn> columns = scalar::beginUpdate(schedule);
    if (rule.clip > 0.0)
        scale *= clipFactor(gradientNorm(columns) * scale, rule.clip);
    const auto update =
        updateRule<double>(optimizer.kind, rule.learningRate, scale, rule.l1, rule.l2, optimizer.steps);
    std::size_t offset = 0;
    for (const scalar::ParameterColumn& column : columns) {
        moveParameters(optimizer, offset, column.values, column.gradients,
                       std::span(engine.penalties).subspan(offset, column.values.size()), update);
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
        predictions[i] = readPrediction(engine, data, samples[i], value);
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
