// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/replay/schedule.h"

#include <cstdint>
#include <vector>

// Finds the parts of a graph that a schedule can run as one loop.
namespace chainrule::scalar {

/// The users of node i are users[first[i]] to users[first[i + 1]] (exclusive), in order of creation. A user
/// of which node i is both parents is there twice.
struct GraphUses {
    std::vector<std::uint32_t> first;
    std::vector<std::uint32_t> users;
};

[[nodiscard]] GraphUses usesOf(const Graph& graph);

/// Nodes are in one class where the same roots depend on them and either all or none of them are needed for
/// an output.
struct ReachClasses {
    std::vector<std::uint32_t> classOf; ///< of each node
    std::vector<std::vector<std::uint8_t>>
        reached; ///< for each class: whether each root, and at the end any output, depends on it
};

[[nodiscard]] ReachClasses classify(const Graph& graph, const ScheduleSpec& spec);

[[nodiscard]] bool reachedFrom(const ReachClasses& classes, std::size_t node, std::size_t root);

/// Whether a replay of this root computes the node: not if only other roots depend on it.
[[nodiscard]] bool neededFor(const ReachClasses& classes, std::size_t node, std::size_t root);

/// sums[k] = sums[k - 1] + products[k], from `start`.
struct Chain {
    NodeId start = noNode;
    std::vector<NodeId> sums;
    std::vector<NodeId> products;

    [[nodiscard]] NodeId ends() const { return sums.back(); }
};

/// Chains over the same inputs, in order of creation.
struct ChainBundle {
    std::vector<Chain> chains;
    std::vector<NodeId> inputs;
};

[[nodiscard]] std::vector<ChainBundle> findBundles(const Graph& graph, const ScheduleSpec& spec,
                                                   const GraphUses& uses, const ReachClasses& reach);

enum class NodeRole : std::uint8_t {
    General,
    Weight,  ///< of a chain in a bundle
    Interior ///< a product or a sum that is not the last
};

[[nodiscard]] std::vector<NodeRole> rolesIn(const Graph& graph, const std::vector<ChainBundle>& bundles);

/// The factor of a chain's product that is the chain's weight.
[[nodiscard]] NodeId weightOf(const Graph& graph, const std::vector<NodeRole>& roles, NodeId product);

} // namespace chainrule::scalar
