// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/layers.h"
#include "core/scalar/graph.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// The engine's nodes with what people need to find their way among them: names, and groups of nodes that
// belong together.
namespace chainrule::scalar {

struct Variable {
    std::string name;
    NodeId node = noNode;
    double value = 0.0;
    bool given = false; ///< false: the value is the default
};

enum class GroupKind : std::uint8_t {
    Inputs,  ///< the sample
    Layer,   ///< its neurons, and its softmax
    Neuron,  ///< one unit: its weights, bias, products, sums and activation
    Softmax, ///< what turns a layer's sums into probabilities
    Loss,
};

/// Nodes that are drawn as one card until somebody opens it. Groups lie in one another like boxes: a layer
/// holds neurons. Contracted to their outermost groups, or to those on any level, the nodes still form a
/// graph without cycles.
struct Group {
    GroupKind kind = GroupKind::Layer;
    int parent = -1; ///< the group that this one lies in, which comes before it; -1: none
    int layer = 0;   ///< from 1; of Layer, Neuron and Softmax
    int unit = 0;    ///< from 0; of Neuron
    Activation activation = Activation::Linear; ///< of Layer and Neuron
    std::vector<NodeId> outputs; ///< the nodes that other groups use, in the order of units; of Loss the loss
};

/// Consecutive nodes.
struct NodeRange {
    NodeId first = noNode;
    std::size_t count = 0;
    bool operator==(const NodeRange&) const = default;
};

[[nodiscard]] inline bool contains(const NodeRange& range, NodeId node)
{
    return range.count > 0 && node != noNode && index(node) >= index(range.first) &&
           index(node) - index(range.first) < range.count;
}

struct NamedGraph {
    Graph graph;
    std::vector<std::string> names;  ///< of each node; empty where it has none
    std::vector<Variable> variables; ///< leaves that people change: an expression's, or a sample's few inputs
    NodeId root = noNode;
    std::vector<Group> groups; ///< none in an expression
    std::vector<int> groupOf; ///< of each node the innermost group, -1: none; empty where there are no groups
    NodeRange parameters;     ///< a network's weights and biases, in the order of Network::parameters
    NodeRange inputs;         ///< a network's sample
};

/// A node's name; where it has none, "#" and its number.
[[nodiscard]] std::string labelOf(const NamedGraph& named, NodeId node);

/// "leaf", "+", "** 2": the operation, and a power's exponent.
[[nodiscard]] std::string operationOf(const Node& node);

/// The innermost group of a node; -1 where it is in none.
[[nodiscard]] inline int groupOf(const NamedGraph& named, NodeId node)
{
    return named.groupOf.empty() ? -1 : named.groupOf[index(node)];
}

} // namespace chainrule::scalar
