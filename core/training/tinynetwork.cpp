// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/tinynetwork.h"

#include "core/base/text.h"
#include "core/matrix/network.h"
#include "core/scalar/networkgraph.h"
#include "core/training/engine.h"
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

// What recordSample() refuses, too.
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
    if (settings.engine == EngineKind::Matrix && !lossFits(tinyLoss(settings), last.activation))
        return Error{
            MessageId::theMatrixEngine,
            {MessageId::outputDoesNotFitLoss, activationName(last.activation), lossName(settings.loss)},
            MessageId::useScalarEngine};
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
    if (auto loss = scalar::checkLoss(outputLayer(settings.layers), settings.loss); !loss)
        return loss;
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
    run.loss = tinyLoss(settings);
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

} // namespace

Loss tinyLoss(const TinySettings& settings)
{
    const DenseLayer& last = outputLayer(settings.layers);
    const bool yesOrNo = settings.loss == Loss::CrossEntropy && last.activation == Activation::Sigmoid;
    return yesOrNo ? Loss::Binary : settings.loss;
}

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
    const Split split{everySample(data), {}, {}};
    const Checkpoint before = checkpointAt(run, network, sampleCount(data), firstEpoch);
    Control control(run.learningRate);
    Feed feed;
    RunStart start;
    start.checkpoint = &before;
    TrainingOutcome outcome = train(run, network, data, split, control, feed, stop, Measuring::InTurn, start);
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
    // The loss is not looked at: one that the output fits.
    const bool softmax = outputLayer(network.stack.layers).activation == Activation::Softmax;
    const Loss fits = softmax ? Loss::CrossEntropy : Loss::Squared;
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
