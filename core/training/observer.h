// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/network.h"
#include "core/network/network.h"
#include "core/scalar/network.h"
#include "core/training/settings.h"

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

// Looking at one sample at a time: what every layer makes of it, and what each input does to a class's score.
// Both engines do it by their own forward and backward.
namespace chainrule {

struct ScalarObserver {
    scalar::Graph graph; ///< the parameters' leaves, then the last sample's nodes
    scalar::NetworkLeaves network;
    scalar::NodeId firstInput = scalar::noNode;
    std::vector<scalar::NodeId> scores; ///< of the last sample: the sums that softmax is taken of
};

template <typename T>
struct MatrixObserver {
    MatrixObserver() = default;
    MatrixObserver(MatrixObserver&&) = default; // a copy's graph would point into the original's parameters
    MatrixObserver& operator=(MatrixObserver&&) = default;

    matrix::Buffer<T> parameters;
    matrix::Recording<T> recording;         ///< of one sample, with the gradients of its inputs
    matrix::NodeId chosen = matrix::noNode; ///< (1, classes): 1 at the class that is asked for
    matrix::NodeId score = matrix::noNode;  ///< (1, 1): that class's score
};

using Observer = std::variant<ScalarObserver, MatrixObserver<float>, MatrixObserver<double>>;

/// An observer of a network with these weights; the stack must be valid and end in softmax.
/// Throws std::bad_alloc where there is no memory for it.
[[nodiscard]] Observer makeObserver(const Network& parameters, EngineKind kind, Precision precision);

/// The outputs of every layer for this sample, the last ones being the probabilities of the classes. `inputs`
/// has as many numbers as the network has inputs.
[[nodiscard]] std::vector<std::vector<double>> observe(Observer& observer, std::span<const double> inputs);

/// d score / d input at this sample: how much the class's score, the number that softmax is taken of, grows
/// for each input that grows (Simonyan, Vedaldi, Zisserman, "Deep inside convolutional networks", 2013). One
/// number for each input; 0 <= target < classes.
[[nodiscard]] std::vector<double> inputGradient(Observer& observer, std::span<const double> inputs,
                                                int target);

} // namespace chainrule
