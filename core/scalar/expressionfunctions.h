// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/graph.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace chainrule::scalar {

/// What an expression can call. Those which the engine does not have are built out of those it has:
/// sqrt(x) = x ** 0.5; abs(x) = relu(x) + relu(-x), with derivative 0 at 0; max(a, b) = a + relu(b - a) and
/// min(a, b) = a - relu(a - b), where the derivative is that of a if both are equal, and of which the smaller
/// number is lost if the other is more than 2^53 times as large; more values are taken in from the left.
/// softmax has as many values as arguments, and is used by p, q = softmax(a, b), a statement of its own.
inline constexpr std::array<std::string_view, 10> expressionFunctions = {
    "relu", "sigmoid", "tanh", "exp", "log", "sqrt", "abs", "max", "min", "softmax"};

[[nodiscard]] bool isFunction(std::string_view name);

/// "relu, sigmoid, ... and softmax".
[[nodiscard]] std::string allFunctions();

/// The function whose name is nearest to this one by changed letters, whatever their case; empty where none
/// is near.
[[nodiscard]] std::string_view nearestFunction(std::string_view name);

/// A function of one value: any but max, min and softmax.
NodeId applyFunction(Graph& graph, std::string_view name, NodeId a);

/// The largest or smallest of some values, which are not none.
NodeId extremum(Graph& graph, bool largest, std::span<const NodeId> values);

} // namespace chainrule::scalar
