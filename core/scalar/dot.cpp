// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/dot.h"

#include "core/base/text.h"

#include <utility>
#include <vector>

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

/// A node's line.
std::string box(const NamedGraph& named, std::size_t i, std::span<const GradientCheck> checks)
{
    const Node& node = named.graph.nodes[i];
    std::string label = labelOf(named, NodeId(i)) + "\n" + operationOf(node) + "\nvalue " +
                        number(node.data) + "\ngradient " + number(node.grad);
    if (!checks.empty())
        label += "\n" + std::string(verdictName(checks[i].verdict));
    return "n" + std::to_string(i) + " [label=" + quoted(label) +
           (NodeId(i) == named.root ? ", penwidth=2];\n" : "];\n");
}

std::string titleOf(const Group& group)
{
    switch (group.kind) {
    case GroupKind::Inputs:
        return "Inputs";
    case GroupKind::Layer:
        return "Layer " + std::to_string(group.layer) + ", " + std::string(activationName(group.activation));
    case GroupKind::Neuron:
        return "Neuron " + std::to_string(group.unit);
    case GroupKind::Softmax:
        return "Softmax";
    case GroupKind::Loss:
        return "Loss";
    }
    return {};
}

/// All boxes, those of a group inside its cluster, and that inside the cluster of the group around it.
std::string boxes(const NamedGraph& named, std::span<const GradientCheck> checks)
{
    // One more than there are groups: the last stands for none.
    const std::size_t none = named.groups.size();
    const auto placeOf = [&](int group) { return group < 0 ? none : static_cast<std::size_t>(group); };
    std::vector<std::vector<std::size_t>> members(none + 1);
    for (std::size_t i = 0; i < named.graph.nodes.size(); ++i)
        members[placeOf(groupOf(named, NodeId(i)))].push_back(i);
    std::vector<std::vector<std::size_t>> inner(none + 1);
    for (std::size_t group = 0; group < none; ++group)
        inner[placeOf(named.groups[group].parent)].push_back(group);

    std::string text;
    // The clusters that are open, and how many of each one's inner groups were written.
    std::vector<std::pair<std::size_t, std::size_t>> open{{none, 0}};
    while (!open.empty()) {
        const std::string indent(2 * open.size(), ' ');
        auto& [group, written] = open.back();
        if (written < inner[group].size()) {
            const std::size_t next = inner[group][written++];
            text += indent + "subgraph cluster_" + std::to_string(next) + " {\n" + indent +
                    "  label=" + quoted(titleOf(named.groups[next])) + ";\n";
            open.push_back({next, 0});
            continue;
        }
        for (const std::size_t node : members[group])
            text += indent + box(named, node, checks);
        open.pop_back();
        if (!open.empty())
            text += std::string(2 * open.size(), ' ') + "}\n";
    }
    return text;
}

} // namespace

std::string toDot(const NamedGraph& named, std::span<const GradientCheck> checks)
{
    std::string text = "digraph chainrule {\n  rankdir=LR;\n  node [shape=box];\n" + boxes(named, checks);
    const auto& nodes = named.graph.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const NodeId parent : nodes[i].parents) {
            if (parent != noNode)
                text += "  n" + std::to_string(index(parent)) + " -> n" + std::to_string(i) + ";\n";
        }
    }
    return text + "}\n";
}

} // namespace chainrule::scalar
