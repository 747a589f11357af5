// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messages.h"
#include "core/scalar/graph.h"

#include <span>
#include <string_view>
#include <vector>

namespace chainrule::scalar {

/// A function that an expression can call: an operation of the engine whose row says so, or one that is
/// composed of them: sqrt(x) = x ** 0.5; abs(x) = relu(x) + relu(-x), with derivative 0 at 0. softmax has as
/// many values as arguments, and is used by p, q = softmax(a, b), a statement of its own.
struct ExpressionFunction {
    std::string_view name;
    Op op = Op::Leaf;                                    ///< of an operation
    NodeId (*compose)(Graph& graph, NodeId a) = nullptr; ///< of a composition
    int values = 1; ///< how many it takes: 1; 2 or more, which are taken in from the left; 0: softmax
};

[[nodiscard]] const std::vector<ExpressionFunction>& expressionFunctions();

/// Nothing where there is none of this name.
[[nodiscard]] const ExpressionFunction* functionNamed(std::string_view name);

/// "relu, sigmoid, ... and softmax".
[[nodiscard]] Message allFunctions();

/// The function whose name is nearest to this one by changed letters, whatever their case; empty where none
/// is near.
[[nodiscard]] std::string_view nearestFunction(std::string_view name);

/// The function of these values, which are as many as it takes; any but softmax.
NodeId applyFunction(Graph& graph, const ExpressionFunction& function, std::span<const NodeId> values);

} // namespace chainrule::scalar
