// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messages.h"
#include "core/scalar/graph.h"

#include <span>
#include <string_view>
#include <vector>

namespace chainrule::scalar {

/// A function that an expression can call: an operation of the graph, or a composition of operations:
/// sqrt(x) = x ** 0.5; abs(x) = relu(x) + relu(-x), with derivative 0 at 0. softmax has as many values as
/// arguments, and is used in a statement of its own: p, q = softmax(a, b).
struct ExpressionFunction {
    std::string_view name;
    Op op = Op::Leaf;                                    ///< of an operation
    NodeId (*compose)(Graph& graph, NodeId a) = nullptr; ///< of a composition
    int values = 1; ///< arguments: 1; 2 for two or more, combined from the left; 0 for softmax
};

[[nodiscard]] const std::vector<ExpressionFunction>& expressionFunctions();

/// Null where no function has this name.
[[nodiscard]] const ExpressionFunction* functionNamed(std::string_view name);

/// "relu, sigmoid, ... and softmax".
[[nodiscard]] Message allFunctions();

/// The name of a function that differs from this one in the fewest letters, ignoring case; empty where no
/// name is close.
[[nodiscard]] std::string_view nearestFunction(std::string_view name);

/// Records a call of any function but softmax with these arguments, as many as the function takes.
NodeId applyFunction(Graph& graph, const ExpressionFunction& function, std::span<const NodeId> values);

} // namespace chainrule::scalar
