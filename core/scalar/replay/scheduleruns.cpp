// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/scheduleruns.h"

#include <type_traits>
#include <utility>

namespace chainrule::scalar {

namespace {

/// Calls `use` with the operation as a constant, std::integral_constant<Op, op>.
template <typename Use>
constexpr void withOp(Op op, const Use& use)
{
    [&]<std::size_t... Ops>(std::index_sequence<Ops...>)
    {
        static_cast<void>(((op == Op(Ops) && (use(std::integral_constant<Op, Op(Ops)>{}), true)) || ...));
    }
    (std::make_index_sequence<operationCount>());
}

// The operation is a constant in each of these, so that the lines of the lesson's table are compiled into
// the loops.
template <Op op>
double valueOf(double a, double b, double exponent)
{
    constexpr const Operation& operation = ruleOf(op);
    return operation.value({.a = clipped(operation, a), .b = b, .n = exponent});
}

// For each place, computes the first `Samples` of its `Stride` numbers, which are consecutive.
template <Op op, std::size_t Samples, std::size_t Stride>
void forwardRun(std::span<const Instruction> instructions, double* values)
{
    for (const Instruction& i : instructions) {
        const double* const a = values + i.a * Stride;
        const double* const b = values + i.b * Stride;
        double* const out = values + i.out * Stride;
        for (std::size_t sample = 0; sample < Samples; ++sample)
            out[sample] = valueOf<op>(a[sample], b[sample], i.exponent);
    }
}

template <Op op>
void backwardRun(std::span<const Instruction> instructions, const double* values, double* gradients)
{
    constexpr const Operation& operation = ruleOf(op);
    for (const Instruction& i : instructions) {
        const Derivatives local = operation.derivatives(
            {.a = clipped(operation, values[i.a]), .b = values[i.b], .n = i.exponent, .out = values[i.out]});
        const double gradient = gradients[i.out];
        gradients[i.a] += local.a * gradient;
        if constexpr (operation.parents == 2)
            gradients[i.b] += local.b * gradient;
    }
}

} // namespace

void forwardOperations(Op op, std::span<const Instruction> instructions, double* values)
{
    withOp(op, [&](auto known) { forwardRun<known(), 1, 1>(instructions, values); });
}

void forwardOperationsInLines(Op op, std::span<const Instruction> instructions, double* lines)
{
    withOp(op, [&](auto known) { forwardRun<known(), sampleLanes, sampleLanes>(instructions, lines); });
}

void forwardOperationsInLane(Op op, std::span<const Instruction> instructions, double* lines,
                             std::size_t lane)
{
    withOp(op, [&](auto known) { forwardRun<known(), 1, sampleLanes>(instructions, lines + lane); });
}

void backwardOperations(Op op, std::span<const Instruction> instructions, const double* values,
                        double* gradients)
{
    withOp(op, [&](auto known) { backwardRun<known()>(instructions, values, gradients); });
}

} // namespace chainrule::scalar
