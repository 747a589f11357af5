// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/graph.h"

#include <algorithm>
#include <array>
#include <cmath>

// The assignment's formula for each operation and its derivative, in one place: the plain walk over the
// nodes and the schedule are compiled from the same lines, so that their numbers have the same bits.
namespace chainrule::scalar {

/// The value of a node of this operation for these parents' values.
[[nodiscard]] inline double valueByRule(Op op, double a, double b, double exponent)
{
    switch (op) {
    case Op::Leaf:
        return a;
    case Op::Add:
        return a + b;
    case Op::Subtract:
        return a - b;
    case Op::Multiply:
        return a * b;
    case Op::Divide:
        return a / b;
    case Op::Negate:
        return -a;
    case Op::Power:
        return std::pow(a, exponent);
    case Op::Relu:
        // Written so that NaN comes through: a broken number must not look like an inactive unit.
        return a <= 0.0 ? 0.0 : a;
    case Op::Sigmoid:
        return 1.0 / (1.0 + std::exp(-std::clamp(a, -sigmoidLimit, sigmoidLimit)));
    case Op::Tanh:
        return std::tanh(a);
    case Op::Exp:
        return std::exp(std::clamp(a, -expLimit, expLimit));
    case Op::Log:
        return std::log(a < logFloor ? logFloor : a);
    }
    return 0.0;
}

/// d node / d parent for each parent, where the node has the value `data`; 0 where there is no parent.
[[nodiscard]] inline std::array<double, 2> derivativesByRule(Op op, double a, double b, double data,
                                                             double exponent)
{
    switch (op) {
    case Op::Leaf:
        return {0.0, 0.0};
    case Op::Add:
        return {1.0, 1.0};
    case Op::Subtract:
        return {1.0, -1.0};
    case Op::Multiply:
        return {b, a};
    case Op::Divide:
        return {1.0 / b, -data / b};
    case Op::Negate:
        return {-1.0, 0.0};
    case Op::Power:
        // The formula would be 0 * infinity for n = 0 at a = 0.
        return {exponent == 0.0 ? 0.0 : exponent * std::pow(a, exponent - 1.0), 0.0};
    case Op::Relu:
        return {a > 0.0 ? 1.0 : 0.0, 0.0};
    case Op::Sigmoid:
        return {data * (1.0 - data), 0.0};
    case Op::Tanh:
        return {1.0 - data * data, 0.0};
    case Op::Exp:
        return {data, 0.0};
    case Op::Log:
        return {1.0 / (a < logFloor ? logFloor : a), 0.0};
    }
    return {0.0, 0.0};
}

} // namespace chainrule::scalar
