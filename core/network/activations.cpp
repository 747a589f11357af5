// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/activations.h"

#include "core/base/names.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace chainrule {

namespace {

template <typename T>
struct Formula {
    T value;
    T derivative;
};

// Value and derivative side by side. NaN comes through each of them: a broken number must not look like an
// inactive unit.
template <typename T>
Formula<T> formulaOf(Activation activation, T z)
{
    switch (activation) {
    case Activation::Relu:
        return {z <= T(0) ? T(0) : z, z > T(0) ? T(1) : T(0)};
    case Activation::LeakyRelu: {
        const T slope = z > T(0) ? T(1) : T(leakySlope);
        return {slope * z, slope};
    }
    case Activation::Elu:
        return z > T(0) ? Formula<T>{z, T(1)} : Formula<T>{std::expm1(z), std::exp(z)};
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

} // namespace

Result<Activation> activationFromName(std::string_view name)
{
    return fromName(name, activationTable, &ActivationRow::activation, "activation", "activation",
                    "128:relu");
}

template <typename T>
T activationValue(Activation activation, T z)
{
    return formulaOf(activation, z).value;
}

template <typename T>
T activationDerivative(Activation activation, T z)
{
    return formulaOf(activation, z).derivative;
}

template float activationValue(Activation, float);
template double activationValue(Activation, double);
template float activationDerivative(Activation, float);
template double activationDerivative(Activation, double);

} // namespace chainrule
