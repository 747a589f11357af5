// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <limits>

namespace chainrule {

/// Whether a step along gradients of which `largest` is the largest magnitude keeps the weights finite. The
/// margin leaves room for momentum, which can add up ten gradients, and for many such steps in a row; Adam
/// needs the square of a gradient.
template <typename T>
[[nodiscard]] bool stepStaysFinite(T largest, double learningRate)
{
    const double limit = static_cast<double>(std::numeric_limits<T>::max()) * 1e-6;
    const auto magnitude = static_cast<double>(largest);
    const double rate = std::abs(learningRate);
    return magnitude < std::sqrt(limit) && rate < limit && magnitude * rate < limit; // false for NaN
}

} // namespace chainrule
