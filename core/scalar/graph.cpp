// SPDX-License-Identifier: GPL-3.0-or-later
//
// The lesson's second half: recording nodes, and walking back over them. What each operation computes and
// how it is derived stands in graph.h; the engine that trains is core/scalar/replay/schedule.h.
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

double compute(Op op, double a, double b, double exponent)
{
    return ruleOf(op).value({.a = clipped(ruleOf(op), a), .b = b, .n = exponent});
}

bool isClipped(const Graph& graph, const Node& node)
{
    const double a = node.parents[0] == noNode ? 0.0 : graph.nodes[index(node.parents[0])].data;
    const Traits& traits = ruleOf(node.op).traits;
    return a < traits.lowest || a > traits.highest;
}

bool isTie(const Graph& graph, const Node& node)
{
    const Operation& operation = ruleOf(node.op);
    const Operands x = operandsOf(graph.nodes.data(), node, operation);
    return operation.parents == 2 && operation.traits.edge == Edge::Kink && x.a == x.b;
}

std::array<double, 2> localDerivatives(const Graph& graph, NodeId id)
{
    const Node& node = graph.nodes[index(id)];
    const Operation& operation = ruleOf(node.op);
    const Derivatives local = operation.derivatives(operandsOf(graph.nodes.data(), node, operation));
    return {local.a, local.b};
}

void propagate(Graph& graph, NodeId id)
{
    Node* const nodes = graph.nodes.data();
    const Node& node = nodes[index(id)];
    withOp(node.op, [&](auto op) {
        constexpr const Operation& operation = ruleOf(op());
        const Derivatives local = operation.derivatives(operandsOf(nodes, node, operation));
        if constexpr (operation.parents >= 1)
            nodes[index(node.parents[0])].grad += local.a * node.grad;
        if constexpr (operation.parents == 2)
            nodes[index(node.parents[1])].grad += local.b * node.grad;
    });
}

void backward(Graph& graph, NodeId root)
{
    // Only what the root depends on is visited: nodes of another root in the same graph keep out of it.
    graph.reached.assign(index(root) + 1, 0);
    std::uint8_t* const reached = graph.reached.data();
    reached[index(root)] = 1;
    graph.nodes[index(root)].grad = 1.0;
    const Node* const nodes = graph.nodes.data();
    for (std::size_t i = index(root) + 1; i-- > 0;) {
        if (!reached[i])
            continue;
        for (const NodeId parent : nodes[i].parents) {
            if (parent != noNode)
                reached[index(parent)] = 1;
        }
        propagate(graph, NodeId(i));
    }
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
