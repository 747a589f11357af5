// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expressionfunctions.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace chainrule::scalar {

namespace {

char lowerCase(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

NodeId extremumOfTwo(Graph& graph, bool largest, NodeId a, NodeId b)
{
    if (largest)
        return add(graph, a, relu(graph, subtract(graph, b, a)));
    return subtract(graph, a, relu(graph, subtract(graph, a, b)));
}

} // namespace

bool isFunction(std::string_view name)
{
    return std::find(expressionFunctions.begin(), expressionFunctions.end(), name) !=
           expressionFunctions.end();
}

std::string allFunctions()
{
    std::string all;
    for (const std::string_view name : expressionFunctions)
        all += (all.empty() ? "" : name == expressionFunctions.back() ? " and " : ", ") + std::string(name);
    return all;
}

std::string_view nearestFunction(std::string_view name)
{
    std::string_view nearest;
    std::size_t fewest = 3; // changes; with so many it would be another word
    for (const std::string_view function : expressionFunctions) {
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

NodeId applyFunction(Graph& graph, std::string_view name, NodeId a)
{
    if (name == "relu")
        return relu(graph, a);
    if (name == "sigmoid")
        return sigmoid(graph, a);
    if (name == "tanh")
        return tanh(graph, a);
    if (name == "exp")
        return exp(graph, a);
    if (name == "log")
        return log(graph, a);
    if (name == "sqrt")
        return power(graph, a, 0.5);
    const NodeId above = relu(graph, a); // abs
    return add(graph, above, relu(graph, negate(graph, a)));
}

NodeId extremum(Graph& graph, bool largest, std::span<const NodeId> values)
{
    assert(!values.empty());
    NodeId result = values.front();
    for (const NodeId value : values.subspan(1))
        result = extremumOfTwo(graph, largest, result, value);
    return result;
}

} // namespace chainrule::scalar
