// SPDX-License-Identifier: GPL-3.0-or-later
// The layout of parameters and buffers. Shapes (B, I, U): see kernels.h.
#include "core/matrix/fast/step.h"

#include <cassert>
#include <variant>

namespace chainrule::matrix {

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
        layer.leadingUnits = leadingDimension<T>(layer.units);
        layer.leadingInputs = leadingDimension<T>(inputs);
        layer.weight = plan.parameters;
        layer.bias = layer.weight + layer.leadingUnits * layer.inputs;
        plan.parameters = layer.bias + layer.leadingUnits;
        layer.transposed = plan.transposed;
        if (!plan.layers.empty())
            plan.transposed += layer.leadingInputs * layer.units;
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
                packed[layer.weight + input * layer.leadingUnits + unit] = static_cast<T>(*from++);
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
                *to++ = static_cast<double>(packed[layer.weight + input * layer.leadingUnits + unit]);
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
        batch.outputs.emplace_back(layer.leadingUnits * capacity, T(0));
        if (!training)
            continue;
        const std::size_t inputs = l == 0 ? batch.byteStride : layer.leadingInputs;
        batch.deltas.emplace_back(layer.leadingUnits * capacity, T(0));
        batch.sums.emplace_back(derivativeNeedsSum(layer.activation) ? layer.leadingUnits * capacity : 0,
                                T(0));
        batch.factors.emplace_back(layer.dropouts.empty() ? 0 : inputs * capacity, T(0));
        batch.dropped.emplace_back(layer.dropouts.empty() ? 0 : inputs * capacity, T(0));
    }
    batch.targets.resize(capacity);
    batch.best.resize(capacity);
    if (lossRow(plan.loss).meanOverOutputs) {
        batch.wanted.resize(plan.layers.back().units * capacity);
        batch.losses.resize(capacity);
    } else {
        batch.exponentials.resize(capacity);
        batch.margins.resize(capacity);
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
        numbers += layer.leadingUnits;
        if (!training)
            continue;
        numbers += derivativeNeedsSum(layer.activation) ? 2 * layer.leadingUnits : layer.leadingUnits;
        numbers += layer.dropouts.empty() ? 0 : 2 * (l == 0 ? byteStride : layer.leadingInputs);
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

#define CHAINRULE_STEP_PLAN(T)                                                                               \
    template StepPlan<T> makeStepPlan(const LayerStack&, Loss, const Kernels<T>&);                           \
    template LineBuffer<T> packParameters(const StepPlan<T>&, std::span<const double>);                      \
    template std::vector<double> unpackParameters(const StepPlan<T>&, std::span<const T>);                   \
    template StepBatch<T> makeStepBatch(const StepPlan<T>&, std::size_t, bool);                              \
    template std::size_t bytesPerSample(const StepPlan<T>&, bool);                                           \
    template void beginBatch(StepBatch<T>&, const Dataset&, std::size_t, const DropoutDraw&);
CHAINRULE_STEP_PLAN(float)
CHAINRULE_STEP_PLAN(double)

} // namespace chainrule::matrix
