// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/matrixengine.h"

#include "core/scalar/graph.h"
#include "core/training/finite.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace chainrule {

namespace {

// A larger batch passes through in chunks of as many samples, which bounds the memory it takes.
constexpr std::size_t trainingChunk = matrix::largestStepBatch;
constexpr std::size_t predictionChunk = 128;

// Multiplications by a weight that are worth another thread: with fewer, waking it takes longer than they do.
constexpr std::size_t workPerLane = std::size_t{1} << 21;

template <typename T>
std::size_t laneCount(const MatrixEngine<T>& engine, std::size_t samples)
{
    const std::size_t worth = samples * engine.plan.parameters / workPerLane;
    return std::clamp<std::size_t>(worth, 1, static_cast<std::size_t>(engine.threads));
}

// Outputs and deltas of a chunk's samples. True where zeros of the inputs are to be skipped from here on.
template <typename T>
bool passSamples(MatrixEngine<T>& engine, const Dataset& data, std::span<const std::uint32_t> chunk,
                 std::size_t lanes, T scale)
{
    matrix::StepBatch<T>& batch = engine.training;
    batch.samples = chunk.size();
    engine.skipZeros.assign(lanes, 0);
    engine.workers->run(lanes, [&](std::size_t lane) {
        const std::size_t begin = chunk.size() * lane / lanes;
        const std::size_t end = chunk.size() * (lane + 1) / lanes;
        const bool skip = matrix::loadSamples(engine.plan, batch, data, chunk, begin, end);
        engine.skipZeros[lane] = skip;
        matrix::forwardSamples(engine.plan, batch, engine.parameters.data(), begin, end, skip, scale);
        matrix::backwardSamples<T>(engine.plan, batch, engine.transposed.data(), begin, end);
    });
    // Bytes of images are there for every sample, but numbers only where no lane skipped them.
    return std::find(engine.skipZeros.begin(), engine.skipZeros.end(), 1) != engine.skipZeros.end();
}

template <typename T>
void passWeights(MatrixEngine<T>& engine, const matrix::StepSink<T>& sink, std::size_t lanes, bool skipZeros)
{
    const std::size_t layers = engine.plan.layers.size();
    engine.largest.assign(layers * lanes, T(0));
    engine.workers->run(lanes, [&](std::size_t lane) {
        matrix::updateWeights(engine.plan, engine.training, sink, skipZeros, lane, lanes,
                              std::span(engine.largest).subspan(lane * layers, layers));
    });
}

// Adds the chunk's samples to the result. False where their loss is not finite.
template <typename T>
bool addResults(const matrix::StepBatch<T>& batch, BatchResult& result)
{
    for (std::size_t i = 0; i < batch.samples; ++i) {
        result.lossSum += matrix::sampleLoss(batch, i);
        result.correct += batch.best[i] == batch.targets[i];
    }
    return std::isfinite(result.lossSum);
}

// The largest gradient of each layer, from all lanes; NaN where there is one.
template <typename T>
std::span<const T> largestGradients(MatrixEngine<T>& engine)
{
    const std::size_t layers = engine.plan.layers.size();
    for (std::size_t i = layers; i < engine.largest.size(); ++i) {
        T& largest = engine.largest[i % layers];
        if (std::isnan(engine.largest[i]) || engine.largest[i] > largest)
            largest = engine.largest[i];
    }
    return std::span<const T>(engine.largest).first(layers);
}

// The layer with the first gradient that is not finite, else the one with the largest.
template <typename T>
int brokenGradientLayer(std::span<const T> largest)
{
    std::size_t worst = 0;
    for (std::size_t i = 0; i < largest.size(); ++i) {
        if (!std::isfinite(largest[i]))
            return static_cast<int>(i);
        if (largest[i] > largest[worst])
            worst = i;
    }
    return static_cast<int>(worst);
}

template <typename T>
bool stepsStayFinite(std::span<const T> largest, double learningRate)
{
    return std::all_of(largest.begin(), largest.end(),
                       [&](T magnitude) { return stepIsFinite(magnitude, learningRate); });
}

// From the gradients by themselves to the next parameters, the optimizer's memory included.
template <typename T>
void update(MatrixEngine<T>& engine, OptimizerState<T>& optimizer, double rate)
{
    engine.plan.kernels->update({engine.parameters.data(), engine.gradients.data(), optimizer.first.data(),
                                 optimizer.second.data(), engine.lastGood.data(), engine.parameters.size(),
                                 updateRule<T>(optimizer.kind, rate, 1.0, 0.0, 0.0, optimizer.steps)});
}

} // namespace

template <typename T>
BatchResult trainOn(MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, double learningRate, const std::stop_token& stop)
{
    BatchResult result;
    const std::size_t capacity = engine.training.capacity;
    const T scale = T(1) / static_cast<T>(samples.size());
    const T rate = static_cast<T>(learningRate);
    if (!engine.transposedIsCurrent)
        matrix::transposeWeights(engine.plan, engine.parameters.data(), engine.transposed.data());
    engine.transposedIsCurrent = true;
    engine.lastGood.resize(engine.parameters.size());

    // Where one chunk is the batch, descent goes with the gradients' own pass: into the other buffer, which
    // becomes the parameters only when all turns out to be finite. So the old ones stay at hand for free.
    const bool atOnce = optimizer.kind == OptimizerKind::Sgd && samples.size() <= capacity;
    matrix::StepSink<T> sink;
    if (atOnce) {
        sink = {matrix::Sink::Descend, engine.parameters.data(), engine.lastGood.data(),
                engine.transposed.data(), rate};
    } else {
        engine.gradients.resize(engine.parameters.size());
        sink.result = engine.gradients.data();
    }
    for (std::size_t begin = 0; begin < samples.size(); begin += capacity) {
        if (stop.stop_requested())
            break;
        const auto chunk = samples.subspan(begin, std::min(capacity, samples.size() - begin));
        const std::size_t lanes = laneCount(engine, chunk.size());
        const bool skipZeros = passSamples(engine, data, chunk, lanes, scale);
        if (!addResults(engine.training, result)) {
            result.brokenLayer = matrix::firstBrokenLayer(engine.plan, engine.training);
            return result;
        }
        if (atOnce) {
            engine.lastGoodIsValid = false;
            engine.transposedIsCurrent = false;
        }
        passWeights(engine, sink, lanes, skipZeros);
        sink.sink = atOnce ? matrix::Sink::Descend : matrix::Sink::Add;
    }
    if (stop.stop_requested()) {
        result.stopped = true;
        return result;
    }
    const std::span<const T> largest = largestGradients(engine);
    if (!stepsStayFinite(largest, learningRate)) {
        result.brokenLayer = brokenGradientLayer(largest);
        return result;
    }
    ++optimizer.steps;
    if (!atOnce)
        update(engine, optimizer, learningRate);
    engine.parameters.swap(engine.lastGood);
    engine.transposedIsCurrent = atOnce;
    engine.lastGoodIsValid = true;
    return result;
}

template <typename T>
void undoStep(MatrixEngine<T>& engine)
{
    // Not valid after a step whose loss was finite but whose gradients were not: then the present ones are
    // good.
    if (!engine.lastGoodIsValid)
        return;
    std::copy(engine.lastGood.begin(), engine.lastGood.end(), engine.parameters.begin());
    engine.transposedIsCurrent = false;
}

template <typename T>
Network networkOf(const MatrixEngine<T>& engine)
{
    return matrix::unpackParameters<T>(engine.plan, engine.parameters);
}

template <typename T>
void setParameters(MatrixEngine<T>& engine, const Network& parameters)
{
    engine.parameters = matrix::packParameters(engine.plan, parameters);
    engine.transposedIsCurrent = false;
    engine.lastGoodIsValid = false;
}

template <typename T>
Network networkBefore(const MatrixEngine<T>& engine)
{
    return matrix::unpackParameters<T>(engine.plan,
                                       engine.lastGoodIsValid ? engine.lastGood : engine.parameters);
}

// ---- prediction ---------------------------------------------------------------------------------------

namespace {

// Probabilities of one chunk, in the lane's own buffers.
template <typename T>
const matrix::StepBatch<T>& passPrediction(MatrixEngine<T>& engine, const Dataset& data,
                                           std::span<const std::uint32_t> chunk, std::size_t lane)
{
    matrix::StepBatch<T>& batch = engine.prediction[lane];
    batch.samples = chunk.size();
    const bool skip = matrix::loadSamples(engine.plan, batch, data, chunk, 0, chunk.size());
    matrix::forwardSamples(engine.plan, batch, engine.parameters.data(), 0, chunk.size(), skip, T(0));
    return batch;
}

} // namespace

template <typename T>
std::vector<SamplePrediction> predictWith(MatrixEngine<T>& engine, const Dataset& data,
                                          std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<SamplePrediction> predictions(samples.size());
    const std::size_t chunks = (samples.size() + predictionChunk - 1) / predictionChunk;
    const std::size_t columns = engine.plan.layers.back().columns;
    const std::size_t lanes = engine.prediction.size();
    engine.workers->run(std::min(lanes, chunks), [&](std::size_t lane) {
        for (std::size_t chunk = lane; chunk < chunks && !stop.stop_requested(); chunk += lanes) {
            const std::size_t begin = chunk * predictionChunk;
            const std::size_t size = std::min(predictionChunk, samples.size() - begin);
            const auto& batch = passPrediction(engine, data, samples.subspan(begin, size), lane);
            for (std::size_t i = 0; i < size; ++i) {
                const T* probabilities = batch.outputs.back().data() + i * columns;
                const std::uint32_t best = batch.best[i];
                const auto trueProbability = static_cast<double>(probabilities[batch.targets[i]]);
                // The scalar engine's floor, so that both report the same loss for a hopeless sample.
                predictions[begin + i] = {
                    static_cast<int>(best), static_cast<double>(probabilities[best]), trueProbability,
                    -std::log(trueProbability < scalar::logFloor ? scalar::logFloor : trueProbability)};
            }
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
    const matrix::StepLayer& last = engine.plan.layers.back();
    std::vector<double> all(samples.size() * last.units);
    const std::size_t chunks = (samples.size() + predictionChunk - 1) / predictionChunk;
    const std::size_t lanes = engine.prediction.size();
    engine.workers->run(std::min(lanes, chunks), [&](std::size_t lane) {
        for (std::size_t chunk = lane; chunk < chunks && !stop.stop_requested(); chunk += lanes) {
            const std::size_t begin = chunk * predictionChunk;
            const std::size_t size = std::min(predictionChunk, samples.size() - begin);
            const auto& batch = passPrediction(engine, data, samples.subspan(begin, size), lane);
            double* out = all.data() + begin * last.units;
            for (std::size_t i = 0; i < size; ++i)
                for (std::size_t unit = 0; unit < last.units; ++unit)
                    *out++ = static_cast<double>(batch.outputs.back()[i * last.columns + unit]);
        }
    });
    if (stop.stop_requested())
        return {};
    return all;
}

template <typename T>
MatrixEngine<T> makeMatrixEngine(const Network& parameters, int batchSize, int threads,
                                 const matrix::Kernels<T>& kernels)
{
    MatrixEngine<T> engine;
    engine.plan = matrix::makeStepPlan<T>(parameters.stack, kernels);
    engine.parameters = matrix::packParameters(engine.plan, parameters);
    engine.threads = std::max(1, threads);
    engine.workers = std::make_unique<Workers>(engine.threads);
    if (batchSize > 0) {
        engine.transposed.assign(engine.plan.transposed, T(0));
        engine.training = matrix::makeStepBatch(
            engine.plan, std::min(static_cast<std::size_t>(batchSize), trainingChunk), true);
    }
    for (int i = 0; i < engine.threads; ++i)
        engine.prediction.push_back(matrix::makeStepBatch(engine.plan, predictionChunk, false));
    return engine;
}

#define CHAINRULE_MATRIX_ENGINE(T)                                                                           \
    template MatrixEngine<T> makeMatrixEngine(const Network&, int, int, const matrix::Kernels<T>&);          \
    template BatchResult trainOn(MatrixEngine<T>&, OptimizerState<T>&, const Dataset&,                       \
                                 std::span<const std::uint32_t>, double, const std::stop_token&);            \
    template Network networkOf(const MatrixEngine<T>&);                                                      \
    template void setParameters(MatrixEngine<T>&, const Network&);                                           \
    template Network networkBefore(const MatrixEngine<T>&);                                                  \
    template void undoStep(MatrixEngine<T>&);                                                                \
    template std::vector<SamplePrediction> predictWith(                                                      \
        MatrixEngine<T>&, const Dataset&, std::span<const std::uint32_t>, const std::stop_token&);           \
    template std::vector<double> probabilitiesWith(MatrixEngine<T>&, const Dataset&,                         \
                                                   std::span<const std::uint32_t>, const std::stop_token&);
CHAINRULE_MATRIX_ENGINE(float)
CHAINRULE_MATRIX_ENGINE(double)

} // namespace chainrule
