// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/fast/step.h"

#include "core/network/dropout.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <variant>

namespace chainrule::matrix {

// ---- layout -------------------------------------------------------------------------------------------

template <typename T>
StepPlan<T> makeStepPlan(const LayerStack& stack, Loss loss, const Kernels<T>& kernels)
{
    assert(lossFits(loss, outputLayer(stack.layers).activation));
    StepPlan<T> plan;
    plan.stack = stack;
    plan.loss = loss;
    plan.kernels = &kernels;
    auto inputs = static_cast<std::size_t>(stack.input.size());
    std::size_t place = 0;
    for (const LayerSpan& dense : layerSpans(stack)) {
        StepLayer layer;
        for (; place < dense.layer; ++place)
            layer.dropouts.push_back({std::get<DropoutLayer>(stack.layers[place]).rate, place});
        place = dense.layer + 1;
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
LineBuffer<T> packParameters(const StepPlan<T>& plan, std::span<const double> parameters)
{
    LineBuffer<T> packed(plan.parameters, T(0));
    const double* from = parameters.data();
    for (const StepLayer& layer : plan.layers) {
        for (std::size_t unit = 0; unit < layer.units; ++unit)
            for (std::size_t input = 0; input < layer.inputs; ++input)
                packed[layer.weight + input * layer.columns + unit] = static_cast<T>(*from++);
        for (std::size_t unit = 0; unit < layer.units; ++unit)
            packed[layer.bias + unit] = static_cast<T>(*from++);
    }
    return packed;
}

template <typename T>
std::vector<double> unpackParameters(const StepPlan<T>& plan, std::span<const T> packed)
{
    std::vector<double> parameters(static_cast<std::size_t>(parameterCount(plan.stack)));
    double* to = parameters.data();
    for (const StepLayer& layer : plan.layers) {
        for (std::size_t unit = 0; unit < layer.units; ++unit)
            for (std::size_t input = 0; input < layer.inputs; ++input)
                *to++ = static_cast<double>(packed[layer.weight + input * layer.columns + unit]);
        for (std::size_t unit = 0; unit < layer.units; ++unit)
            *to++ = static_cast<double>(packed[layer.bias + unit]);
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
    for (std::size_t l = 0; l < plan.layers.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        batch.outputs.emplace_back(layer.columns * capacity, T(0));
        if (!training)
            continue;
        const std::size_t inputs = l == 0 ? batch.byteStride : layer.rows;
        batch.deltas.emplace_back(layer.columns * capacity, T(0));
        batch.sums.emplace_back(derivativeNeedsSum(layer.activation) ? layer.columns * capacity : 0, T(0));
        batch.factors.emplace_back(layer.dropouts.empty() ? 0 : inputs * capacity, T(0));
        batch.dropped.emplace_back(layer.dropouts.empty() ? 0 : inputs * capacity, T(0));
    }
    batch.targets.resize(capacity);
    batch.best.resize(capacity);
    if (plan.loss == Loss::CrossEntropy) {
        batch.exponentials.resize(capacity);
        batch.margins.resize(capacity);
    } else {
        batch.wanted.resize(plan.layers.back().units * capacity);
        batch.losses.resize(capacity);
    }
    // Which of them is needed depends on the data; the few bytes of the others cost nothing until touched.
    batch.bytes.assign(batch.byteStride * capacity, 0);
    batch.masks.assign(batch.byteStride / 64 * capacity, 0);
    batch.inputs.assign(batch.byteStride * capacity, T(0));
    return batch;
}

template <typename T>
std::size_t bytesPerSample(const StepPlan<T>& plan, bool training)
{
    const std::size_t byteStride = (plan.layers.front().inputs + 63) / 64 * 64;
    std::size_t numbers = byteStride + 2 + plan.layers.back().units;
    for (std::size_t l = 0; l < plan.layers.size(); ++l) {
        const StepLayer& layer = plan.layers[l];
        numbers += layer.columns;
        if (!training)
            continue;
        numbers += derivativeNeedsSum(layer.activation) ? 2 * layer.columns : layer.columns;
        numbers += layer.dropouts.empty() ? 0 : 2 * (l == 0 ? byteStride : layer.rows);
    }
    return numbers * sizeof(T) + byteStride + byteStride / 8 + sizeof(double) + sizeof(std::uint32_t) + 1;
}

template <typename T>
void beginBatch(StepBatch<T>& batch, const Dataset& data, std::size_t samples, const DropoutDraw& draw)
{
    assert(samples <= batch.capacity);
    batch.samples = samples;
    batch.amounts = hasAmounts(data);
    batch.draw = draw;
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
    if (begin == end)
        return false; // no samples, no zeros
    const std::size_t outputs = plan.layers.back().units;
    for (std::size_t i = begin; i < end; ++i) {
        batch.targets[i] = data.labels[samples[i]];
        if (!batch.wanted.empty())
            copyTargets<T>(data, samples[i], std::span(batch.wanted).subspan(i * outputs, outputs));
    }
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
    // Where inputs are dropped out, they are no bytes any more.
    const bool dropsInputs = !batch.dropped.empty() && !batch.dropped.front().empty();
    if (static_cast<double>(nonzeros) <= plan.sparseUpTo * all && plan.sparseUpTo > 0.0 && !dropsInputs)
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

// Draws the masks of the dropout layers before this one, and multiplies its inputs with them.
template <typename T>
const T* dropInputs(const StepLayer& layer, StepBatch<T>& batch, std::size_t l, const T* in,
                    std::size_t stride, std::size_t begin, std::size_t end)
{
    const DropoutDraw& draw = batch.draw;
    std::vector<T> more;
    for (std::size_t i = begin; i < end; ++i, in += stride) {
        const auto factors = std::span(batch.factors[l]).subspan(i * stride, layer.inputs);
        for (std::size_t d = 0; d < layer.dropouts.size(); ++d) {
            const StepDropout& dropout = layer.dropouts[d];
            const std::uint64_t key = dropoutKey(draw.seed, draw.step, dropout.layer, draw.first + i);
            const double rate = draw.rate >= 0.0 ? draw.rate : dropout.rate;
            if (d == 0) {
                fillDropout(key, rate, factors);
                continue;
            }
            more.resize(layer.inputs);
            fillDropout(key, rate, std::span(more));
            for (std::size_t input = 0; input < layer.inputs; ++input)
                factors[input] *= more[input];
        }
        T* const dropped = batch.dropped[l].data() + i * stride;
        for (std::size_t input = 0; input < layer.inputs; ++input)
            dropped[input] = in[input] * factors[input];
    }
    return batch.dropped[l].data() + begin * stride;
}

// Of a loss that is a mean over the outputs: each sample's loss and label, and in training its deltas.
template <typename T>
void passLoss(const StepPlan<T>& plan, StepBatch<T>& batch, std::size_t begin, std::size_t end, T scale)
{
    const StepLayer& layer = plan.layers.back();
    const std::size_t units = layer.units;
    const T share = scale / static_cast<T>(units);
    for (std::size_t i = begin; i < end; ++i) {
        const T* const outputs = batch.outputs.back().data() + i * layer.columns;
        const T* const wanted = batch.wanted.data() + i * units;
        double sum = 0.0;
        for (std::size_t unit = 0; unit < units; ++unit)
            sum += lossPart(plan.loss, static_cast<double>(outputs[unit]), static_cast<double>(wanted[unit]))
                       .value;
        batch.losses[i] = sum / static_cast<double>(units);
        if (batch.amounts)
            batch.best[i] = 0;
        else if (units == 1)
            batch.best[i] = outputs[0] >= T(0.5) ? 1 : 0;
        else
            batch.best[i] = static_cast<std::uint32_t>(std::max_element(outputs, outputs + units) - outputs);
        if (batch.deltas.empty())
            continue;
        T* const deltas = batch.deltas.back().data() + i * layer.columns;
        // Binary: by the sums already, since the sigmoid's derivative p (1 - p) cancels with that of the
        // logarithms. Squared: by the outputs.
        const T factor = plan.loss == Loss::Binary ? share : T(2) * share;
        for (std::size_t unit = 0; unit < units; ++unit)
            deltas[unit] = factor * (outputs[unit] - wanted[unit]);
        std::fill(deltas + units, deltas + layer.columns, T(0));
    }
    if (batch.deltas.empty() || plan.loss == Loss::Binary)
        return;
    const std::size_t offset = begin * layer.columns;
    const T* const sums = sumsOf(batch, plan.layers.size() - 1, offset);
    plan.kernels->derive(layer.activation, sums ? sums : batch.outputs.back().data() + offset,
                         batch.deltas.back().data() + offset, (end - begin) * layer.columns);
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
        if (!batch.dropped.empty() && !batch.dropped[l].empty())
            in = dropInputs(layer, batch, l, in, inStride, begin, end);
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
        if (last && plan.loss != Loss::CrossEntropy) {
            passLoss(plan, batch, begin, end, scale);
        } else if (last) {
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
        // With dropout in between, the derivative comes after the mask.
        const LineBuffer<T>& factors = batch.factors[l];
        plan.kernels->delta({transposed + layer.transposed, layer.rows, layer.inputs, layer.units,
                             batch.deltas[l].data() + begin * layer.columns, layer.columns, sums ? sums : out,
                             result, end - begin, factors.empty() ? before.activation : Activation::Linear});
        if (!factors.empty()) {
            const std::size_t count = (end - begin) * before.columns;
            const T* const factor = factors.data() + begin * before.columns;
            for (std::size_t i = 0; i < count; ++i)
                result[i] *= factor[i];
            plan.kernels->derive(before.activation, sums ? sums : out, result, count);
        }
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
        if (!batch.dropped[l].empty())
            gradient.in = batch.dropped[l].data();
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
    if (!batch.losses.empty())
        return batch.losses[sample];
    const double loss = std::log(static_cast<double>(batch.exponentials[sample])) +
                        static_cast<double>(batch.margins[sample]);
    const double most = -std::log(probabilityFloor);
    return loss > most && std::isfinite(loss) ? most : loss;
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
    template StepPlan<T> makeStepPlan(const LayerStack&, Loss, const Kernels<T>&);                           \
    template LineBuffer<T> packParameters(const StepPlan<T>&, std::span<const double>);                      \
    template std::vector<double> unpackParameters(const StepPlan<T>&, std::span<const T>);                   \
    template StepBatch<T> makeStepBatch(const StepPlan<T>&, std::size_t, bool);                              \
    template std::size_t bytesPerSample(const StepPlan<T>&, bool);                                           \
    template void beginBatch(StepBatch<T>&, const Dataset&, std::size_t, const DropoutDraw&);                \
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
