// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/scheduleruns.h"

#include "core/scalar/rules.h"

#include <type_traits>

namespace chainrule::scalar {

namespace {

// Calls `run` with the operation as a constant, so that its formula is chosen once for all instructions.
template <typename Run>
void withOp(Op op, const Run& run)
{
    switch (op) {
    case Op::Leaf:
        return;
    case Op::Add:
        return run(std::integral_constant<Op, Op::Add>{});
    case Op::Subtract:
        return run(std::integral_constant<Op, Op::Subtract>{});
    case Op::Multiply:
        return run(std::integral_constant<Op, Op::Multiply>{});
    case Op::Divide:
        return run(std::integral_constant<Op, Op::Divide>{});
    case Op::Negate:
        return run(std::integral_constant<Op, Op::Negate>{});
    case Op::Power:
        return run(std::integral_constant<Op, Op::Power>{});
    case Op::Relu:
        return run(std::integral_constant<Op, Op::Relu>{});
    case Op::Sigmoid:
        return run(std::integral_constant<Op, Op::Sigmoid>{});
    case Op::Tanh:
        return run(std::integral_constant<Op, Op::Tanh>{});
    case Op::Exp:
        return run(std::integral_constant<Op, Op::Exp>{});
    case Op::Log:
        return run(std::integral_constant<Op, Op::Log>{});
    }
}

// `Samples` numbers for each place, from this one on, of the `Stride` that lie together.
template <Op op, std::size_t Samples, std::size_t Stride>
void forwardRun(std::span<const Instruction> instructions, double* values)
{
    for (const Instruction& i : instructions) {
        const double* const a = values + i.a * Stride;
        const double* const b = values + i.b * Stride;
        double* const out = values + i.out * Stride;
        for (std::size_t sample = 0; sample < Samples; ++sample)
            out[sample] = valueByRule(op, a[sample], b[sample], i.exponent);
    }
}

template <Op op>
void backwardRun(std::span<const Instruction> instructions, const double* values, double* gradients)
{
    for (const Instruction& i : instructions) {
        const auto local = derivativesByRule(op, values[i.a], values[i.b], values[i.out], i.exponent);
        const double gradient = gradients[i.out];
        gradients[i.a] += local[0] * gradient;
        if constexpr (op == Op::Add || op == Op::Subtract || op == Op::Multiply || op == Op::Divide)
            gradients[i.b] += local[1] * gradient;
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
