// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/scalar/expression/expressionfunctions.h"
#include "core/scalar/expression/expressiontokens.h"
#include "core/scalar/graph.h"
#include "core/scalar/namedgraph.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Expressions as people write them, built out of the engine's own nodes:
//
//   e = a*b; d = e + c
//   L = d^2
//
// Statements end with the line or with ; and the last one is the root. A line goes on inside parentheses.
// Operators, from the loosest to the tightest: + and -, * and /, unary - and +, ^ (or **). Operators of one
// rank group from the left, powers from the right, and a power binds tighter than the minus before it:
// -a^2 is -(a^2), 2^3^2 is 2^9, 2^-1 is a half. × and · multiply, − subtracts, ² and ³ raise to a power.
//
// An exponent that has no variables, only numbers and functions of them, is a constant and part of the
// power's node. Any other exponent is a node, whose derivative needs the logarithm of the base: for a base
// below 0 that derivative is NaN, and so is the value unless the exponent is a whole number. Every number
// that is not in a constant exponent is a leaf; with a minus before it, the leaf is the negative number. pi
// and e are leaves too, unless a statement assigns them or a value is given for them.
//
// A name is a variable, which is a leaf, or what a statement assigned to it; wherever it is used, it is the
// same node. A statement that only renames a node leaves the node its first name.
namespace chainrule::scalar {

inline constexpr std::size_t maximumExpressionLength = 65'536; ///< bytes
inline constexpr std::size_t maximumExpressionNodes = 50'000;
inline constexpr int maximumExpressionDepth = 200; ///< parentheses, signs and powers inside one another

using VariableValues = std::map<std::string, double, std::less<>>;

/// Builds the graph of a text, with all values computed and no gradients yet. A variable that is not in
/// `values` takes `missing`; values of other names are ignored.
///
/// An error's `what` is "column 7" or, in a text of several lines, "line 2, column 7"; `place`, if given,
/// receives the same place for a caret. Never more than maximumExpressionDepth calls deep.
[[nodiscard]] Result<NamedGraph> parseExpression(std::string_view text, const VariableValues& values = {},
                                                 double missing = 1.0, TextPlace* place = nullptr);

} // namespace chainrule::scalar
