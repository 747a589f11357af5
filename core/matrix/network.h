// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/matrix/graph.h"
#include "core/network/layers.h"
#include "core/network/network.h"

#include <vector>

namespace chainrule::matrix {

/// Network as the matrix engine keeps them: layer by layer, the weights (units, inputs) column after
/// column, then the biases (units, 1).
template <typename T>
[[nodiscard]] Buffer<T> toEngine(const Network& parameters);
template <typename T>
[[nodiscard]] Network fromEngine(const LayerStack& stack, const Buffer<T>& parameters);

/// Gaussian weights of deviation sqrt(2 / (fan-in + fan-out)), biases 0.
[[nodiscard]] Network initializeModel(const LayerStack& stack, Random& random);

/// A network's graph for batches of up to `capacity` samples, ready to be replayed.
template <typename T>
struct Recording {
    Graph<T> graph;
    NodeId inputs = noNode;        ///< (inputs, samples), to be filled
    NodeId targets = noNode;       ///< (classes, samples), one-hot, to be filled
    NodeId scores = noNode;        ///< (classes, samples): what softmax is taken of
    NodeId probabilities = noNode; ///< (classes, samples)
    NodeId loss = noNode;          ///< (1, 1)
    std::vector<NodeId> layers;    ///< each layer's output (units, samples)
};

/// Records the network over parameters that stay the caller's. `gradients` has the parameters' layout; null:
/// a graph for prediction only, or, with `inputGradients`, for gradients of the inputs alone. The last layer
/// must be softmax.
template <typename T>
[[nodiscard]] Recording<T> recordNetwork(const LayerStack& stack, T* parameters, T* gradients,
                                         Eigen::Index capacity, bool inputGradients = false);

} // namespace chainrule::matrix
