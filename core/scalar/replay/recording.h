// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/network.h"

#include <span>

// The lesson's most frequent steps, made fast for graphs that are recorded anew: the same nodes and the same
// bits as core/scalar/graph.h's functions one by one.
namespace chainrule::scalar {

/// sum + weight * input for each of them in turn: the nodes that multiply() and add() record one by one.
/// Returns the last sum. As many weights as inputs, all of them nodes of the graph already.
NodeId recordProducts(Graph& graph, NodeId sum, std::span<const NodeId> weights,
                      std::span<const NodeId> inputs);

/// What forwardLayer() records.
[[nodiscard]] LayerNodes recordLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs);

/// The gradients of backward(graph, root), found faster: along a chain of sums that recordProducts() made,
/// the gradient is carried from sum to sum in a local variable.
void backwardAlongChains(Graph& graph, NodeId root);

} // namespace chainrule::scalar
