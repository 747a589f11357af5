// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/fast/step.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace chainrule::matrix {

// ---- layout -------------------------------------------------------------------------------------------

template <typename T>
StepPlan<T> makeStepPlan(const LayerStack& stack, const Kernels<T>& kernels)
{
    assert(outputLayer(stack.layers).activation == Activation::Softmax);
    StepPlan<T> plan;
    plan.stack = stack;
    plan.kernels = &kernels;
    auto inputs = static_cast<std::size_t>(stack.input.size());
    for (const LayerSpan& dense : layerSpans(stack)) {
        StepLayer layer;
        layer.inputs = inputs;
        layer.units = static_cast<std::size_t>(dense.units);
        layer.columns = columnStride<T>(layer.units);
        layer.rows = columnStride<T>(inputs);
        layer.weight = plan.parameters;
        layer.bias = layer.weight + layer.columns * layer.inputs;
        plan.parameters = layer.bias + layer.columns;
        layer.transposed = plan.transposed;
        if (!plan.layers.empty())
            plan.transposed += layer.rows * layer.units;
        layer.activation = dense.activation;
        plan.layers.push_back(layer);
        inputs = layer.units;
    }
    for (int byte = 0; byte < 256; ++byte)
        plan.levels.push_back(static_cast<T>(byte) / static_cast<T>(255));
    return plan;
}

template <typename T>
LineBuffer<T> packParameters(const StepPlan<T>& plan, const Network& parameters)
{
    LineBuffer<T> packed(plan.parameters, T(0));
    const std::vector<LayerSpan> spans = layerSpans(plan.stack);
    for (std::size_t l = 0; l < spans.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        const double* from = parameters.parameters.data() + spans[l].weight;
        for (std::size_t unit = 0; unit < layer.units; ++unit) {
            for (std::size_t input = 0; input < layer.inputs; ++input)
                packed[layer.weight + input * layer.columns + unit] = static_cast<T>(*from++);
            packed[layer.bias + unit] = static_cast<T>(parameters.parameters[spans[l].bias + unit]);
        }
    }
    return packed;
}

template <typename T>
Network unpackParameters(const StepPlan<T>& plan, std::span<const T> packed)
{
    Network parameters;
    parameters.stack = plan.stack;
    parameters.parameters.resize(static_cast<std::size_t>(parameterCount(plan.stack)));
    const std::vector<LayerSpan> spans = layerSpans(plan.stack);
    for (std::size_t l = 0; l < spans.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        double* to = parameters.parameters.data() + spans[l].weight;
        for (std::size_t unit = 0; unit < layer.units; ++unit) {
            for (std::size_t input = 0; input < layer.inputs; ++input)
                *to++ = static_cast<double>(packed[layer.weight + input * layer.columns + unit]);
            parameters.parameters[spans[l].bias + unit] = static_cast<double>(packed[layer.bias + unit]);
        }
    }
    return parameters;
}

template <typename T>
StepBatch<T> makeStepBatch(const StepPlan<T>& plan, std::size_t capacity, bool training)
{
    assert(capacity > 0 && capacity <= largestStepBatch);
    StepBatch<T> batch;
    batch.capacity = capacity;
    batch.byteStride = (plan.layers.front().inputs + 63) / 64 * 64;
    for (const StepLayer& layer : plan.layers) {
        batch.outputs.emplace_back(layer.columns * capacity, T(0));
        if (training) {
            batch.deltas.emplace_back(layer.columns * capacity, T(0));
            batch.sums.emplace_back(derivativeNeedsSum(layer.activation) ? layer.columns * capacity : 0,
                                    T(0));
        }
    }
    batch.targets.resize(capacity);
    batch.exponentials.resize(capacity);
    batch.margins.resize(capacity);
    batch.best.resize(capacity);
    // Which of them is needed depends on the data; the few bytes of the others cost nothing until touched.
    batch.bytes.assign(batch.byteStride * capacity, 0);
    batch.masks.assign(batch.byteStride / 64 * capacity, 0);
    batch.inputs.assign(padded<T>(batch.byteStride) * capacity, T(0));
    return batch;
}

namespace {

template <typename T>
std::size_t inputStride(const StepBatch<T>& batch)
{
    return batch.byteStride; // a multiple of 64 numbers is padded enough
}

template <typename T>
SparseInputs<T> sparseInputs(const StepPlan<T>& plan, const StepBatch<T>& batch, std::size_t begin)
{
    return {batch.bytes.data() + begin * batch.byteStride, batch.byteStride,
            batch.masks.data() + begin * (batch.byteStride / 64), plan.levels.data()};
}

} // namespace

// ---- samples ------------------------------------------------------------------------------------------

template <typename T>
bool loadSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const Dataset& data,
                 std::span<const std::uint32_t> samples, std::size_t begin, std::size_t end)
{
    assert(samples.size() <= batch.capacity && end <= samples.size());
    for (std::size_t i = begin; i < end; ++i)
        batch.targets[i] = data.labels[samples[i]];
    if (!isImageSet(data)) {
        for (std::size_t i = begin; i < end; ++i)
            copySample(data, samples[i], batch.inputs.data() + i * inputStride(batch));
        return false;
    }
    const std::size_t size = plan.layers.front().inputs;
    std::uint8_t* bytes = batch.bytes.data() + begin * batch.byteStride;
    for (std::size_t i = begin; i < end; ++i)
        std::memcpy(batch.bytes.data() + i * batch.byteStride, image(data, samples[i]).data(), size);
    const std::size_t nonzeros = plan.kernels->findNonzeros(
        bytes, batch.byteStride, end - begin, batch.masks.data() + begin * (batch.byteStride / 64));
    const auto all = static_cast<double>(size * (end - begin));
    if (static_cast<double>(nonzeros) <= plan.sparseUpTo * all && plan.sparseUpTo > 0.0)
        return true;
    plan.kernels->convertBytes(bytes, (end - begin) * batch.byteStride,
                               batch.inputs.data() + begin * inputStride(batch));
    return false;
}

namespace {

// Where the layer's sums go; null where they are not kept.
template <typename T>
T* sumsOf(StepBatch<T>& batch, std::size_t layer, std::size_t offset)
{
    return batch.sums.empty() || batch.sums[layer].empty() ? nullptr : batch.sums[layer].data() + offset;
}

} // namespace

template <typename T>
void forwardSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const T* parameters, std::size_t begin,
                    std::size_t end, bool skipZeros, T scale)
{
    const Kernels<T>& kernels = *plan.kernels;
    const std::size_t samples = end - begin;
    const T* in = batch.inputs.data() + begin * inputStride(batch);
    std::size_t inStride = inputStride(batch);
    for (std::size_t l = 0; l < plan.layers.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        T* out = batch.outputs[l].data() + begin * layer.columns;
        ForwardArguments<T> forward{parameters + layer.weight,
                                    parameters + layer.bias,
                                    layer.columns,
                                    layer.units,
                                    layer.inputs,
                                    in,
                                    inStride,
                                    {},
                                    out,
                                    sumsOf(batch, l, begin * layer.columns),
                                    samples,
                                    layer.activation};
        if (l == 0 && skipZeros) {
            forward.sparse = sparseInputs(plan, batch, begin);
            kernels.forwardSparse(forward);
        } else {
            kernels.forward(forward);
        }
        const bool last = l + 1 == plan.layers.size();
        if (last) {
            T* delta = batch.deltas.empty() ? nullptr : batch.deltas[l].data() + begin * layer.columns;
            kernels.softmax({out, layer.columns, layer.units, samples, batch.targets.data() + begin, scale,
                             delta, batch.exponentials.data() + begin, batch.margins.data() + begin,
                             batch.best.data() + begin});
        } else if (layer.activation == Activation::Softmax) {
            SoftmaxArguments<T> softmax;
            softmax.values = out;
            softmax.columns = layer.columns;
            softmax.units = layer.units;
            softmax.samples = samples;
            kernels.softmax(softmax);
        }
        in = out;
        inStride = layer.columns;
    }
}

template <typename T>
void backwardSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const T* transposed, std::size_t begin,
                     std::size_t end)
{
    for (std::size_t l = plan.layers.size() - 1; l > 0; --l) {
        const StepLayer& layer = plan.layers[l];
        const StepLayer& before = plan.layers[l - 1];
        const T* out = batch.outputs[l - 1].data() + begin * before.columns;
        const T* sums = sumsOf(batch, l - 1, begin * before.columns);
        T* result = batch.deltas[l - 1].data() + begin * before.columns;
        plan.kernels->delta({transposed + layer.transposed, layer.rows, layer.inputs, layer.units,
                             batch.deltas[l].data() + begin * layer.columns, layer.columns, sums ? sums : out,
                             result, end - begin, before.activation});
        if (before.activation == Activation::Softmax)
            plan.kernels->softmaxDelta(out, result, before.columns, end - begin);
    }
}

// ---- weights ------------------------------------------------------------------------------------------

namespace {

template <typename T>
void raise(T& largest, T magnitude)
{
    if (!(magnitude <= largest)) // also where it is NaN
        largest = std::isnan(largest) ? largest : magnitude;
}

// Inputs that one thread takes at a time.
constexpr std::size_t laneInputs = 64;

} // namespace

template <typename T>
void updateWeights(const StepPlan<T>& plan, const StepBatch<T>& batch, const StepSink<T>& sink,
                   bool skipZeros, std::size_t lane, std::size_t lanes, std::span<T> largest)
{
    const Kernels<T>& kernels = *plan.kernels;
    std::size_t turn = 0;
    for (std::size_t l = 0; l < plan.layers.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        GradientArguments<T> gradient;
        gradient.delta = batch.deltas[l].data();
        gradient.columns = layer.columns;
        gradient.units = layer.units;
        gradient.samples = batch.samples;
        gradient.in = l == 0 ? batch.inputs.data() : batch.outputs[l - 1].data();
        gradient.inStride = l == 0 ? inputStride(batch) : plan.layers[l - 1].columns;
        gradient.rate = sink.rate;
        gradient.sink = sink.sink;
        const bool descend = sink.sink == Sink::Descend;
        gradient.weight = descend ? sink.parameters + layer.weight : nullptr;
        gradient.result = sink.result + layer.weight;
        gradient.sparse = sparseInputs(plan, batch, 0);
        const std::size_t block = lanes == 1 ? layer.inputs : laneInputs;
        for (std::size_t first = 0; first < layer.inputs; first += block, ++turn) {
            if (turn % lanes != lane)
                continue;
            gradient.first = first;
            gradient.last = std::min(first + block, layer.inputs);
            const bool sparse = l == 0 && skipZeros;
            raise(largest[l], sparse ? kernels.gradientSparse(gradient) : kernels.gradient(gradient));
            if (descend && l > 0)
                kernels.transpose(gradient.result, layer.columns, layer.units, gradient.first, gradient.last,
                                  sink.transposed + layer.transposed, layer.rows);
        }
        if (turn++ % lanes == lane) {
            gradient.weight = descend ? sink.parameters + layer.bias : nullptr;
            gradient.result = sink.result + layer.bias;
            raise(largest[l], kernels.gradientBias(gradient));
        }
    }
}

template <typename T>
void transposeWeights(const StepPlan<T>& plan, const T* parameters, T* transposed)
{
    for (std::size_t l = 1; l < plan.layers.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        plan.kernels->transpose(parameters + layer.weight, layer.columns, layer.units, 0, layer.inputs,
                                transposed + layer.transposed, layer.rows);
    }
}

// ---- results ------------------------------------------------------------------------------------------

template <typename T>
double sampleLoss(const StepBatch<T>& batch, std::size_t sample)
{
    return std::log(static_cast<double>(batch.exponentials[sample])) +
           static_cast<double>(batch.margins[sample]);
}

template <typename T>
int firstBrokenLayer(const StepPlan<T>& plan, const StepBatch<T>& batch)
{
    for (std::size_t l = 0; l < plan.layers.size(); ++l) {
        const std::size_t count = plan.layers[l].columns * batch.samples;
        for (std::size_t i = 0; i < count; ++i) {
            if (!std::isfinite(batch.outputs[l][i]))
                return static_cast<int>(l);
        }
    }
    return static_cast<int>(plan.layers.size());
}

#define CHAINRULE_STEP(T)                                                                                    \
    template StepPlan<T> makeStepPlan(const LayerStack&, const Kernels<T>&);                                 \
    template LineBuffer<T> packParameters(const StepPlan<T>&, const Network&);                               \
    template Network unpackParameters(const StepPlan<T>&, std::span<const T>);                               \
    template StepBatch<T> makeStepBatch(const StepPlan<T>&, std::size_t, bool);                              \
    template bool loadSamples(const StepPlan<T>&, StepBatch<T>&, const Dataset&,                             \
                              std::span<const std::uint32_t>, std::size_t, std::size_t);                     \
    template void forwardSamples(const StepPlan<T>&, StepBatch<T>&, const T*, std::size_t, std::size_t,      \
                                 bool, T);                                                                   \
    template void backwardSamples(const StepPlan<T>&, StepBatch<T>&, const T*, std::size_t, std::size_t);    \
    template void updateWeights(const StepPlan<T>&, const StepBatch<T>&, const StepSink<T>&, bool,           \
                                std::size_t, std::size_t, std::span<T>);                                     \
    template void transposeWeights(const StepPlan<T>&, const T*, T*);                                        \
    template double sampleLoss(const StepBatch<T>&, std::size_t);                                            \
    template int firstBrokenLayer(const StepPlan<T>&, const StepBatch<T>&);
CHAINRULE_STEP(float)
CHAINRULE_STEP(double)

} // namespace chainrule::matrix
