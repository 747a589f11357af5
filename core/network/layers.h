// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

enum class Activation : std::uint8_t { Relu, Sigmoid, Tanh, Linear, Softmax };

/// Every activation, in the order in which a person is offered them.
inline constexpr Activation allActivations[] = {Activation::Relu, Activation::Sigmoid, Activation::Tanh,
                                                Activation::Linear, Activation::Softmax};

/// A fully connected layer: activation(weight * input + bias).
struct DenseLayer {
    int units = 0;
    Activation activation = Activation::Relu;
    bool operator==(const DenseLayer&) const = default;
};

/// The shape of a network: how many inputs, then the dense layers; the last one is the output.
struct LayerStack {
    int inputs = 0;
    std::vector<DenseLayer> layers;
    bool operator==(const LayerStack&) const = default;
};

inline constexpr int maximumUnits = 65536;                    ///< of one layer
inline constexpr int maximumLayers = 64;                      ///< of one network, the output included
inline constexpr std::int64_t maximumParameters = 50'000'000; ///< 400 MB in double precision

/// "relu", "sigmoid", "tanh", "linear" or "softmax": the names of the command line and of model files.
[[nodiscard]] std::string_view activationName(Activation activation);
[[nodiscard]] Result<Activation> activationFromName(std::string_view name);

/// Weights and biases of one layer with `inputs` inputs.
[[nodiscard]] std::int64_t parameterCount(const DenseLayer& layer, int inputs);
/// Weights and biases of all layers.
[[nodiscard]] std::int64_t parameterCount(const LayerStack& stack);

/// Number of outputs: the units of the last layer, or the inputs where there is none.
[[nodiscard]] int outputCount(const LayerStack& stack);

/// Reads "128:relu,64:relu,10:softmax". A bare number is ReLU, and softmax where it is the last.
[[nodiscard]] Result<std::vector<DenseLayer>> parseLayers(std::string_view text);
/// Writes what parseLayers() reads, every activation named.
[[nodiscard]] std::string formatLayers(const std::vector<DenseLayer>& layers);

/// Whether the stack can be trained as a classifier within the limits above: at least one layer, softmax
/// at the end, sizes within bounds.
[[nodiscard]] Result<void> validate(const LayerStack& stack);

} // namespace chainrule
