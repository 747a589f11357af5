// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/recording.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace chainrule::scalar {

NodeId recordProducts(Graph& graph, NodeId sum, std::span<const NodeId> weights,
                      std::span<const NodeId> inputs)
{
    assert(weights.size() == inputs.size());
    // At least doubles the capacity: reserving only what each call needs would copy the graph in each call.
    const std::size_t wanted = graph.nodes.size() + 2 * weights.size();
    if (wanted > graph.nodes.capacity())
        graph.nodes.reserve(std::max(wanted, 2 * graph.nodes.capacity()));
    // Nodes are prepared in a block, in which only data and parents change, and appended a block at a time.
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
            const double product =
                ruleOf(Op::Multiply).value({.a = nodes[index(weight)].data, .b = nodes[index(input)].data});
            data = ruleOf(Op::Add).value({.a = data, .b = product});
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

LayerNodes recordLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs)
{
    std::vector<NodeId> sums;
    sums.reserve(layer.neurons.size());
    for (const Neuron& neuron : layer.neurons)
        sums.push_back(recordProducts(graph, neuron.bias, neuron.weights, inputs));
    return activateLayer(graph, layer.activation, std::move(sums));
}

namespace {

/// Whether node i is the sum of something with the product that was created just before it.
bool addsProduct(const Node* nodes, std::size_t i)
{
    return i > 0 && nodes[i].op == Op::Add && index(nodes[i].parents[1]) + 1 == i &&
           nodes[i].parents[0] != nodes[i].parents[1] && nodes[i - 1].op == Op::Multiply;
}

/// Goes back from node i along a chain of sum = sum + weight * input and adds to each gradient what
/// propagate() would add. The present sum's gradient is carried in a local variable. Returns the last node of
/// the chain.
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
        reached[i - 1] = 1;
        const auto [first, second] = product.parents;
        Node& weight = nodes[index(first)];
        Node& input = nodes[index(second)];
        weight.grad += input.data * own;
        input.grad += weight.data * own;
        reached[index(first)] = 1;
        reached[index(second)] = 1;
        reached[before] = 1;
        // The previous sum's gradient is `next`, unless the product changed it as well.
        if (i < 3 || before != i - 2 || index(first) == before || index(second) == before ||
            !addsProduct(nodes, i - 2))
            return i - 1;
        gradient = next;
        i -= 2; // the same as `before`, which the processor would first have to load
    }
}

} // namespace

void backwardAlongChains(Graph& graph, NodeId root)
{
    std::vector<std::uint8_t> reached(index(root) + 1); // 1 where the root depends on the node
    reached[index(root)] = 1;
    graph.nodes[index(root)].grad = 1.0;
    Node* const nodes = graph.nodes.data();
    for (std::size_t i = index(root) + 1; i-- > 0;) {
        if (!reached[i] || nodes[i].op == Op::Leaf)
            continue;
        if (addsProduct(nodes, i)) {
            i = propagateChain(nodes, reached.data(), i);
            continue;
        }
        for (const NodeId parent : nodes[i].parents) {
            if (parent != noNode)
                reached[index(parent)] = 1;
        }
        propagate(graph, NodeId(i));
    }
}

} // namespace chainrule::scalar
