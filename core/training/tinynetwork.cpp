// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/tinynetwork.h"

#include "core/base/random.h"
#include "core/base/text.h"
#include "core/matrix/graph.h"
#include "core/matrix/network.h"
#include "core/scalar/network.h"
#include "core/training/engine.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>

namespace chainrule {

namespace {

// Streams of the weights' seed; each epoch shuffles by one of its own, so that it does not matter where a
// call of trainTiny() begins.
constexpr std::uint64_t weightsStream = 1;
constexpr std::uint64_t firstOrderStream = 1'000;

constexpr double maximumTinyNoise = 1.0;

std::string bounds(std::int64_t low, std::int64_t high)
{
    return withSeparators(low) + " to " + withSeparators(high) + " are possible";
}

Result<void> checkNumber(const char* what, std::int64_t value, std::int64_t low, std::int64_t high)
{
    if (value >= low && value <= high)
        return {};
    return Error{what, withSeparators(value) + " was asked for, and " + bounds(low, high),
                 "Choose a number within these bounds"};
}

Result<void> checkLayers(const TinySettings& settings)
{
    if (auto inputs = checkNumber("inputs", settings.inputs, 2, 3); !inputs)
        return inputs;
    if (settings.set && settings.inputs != 2)
        return Error{"inputs", "a toy set has 2 of them", "Choose 2 inputs, or type the inputs yourself"};
    const auto count = static_cast<std::int64_t>(settings.layers.size());
    if (auto layers = checkNumber("layers", count, 1, maximumTinyLayers); !layers)
        return layers;
    for (const LayerSpan& layer : layerSpans({settings.inputs, settings.layers})) {
        if (auto units = checkNumber("units of a layer", layer.units, 1, maximumTinyUnits); !units)
            return units;
    }
    return {};
}

// What recordSample() refuses, too.
Result<void> checkTraining(const TinySettings& settings)
{
    const DenseLayer& last = outputLayer(settings.layers);
    if (last.units > 2)
        return Error{"output",
                     "toy sets have two classes, and this network has " + std::to_string(last.units) +
                         " outputs",
                     "Give it one output or two"};
    if (auto samples = checkNumber("toy samples", settings.samples, 2, maximumTinySamples); !samples)
        return samples;
    if (auto batch = checkNumber("batch size", settings.batchSize, 1, maximumTinySamples); !batch)
        return batch;
    if (!(settings.noise >= 0.0 && settings.noise <= maximumTinyNoise))
        return Error{"noise", shortestNumber(settings.noise) + " is not between 0 and 1",
                     "Choose a number within these bounds, for instance 0.05"};
    if (!(settings.learningRate > 0.0 && settings.learningRate <= maximumLearningRate))
        return Error{"learning rate", shortestNumber(settings.learningRate) + " is not a positive number",
                     "Choose one such as 0.1"};
    const bool classifier = last.activation == Activation::Softmax && settings.loss == Loss::CrossEntropy;
    if (settings.engine == EngineKind::Matrix && !classifier)
        return Error{"matrix engine", "it trains softmax with cross-entropy only",
                     "Train with the scalar engine, or choose softmax and cross-entropy"};
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

Network tinyParameters(const TinySettings& settings)
{
    // The same for both engines, so that a change of engine changes nothing but the engine.
    Random random = makeRandom(settings.seed, weightsStream);
    return makeNetwork({settings.inputs, settings.layers}, {WeightRule::Glorot}, random);
}

namespace {

std::vector<std::uint32_t> orderOf(const TinySettings& settings, std::size_t samples, int epoch)
{
    std::vector<std::uint32_t> order(samples);
    std::iota(order.begin(), order.end(), 0U);
    Random random = makeRandom(settings.seed, firstOrderStream + static_cast<std::uint64_t>(epoch));
    shuffle(std::span(order), random);
    return order;
}

bool allFinite(std::span<const double> values)
{
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// ---- scalar -------------------------------------------------------------------------------------------

struct TinyScalar {
    scalar::Graph graph; ///< the parameters' leaves, then one sample's nodes
    scalar::NetworkLeaves network;
    std::vector<double> lastGood; ///< the parameters before the last step; empty before the first
};

std::vector<double> valuesOf(const TinyScalar& engine, std::size_t count)
{
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = engine.graph.nodes[i].data;
    return values;
}

enum class Step { Good, Refused, BadLoss, Stopped };

Step scalarStep(TinyScalar& engine, std::size_t parameters, const TinySettings& settings, const Dataset& data,
                std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    for (std::size_t i = 0; i < parameters; ++i)
        engine.graph.nodes[i].grad = 0.0;
    std::vector<double> input(static_cast<std::size_t>(inputCount(data)));
    bool finite = true;
    for (std::size_t s = 0; s < samples.size() && finite; ++s) {
        if (stop.stop_requested())
            return Step::Stopped;
        copySample(data, samples[s], input.data());
        const auto outputs = scalar::forward(engine.graph, engine.network, input);
        const scalar::NodeId loss =
            scalar::recordLoss(engine.graph, outputs, data.labels[samples[s]], settings.loss);
        finite = std::isfinite(engine.graph.nodes[scalar::index(loss)].data);
        if (finite)
            scalar::backward(engine.graph, loss);
        engine.graph.nodes.resize(parameters);
    }
    if (!finite)
        return Step::BadLoss;

    const double mean = 1.0 / static_cast<double>(samples.size());
    std::vector<double> before = valuesOf(engine, parameters);
    std::vector<double> after = before;
    for (std::size_t i = 0; i < parameters; ++i)
        after[i] -= settings.learningRate * (engine.graph.nodes[i].grad * mean);
    if (!allFinite(after))
        return Step::Refused;
    for (std::size_t i = 0; i < parameters; ++i)
        engine.graph.nodes[i].data = after[i];
    engine.lastGood = std::move(before);
    return Step::Good;
}

// Calls step(batch) for every batch of these epochs, until one is not good.
template <typename TakeStep>
Step forEachBatch(const TinySettings& settings, std::size_t samples, int firstEpoch, int epochs,
                  TakeStep step)
{
    const auto batch = static_cast<std::size_t>(settings.batchSize);
    for (int epoch = firstEpoch; epoch < firstEpoch + epochs; ++epoch) {
        const std::vector<std::uint32_t> order = orderOf(settings, samples, epoch);
        for (std::size_t begin = 0; begin < samples; begin += batch) {
            const Step result = step(std::span(order).subspan(begin, std::min(batch, samples - begin)));
            if (result != Step::Good)
                return result;
        }
    }
    return Step::Good;
}

bool trainScalar(const TinySettings& settings, const Dataset& data, Network& parameters, int firstEpoch,
                 int epochs, const std::stop_token& stop)
{
    TinyScalar engine;
    engine.network = scalar::createModel(engine.graph, parameters);
    const std::size_t count = parameters.parameters.size();
    Step result = forEachBatch(settings, sampleCount(data), firstEpoch, epochs,
                               [&](std::span<const std::uint32_t> batch) {
                                   return scalarStep(engine, count, settings, data, batch, stop);
                               });
    parameters.parameters = valuesOf(engine, count);
    // The last step's loss is known to be good only once it was looked at.
    if (result == Step::Good && !std::isfinite(scoreTiny(settings, data, parameters).loss))
        result = Step::BadLoss;
    if (result == Step::BadLoss && !engine.lastGood.empty())
        parameters.parameters = engine.lastGood;
    return result == Step::Good;
}

// ---- matrix -------------------------------------------------------------------------------------------

bool trainMatrix(const TinySettings& settings, const Dataset& data, Network& parameters, int firstEpoch,
                 int epochs, const std::stop_token& stop)
{
    Engine engine = makeEngine(parameters, EngineKind::Matrix, Precision::Double, settings.batchSize, 1);
    Optimizer optimizer = makeOptimizer(engine, OptimizerKind::Sgd);
    Step result = forEachBatch(
        settings, sampleCount(data), firstEpoch, epochs, [&](std::span<const std::uint32_t> batch) {
            const BatchResult step = trainBatch(engine, optimizer, data, batch, settings.learningRate, stop);
            if (step.stopped)
                return Step::Stopped;
            if (!step.brokenLayer)
                return Step::Good;
            return std::isfinite(step.lossSum) ? Step::Refused : Step::BadLoss;
        });
    if (result == Step::Good && !std::isfinite(scoreTiny(settings, data, networkOf(engine)).loss))
        result = Step::BadLoss;
    if (result == Step::BadLoss)
        undoStep(engine);
    parameters = networkOf(engine);
    return result == Step::Good;
}

// ---- all points at once -------------------------------------------------------------------------------

struct TinyForward {
    matrix::Buffer<double> parameters; ///< what the graph's weights and biases point into
    matrix::Graph<double> graph;
    std::vector<matrix::NodeId> layers; ///< each layer's activations (units, points)
};

matrix::NodeId activate(matrix::Graph<double>& graph, Activation activation, matrix::NodeId sums)
{
    switch (activation) {
    case Activation::Relu:
        return matrix::relu(graph, sums);
    case Activation::Sigmoid:
        return matrix::sigmoid(graph, sums);
    case Activation::Tanh:
        return matrix::tanh(graph, sums);
    case Activation::Linear:
        return sums;
    case Activation::Softmax:
        return matrix::softmax(graph, sums);
    }
    return sums;
}

// Any last layer, unlike recordNetwork(). `points` (inputs, points).
TinyForward forwardAll(const Network& parameters, const matrix::Matrix<double>& points)
{
    assert(points.rows() == parameters.stack.input.size());
    TinyForward forward;
    forward.parameters = matrix::toEngine<double>(parameters);
    forward.graph = matrix::makeGraph<double>(points.cols());
    matrix::NodeId current = matrix::createSamples(forward.graph, points.rows());
    matrix::value(forward.graph, current) = points; // each operation is computed when it is recorded
    for (const LayerSpan& span : layerSpans(parameters.stack)) {
        const auto view = [&](std::size_t offset, int columns) {
            return matrix::createView<double>(forward.graph, forward.parameters.data() + offset, nullptr,
                                              span.units, columns);
        };
        const matrix::NodeId weight = view(span.weight, span.inputs); // (units, inputs)
        const matrix::NodeId bias = view(span.bias, 1);               // (units, 1)
        const matrix::NodeId sums =
            matrix::add(forward.graph, matrix::matmul(forward.graph, weight, current), bias);
        current = activate(forward.graph, span.activation, sums);
        forward.layers.push_back(current);
    }
    return forward;
}

// `outputs` are one sample's.
double lossOf(Loss loss, const Eigen::VectorXd& outputs, int target)
{
    const bool single = outputs.size() == 1;
    if (loss != Loss::CrossEntropy) {
        double sum = 0.0;
        for (Eigen::Index i = 0; i < outputs.size(); ++i)
            sum += lossPart(loss, outputs(i), target == (single ? 1 : i) ? 1.0 : 0.0).value;
        return sum / static_cast<double>(outputs.size());
    }
    double probability = outputs(single ? 0 : target);
    if (single && target != 1)
        probability = 1.0 - probability;
    // The scalar engine's floor, so that the loss is the one that the graph shows. NaN comes through.
    return -std::log(probability < scalar::logFloor ? scalar::logFloor : probability);
}

int labelOf(const Eigen::VectorXd& outputs)
{
    if (outputs.size() == 1)
        return outputs(0) >= 0.5 ? 1 : 0;
    Eigen::Index best = 0;
    outputs.maxCoeff(&best);
    return static_cast<int>(best);
}

} // namespace

bool trainTiny(const TinySettings& settings, const Dataset& data, Network& parameters, int firstEpoch,
               int epochs, const std::stop_token& stop)
{
    if (sampleCount(data) == 0 || epochs <= 0)
        return true;
    if (settings.engine == EngineKind::Matrix)
        return trainMatrix(settings, data, parameters, firstEpoch, epochs, stop);
    return trainScalar(settings, data, parameters, firstEpoch, epochs, stop);
}

TinyScore scoreTiny(const TinySettings& settings, const Dataset& data, const Network& parameters)
{
    const std::size_t samples = sampleCount(data);
    if (samples == 0)
        return {};
    matrix::Matrix<double> points(parameters.stack.input.size(), static_cast<Eigen::Index>(samples));
    for (std::size_t i = 0; i < samples; ++i)
        copySample(data, i, points.col(static_cast<Eigen::Index>(i)).data());
    const TinyForward forward = forwardAll(parameters, points);
    const auto outputs = matrix::value(forward.graph, forward.layers.back());

    double loss = 0.0;
    std::size_t correct = 0;
    for (std::size_t i = 0; i < samples; ++i) {
        const Eigen::VectorXd output = outputs.col(static_cast<Eigen::Index>(i));
        loss += lossOf(settings.loss, output, data.labels[i]);
        correct += labelOf(output) == data.labels[i] ? 1 : 0;
    }
    const auto count = static_cast<double>(samples);
    return {loss / count, 100.0 * static_cast<double>(correct) / count};
}

TinyMaps makeTinyMaps(const Network& parameters, int rows, double extent)
{
    assert(rows >= 2);
    TinyMaps maps;
    maps.rows = rows;
    maps.extent = extent;
    matrix::Matrix<double> points(2, static_cast<Eigen::Index>(rows) * rows);
    const double step = 2.0 * extent / (rows - 1);
    for (Eigen::Index row = 0; row < rows; ++row) {
        for (Eigen::Index column = 0; column < rows; ++column) {
            points(0, row * rows + column) = -extent + step * static_cast<double>(column);
            points(1, row * rows + column) = extent - step * static_cast<double>(row);
        }
    }
    const TinyForward forward = forwardAll(parameters, points);
    for (const matrix::NodeId layer : forward.layers) {
        const auto values = matrix::value(forward.graph, layer);
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
