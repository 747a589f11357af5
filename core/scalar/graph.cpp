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

// Written member by member where it stays: a node put together elsewhere and copied would have to wait for
// its parts.
inline NodeId append(Graph& graph, Op op, double data, NodeId a, NodeId b, double exponent)
{
    Node& node = graph.nodes.emplace_back();
    node.data = data;
    node.exponent = exponent;
    node.parents = {a, b};
    node.op = op;
    return NodeId(graph.nodes.size() - 1);
}

inline NodeId record(Graph& graph, Op op, NodeId a, NodeId b = noNode, double exponent = 0.0)
{
    assert(index(a) < graph.nodes.size());
    assert(b == noNode || index(b) < graph.nodes.size());
    const double second = b == noNode ? 0.0 : graph.nodes[index(b)].data;
    const double data = valueByRule(op, graph.nodes[index(a)].data, second, exponent);
    return append(graph, op, data, a, b, exponent);
}

} // namespace

NodeId createValue(Graph& graph, double data)
{
    return append(graph, Op::Leaf, data, noNode, noNode, 0.0);
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

NodeId addProducts(Graph& graph, NodeId sum, std::span<const NodeId> weights, std::span<const NodeId> inputs)
{
    assert(weights.size() == inputs.size());
    // Room for all of them, or else twice as much as before: a little more each time would copy each time.
    const std::size_t wanted = graph.nodes.size() + 2 * weights.size();
    if (wanted > graph.nodes.capacity())
        graph.nodes.reserve(std::max(wanted, 2 * graph.nodes.capacity()));
    // Nodes are made up in a block, where only these two members change, and appended a block at a time.
    constexpr std::size_t pairs = 16;
    std::array<Node, 2 * pairs> block;
    for (std::size_t i = 0; i < block.size(); ++i)
        block[i].op = i % 2 == 0 ? Op::Multiply : Op::Add;
    double data = graph.nodes[index(sum)].data;
    for (std::size_t first = 0; first < weights.size(); first += pairs) {
        const std::size_t count = std::min(pairs, weights.size() - first);
        const Node* const nodes = graph.nodes.data();
        auto next = static_cast<std::uint32_t>(graph.nodes.size());
        for (std::size_t i = 0; i < count; ++i, next += 2) {
            const NodeId weight = weights[first + i];
            const NodeId input = inputs[first + i];
            assert(index(weight) < graph.nodes.size() && index(input) < graph.nodes.size());
            const double product = nodes[index(weight)].data * nodes[index(input)].data;
            data = data + product;
            block[2 * i].data = product;
            block[2 * i].parents = {weight, input};
            block[2 * i + 1].data = data;
            block[2 * i + 1].parents = {sum, NodeId(next)};
            sum = NodeId(next + 1);
        }
        graph.nodes.insert(graph.nodes.end(), block.data(), block.data() + 2 * count);
    }
    return sum;
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

namespace {

// Whether node i is the sum of something with the product that was created just before it.
bool addsProduct(const Node* nodes, std::size_t i)
{
    return nodes[i].op == Op::Add && index(nodes[i].parents[1]) + 1 == i &&
           nodes[i].parents[0] != nodes[i].parents[1] && nodes[i - 1].op == Op::Multiply;
}

// From node i, such a sum, back along sum = sum + weight * input, with what propagate() does node by node;
// the sum's gradient stays at hand. Returns the last node that it was done for.
std::size_t propagateChain(Node* nodes, std::uint8_t* reached, std::size_t i)
{
    double gradient = nodes[i].grad;
    while (true) {
        const std::size_t before = index(nodes[i].parents[0]);
        Node& product = nodes[i - 1];
        const double next = nodes[before].grad + gradient;
        nodes[before].grad = next;
        const double own = product.grad + gradient;
        product.grad = own;
        const auto [first, second] = product.parents;
        Node& weight = nodes[index(first)];
        Node& input = nodes[index(second)];
        weight.grad += input.data * own;
        input.grad += weight.data * own;
        reached[index(first)] = 1;
        reached[index(second)] = 1;
        // The sum before is next, unless the product gave it a gradient too.
        if (i < 3 || before != i - 2 || index(first) == before || index(second) == before ||
            !addsProduct(nodes, i - 2)) {
            reached[before] = 1;
            return i - 1;
        }
        gradient = next;
        i -= 2; // not `before`: the processor need not wait for having read it
    }
}

} // namespace

void backward(Graph& graph, NodeId root)
{
    const std::size_t count = index(root) + 1;
    assert(count <= graph.nodes.size());
    // Only what the root depends on is visited: nodes of another root in the same graph keep out of it.
    graph.reached.assign(count, 0);
    graph.reached[index(root)] = 1;
    Node* const nodes = graph.nodes.data();
    std::uint8_t* const reached = graph.reached.data();
    nodes[index(root)].grad = 1.0;
    for (std::size_t i = count; i-- > 0;) {
        if (!reached[i] || nodes[i].op == Op::Leaf)
            continue;
        if (i > 0 && addsProduct(nodes, i)) {
            i = propagateChain(nodes, reached, i);
            continue;
        }
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
