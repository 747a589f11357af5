// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/scheduleruns.h"

#include "core/scalar/rules.h"

namespace chainrule::scalar {

namespace {

template <Op op>
void forwardRun(std::span<const Instruction> instructions, double* values)
{
    for (const Instruction& i : instructions)
        values[i.out] = valueByRule(op, values[i.a], values[i.b], i.exponent);
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
    switch (op) {
    case Op::Leaf:
        return;
    case Op::Add:
        return forwardRun<Op::Add>(instructions, values);
    case Op::Subtract:
        return forwardRun<Op::Subtract>(instructions, values);
    case Op::Multiply:
        return forwardRun<Op::Multiply>(instructions, values);
    case Op::Divide:
        return forwardRun<Op::Divide>(instructions, values);
    case Op::Negate:
        return forwardRun<Op::Negate>(instructions, values);
    case Op::Power:
        return forwardRun<Op::Power>(instructions, values);
    case Op::Relu:
        return forwardRun<Op::Relu>(instructions, values);
    case Op::Sigmoid:
        return forwardRun<Op::Sigmoid>(instructions, values);
    case Op::Tanh:
        return forwardRun<Op::Tanh>(instructions, values);
    case Op::Exp:
        return forwardRun<Op::Exp>(instructions, values);
    case Op::Log:
        return forwardRun<Op::Log>(instructions, values);
    }
}

void backwardOperations(Op op, std::span<const Instruction> instructions, const double* values,
                        double* gradients)
{
    switch (op) {
    case Op::Leaf:
        return;
    case Op::Add:
        return backwardRun<Op::Add>(instructions, values, gradients);
    case Op::Subtract:
        return backwardRun<Op::Subtract>(instructions, values, gradients);
    case Op::Multiply:
        return backwardRun<Op::Multiply>(instructions, values, gradients);
    case Op::Divide:
        return backwardRun<Op::Divide>(instructions, values, gradients);
    case Op::Negate:
        return backwardRun<Op::Negate>(instructions, values, gradients);
    case Op::Power:
        return backwardRun<Op::Power>(instructions, values, gradients);
    case Op::Relu:
        return backwardRun<Op::Relu>(instructions, values, gradients);
    case Op::Sigmoid:
        return backwardRun<Op::Sigmoid>(instructions, values, gradients);
    case Op::Tanh:
        return backwardRun<Op::Tanh>(instructions, values, gradients);
    case Op::Exp:
        return backwardRun<Op::Exp>(instructions, values, gradients);
    case Op::Log:
        return backwardRun<Op::Log>(instructions, values, gradients);
    }
}

} // namespace chainrule::scalar
