// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engine.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace chainrule {

namespace {

// Batches are cut into as many shards as have at least this many samples each, up to the maximum: a pure
// function of the batch size, so that no result depends on the number of threads.
constexpr std::size_t samplesPerShard = 32;
constexpr std::size_t maximumShards = 8;
// A shard passes its samples through its graph in chunks, which bounds memory for very large batches.
constexpr std::size_t trainingChunk = 256;
constexpr std::size_t predictionChunk = 128;

std::size_t shardCount(std::size_t batch)
{
    return std::clamp<std::size_t>(batch / samplesPerShard, 1, maximumShards);
}

// The largest magnitude, or NaN where there is one.
template <typename T>
T maximumMagnitude(std::span<const T> values)
{
    const Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> array(
        values.data(), static_cast<Eigen::Index>(values.size()));
    return array.abs().template maxCoeff<Eigen::PropagateNaN>();
}

// Whether a step along these gradients keeps the weights finite. The margin leaves room for momentum, which
// can add up ten gradients, and for many such steps in a row; Adam needs the square of a gradient.
template <typename T>
bool stepIsFinite(std::span<const T> gradients, double learningRate)
{
    const double limit = static_cast<double>(std::numeric_limits<T>::max()) * 1e-6;
    const double largest = static_cast<double>(maximumMagnitude(gradients));
    const double rate = std::abs(learningRate);
    return largest < std::sqrt(limit) && rate < limit && largest * rate < limit; // false for NaN
}

template <typename T>
bool allFinite(const T* values, std::size_t count)
{
    return std::isfinite(maximumMagnitude(std::span<const T>(values, count)));
}

// ---- scalar -------------------------------------------------------------------------------------------

// Writes the optimizer's parameters into their leaves.
void showParameters(ScalarEngine& engine)
{
    const std::size_t first = scalar::index(engine.network.firstParameter);
    for (std::size_t i = 0; i < engine.parameters.size(); ++i)
        engine.graph.nodes[first + i].data = engine.parameters[i];
}

void forgetSample(ScalarEngine& engine)
{
    engine.graph.nodes.resize(scalar::index(engine.network.firstParameter) + engine.parameters.size());
    engine.layerEnds.clear();
}

std::vector<scalar::NodeId> forwardSample(ScalarEngine& engine, const Dataset& data, std::uint32_t sample)
{
    forgetSample(engine);
    copySample(data, sample, engine.input.data());
    return scalar::forward(engine.graph, engine.network, engine.input, &engine.layerEnds);
}

SamplePrediction readPrediction(const ScalarEngine& engine, std::span<const scalar::NodeId> probabilities,
                                int target)
{
    const auto probability = [&](std::size_t i) {
        return engine.graph.nodes[scalar::index(probabilities[i])].data;
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i < probabilities.size(); ++i) {
        if (probability(i) > probability(best))
            best = i;
    }
    return {static_cast<int>(best), probability(best), probability(static_cast<std::size_t>(target)), 0.0};
}

int firstBrokenLayer(const ScalarEngine& engine)
{
    std::size_t layer = 0;
    for (std::size_t i = 0; i < engine.graph.nodes.size() && layer < engine.layerEnds.size(); ++i) {
        while (layer < engine.layerEnds.size() && i >= engine.layerEnds[layer])
            ++layer;
        if (!std::isfinite(engine.graph.nodes[i].data))
            return static_cast<int>(layer);
    }
    return static_cast<int>(engine.layerEnds.size());
}

// The layer with the first gradient that is not finite, else the one with the largest.
template <typename T>
int brokenGradientLayer(const LayerStack& stack, std::span<const T> gradients)
{
    int worst = 0;
    T largest = T(-1);
    const std::vector<LayerSpan> spans = layerSpans(stack);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const std::size_t count = spans[i].bias + static_cast<std::size_t>(spans[i].units) - spans[i].weight;
        const T magnitude = maximumMagnitude(gradients.subspan(spans[i].weight, count));
        if (!std::isfinite(magnitude))
            return static_cast<int>(i);
        if (magnitude > largest) {
            largest = magnitude;
            worst = static_cast<int>(i);
        }
    }
    return worst;
}

BatchResult trainOn(ScalarEngine& engine, OptimizerState<double>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, double learningRate, const std::stop_token& stop)
{
    BatchResult result;
    const std::size_t first = scalar::index(engine.network.firstParameter);
    for (std::size_t i = 0; i < engine.parameters.size(); ++i)
        engine.graph.nodes[first + i].grad = 0.0;

    for (const std::uint32_t sample : samples) {
        if (stop.stop_requested()) {
            result.stopped = true;
            return result;
        }
        const auto probabilities = forwardSample(engine, data, sample);
        const int target = data.labels[sample];
        const scalar::NodeId loss = scalar::crossEntropyLoss(engine.graph, probabilities, target);
        const double sampleLoss = engine.graph.nodes[scalar::index(loss)].data;
        if (!std::isfinite(sampleLoss)) {
            result.brokenLayer = firstBrokenLayer(engine);
            return result;
        }
        result.lossSum += sampleLoss;
        result.correct += readPrediction(engine, probabilities, target).label == target;
        scalar::backward(engine.graph, loss);
    }

    const double mean = 1.0 / static_cast<double>(samples.size());
    for (std::size_t i = 0; i < engine.parameters.size(); ++i)
        engine.gradients[i] = samples.size() == 1 ? engine.graph.nodes[first + i].grad
                                                  : engine.graph.nodes[first + i].grad * mean;
    if (!stepIsFinite<double>(engine.gradients, learningRate)) {
        result.brokenLayer = brokenGradientLayer<double>(engine.network.stack, engine.gradients);
        return result;
    }
    engine.lastGood = engine.parameters;
    optimizerStep<double>(optimizer, engine.parameters, engine.gradients, learningRate);
    showParameters(engine);
    return result;
}

std::vector<SamplePrediction> predictWith(ScalarEngine& engine, const Dataset& data,
                                          std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<SamplePrediction> predictions;
    predictions.reserve(samples.size());
    for (const std::uint32_t sample : samples) {
        if (stop.stop_requested())
            return {};
        const auto probabilities = forwardSample(engine, data, sample);
        const int target = data.labels[sample];
        SamplePrediction prediction = readPrediction(engine, probabilities, target);
        const scalar::NodeId loss = scalar::crossEntropyLoss(engine.graph, probabilities, target);
        prediction.loss = engine.graph.nodes[scalar::index(loss)].data;
        predictions.push_back(prediction);
    }
    return predictions;
}

std::vector<double> probabilitiesWith(ScalarEngine& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<double> all;
    for (const std::uint32_t sample : samples) {
        if (stop.stop_requested())
            return {};
        for (const scalar::NodeId probability : forwardSample(engine, data, sample))
            all.push_back(engine.graph.nodes[scalar::index(probability)].data);
    }
    return all;
}

// ---- matrix -------------------------------------------------------------------------------------------

template <typename T>
using Shard = typename MatrixEngine<T>::Shard;

template <typename T>
void loadSamples(matrix::Recording<T>& recording, const Dataset& data, std::span<const std::uint32_t> samples)
{
    recording.graph.samples = static_cast<Eigen::Index>(samples.size());
    auto inputs = matrix::value(recording.graph, recording.inputs);
    auto targets = matrix::value(recording.graph, recording.targets);
    targets.setZero();
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto column = static_cast<Eigen::Index>(i);
        copySample(data, samples[i], inputs.col(column).data());
        targets(data.labels[samples[i]], column) = T(1);
    }
}

template <typename T>
int mostProbable(const matrix::Recording<T>& recording, Eigen::Index column)
{
    Eigen::Index best = 0;
    matrix::value(recording.graph, recording.probabilities).col(column).maxCoeff(&best);
    return static_cast<int>(best);
}

template <typename T>
void trainShard(Shard<T>& shard, const Dataset& data, std::span<const std::uint32_t> samples,
                std::size_t batch, const std::stop_token& stop)
{
    matrix::Recording<T>& recording = shard.recording;
    shard.loss = 0.0;
    shard.correct = 0;
    recording.graph.lossScale = T(1) / static_cast<T>(batch);
    std::fill(shard.gradients.begin(), shard.gradients.end(), T(0));
    // A chunk whose loss is not finite is the last: what broke is then still there to be looked at.
    while (!samples.empty() && std::isfinite(shard.loss) && !stop.stop_requested()) {
        const auto chunk = samples.first(std::min(samples.size(), trainingChunk));
        loadSamples(recording, data, chunk);
        matrix::replay(recording.graph);
        // The parameters' gradients add up over the chunks; those of the samples start again.
        for (std::size_t i = 0; i < recording.graph.nodes.size(); ++i) {
            const auto& node = recording.graph.nodes[i];
            if (node.grad && node.op != matrix::Op::Leaf)
                matrix::gradient(recording.graph, matrix::NodeId(i)).setZero();
        }
        matrix::backward(recording.graph, recording.loss);
        shard.loss += static_cast<double>(matrix::value(recording.graph, recording.loss)(0, 0)) *
                      static_cast<double>(batch);
        for (std::size_t i = 0; i < chunk.size(); ++i)
            shard.correct += mostProbable(recording, static_cast<Eigen::Index>(i)) == data.labels[chunk[i]];
        samples = samples.subspan(chunk.size());
    }
}

template <typename T>
int firstBrokenLayer(const MatrixEngine<T>& engine, std::size_t shards)
{
    const std::size_t layers = engine.stack.layers.size();
    for (std::size_t layer = 0; layer < layers; ++layer) {
        for (std::size_t i = 0; i < shards; ++i) {
            const matrix::Recording<T>& recording = engine.training[i].recording;
            const auto output = matrix::value(recording.graph, recording.layers[layer]);
            if (!allFinite(output.data(), static_cast<std::size_t>(output.size())))
                return static_cast<int>(layer);
        }
    }
    return static_cast<int>(layers);
}

template <typename T>
BatchResult trainOn(MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, double learningRate, const std::stop_token& stop)
{
    const std::size_t shards = shardCount(samples.size());
    assert(shards <= engine.training.size());
    engine.workers->run(shards, [&](std::size_t i) {
        const std::size_t begin = samples.size() * i / shards;
        const std::size_t end = samples.size() * (i + 1) / shards;
        trainShard<T>(engine.training[i], data, samples.subspan(begin, end - begin), samples.size(), stop);
    });

    BatchResult result;
    if (stop.stop_requested()) {
        result.stopped = true;
        return result;
    }
    matrix::Buffer<T>& gradients = engine.training.front().gradients;
    for (std::size_t i = 0; i < shards; ++i) {
        result.lossSum += engine.training[i].loss;
        result.correct += engine.training[i].correct;
        if (i > 0) {
            const matrix::Buffer<T>& other = engine.training[i].gradients;
            for (std::size_t k = 0; k < gradients.size(); ++k)
                gradients[k] += other[k];
        }
    }
    if (!std::isfinite(result.lossSum)) {
        result.brokenLayer = firstBrokenLayer(engine, shards);
    } else if (!stepIsFinite<T>(gradients, learningRate)) {
        result.brokenLayer = brokenGradientLayer<T>(engine.stack, gradients);
    } else {
        engine.lastGood = engine.parameters;
        optimizerStep<T>(optimizer, engine.parameters, gradients, static_cast<T>(learningRate));
    }
    return result;
}

template <typename T>
void predictChunk(Shard<T>& shard, const Dataset& data, std::span<const std::uint32_t> samples,
                  std::span<SamplePrediction> out)
{
    matrix::Recording<T>& recording = shard.recording;
    loadSamples(recording, data, samples);
    matrix::replay(recording.graph);
    const auto probabilities = matrix::value(recording.graph, recording.probabilities);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto column = static_cast<Eigen::Index>(i);
        const int best = mostProbable(recording, column);
        const auto trueProbability = static_cast<double>(probabilities(data.labels[samples[i]], column));
        // The scalar engine's floor, so that both report the same loss for a hopeless sample.
        out[i] = {best, static_cast<double>(probabilities(best, column)), trueProbability,
                  -std::log(trueProbability < scalar::logFloor ? scalar::logFloor : trueProbability)};
    }
}

template <typename T>
std::vector<SamplePrediction> predictWith(MatrixEngine<T>& engine, const Dataset& data,
                                          std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<SamplePrediction> predictions(samples.size());
    const std::size_t chunks = (samples.size() + predictionChunk - 1) / predictionChunk;
    const std::size_t lanes = engine.prediction.size();
    engine.workers->run(std::min(lanes, chunks), [&](std::size_t lane) {
        for (std::size_t chunk = lane; chunk < chunks && !stop.stop_requested(); chunk += lanes) {
            const std::size_t begin = chunk * predictionChunk;
            const std::size_t size = std::min(predictionChunk, samples.size() - begin);
            predictChunk<T>(engine.prediction[lane], data, samples.subspan(begin, size),
                            std::span(predictions).subspan(begin, size));
        }
    });
    if (stop.stop_requested())
        return {};
    return predictions;
}

template <typename T>
std::vector<double> probabilitiesWith(MatrixEngine<T>& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    const auto classes = static_cast<std::size_t>(outputCount(engine.stack));
    std::vector<double> all(samples.size() * classes);
    const std::size_t chunks = (samples.size() + predictionChunk - 1) / predictionChunk;
    const std::size_t lanes = engine.prediction.size();
    engine.workers->run(std::min(lanes, chunks), [&](std::size_t lane) {
        matrix::Recording<T>& recording = engine.prediction[lane].recording;
        for (std::size_t chunk = lane; chunk < chunks && !stop.stop_requested(); chunk += lanes) {
            const std::size_t begin = chunk * predictionChunk;
            loadSamples(recording, data,
                        samples.subspan(begin, std::min(predictionChunk, samples.size() - begin)));
            matrix::replay(recording.graph);
            const auto values = matrix::value(recording.graph, recording.probabilities);
            for (Eigen::Index i = 0; i < values.size(); ++i)
                all[begin * classes + static_cast<std::size_t>(i)] = static_cast<double>(values.data()[i]);
        }
    });
    if (stop.stop_requested())
        return {};
    return all;
}

template <typename T>
MatrixEngine<T> makeMatrixEngine(const Parameters& parameters, int batchSize, int threads)
{
    MatrixEngine<T> engine;
    engine.stack = parameters.stack;
    engine.parameters = matrix::toEngine<T>(parameters);
    engine.workers = std::make_unique<Workers>(threads);
    const auto batch = static_cast<std::size_t>(batchSize);
    // The last, shorter batch may be cut into fewer, larger shards; none is larger than two minimal ones.
    const std::size_t largest = std::max(2 * samplesPerShard, batch / maximumShards + 1);
    const std::size_t capacity = std::min({batch, largest, trainingChunk});
    for (std::size_t i = 0; batch > 0 && i < shardCount(batch); ++i) {
        auto& shard = engine.training.emplace_back();
        shard.gradients.assign(engine.parameters.size(), T(0));
        shard.recording =
            matrix::recordNetwork<T>(engine.stack, engine.parameters.data(), shard.gradients.data(),
                                     static_cast<Eigen::Index>(capacity));
    }
    for (int i = 0; i < std::max(1, threads); ++i) {
        auto& shard = engine.prediction.emplace_back();
        shard.recording = matrix::recordNetwork<T>(engine.stack, engine.parameters.data(), nullptr,
                                                   static_cast<Eigen::Index>(predictionChunk));
    }
    return engine;
}

} // namespace

Engine makeEngine(const Parameters& parameters, EngineKind kind, Precision precision, int batchSize,
                  int threads)
{
    if (kind == EngineKind::Matrix) {
        if (precision == Precision::Float)
            return makeMatrixEngine<float>(parameters, batchSize, threads);
        return makeMatrixEngine<double>(parameters, batchSize, threads);
    }
    ScalarEngine engine;
    engine.network = scalar::createModel(engine.graph, parameters);
    engine.parameters = parameters.values;
    engine.gradients.assign(parameters.values.size(), 0.0);
    engine.input.resize(static_cast<std::size_t>(parameters.stack.inputs));
    return engine;
}

Parameters parametersOf(const Engine& engine)
{
    if (const auto* scalarEngine = std::get_if<ScalarEngine>(&engine))
        return {scalarEngine->network.stack, scalarEngine->parameters};
    if (const auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        return matrix::fromEngine(floats->stack, floats->parameters);
    const auto& doubles = std::get<MatrixEngine<double>>(engine);
    return matrix::fromEngine(doubles.stack, doubles.parameters);
}

Optimizer makeOptimizer(const Engine& engine, OptimizerKind kind)
{
    if (const auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        return makeOptimizer<float>(kind, floats->parameters.size());
    if (const auto* doubles = std::get_if<MatrixEngine<double>>(&engine))
        return makeOptimizer<double>(kind, doubles->parameters.size());
    return makeOptimizer<double>(kind, std::get<ScalarEngine>(engine).parameters.size());
}

BatchResult trainBatch(Engine& engine, Optimizer& optimizer, const Dataset& data,
                       std::span<const std::uint32_t> samples, double learningRate,
                       const std::stop_token& stop)
{
    assert(!samples.empty());
    if (auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        return trainOn(*floats, std::get<OptimizerState<float>>(optimizer), data, samples, learningRate,
                       stop);
    auto& state = std::get<OptimizerState<double>>(optimizer);
    if (auto* doubles = std::get_if<MatrixEngine<double>>(&engine))
        return trainOn(*doubles, state, data, samples, learningRate, stop);
    return trainOn(std::get<ScalarEngine>(engine), state, data, samples, learningRate, stop);
}

void undoStep(Engine& engine)
{
    std::visit(
        [](auto& any) {
            if (!any.lastGood.empty())
                std::copy(any.lastGood.begin(), any.lastGood.end(), any.parameters.begin());
        },
        engine);
    if (auto* scalarEngine = std::get_if<ScalarEngine>(&engine))
        showParameters(*scalarEngine);
}

std::vector<SamplePrediction> predict(Engine& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    return std::visit([&](auto& any) { return predictWith(any, data, samples, stop); }, engine);
}

std::vector<double> probabilities(Engine& engine, const Dataset& data, std::span<const std::uint32_t> samples,
                                  const std::stop_token& stop)
{
    return std::visit([&](auto& any) { return probabilitiesWith(any, data, samples, stop); }, engine);
}

} // namespace chainrule
