// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/matrixengine.h"

#include "core/base/finite.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <new>
#include <numeric>

namespace chainrule {

namespace {

// A larger batch passes through in chunks of as many samples, which bounds the memory it takes.
constexpr std::size_t trainingChunk = matrix::largestStepBatch;
constexpr std::size_t predictionChunk = 128;
constexpr std::size_t predictionBytes = std::size_t{64} << 20; // of a thread's buffers, at the most

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
                 std::size_t lanes, T scale, const matrix::DropoutDraw& draw)
{
    matrix::StepBatch<T>& batch = engine.training;
    matrix::beginBatch(batch, data, chunk.size(), draw);
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

template <typename T>
bool stepsStayFinite(std::span<const T> largest, double learningRate)
{
    return std::all_of(largest.begin(), largest.end(),
                       [&](T magnitude) { return stepIsFinite(magnitude, learningRate); });
}

// Root of the sum of squares of all parameters' gradients. The order of the additions is fixed; several sums
// at a time, since each waits for its last addition.
template <typename T>
double gradientNorm(const matrix::LineBuffer<T>& gradients)
{
    std::array<double, 8> sums{}; // a column is padded to a multiple of as many numbers
    for (std::size_t i = 0; i < gradients.size(); i += sums.size()) {
        for (std::size_t k = 0; k < sums.size(); ++k) {
            const auto gradient = static_cast<double>(gradients[i + k]);
            sums[k] += gradient * gradient;
        }
    }
    return std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

// Applies the optimizer: from the batch's gradients to the next parameters and the optimizer's next memory.
template <typename T>
void update(MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const StepRule& rule)
{
    const double scale = rule.clip > 0.0 ? clipFactor(gradientNorm(engine.gradients), rule.clip) : 1.0;
    const auto penalized =
        updateRule<T>(optimizer.kind, rule.learningRate, scale, rule.l1, rule.l2, optimizer.steps);
    UpdateRule<T> free = penalized;
    free.l1 = T(0);
    free.l2 = T(0);
    const auto move = [&](std::size_t begin, std::size_t count, const UpdateRule<T>& own) {
        const auto memory = [&](std::vector<T>& all) { return all.empty() ? nullptr : all.data() + begin; };
        engine.plan.kernels->update({engine.parameters.data() + begin, engine.gradients.data() + begin,
                                     memory(optimizer.first), memory(optimizer.second),
                                     engine.lastGood.data() + begin, count, own});
    };
    for (const matrix::StepLayer& layer : engine.plan.layers) {
        move(layer.weight, layer.bias - layer.weight, penalized);
        move(layer.bias, layer.leadingUnits, free);
    }
}

} // namespace

template <typename T>
BatchResult trainOn(MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, const StepRule& rule, const std::stop_token& stop)
{
    BatchResult result;
    const std::size_t capacity = engine.training.capacity;
    const T scale = T(1) / static_cast<T>(samples.size());
    if (!engine.transposedIsCurrent)
        matrix::transposeWeights(engine.plan, engine.parameters.data(), engine.transposed.data());
    engine.transposedIsCurrent = true;
    engine.lastGood.resize(engine.parameters.size());

    // Where one chunk is the whole batch, plain descent is part of the pass that computes the gradients. It
    // writes into the other buffer, which becomes the parameters only if everything turns out to be finite;
    // so the old parameters are kept at no cost.
    const bool atOnce = optimizer.kind == OptimizerKind::Sgd && isPlain(rule) && samples.size() <= capacity;
    matrix::StepSink<T> sink;
    if (atOnce) {
        sink = {matrix::Sink::Descend, engine.parameters.data(), engine.lastGood.data(),
                engine.transposed.data(), static_cast<T>(rule.learningRate)};
    } else {
        engine.gradients.resize(engine.parameters.size());
        sink.result = engine.gradients.data();
    }
    for (std::size_t begin = 0; begin < samples.size(); begin += capacity) {
        if (stop.stop_requested())
            break;
        const auto chunk = samples.subspan(begin, std::min(capacity, samples.size() - begin));
        const std::size_t lanes = laneCount(engine, chunk.size());
        const bool skipZeros =
            passSamples(engine, data, chunk, lanes, scale, {rule.seed, rule.step, begin, rule.dropout});
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
    if (!stepsStayFinite(largest, rule.learningRate)) {
        result.brokenLayer = static_cast<int>(worstMagnitude(largest));
        engine.lastGoodIsValid = false; // the step before led to losses that are finite
        return result;
    }
    ++optimizer.steps;
    if (!atOnce)
        update(engine, optimizer, rule);
    engine.parameters.swap(engine.lastGood);
    engine.transposedIsCurrent = atOnce;
    engine.lastGoodIsValid = true;
    return result;
}

template <typename T>
void undoStep(MatrixEngine<T>& engine)
{
    // Not valid after a step whose loss was finite but whose gradients were not: the present parameters are
    // good then.
    if (!engine.lastGoodIsValid)
        return;
    std::copy(engine.lastGood.begin(), engine.lastGood.end(), engine.parameters.begin());
    engine.transposedIsCurrent = false;
}

namespace {

template <typename T>
Network withParameters(const MatrixEngine<T>& engine, const matrix::LineBuffer<T>& parameters)
{
    Network network = engine.shape;
    network.parameters = matrix::unpackParameters<T>(engine.plan, parameters);
    return network;
}

} // namespace

template <typename T>
Network networkOf(const MatrixEngine<T>& engine)
{
    return withParameters(engine, engine.parameters);
}

template <typename T>
void setNetwork(MatrixEngine<T>& engine, const Network& network)
{
    engine.parameters = matrix::packParameters(engine.plan, network.parameters);
    engine.transposedIsCurrent = false;
    engine.lastGoodIsValid = false;
}

template <typename T>
Network networkBefore(const MatrixEngine<T>& engine)
{
    return withParameters(engine, engine.lastGoodIsValid ? engine.lastGood : engine.parameters);
}

template <typename T>
OptimizerMemory memoryOf(const MatrixEngine<T>& engine, const OptimizerState<T>& optimizer)
{
    const auto inOrder = [&](const std::vector<T>& own) {
        return own.empty() ? std::vector<double>() : matrix::unpackParameters<T>(engine.plan, own);
    };
    return {optimizer.kind, optimizer.steps, inOrder(optimizer.first), inOrder(optimizer.second)};
}

template <typename T>
void setMemory(const MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const OptimizerMemory& memory)
{
    // Without a memory, as when a run begins from weights alone, the optimizer's initial state stays.
    const auto take = [&](const std::vector<double>& numbers, std::vector<T>& own) {
        if (numbers.empty())
            return;
        const matrix::LineBuffer<T> lines = matrix::packParameters(engine.plan, numbers);
        own.assign(lines.begin(), lines.end());
    };
    take(memory.first, optimizer.first);
    take(memory.second, optimizer.second);
    optimizer.steps = memory.steps;
}

template <typename T>
std::size_t columnBytes(const MatrixEngine<T>& engine)
{
    return engine.parameters.size() * sizeof(T);
}

template <typename T>
void copyState(const MatrixEngine<T>& engine, const OptimizerState<T>& optimizer, std::byte* state)
{
    for (const std::span<const T> column :
         {std::span<const T>(engine.parameters), std::span<const T>(optimizer.first),
          std::span<const T>(optimizer.second)})
        state = std::ranges::copy(std::as_bytes(column), state).out;
}

// ---- prediction ---------------------------------------------------------------------------------------

namespace {

// Passes all samples through in chunks, shared out among the threads, and calls take(i, batch, place) for
// each: i counts `samples`, `place` is the sample's in its chunk's buffers. Returns false if it was stopped
// before the end.
template <typename T, typename Take>
bool passAll(MatrixEngine<T>& engine, const Dataset& data, std::span<const std::uint32_t> samples,
             const std::stop_token& stop, const Take& take)
{
    const std::size_t lanes = engine.prediction.size();
    const std::size_t most = engine.prediction.front().capacity;
    const std::size_t chunks = (samples.size() + most - 1) / most;
    engine.workers->run(std::min(lanes, chunks), [&](std::size_t lane) {
        for (std::size_t begin = lane * most; begin < samples.size() && !stop.stop_requested();
             begin += lanes * most) {
            const auto part = samples.subspan(begin, std::min(most, samples.size() - begin));
            matrix::StepBatch<T>& batch = engine.prediction[lane];
            matrix::beginBatch(batch, data, part.size());
            const bool skip = matrix::loadSamples(engine.plan, batch, data, part, 0, part.size());
            matrix::forwardSamples(engine.plan, batch, engine.parameters.data(), 0, part.size(), skip, T(0));
            for (std::size_t i = 0; i < part.size(); ++i)
                take(begin + i, batch, i);
        }
    });
    return !stop.stop_requested();
}

template <typename T>
SamplePrediction predictionOf(const matrix::StepPlan<T>& plan, const matrix::StepBatch<T>& batch,
                              std::size_t sample)
{
    const T* const outputs = batch.outputs.back().data() + sample * plan.layers.back().leadingUnits;
    const std::size_t target = batch.targets[sample];
    const auto first = static_cast<double>(outputs[0]);
    if (batch.amounts)
        return {0, first, first, matrix::sampleLoss(batch, sample)};
    const auto label = static_cast<int>(batch.best[sample]);
    if (plan.layers.back().units == 1 && lossRow(plan.loss).singleOutputIsYesNo)
        return {label, label == 1 ? first : 1.0 - first, target == 1 ? first : 1.0 - first,
                matrix::sampleLoss(batch, sample)};
    const auto trueProbability = static_cast<double>(outputs[target]);
    const double loss = lossRow(plan.loss).meanOverOutputs ? matrix::sampleLoss(batch, sample)
                                                           : -std::log(floored(trueProbability));
    return {label, static_cast<double>(outputs[batch.best[sample]]), trueProbability, loss};
}

} // namespace

template <typename T>
std::vector<SamplePrediction> predictWith(MatrixEngine<T>& engine, const Dataset& data,
                                          std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    std::vector<SamplePrediction> predictions(samples.size());
    const bool done =
        passAll(engine, data, samples, stop, [&](std::size_t i, const auto& batch, std::size_t at) {
            predictions[i] = predictionOf(engine.plan, batch, at);
        });
    return done ? predictions : std::vector<SamplePrediction>();
}

template <typename T>
std::vector<double> probabilitiesWith(MatrixEngine<T>& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    const matrix::StepLayer& last = engine.plan.layers.back();
    std::vector<double> all(samples.size() * last.units);
    const bool done =
        passAll(engine, data, samples, stop, [&](std::size_t i, const auto& batch, std::size_t at) {
            const T* const outputs = batch.outputs.back().data() + at * last.leadingUnits;
            std::transform(outputs, outputs + last.units, all.data() + i * last.units,
                           [](T output) { return static_cast<double>(output); });
        });
    return done ? all : std::vector<double>();
}

template <typename T>
MatrixEngine<T> makeMatrixEngine(const Network& network, int batchSize, int threads,
                                 const matrix::Kernels<T>& kernels, std::optional<std::uint64_t> available)
{
    MatrixEngine<T> engine;
    engine.plan = matrix::makeStepPlan<T>(network.stack, network.loss, kernels);
    engine.threads = std::max(1, threads);
    const std::size_t capacity = std::min(static_cast<std::size_t>(std::max(batchSize, 0)), trainingChunk);
    const std::size_t predictionSample = matrix::bytesPerSample(engine.plan, false);
    const std::size_t chunk = std::clamp<std::size_t>(predictionBytes / predictionSample, 1, predictionChunk);
    // Parameters, those before, gradients, what an optimizer remembers, transposed weights.
    const std::size_t copies = capacity > 0 ? 6 : 1;
    const std::size_t needed = copies * engine.plan.parameters * sizeof(T) +
                               capacity * matrix::bytesPerSample(engine.plan, true) +
                               static_cast<std::size_t>(engine.threads) * chunk * predictionSample;
    if (available ? needed > *available : needed > negligibleMemory && needed > availableMemory())
        throw std::bad_alloc();

    engine.shape = {network.stack, {}, network.loss, network.precision, network.scale, network.outputNames};
    engine.parameters = matrix::packParameters(engine.plan, network.parameters);
    engine.workers = std::make_unique<Workers>(engine.threads);
    if (capacity > 0) {
        engine.transposed.assign(engine.plan.transposed, T(0));
        engine.training = matrix::makeStepBatch(engine.plan, capacity, true);
    }
    for (int i = 0; i < engine.threads; ++i)
        engine.prediction.push_back(matrix::makeStepBatch(engine.plan, chunk, false));
    return engine;
}

#define CHAINRULE_MATRIX_ENGINE(T)                                                                           \
    template MatrixEngine<T> makeMatrixEngine(const Network&, int, int, const matrix::Kernels<T>&,           \
                                              std::optional<std::uint64_t>);                                 \
    template BatchResult trainOn(MatrixEngine<T>&, OptimizerState<T>&, const Dataset&,                       \
                                 std::span<const std::uint32_t>, const StepRule&, const std::stop_token&);   \
    template Network networkOf(const MatrixEngine<T>&);                                                      \
    template void setNetwork(MatrixEngine<T>&, const Network&);                                              \
    template Network networkBefore(const MatrixEngine<T>&);                                                  \
    template OptimizerMemory memoryOf(const MatrixEngine<T>&, const OptimizerState<T>&);                     \
    template void setMemory(const MatrixEngine<T>&, OptimizerState<T>&, const OptimizerMemory&);             \
    template std::size_t columnBytes(const MatrixEngine<T>&);                                                \
    template void copyState(const MatrixEngine<T>&, const OptimizerState<T>&, std::byte*);                   \
    template void undoStep(MatrixEngine<T>&);                                                                \
    template std::vector<SamplePrediction> predictWith(                                                      \
        MatrixEngine<T>&, const Dataset&, std::span<const std::uint32_t>, const std::stop_token&);           \
    template std::vector<double> probabilitiesWith(MatrixEngine<T>&, const Dataset&,                         \
                                                   std::span<const std::uint32_t>, const std::stop_token&);
CHAINRULE_MATRIX_ENGINE(float)
CHAINRULE_MATRIX_ENGINE(double)

} // namespace chainrule
