// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/layers.h"

namespace chainrule {

// Edits of a layer stack as a person makes them: each returns the edited copy, or says why it is refused.
// Rows count as on screen: row 0 is the input, row r >= 1 is layers[r - 1], the last row is the output. An
// edit may not take the network over maximumLayers, maximumUnits or maximumParameters; a network that is
// over the last one already may still be edited as long as it does not grow.

/// What a new hidden layer is.
inline constexpr DenseLayer newHiddenLayer{64, Activation::Relu};

/// Rows on screen: the input and every layer.
[[nodiscard]] int rowCount(const LayerStack& stack);
/// Whether the row is a layer between input and output, which a person may move and remove.
[[nodiscard]] bool isHiddenRow(const LayerStack& stack, int row);
/// Whether it is also dense: the only kind that a person may reshape.
[[nodiscard]] bool isHiddenDenseRow(const LayerStack& stack, int row);
/// The dense layer in that row; null for the input and for other kinds.
[[nodiscard]] const DenseLayer* denseInRow(const LayerStack& stack, int row);
/// How many numbers come into that row's layer and go out of it; both the input's for row 0.
struct RowWidth {
    int inputs = 0;
    int outputs = 0;
};
[[nodiscard]] RowWidth widthOfRow(const LayerStack& stack, int row);
/// The row that a layer gets which is added while `chosenRow` is chosen: after it, but before the output.
[[nodiscard]] int insertionRow(const LayerStack& stack, int chosenRow);

/// Weights and biases of the layer in that row; 0 for the input.
[[nodiscard]] std::int64_t parameterCountOfRow(const LayerStack& stack, int row);

[[nodiscard]] Result<LayerStack> withLayerAdded(const LayerStack& stack, int chosenRow);
[[nodiscard]] Result<LayerStack> withLayerRemoved(const LayerStack& stack, int row);
/// Moves the hidden layer in row `from` so that it ends up in row `to`.
[[nodiscard]] Result<LayerStack> withLayerMoved(const LayerStack& stack, int from, int to);
[[nodiscard]] Result<LayerStack> withUnits(const LayerStack& stack, int row, int units);
[[nodiscard]] Result<LayerStack> withActivation(const LayerStack& stack, int row, Activation activation);

} // namespace chainrule
