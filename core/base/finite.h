// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

// Whether numbers are finite, and stay so after a step.
namespace chainrule {

template <typename T>
[[nodiscard]] bool allFinite(std::span<const T> values)
{
    return std::ranges::all_of(values, [](T value) { return std::isfinite(value); });
}

/// The largest magnitude; NaN where one of the values is NaN. `values` is not empty.
template <typename T>
[[nodiscard]] T maximumMagnitude(std::span<const T> values)
{
    const Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> array(
        values.data(), static_cast<Eigen::Index>(values.size()));
    return array.abs().template maxCoeff<Eigen::PropagateNaN>();
}

/// The index of the first magnitude that is not finite; where all are finite, the index of the largest one.
template <typename T>
[[nodiscard]] std::size_t worstMagnitude(std::span<const T> magnitudes)
{
    std::size_t worst = 0;
    for (std::size_t i = 0; i < magnitudes.size(); ++i) {
        if (!std::isfinite(magnitudes[i]))
            return i;
        if (magnitudes[i] > magnitudes[worst])
            worst = i;
    }
    return worst;
}

/// Whether a step along gradients of at most this magnitude keeps the weights finite; not where it is NaN.
/// The margin leaves room for momentum, which can add up ten gradients, and for many such steps in a row;
/// Adam needs the square of a gradient.
template <typename T>
[[nodiscard]] bool stepIsFinite(T largestGradient, double learningRate)
{
    const double limit = static_cast<double>(std::numeric_limits<T>::max()) * 1e-6;
    const double largest = static_cast<double>(largestGradient);
    const double rate = std::abs(learningRate);
    return largest < std::sqrt(limit) && rate < limit && largest * rate < limit; // false for NaN
}

} // namespace chainrule
