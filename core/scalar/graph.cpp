// SPDX-License-Identifier: GPL-3.0-or-later
//
// The lesson's second half: softmax, composed of operations, and the walk back over the recorded nodes. The
// value and the derivatives of each operation are in graph.h; the engine that trains is
// core/scalar/replay/schedule.h.
#include "core/scalar/graph.h"

#include <algorithm>
#include <cassert>

namespace chainrule::scalar {

std::vector<NodeId> softmax(Graph& graph, std::span<const NodeId> logits, NodeId* maximumLeaf)
{
    assert(!logits.empty());
    double maximum = graph.nodes[index(logits.front())].data;
    for (const NodeId logit : logits)
        maximum = std::max(maximum, graph.nodes[index(logit)].data);
    const NodeId maximumNode = createValue(graph, maximum);
    if (maximumLeaf)
        *maximumLeaf = maximumNode;

    std::vector<NodeId> exponentials;
    exponentials.reserve(logits.size());
    for (const NodeId logit : logits) {
        const NodeId shift = multiply(graph, maximumNode, createValue(graph, -1.0));
        exponentials.push_back(exp(graph, add(graph, logit, shift)));
    }

    NodeId sum = exponentials.front();
    for (std::size_t i = 1; i < exponentials.size(); ++i)
        sum = add(graph, sum, exponentials[i]);

    const NodeId inverse = power(graph, sum, -1.0);
    std::vector<NodeId> probabilities;
    probabilities.reserve(logits.size());
    for (const NodeId exponential : exponentials)
        probabilities.push_back(multiply(graph, exponential, inverse));
    return probabilities;
}

bool isClipped(const Graph& graph, const Node& node)
{
    const Operation& operation = ruleOf(node.op);
    if (operation.parents == 0)
        return false;
    const double a = graph.nodes[index(node.parents[0])].data;
    return a < operation.limits.lowest || a > operation.limits.highest;
}

bool isTie(const Graph& graph, const Node& node)
{
    return (node.op == Op::Max || node.op == Op::Min) &&
           graph.nodes[index(node.parents[0])].data == graph.nodes[index(node.parents[1])].data;
}

std::array<double, 2> localDerivatives(const Graph& graph, NodeId id)
{
    const Node& node = graph.nodes[index(id)];
    const Operation& operation = ruleOf(node.op);
    const auto valueOf = [&](NodeId parent) {
        return parent == noNode ? 0.0 : graph.nodes[index(parent)].data;
    };
    const auto [a, b] = operation.derivatives({.a = clipped(operation, valueOf(node.parents[0])),
                                               .b = valueOf(node.parents[1]),
                                               .n = node.exponent,
                                               .out = node.data});
    return {a, b};
}

void propagate(Graph& graph, NodeId id)
{
    const Node& node = graph.nodes[index(id)];
    const auto [a, b] = node.parents;
    const auto [byA, byB] = localDerivatives(graph, id);
    if (a != noNode)
        graph.nodes[index(a)].grad += byA * node.grad;
    if (b != noNode)
        graph.nodes[index(b)].grad += byB * node.grad;
}

std::vector<NodeId> backwardOrder(const Graph& graph, NodeId root)
{
    std::vector<NodeId> order;
    std::vector<bool> reached(index(root) + 1);
    reached[index(root)] = true;
    for (std::size_t i = reached.size(); i-- > 0;) {
        if (!reached[i])
            continue; // the root does not depend on it
        order.push_back(NodeId(i));
        for (const NodeId parent : graph.nodes[i].parents) {
            if (parent != noNode)
                reached[index(parent)] = true;
        }
    }
    return order;
}

void backward(Graph& graph, NodeId root)
{
    graph.nodes[index(root)].grad = 1.0;
    for (const NodeId node : backwardOrder(graph, root))
        propagate(graph, node);
}

void zeroGradients(Graph& graph)
{
    for (Node& node : graph.nodes)
        node.grad = 0.0;
}

void zeroGradients(Graph& graph, std::span<const NodeId> nodes)
{
    for (const NodeId node : nodes)
        graph.nodes[index(node)].grad = 0.0;
}

} // namespace chainrule::scalar
