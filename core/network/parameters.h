// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/network/layers.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace chainrule {

/// The number type that a network computes in. A float is held exactly by the doubles of Parameters.
enum class Precision : std::uint8_t { Float, Double };

/// All weights and biases of a network, one after the other: for each layer first its weights,
/// row by row (units, inputs), then its biases (units).
struct Parameters {
    LayerStack stack;
    std::vector<double> values;
};

/// Where one layer's weights and biases lie in Parameters::values.
struct LayerSpan {
    int inputs = 0;
    int units = 0;
    Activation activation = Activation::Linear;
    std::size_t weight = 0; ///< index of the first of units * inputs weights, row by row
    std::size_t bias = 0;   ///< index of the first of units biases
};

[[nodiscard]] std::vector<LayerSpan> layerSpans(const LayerStack& stack);

/// Standard deviation of the initial weights; biases start at 0.
enum class Initialization : std::uint8_t {
    FanIn,          ///< sqrt(1 / fan-in), the scalar engine's
    FanInAndFanOut, ///< sqrt(2 / (fan-in + fan-out)), the matrix engine's (Glorot and Bengio, 2010)
};

/// Draws Gaussian weights neuron by neuron; biases are 0.
[[nodiscard]] Parameters initializeParameters(const LayerStack& stack, Initialization initialization,
                                              Random& random);

} // namespace chainrule
