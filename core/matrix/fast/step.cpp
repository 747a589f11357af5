// SPDX-License-Identifier: GPL-3.0-or-later
// The passes over a batch. Shapes (B, I, U): see kernels.h.
#include "core/matrix/fast/step.h"

#include "core/network/dropout.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace chainrule::matrix {

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
        const T* const outputs = batch.outputs.back().data() + i * layer.leadingUnits;
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
        T* const deltas = batch.deltas.back().data() + i * layer.leadingUnits;
        // Binary: by the sums already, since the sigmoid's derivative p (1 - p) cancels with that of the
        // logarithms. Any other loss: by the outputs.
        for (std::size_t unit = 0; unit < units; ++unit) {
            deltas[unit] =
                plan.loss == Loss::Binary
                    ? share * (outputs[unit] - wanted[unit])
                    : share * static_cast<T>(lossPart(plan.loss, static_cast<double>(outputs[unit]),
                                                      static_cast<double>(wanted[unit]))
                                                 .derivative);
        }
        std::fill(deltas + units, deltas + layer.leadingUnits, T(0));
    }
    if (batch.deltas.empty() || plan.loss == Loss::Binary)
        return;
    const std::size_t offset = begin * layer.leadingUnits;
    const T* const sums = sumsOf(batch, plan.layers.size() - 1, offset);
    plan.kernels->derive(layer.activation, sums ? sums : batch.outputs.back().data() + offset,
                         batch.deltas.back().data() + offset, (end - begin) * layer.leadingUnits);
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
        T* out = batch.outputs[l].data() + begin * layer.leadingUnits;
        ForwardArguments<T> forward{parameters + layer.weight,
                                    parameters + layer.bias,
                                    layer.leadingUnits,
                                    layer.units,
                                    layer.inputs,
                                    in,
                                    inStride,
                                    {},
                                    out,
                                    sumsOf(batch, l, begin * layer.leadingUnits),
                                    samples,
                                    layer.activation};
        if (l == 0 && skipZeros) {
            forward.sparse = sparseInputs(plan, batch, begin);
            kernels.forwardSparse(forward);
        } else {
            kernels.forward(forward);
        }
        const bool last = l + 1 == plan.layers.size();
        const bool mean = lossRow(plan.loss).meanOverOutputs;
        if (last && !mean) { // its softmax, its loss and its deltas in one pass
            T* delta = batch.deltas.empty() ? nullptr : batch.deltas[l].data() + begin * layer.leadingUnits;
            kernels.softmax({out, layer.leadingUnits, layer.units, samples, batch.targets.data() + begin,
                             scale, delta, batch.exponentials.data() + begin, batch.margins.data() + begin,
                             batch.best.data() + begin});
        } else if (layer.activation == Activation::Softmax) {
            SoftmaxArguments<T> softmax;
            softmax.values = out;
            softmax.leadingUnits = layer.leadingUnits;
            softmax.units = layer.units;
            softmax.samples = samples;
            kernels.softmax(softmax);
        }
        if (last && mean)
            passLoss(plan, batch, begin, end, scale);
        in = out;
        inStride = layer.leadingUnits;
    }
}

template <typename T>
void backwardSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const T* transposed, std::size_t begin,
                     std::size_t end)
{
    for (std::size_t l = plan.layers.size() - 1; l > 0; --l) {
        const StepLayer& layer = plan.layers[l];
        const StepLayer& before = plan.layers[l - 1];
        const T* out = batch.outputs[l - 1].data() + begin * before.leadingUnits;
        const T* sums = sumsOf(batch, l - 1, begin * before.leadingUnits);
        T* result = batch.deltas[l - 1].data() + begin * before.leadingUnits;
        // With dropout in between, the derivative comes after the mask.
        const LineBuffer<T>& factors = batch.factors[l];
        plan.kernels->delta({transposed + layer.transposed, layer.leadingInputs, layer.inputs, layer.units,
                             batch.deltas[l].data() + begin * layer.leadingUnits, layer.leadingUnits,
                             sums ? sums : out, result, end - begin,
                             factors.empty() ? before.activation : Activation::Linear});
        if (!factors.empty()) {
            const std::size_t count = (end - begin) * before.leadingUnits;
            const T* const factor = factors.data() + begin * before.leadingUnits;
            for (std::size_t i = 0; i < count; ++i)
                result[i] *= factor[i];
            plan.kernels->derive(before.activation, sums ? sums : out, result, count);
        }
        if (before.activation == Activation::Softmax)
            plan.kernels->softmaxDelta(out, result, before.leadingUnits, end - begin);
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
        gradient.leadingUnits = layer.leadingUnits;
        gradient.units = layer.units;
        gradient.samples = batch.samples;
        gradient.in = l == 0 ? batch.inputs.data() : batch.outputs[l - 1].data();
        if (!batch.dropped[l].empty())
            gradient.in = batch.dropped[l].data();
        gradient.leadingInputs = l == 0 ? inputStride(batch) : plan.layers[l - 1].leadingUnits;
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
                kernels.transpose(gradient.result, layer.leadingUnits, layer.units, gradient.first,
                                  gradient.last, sink.transposed + layer.transposed, layer.leadingInputs);
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
        plan.kernels->transpose(parameters + layer.weight, layer.leadingUnits, layer.units, 0, layer.inputs,
                                transposed + layer.transposed, layer.leadingInputs);
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
        const std::size_t count = plan.layers[l].leadingUnits * batch.samples;
        for (std::size_t i = 0; i < count; ++i) {
            if (!std::isfinite(batch.outputs[l][i]))
                return static_cast<int>(l);
        }
    }
    return static_cast<int>(plan.layers.size());
}

#define CHAINRULE_STEP(T)                                                                                    \
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
