// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/table.h"

#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string_view>

// The activations of a layer, one row for each. A new one is a value of the enum, a row of the table and a
// line of activationFormula(), a composition of scalar operations (core/scalar/network.cpp) and a vectorized
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

/// One operator of ONNX (opset 13) in the chain that makes the sum z the output.
struct OnnxStep {
    std::string_view op;
    bool withSum = false;                                   ///< z is its second input
    double with = std::numeric_limits<double>::quiet_NaN(); ///< this number is its second input; NaN: none
};

struct ActivationRow {
    Activation activation;
    std::string_view name;        ///< of the command line and of files
    std::string_view title;       ///< of lists that a person chooses from
    std::string_view formula;     ///< for people, of the weighted sum z
    std::string_view summary;     ///< one line: what it does
    std::array<OnnxStep, 5> onnx; ///< in their order; those behind the last one have no op
    bool derivativeOfSum = false; ///< the derivative cannot be told from the output: engines keep the sum
    double least = -std::numeric_limits<double>::infinity(); ///< no output is below this
    double most = std::numeric_limits<double>::infinity();   ///< nor above this
};

/// Every activation, in the order in which a person is offered them; row i is Activation(i)'s. Opset 13 has
/// no GELU and no SiLU, and its LeakyRelu has a slope of 32 bits.
inline constexpr std::array activationTable{
    ActivationRow{Activation::Relu,
                  "relu",
                  "ReLU",
                  "max(0, z)",
                  "Passes what is positive, blocks the rest",
                  {{{"Relu"}}},
                  false,
                  0.0},
    ActivationRow{Activation::LeakyRelu,
                  "leaky-relu",
                  "Leaky ReLU",
                  "z, or 0.01 z below 0",
                  "ReLU that never goes quite flat",
                  {{{"Mul", false, leakySlope}, {"Max", true}}}},
    ActivationRow{Activation::Elu,
                  "elu",
                  "ELU",
                  "z, or exp(z) - 1 below 0",
                  "ReLU with a smooth bend down to -1",
                  {{{"Elu"}}},
                  false,
                  -1.0},
    ActivationRow{Activation::Gelu,
                  "gelu",
                  "GELU",
                  "z (1 + erf(z / sqrt(2))) / 2",
                  "A smooth ReLU, z times the normal distribution",
                  {{{"Mul", false, std::numbers::sqrt2 / 2.0},
                    {"Erf"},
                    {"Add", false, 1.0},
                    {"Mul", true},
                    {"Mul", false, 0.5}}},
                  true,
                  -0.17}, // at z = -0.752
    ActivationRow{Activation::Silu,
                  "silu",
                  "SiLU",
                  "z / (1 + exp(-z))",
                  "A smooth ReLU, z times its sigmoid",
                  {{{"Sigmoid"}, {"Mul", true}}},
                  true,
                  -0.2785}, // at z = -1.278
    ActivationRow{Activation::Softplus,
                  "softplus",
                  "Softplus",
                  "log(1 + exp(z))",
                  "A smooth ReLU that stays above 0",
                  {{{"Softplus"}}},
                  false,
                  0.0},
    ActivationRow{Activation::Sigmoid,
                  "sigmoid",
                  "Sigmoid",
                  "1 / (1 + exp(-z))",
                  "Between 0 and 1, S-shaped",
                  {{{"Sigmoid"}}},
                  false,
                  0.0,
                  1.0},
    ActivationRow{Activation::Tanh,
                  "tanh",
                  "Tanh",
                  "tanh(z)",
                  "Between -1 and 1, S-shaped",
                  {{{"Tanh"}}},
                  false,
                  -1.0,
                  1.0},
    ActivationRow{
        Activation::Linear, "linear", "Linear", "z", "The sum as it is, for outputs that are amounts", {}},
    ActivationRow{Activation::Softmax,
                  "softmax",
                  "Softmax",
                  "exp(z) / sum of exp(z)",
                  "Probabilities of the classes, which add up to 1",
                  {{{"Softmax"}}},
                  false,
                  0.0,
                  1.0},
};

inline constexpr std::size_t activationCount = activationTable.size();
static_assert(hasEachRow(activationTable, &ActivationRow::activation, Activation::Softmax));

[[nodiscard]] constexpr const ActivationRow& activationRow(Activation activation)
{
    return activationTable[static_cast<std::size_t>(activation)];
}

/// "relu": the name of the command line and of model files.
[[nodiscard]] constexpr std::string_view activationName(Activation activation)
{
    return activationRow(activation).name;
}
[[nodiscard]] Result<Activation> activationFromName(std::string_view name);

/// The output of a unit with the sum z, and d output / d z.
template <typename T>
struct ActivationFormula {
    T value;
    T derivative;
};

/// NaN comes through each of them: a broken number must not look like an inactive unit. Softmax is of a whole
/// layer and has no formula for one unit.
template <typename T>
[[nodiscard]] ActivationFormula<T> activationFormula(Activation activation, T z)
{
    switch (activation) {
    case Activation::Relu:
        return {z <= T(0) ? T(0) : z, z > T(0) ? T(1) : T(0)};
    case Activation::LeakyRelu: {
        const T slope = z > T(0) ? T(1) : T(leakySlope);
        return {slope * z, slope};
    }
    case Activation::Elu:
        return z > T(0) ? ActivationFormula<T>{z, T(1)} : ActivationFormula<T>{std::expm1(z), std::exp(z)};
    case Activation::Gelu: {
        const T half = T(0.5) * (T(1) + std::erf(z * T(std::numbers::sqrt2 / 2.0)));
        const T density = std::exp(T(-0.5) * z * z) * T(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
        return {z * half, half + z * density};
    }
    case Activation::Silu: {
        const T s = T(1) / (T(1) + std::exp(-z));
        return {z * s, s * (T(1) + z * (T(1) - s))};
    }
    case Activation::Softplus:
        return {(z > T(0) ? z : T(0)) + std::log1p(std::exp(-std::abs(z))), T(1) / (T(1) + std::exp(-z))};
    case Activation::Sigmoid: {
        const T y = T(1) / (T(1) + std::exp(-z));
        return {y, y * (T(1) - y)};
    }
    case Activation::Tanh: {
        const T y = std::tanh(z);
        return {y, T(1) - y * y};
    }
    case Activation::Linear:
        return {z, T(1)};
    case Activation::Softmax:
        break;
    }
    assert(false);
    return {z, T(1)};
}

} // namespace chainrule
