// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/dot.h"

#include "core/base/text.h"

namespace chainrule::scalar {

namespace {

/// A text as one of DOT's quoted strings.
std::string quoted(const std::string& text)
{
    std::string made = "\"";
    for (const char c : text) {
        if (c == '\n') {
            made += "\\n";
            continue;
        }
        if (c == '"' || c == '\\')
            made += '\\';
        made += c;
    }
    return made + "\"";
}

std::string number(double value)
{
    return shortestNumber(value + 0.0); // -0 is 0 to a reader
}

} // namespace

std::string toDot(const NamedGraph& named, std::span<const GradientCheck> checks)
{
    std::string text = "digraph chainrule {\n  rankdir=LR;\n  node [shape=box];\n";
    const auto& nodes = named.graph.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        std::string label = labelOf(named, NodeId(i)) + "\n" + operationOf(nodes[i]) + "\nvalue " +
                            number(nodes[i].data) + "\ngradient " + number(nodes[i].grad);
        if (!checks.empty())
            label += "\n" + std::string(verdictName(checks[i].verdict));
        text += "  n" + std::to_string(i) + " [label=" + quoted(label);
        text += NodeId(i) == named.root ? ", penwidth=2];\n" : "];\n";
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const NodeId parent : nodes[i].parents) {
            if (parent != noNode)
                text += "  n" + std::to_string(index(parent)) + " -> n" + std::to_string(i) + ";\n";
        }
    }
    return text + "}\n";
}

} // namespace chainrule::scalar
