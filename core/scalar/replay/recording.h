// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/network.h"

#include <span>

// The lesson's most frequent steps, made fast for graphs that are recorded again for each sample: the same
// nodes with the same bits as from the functions of core/scalar/graph.h.
namespace chainrule::scalar {

/// Records sum = sum + weight * input for each weight in turn, the nodes that multiply() and add() would
/// record, and returns the last sum. There are as many weights as inputs.
NodeId recordProducts(Graph& graph, NodeId sum, std::span<const NodeId> weights,
                      std::span<const NodeId> inputs);

/// What forwardLayer() records.
[[nodiscard]] LayerNodes recordLayer(Graph& graph, const Layer& layer, std::span<const NodeId> inputs);

/// The gradients of backward(graph, root), found faster: along a chain of sums that recordProducts() made,
/// the gradient is carried from sum to sum in a local variable.
void backwardAlongChains(Graph& graph, NodeId root);

} // namespace chainrule::scalar
