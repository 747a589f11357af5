// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/graph.h"
#include "core/network/layers.h"
#include "core/network/network.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace chainrule::matrix {

/// Parameters as the graph keeps them: layer by layer, the weights (units, inputs) column after
/// column, then the biases (units, 1).
template <typename T>
[[nodiscard]] Buffer<T> toEngine(const Network& parameters);
template <typename T>
[[nodiscard]] Network fromEngine(const LayerStack& stack, const Buffer<T>& parameters);

/// What a network's graph has besides its forward pass, loss and the parameters' gradients.
struct RecordOptions {
    bool inputGradients = false; ///< gradients of the inputs, even where the parameters have none
    bool dropout = false;        ///< the dropout layers, as in training; without, they change nothing
};

/// A dropout layer in a graph.
struct RecordedDropout {
    std::size_t layer = 0; ///< its place in the stack
    double rate = 0.0;
    NodeId factors = noNode; ///< (inputs, samples), to be filled: what each input is multiplied with
};

/// A network's graph for batches of up to `capacity` samples, ready to be replayed.
template <typename T>
struct Recording {
    Graph<T> graph;
    NodeId inputs = noNode;     ///< (inputs, samples), to be filled
    NodeId targets = noNode;    ///< (outputs, samples), to be filled: one-hot, a yes or no, or amounts
    NodeId scores = noNode;     ///< (outputs, samples): what the output's activation is taken of
    NodeId outputs = noNode;    ///< (outputs, samples): probabilities of a softmax
    NodeId loss = noNode;       ///< (1, 1)
    std::vector<NodeId> layers; ///< the output of each layer that has weights (units, samples)
    std::vector<RecordedDropout> dropouts;
};

/// Records the network over parameters that stay the caller's. `gradients` has the parameters' layout; null:
/// a graph for prediction only, or for gradients of the inputs alone. The loss must fit the output.
template <typename T>
[[nodiscard]] Recording<T> recordNetwork(const LayerStack& stack, Loss loss, T* parameters, T* gradients,
                                         Eigen::Index capacity, RecordOptions options = {});

/// Fills the factors of all dropout layers as a training step does; the graph's samples are a whole batch.
template <typename T>
void drawDropout(Recording<T>& recording, std::uint64_t seed, std::int64_t step);

} // namespace chainrule::matrix
