// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The activations of a layer, one row for each. A new one is a value of the enum, a row of the table and its
// formula (activations.cpp), a composition of scalar operations (core/scalar/network.cpp) and a vectorized
// kernel (core/matrix/fast/kernelvectors.h).
namespace chainrule {

enum class Activation : std::uint8_t {
    Relu,
    LeakyRelu,
    Elu,
    Gelu,
    Silu,
    Softplus,
    Sigmoid,
    Tanh,
    Linear,
    Softmax
};

/// The slope of leaky ReLU below 0, PyTorch's default.
inline constexpr double leakySlope = 0.01;

struct ActivationRow {
    Activation activation;
    std::string_view name;    ///< of the command line, of files and of lists that a person chooses from
    std::string_view formula; ///< for people, of the weighted sum z
    std::string_view summary; ///< one line: what it does
};

/// Every activation, in the order in which a person is offered them; row i is Activation(i)'s.
inline constexpr std::array activationTable{
    ActivationRow{Activation::Relu, "relu", "max(0, z)", "Passes what is positive, blocks the rest"},
    ActivationRow{Activation::LeakyRelu, "leaky-relu", "z, or 0.01 z below 0",
                  "ReLU that never goes quite flat"},
    ActivationRow{Activation::Elu, "elu", "z, or exp(z) - 1 below 0", "ReLU with a smooth bend down to -1"},
    ActivationRow{Activation::Gelu, "gelu", "z (1 + erf(z / sqrt(2))) / 2",
                  "A smooth ReLU, z times the normal distribution"},
    ActivationRow{Activation::Silu, "silu", "z / (1 + exp(-z))", "A smooth ReLU, z times its sigmoid"},
    ActivationRow{Activation::Softplus, "softplus", "log(1 + exp(z))", "A smooth ReLU that stays above 0"},
    ActivationRow{Activation::Sigmoid, "sigmoid", "1 / (1 + exp(-z))", "Between 0 and 1, S-shaped"},
    ActivationRow{Activation::Tanh, "tanh", "tanh(z)", "Between -1 and 1, S-shaped"},
    ActivationRow{Activation::Linear, "linear", "z", "The sum as it is, for outputs that are amounts"},
    ActivationRow{Activation::Softmax, "softmax", "exp(z) / sum of exp(z)",
                  "Probabilities of the classes, which add up to 1"},
};

inline constexpr std::size_t activationCount = activationTable.size();
static_assert(activationTable.back().activation == Activation::Softmax, "every activation has a row");
static_assert([] {
    for (std::size_t i = 0; i < activationCount; ++i) {
        if (activationTable[i].activation != Activation(i))
            return false;
    }
    return true;
}());

/// "relu": the name of the command line and of model files.
[[nodiscard]] constexpr std::string_view activationName(Activation activation)
{
    return activationTable[static_cast<std::size_t>(activation)].name;
}
[[nodiscard]] Result<Activation> activationFromName(std::string_view name);

/// The output of a unit with the sum z. Softmax is of a whole layer and has no formula for one unit.
template <typename T>
[[nodiscard]] T activationValue(Activation activation, T z);

/// d output / d z at the sum z.
template <typename T>
[[nodiscard]] T activationDerivative(Activation activation, T z);

} // namespace chainrule
