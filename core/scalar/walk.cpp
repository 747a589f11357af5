// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/walk.h"

#include <cassert>

namespace chainrule::scalar {

namespace {

/// The nodes that the root depends on, from the root back, and the numbers of their contributions.
void orderBackward(const Graph& graph, Walk& walk)
{
    walk.backwardOrder = backwardOrder(graph, walk.root);
    for (const NodeId id : walk.backwardOrder) {
        walk.backwardRank[index(id)] = static_cast<std::uint32_t>(walk.paths.size());
        std::array<int, 2> paths{};
        for (std::size_t slot = 0; slot < 2; ++slot) {
            const NodeId parent = graph.nodes[index(id)].parents[slot];
            if (parent == noNode)
                continue;
            paths[slot] = ++walk.pathCounts[index(parent)];
            walk.lastUse[index(parent)] = static_cast<std::uint32_t>(walk.paths.size());
        }
        walk.paths.push_back(paths);
    }
}

WalkPosition livePosition(const Walk& walk)
{
    return {walk.forwardOrder.size(), walk.backwardOrder.size(), 0, true};
}

void computeNode(Graph& graph, NodeId id)
{
    Node& node = graph.nodes[index(id)];
    const auto value = [&](NodeId parent) {
        return parent == noNode ? 0.0 : graph.nodes[index(parent)].data;
    };
    node.data = compute(node.op, value(node.parents[0]), value(node.parents[1]), node.exponent);
}

void computeNodes(Graph& graph, const Walk& walk, std::size_t first, std::size_t end)
{
    for (std::size_t i = first; i < end; ++i)
        computeNode(graph, walk.forwardOrder[i]);
}

/// Passes on the gradients of these nodes of backwardOrder; the first of all, the root, gets its 1 before.
void propagateNodes(Graph& graph, const Walk& walk, std::size_t first, std::size_t end)
{
    for (std::size_t i = first; i < end; ++i) {
        if (i == 0)
            graph.nodes[index(walk.root)].grad = 1.0;
        propagate(graph, walk.backwardOrder[i]);
    }
}

/// Like propagateNodes() for one node, and writes down what was added to whom.
void visitNode(Graph& graph, Walk& walk, std::size_t rank)
{
    if (rank == 0)
        graph.nodes[index(walk.root)].grad = 1.0;
    const NodeId id = walk.backwardOrder[rank];
    const Node& node = graph.nodes[index(id)];
    Visit visit{id, node.grad, {}, 0};
    const std::array<double, 2> local = localDerivatives(graph, id);
    for (std::size_t slot = 0; slot < 2 && node.parents[slot] != noNode; ++slot) {
        Contribution& made = visit.contributions[slot];
        made.parent = node.parents[slot];
        made.slot = static_cast<int>(slot);
        made.local = local[slot];
        made.product = local[slot] * node.grad;
        const bool again = slot == 1 && node.parents[0] == made.parent;
        made.before = again ? visit.contributions[0].after : graph.nodes[index(made.parent)].grad;
        made.after = made.before + made.product;
        made.path = walk.paths[rank][slot];
        made.paths = walk.pathCounts[index(made.parent)];
        ++visit.count;
    }
    propagate(graph, id);
    walk.visit = visit;
}

/// Goes to another position, of which the caller has seen to values and gradients, and remembers this one.
void moveTo(Walk& walk, const WalkPosition& position)
{
    if (walk.past.size() >= maximumPast)
        walk.past.erase(walk.past.begin());
    walk.past.push_back(walk.position);
    walk.position = position;
}

/// Visits the next node, or all that are left, of this pass; of another where this one is complete.
void visitUpTo(Graph& graph, Walk& walk, bool all)
{
    WalkPosition next = walk.position;
    if (next.live) {
        zeroGradients(graph);
        next = {walk.forwardOrder.size(), 0, 0, false};
    } else if (isComplete(walk)) {
        next.visited = 0;
        ++next.passes;
    }
    computeNodes(graph, walk, next.computed, walk.forwardOrder.size());
    next.computed = walk.forwardOrder.size();

    const std::size_t last = all ? walk.backwardOrder.size() - 1 : next.visited;
    propagateNodes(graph, walk, next.visited, last);
    visitNode(graph, walk, last);
    next.visited = last + 1;
    moveTo(walk, next);
}

} // namespace

Walk makeWalk(Graph& graph, NodeId root)
{
    assert(index(root) < graph.nodes.size());
    Walk walk;
    walk.root = root;
    walk.forwardRank.assign(graph.nodes.size(), noRank);
    walk.backwardRank.assign(graph.nodes.size(), noRank);
    walk.pathCounts.assign(graph.nodes.size(), 0);
    walk.lastUse.assign(graph.nodes.size(), noRank);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (graph.nodes[i].op == Op::Leaf)
            continue;
        walk.forwardRank[i] = static_cast<std::uint32_t>(walk.forwardOrder.size());
        walk.forwardOrder.push_back(NodeId(i));
    }
    orderBackward(graph, walk);
    resetWalk(graph, walk);
    return walk;
}

void refresh(Graph& graph, Walk& walk)
{
    const WalkPosition& position = walk.position;
    walk.visit.reset();
    computeNodes(graph, walk, 0, position.computed);
    zeroGradients(graph);
    for (int pass = 0; pass < position.passes; ++pass)
        propagateNodes(graph, walk, 0, walk.backwardOrder.size());
    if (position.live) {
        propagateNodes(graph, walk, 0, walk.backwardOrder.size());
    } else if (position.visited > 0) {
        propagateNodes(graph, walk, 0, position.visited - 1);
        visitNode(graph, walk, position.visited - 1);
    }
}

void stepForward(Graph& graph, Walk& walk)
{
    const std::size_t computed = walk.position.computed;
    if (computed == walk.forwardOrder.size()) {
        const WalkPosition start{0, 0, 0, false};
        if (walk.position == start)
            return; // a graph of leaves only
        walk.visit.reset();
        zeroGradients(graph);
        moveTo(walk, start);
        return;
    }
    computeNodes(graph, walk, computed, computed + 1);
    moveTo(walk, {computed + 1, 0, 0, false});
}

void runForward(Graph& graph, Walk& walk)
{
    const std::size_t all = walk.forwardOrder.size();
    if (walk.position.computed == all)
        return;
    computeNodes(graph, walk, walk.position.computed, all);
    moveTo(walk, {all, 0, 0, false});
}

void stepBackward(Graph& graph, Walk& walk)
{
    visitUpTo(graph, walk, false);
}

void runBackward(Graph& graph, Walk& walk)
{
    visitUpTo(graph, walk, true);
}

void zeroGradientsStep(Graph& graph, Walk& walk)
{
    const WalkPosition next{walk.position.computed, 0, 0, false};
    if (walk.position == next)
        return; // they are 0, and nothing would be taken back
    walk.visit.reset();
    zeroGradients(graph);
    moveTo(walk, next);
}

void stepBack(Graph& graph, Walk& walk)
{
    if (walk.past.empty())
        return;
    walk.position = walk.past.back();
    walk.past.pop_back();
    refresh(graph, walk);
}

void resetWalk(Graph& graph, Walk& walk)
{
    walk.past.clear();
    walk.position = livePosition(walk);
    refresh(graph, walk);
}

NodeId currentNode(const Walk& walk)
{
    const WalkPosition& position = walk.position;
    if (position.live)
        return noNode;
    if (position.visited > 0)
        return walk.backwardOrder[position.visited - 1];
    // As many computed as before: the step was one that zeroed gradients.
    const bool zeroed = !walk.past.empty() && walk.past.back().computed == position.computed;
    return position.computed == 0 || zeroed ? noNode : walk.forwardOrder[position.computed - 1];
}

} // namespace chainrule::scalar
