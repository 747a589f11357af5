// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engine.h"

#include "core/training/finite.h"

#include <algorithm>
#include <cassert>
#include <cmath>

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
void undoStep(MatrixEngine<T>& engine)
{
    if (!engine.lastGood.empty())
        std::copy(engine.lastGood.begin(), engine.lastGood.end(), engine.parameters.begin());
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
    return makeScalarEngine(parameters);
}

Parameters parametersOf(const Engine& engine)
{
    if (const auto* scalarEngine = std::get_if<ScalarEngine>(&engine))
        return parametersOf(*scalarEngine);
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
    return makeOptimizer<double>(kind, std::get<ScalarEngine>(engine).flatParameters.size());
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
    if (auto* scalarEngine = std::get_if<ScalarEngine>(&engine))
        undoStep(*scalarEngine);
    else if (auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        undoStep(*floats);
    else
        undoStep(std::get<MatrixEngine<double>>(engine));
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
