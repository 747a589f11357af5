// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expressionfunctions.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace chainrule::scalar {

namespace {

char lowerCase(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether expressions call the operation by its name; the others have a sign, or are numbers and variables.
bool isFunction(Op op)
{
    switch (op) {
    case Op::Relu:
    case Op::Sigmoid:
    case Op::Tanh:
    case Op::Exp:
    case Op::Log:
    case Op::Sin:
    case Op::Cos:
    case Op::Erf:
    case Op::Max:
    case Op::Min:
        return true;
    case Op::Leaf:
    case Op::Add:
    case Op::Subtract:
    case Op::Multiply:
    case Op::Divide:
    case Op::Negate:
    case Op::Power:
    case Op::VariablePower:
        return false;
    }
    return false;
}

std::vector<ExpressionFunction> allOfThem()
{
    std::vector<ExpressionFunction> all;
    for (const Operation& operation : operations) {
        if (isFunction(operation.op))
            all.push_back({operation.name, operation.op, nullptr, operation.parents});
    }
    all.push_back({.name = "sqrt", .compose = [](Graph& graph, NodeId a) { return power(graph, a, 0.5); }});
    all.push_back({.name = "abs", .compose = [](Graph& graph, NodeId a) {
                       const NodeId above = relu(graph, a);
                       return add(graph, above, relu(graph, negate(graph, a)));
                   }});
    all.push_back({.name = "softmax", .values = 0});
    return all;
}

} // namespace

const std::vector<ExpressionFunction>& expressionFunctions()
{
    static const std::vector<ExpressionFunction> all = allOfThem();
    return all;
}

const ExpressionFunction* functionNamed(std::string_view name)
{
    const auto found = std::ranges::find(expressionFunctions(), name, &ExpressionFunction::name);
    return found == expressionFunctions().end() ? nullptr : &*found;
}

Message allFunctions()
{
    const std::span all(expressionFunctions());
    std::string names;
    for (const ExpressionFunction& each : all.first(all.size() - 1))
        names += (names.empty() ? "" : ", ") + std::string(each.name);
    return {MessageId::namesAndLast, names, all.back().name};
}

std::string_view nearestFunction(std::string_view name)
{
    std::string_view nearest;
    std::size_t fewest = 3; // changes; with so many it would be another word
    for (const ExpressionFunction& each : expressionFunctions()) {
        const std::string_view function = each.name;
        if (name.size() > function.size() + 2)
            continue;
        // Levenshtein's distance, row by row.
        std::vector<std::size_t> row(function.size() + 1);
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = i;
        for (std::size_t i = 0; i < name.size(); ++i) {
            const char letter = lowerCase(name[i]);
            std::size_t diagonal = std::exchange(row[0], i + 1);
            for (std::size_t k = 0; k < function.size(); ++k) {
                const std::size_t replaced = diagonal + (letter == function[k] ? 0 : 1);
                diagonal = row[k + 1];
                row[k + 1] = std::min({replaced, diagonal + 1, row[k] + 1});
            }
        }
        const std::size_t changes = row.back();
        const bool sameStart = !name.empty() && lowerCase(name.front()) == function.front();
        const bool better = changes < fewest || (changes == fewest && !nearest.empty() && sameStart &&
                                                 nearest.front() != lowerCase(name.front()));
        if (better && changes <= name.size() && changes < function.size()) {
            nearest = function;
            fewest = changes;
        }
    }
    return nearest;
}

NodeId applyFunction(Graph& graph, const ExpressionFunction& function, std::span<const NodeId> values)
{
    assert(!values.empty());
    if (function.compose)
        return function.compose(graph, values.front());
    if (function.values == 1)
        return record(graph, function.op, values.front());
    NodeId result = values.front();
    for (const NodeId value : values.subspan(1))
        result = record(graph, function.op, result, value);
    return result;
}

} // namespace chainrule::scalar
