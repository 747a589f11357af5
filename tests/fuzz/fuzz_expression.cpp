// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "core/scalar/gradientcheck.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace chainrule;
using namespace chainrule::scalar;

namespace {

/// An assertion that holds in every kind of build.
void require(bool condition)
{
    if (!condition)
        std::abort();
}

bool sameNumber(double a, double b)
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

void tryFault(std::string_view text, const Error& error, const TextPlace& place)
{
    require(!error.what.empty() && !error.why.empty() && !error.mend.empty());
    require(place.offset <= text.size());
    require(place.line >= 1 && place.column >= 1);
    const TextPlace again = placeOf(text, place.offset);
    require(again.line == place.line && again.column == place.column);
}

void tryGraph(NamedGraph& expression)
{
    Graph& graph = expression.graph;
    const std::size_t count = graph.nodes.size();
    require(count > 0 && index(expression.root) < count && expression.names.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        const Node& node = graph.nodes[i];
        for (std::size_t k = 0; k < 2; ++k) {
            const bool has = static_cast<int>(k) < parentCount(node.op);
            require(has ? index(node.parents[k]) < i : node.parents[k] == noNode);
        }
        require(std::isfinite(node.exponent));
    }
    for (const Variable& variable : expression.variables) {
        require(graph.nodes[index(variable.node)].op == Op::Leaf);
        require(expression.names[index(variable.node)] == variable.name);
    }
    const Graph before = graph;
    recompute(graph);
    for (std::size_t i = 0; i < count; ++i)
        require(sameNumber(graph.nodes[i].data, before.nodes[i].data));
    backward(graph, expression.root);
    require(graph.nodes[index(expression.root)].grad == 1.0);
    // Its cost grows with the square of the nodes.
    if (count <= 40) {
        for (std::size_t i = 0; i < count; ++i)
            require(!std::isnan(checkGradient(graph, expression.root, NodeId(i)).relativeError) ||
                    checkGradient(graph, expression.root, NodeId(i)).verdict == Verdict::Undefined);
    }
}

} // namespace

/// Any bytes as an expression: either a graph that holds together, or a fault with a place in the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    TextPlace place;
    auto expression = parseExpression(text, {{"a", 2.0}, {"b", -3.0}}, 0.5, &place);
    if (expression)
        tryGraph(*expression);
    else
        tryFault(text, expression.error(), place);
    return 0;
}
