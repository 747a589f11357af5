// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/tinynetwork.h"

#include "core/base/text.h"
#include "core/matrix/network.h"
#include "core/scalar/networkgraph.h"
#include "core/training/engines/engine.h"
#include "core/training/evaluation.h"
#include "core/training/loop.h"

#include <cassert>
#include <numeric>
#include <string>
#include <utility>

namespace chainrule {

namespace {

constexpr double maximumTinyNoise = 1.0;

Result<void> checkNumber(MessageId what, std::int64_t value, std::int64_t low, std::int64_t high)
{
    if (value >= low && value <= high)
        return {};
    return Error{
        what,
        {MessageId::askedForAndPossible, withSeparators(value), withSeparators(low), withSeparators(high)},
        MessageId::chooseWithinBounds};
}

Result<void> checkLayers(const TinySettings& settings)
{
    if (auto inputs = checkNumber(MessageId::inputsOfIt, settings.inputs, 2, 3); !inputs)
        return inputs;
    if (settings.set && settings.inputs != 2)
        return Error{MessageId::inputsOfIt, MessageId::toySetHasTwo, MessageId::chooseTwoInputs};
    const auto count = static_cast<std::int64_t>(settings.layers.size());
    if (auto layers = checkNumber(MessageId::layers, count, 1, maximumTinyLayers); !layers)
        return layers;
    for (const Layer& layer : settings.layers) {
        const auto* const dense = std::get_if<DenseLayer>(&layer);
        if (!dense)
            continue;
        if (auto units = checkNumber(MessageId::unitsOfALayer, dense->units, 1, maximumTinyUnits); !units)
            return units;
    }
    return {};
}

Result<void> checkTraining(const TinySettings& settings)
{
    const DenseLayer& last = outputLayer(settings.layers);
    if (last.units > 2)
        return Error{MessageId::outputOfIt,
                     {MessageId::toySetsHaveTwoClasses, std::to_string(last.units)},
                     MessageId::oneOutputOrTwo};
    if (auto samples = checkNumber(MessageId::toySamples, settings.samples, 2, maximumTinySamples); !samples)
        return samples;
    if (auto batch = checkNumber(MessageId::batchSize, settings.batchSize, 1, maximumTinySamples); !batch)
        return batch;
    if (!(settings.noise >= 0.0 && settings.noise <= maximumTinyNoise))
        return Error{MessageId::noiseOfIt,
                     {MessageId::notBetween, shortestNumber(settings.noise), "0", "1"},
                     MessageId::chooseWithinBounds};
    if (!(settings.learningRate > 0.0 && settings.learningRate <= maximumLearningRate))
        return Error{MessageId::learningRate,
                     {MessageId::notAPositiveNumber, shortestNumber(settings.learningRate)},
                     MessageId::chooseSuchAs};
    return {};
}

} // namespace

std::vector<Layer> defaultTinyLayers()
{
    return {{4, Activation::Tanh}, {2, Activation::Softmax}};
}

Result<void> validate(const TinySettings& settings)
{
    if (auto layers = checkLayers(settings); !layers)
        return layers;
    if (auto possible = scalar::checkSample({settings.inputs, settings.layers}, settings.loss); !possible)
        return possible;
    return settings.set ? checkTraining(settings) : Result<void>();
}

Dataset tinyData(const TinySettings& settings)
{
    if (!settings.set)
        return {};
    return makeToySet(*settings.set, static_cast<std::size_t>(settings.samples), settings.noise,
                      settings.dataSeed);
}

namespace {

// The run that trains the first `epochs` epochs.
TrainingSettings runSettings(const TinySettings& settings, int epochs)
{
    TrainingSettings run;
    run.samples = {settings.samples, 0, 0};
    run.layers = settings.layers;
    run.loss = settings.loss;
    run.engine = settings.engine;
    run.precision = Precision::Double;
    run.learningRate = settings.learningRate;
    run.batchSize = settings.batchSize;
    run.epochs = epochs;
    run.seed = settings.seed;
    return run;
}

std::vector<std::uint32_t> everySample(const Dataset& data)
{
    std::vector<std::uint32_t> samples(sampleCount(data));
    std::iota(samples.begin(), samples.end(), 0U);
    return samples;
}

// The order of the samples where the thread's last call ended. Training is asked for a few epochs at a time,
// and to shuffle for all those before would take longer with every call.
struct KeptOrder {
    std::uint64_t seed = 0;
    std::size_t samples = 0;
    SampleOrder order{};
};

SampleOrder& keptOrder(std::uint64_t seed, std::size_t samples)
{
    thread_local KeptOrder kept;
    if (kept.seed != seed || kept.samples != samples)
        kept = {seed, samples, {}};
    return kept.order;
}

} // namespace

Network tinyParameters(const TinySettings& settings)
{
    return initialNetwork(runSettings(settings, 1), settings.inputs);
}

bool trainTiny(const TinySettings& settings, const Dataset& data, Network& network, int firstEpoch,
               int epochs, const std::stop_token& stop)
{
    if (sampleCount(data) == 0 || epochs <= 0)
        return true;
    const TrainingSettings run = runSettings(settings, firstEpoch + epochs);
    // The caller's data outlive the call.
    const RunSetup setup{
        run, {std::shared_ptr<const Dataset>(), &data}, {everySample(data), {}, {}}, network};
    const Checkpoint before = checkpointAt(run, network, sampleCount(data), firstEpoch);
    Control control(run.learningRate);
    Feed feed;
    RunStart start;
    start.checkpoint = &before;
    start.measuring = Measuring::Never;                    // scoreTiny() does
    start.order = &keptOrder(run.seed, sampleCount(data)); // which depends on nothing else
    TrainingOutcome outcome = train(setup, control, feed, stop, start);
    if (!outcome.network.parameters.empty())
        network = std::move(outcome.network);
    return outcome.reason == EndReason::Finished;
}

TinyScore scoreTiny(const TinySettings& settings, const Dataset& data, const Network& network)
{
    if (sampleCount(data) == 0)
        return {};
    const std::vector<std::uint32_t> samples = everySample(data);
    Engine engine = makeEngine(network, settings.engine, Precision::Double, 0, 1);
    const Metrics metrics = metricsOf(predict(engine, data, samples), data, samples);
    return {metrics.loss, metrics.accuracy};
}

TinyMaps makeTinyMaps(const Network& network, int rows, double extent)
{
    assert(rows >= 2);
    TinyMaps maps;
    maps.rows = rows;
    maps.extent = extent;
    const Eigen::Index points = static_cast<Eigen::Index>(rows) * rows;
    const Loss fits =
        fittingLoss(network.loss, outputLayer(network.stack.layers).activation); // not looked at
    matrix::Buffer<double> parameters = matrix::toEngine<double>(network);
    matrix::Recording<double> recording =
        matrix::recordNetwork<double>(network.stack, fits, parameters.data(), nullptr, points);
    auto inputs = matrix::value(recording.graph, recording.inputs); // (2, points)
    const double step = 2.0 * extent / (rows - 1);
    for (Eigen::Index row = 0; row < rows; ++row) {
        for (Eigen::Index column = 0; column < rows; ++column) {
            inputs(0, row * rows + column) = -extent + step * static_cast<double>(column);
            inputs(1, row * rows + column) = extent - step * static_cast<double>(row);
        }
    }
    matrix::replay(recording.graph);
    for (const matrix::NodeId layer : recording.layers) {
        const auto values = matrix::value(recording.graph, layer);
        auto& units = maps.units.emplace_back();
        for (Eigen::Index unit = 0; unit < values.rows(); ++unit) {
            auto& map = units.emplace_back(static_cast<std::size_t>(values.cols()));
            for (Eigen::Index point = 0; point < values.cols(); ++point)
                map[static_cast<std::size_t>(point)] = static_cast<float>(values(unit, point));
        }
    }
    return maps;
}

} // namespace chainrule
