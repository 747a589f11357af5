// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/graph.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

// A walk through a graph, one node at a time: forward in the order of creation, then backward in reverse, as
// backward() does it at once. Its position is a few numbers, from which values and gradients follow. So steps
// can be undone, and a changed leaf changes every number that is shown but not the position.
namespace chainrule::scalar {

struct WalkPosition {
    std::size_t computed = 0; ///< how many of forwardOrder have their values
    std::size_t visited = 0;  ///< how many of backwardOrder have passed their gradients on, in this pass
    int passes = 0;           ///< complete passes before this one, to whose gradients it adds
    /// All values are shown: everything was computed at once, forward and one pass backward from zero.
    bool live = true;
    bool operator==(const WalkPosition&) const = default;
};

/// What one visit adds to one parent's gradient.
struct Contribution {
    NodeId parent = noNode;
    int slot = 0;         ///< which of the node's parents it is, 0 or 1
    double local = 0.0;   ///< d node / d parent
    double product = 0.0; ///< local * the node's gradient: what is added
    double before = 0.0;  ///< the parent's gradient before, and after
    double after = 0.0;
    int path = 1;  ///< its number among this pass's contributions to that parent, from 1
    int paths = 1; ///< how many contributions this pass makes to that parent
};

/// The step that was taken last, if it was the visit of a node on the way back.
struct Visit {
    NodeId node = noNode;
    double grad = 0.0; ///< the node's gradient, which is complete when it is visited
    std::array<Contribution, 2> contributions{};
    int count = 0; ///< of the contributions: 0 for a leaf
};

inline constexpr std::uint32_t noRank = 0xffffffff;

struct Walk {
    std::vector<NodeId> forwardOrder;        ///< every node that is not a leaf
    std::vector<NodeId> backwardOrder;       ///< every node that the root depends on, the root first
    std::vector<std::uint32_t> forwardRank;  ///< of each node its place in forwardOrder, or noRank
    std::vector<std::uint32_t> backwardRank; ///< of each node its place in backwardOrder, or noRank
    std::vector<std::array<int, 2>> paths;   ///< of each node in backwardOrder its contributions' `path`
    std::vector<std::uint32_t>
        lastUse; ///< of each node the place in backwardOrder of its last contribution, or noRank
    std::vector<int> pathCounts; ///< of each node how many contributions a pass brings it
    NodeId root = noNode;
    WalkPosition position;
    std::vector<WalkPosition> past; ///< earlier positions, for undoing steps; at most maximumPast
    std::optional<Visit> visit;     ///< of the last step; nothing where that was not a visit
};

inline constexpr std::size_t maximumPast = 100'000;

/// A walk at the live position; computes the graph's values and gradients to match.
[[nodiscard]] Walk makeWalk(Graph& graph, NodeId root);

/// Computes values and gradients anew for the present position, after leaves were changed. Values of nodes
/// that the walk has not reached are left as they were and mean nothing; gradients that it has not reached
/// are 0.
void refresh(Graph& graph, Walk& walk);

/// Computes the next node. Where all are computed, begins a new walk, in which only leaves have values and
/// all gradients are 0.
void stepForward(Graph& graph, Walk& walk);
/// Computes all nodes that are left; changes no gradients.
void runForward(Graph& graph, Walk& walk);
/// Visits the next node on the way back; the first visit sets the root's gradient to 1. Nodes that are not
/// computed yet are computed first. At the live position a new walk begins from zeroed gradients; after a
/// complete pass that was walked, another pass begins and adds to the gradients, as a second backward()
/// would.
void stepBackward(Graph& graph, Walk& walk);
/// Visits all nodes that are left in the pass; after a complete pass that was walked, all of another pass.
void runBackward(Graph& graph, Walk& walk);
/// Sets all gradients to 0 and the pass to before its first visit. This is a step that can be undone like the
/// others. A call that changes nothing, such as zeroing twice or runForward() at the end, is not a step.
void zeroGradientsStep(Graph& graph, Walk& walk);
/// Undoes the last step, whichever it was; `visit` is then that of the step before. Linear in the nodes
/// and in the passes. Does nothing at the start.
void stepBack(Graph& graph, Walk& walk);
/// Returns to the live position, with no steps to undo.
void resetWalk(Graph& graph, Walk& walk);

[[nodiscard]] inline bool isComplete(const Walk& walk)
{
    return walk.position.computed == walk.forwardOrder.size() &&
           walk.position.visited == walk.backwardOrder.size();
}
/// Whether the gradients are those of one whole pass from zero.
[[nodiscard]] inline bool hasTrueGradients(const Walk& walk)
{
    return isComplete(walk) && walk.position.passes == 0;
}
/// Whether the node has a value: it is a leaf, or was computed on the way forward.
[[nodiscard]] inline bool isComputed(const Walk& walk, NodeId node)
{
    const std::uint32_t rank = walk.forwardRank[index(node)];
    return rank == noRank || rank < walk.position.computed;
}
/// Whether the node has passed its gradient on in this pass.
[[nodiscard]] inline bool isVisited(const Walk& walk, NodeId node)
{
    const std::uint32_t rank = walk.backwardRank[index(node)];
    return rank != noRank && rank < walk.position.visited;
}
/// The node that the last step computed or visited; noNode at the live position, before the first step, and
/// after one that zeroed gradients.
[[nodiscard]] NodeId currentNode(const Walk& walk);

} // namespace chainrule::scalar
