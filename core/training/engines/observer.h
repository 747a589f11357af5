// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/network.h"
#include "core/network/network.h"
#include "core/scalar/network.h"
#include "core/training/settings/settings.h"

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

// Forward traces of one sample at a time: the outputs of every layer, and how each input changes the logit of
// a class. Each engine computes them with its own forward and backward pass.
namespace chainrule {

struct ScalarObserver {
    scalar::Graph graph; ///< the parameters' leaves, then the last sample's nodes
    scalar::NetworkLeaves network;
    scalar::NodeId firstInput = scalar::noNode;
    std::vector<scalar::NodeId> scores; ///< of the last sample: the logits
};

template <typename T>
struct MatrixObserver {
    MatrixObserver() = default;
    MatrixObserver(MatrixObserver&&) = default; // a copy's graph would point into the original's parameters
    MatrixObserver& operator=(MatrixObserver&&) = default;

    matrix::Buffer<T> parameters;
    matrix::Recording<T> recording;         ///< of one sample, with the gradients of its inputs
    matrix::NodeId chosen = matrix::noNode; ///< (1, classes): 1 at the class that is asked for
    matrix::NodeId score = matrix::noNode;  ///< (1, 1): that class's logit
};

using Observer = std::variant<ScalarObserver, MatrixObserver<float>, MatrixObserver<double>>;

/// An observer of a network with these weights; the stack must be valid and end in softmax.
/// Throws std::bad_alloc where there is not enough memory.
[[nodiscard]] Observer makeObserver(const Network& parameters, EngineKind kind, Precision precision);

/// The outputs of every layer for this sample, the last ones being the probabilities of the classes. `inputs`
/// has as many numbers as the network has inputs.
[[nodiscard]] std::vector<std::vector<double>> observe(Observer& observer, std::span<const double> inputs);

/// d logit / d input at this sample: how fast the class's logit, which softmax is taken of, changes with each
/// input (Simonyan, Vedaldi, Zisserman, "Deep inside convolutional networks", 2013). One number for each
/// input; 0 <= target < classes.
[[nodiscard]] std::vector<double> inputGradient(Observer& observer, std::span<const double> inputs,
                                                int target);

} // namespace chainrule
