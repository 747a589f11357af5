// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/graph.h"

#include "core/scalar/rules.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace chainrule::scalar {

int parentCount(Op op)
{
    switch (op) {
    case Op::Leaf:
        return 0;
    case Op::Add:
    case Op::Subtract:
    case Op::Multiply:
    case Op::Divide:
        return 2;
    case Op::Negate:
    case Op::Power:
    case Op::Relu:
    case Op::Sigmoid:
    case Op::Tanh:
    case Op::Exp:
    case Op::Log:
        return 1;
    }
    return 0;
}

std::string_view opName(Op op)
{
    switch (op) {
    case Op::Leaf:
        return "leaf";
    case Op::Add:
        return "+";
    case Op::Subtract:
        return "-";
    case Op::Multiply:
        return "*";
    case Op::Divide:
        return "/";
    case Op::Negate:
        return "neg";
    case Op::Power:
        return "**";
    case Op::Relu:
        return "relu";
    case Op::Sigmoid:
        return "sigmoid";
    case Op::Tanh:
        return "tanh";
    case Op::Exp:
        return "exp";
    case Op::Log:
        return "log";
    }
    return "";
}

double compute(Op op, double a, double b, double exponent)
{
    return valueByRule(op, a, b, exponent);
}

namespace {

NodeId record(Graph& graph, Op op, NodeId a, NodeId b = noNode, double exponent = 0.0)
{
    assert(index(a) < graph.nodes.size());
    assert(b == noNode || index(b) < graph.nodes.size());
    const double second = b == noNode ? 0.0 : graph.nodes[index(b)].data;
    const double data = compute(op, graph.nodes[index(a)].data, second, exponent);
    graph.nodes.push_back({data, 0.0, exponent, {a, b}, op});
    return NodeId(graph.nodes.size() - 1);
}

} // namespace

NodeId createValue(Graph& graph, double data)
{
    graph.nodes.push_back({data, 0.0, 0.0, {noNode, noNode}, Op::Leaf});
    return NodeId(graph.nodes.size() - 1);
}

NodeId add(Graph& graph, NodeId a, NodeId b)
{
    return record(graph, Op::Add, a, b);
}

NodeId subtract(Graph& graph, NodeId a, NodeId b)
{
    return record(graph, Op::Subtract, a, b);
}

NodeId multiply(Graph& graph, NodeId a, NodeId b)
{
    return record(graph, Op::Multiply, a, b);
}

NodeId divide(Graph& graph, NodeId a, NodeId b)
{
    return record(graph, Op::Divide, a, b);
}

NodeId negate(Graph& graph, NodeId a)
{
    return record(graph, Op::Negate, a);
}

NodeId power(Graph& graph, NodeId a, double exponent)
{
    return record(graph, Op::Power, a, noNode, exponent);
}

NodeId relu(Graph& graph, NodeId a)
{
    return record(graph, Op::Relu, a);
}

NodeId sigmoid(Graph& graph, NodeId a)
{
    return record(graph, Op::Sigmoid, a);
}

NodeId tanh(Graph& graph, NodeId a)
{
    return record(graph, Op::Tanh, a);
}

NodeId exp(Graph& graph, NodeId a)
{
    return record(graph, Op::Exp, a);
}

NodeId log(Graph& graph, NodeId a)
{
    return record(graph, Op::Log, a);
}

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
    const double a = node.parents[0] == noNode ? 0.0 : graph.nodes[index(node.parents[0])].data;
    return (node.op == Op::Sigmoid && std::abs(a) > sigmoidLimit) ||
           (node.op == Op::Exp && std::abs(a) > expLimit) || (node.op == Op::Log && a < logFloor);
}

std::array<double, 2> localDerivatives(const Graph& graph, NodeId id)
{
    const Node& node = graph.nodes[index(id)];
    const double a = node.parents[0] == noNode ? 0.0 : graph.nodes[index(node.parents[0])].data;
    const double b = node.parents[1] == noNode ? 0.0 : graph.nodes[index(node.parents[1])].data;
    return derivativesByRule(node.op, a, b, node.data, node.exponent);
}

void propagate(Graph& graph, NodeId id)
{
    const Node& node = graph.nodes[index(id)];
    const std::array<double, 2> local = localDerivatives(graph, id);
    for (std::size_t i = 0; i < 2 && node.parents[i] != noNode; ++i)
        graph.nodes[index(node.parents[i])].grad += local[i] * node.grad;
}

void backward(Graph& graph, NodeId root)
{
    const std::size_t count = index(root) + 1;
    assert(count <= graph.nodes.size());
    // Only what the root depends on is visited: nodes of another root in the same graph keep out of it.
    graph.reached.assign(count, 0);
    graph.reached[index(root)] = 1;
    graph.nodes[index(root)].grad = 1.0;
    for (std::size_t i = count; i-- > 0;) {
        if (!graph.reached[i])
            continue;
        for (const NodeId parent : graph.nodes[i].parents) {
            if (parent != noNode)
                graph.reached[index(parent)] = 1;
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
