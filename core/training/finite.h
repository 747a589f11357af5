// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

// Whether numbers are finite, and stay so after a step.
namespace chainrule {

/// The largest magnitude, or NaN where there is one.
template <typename T>
T maximumMagnitude(std::span<const T> values)
{
    const Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> array(
        values.data(), static_cast<Eigen::Index>(values.size()));
    return array.abs().template maxCoeff<Eigen::PropagateNaN>();
}

/// Whether a step along gradients of at most this magnitude, NaN where one is, keeps the weights finite. The
/// margin leaves room for momentum, which can add up ten gradients, and for many such steps in a row; Adam
/// needs the square of a gradient.
template <typename T>
bool stepIsFinite(T largestGradient, double learningRate)
{
    const double limit = static_cast<double>(std::numeric_limits<T>::max()) * 1e-6;
    const double largest = static_cast<double>(largestGradient);
    const double rate = std::abs(learningRate);
    return largest < std::sqrt(limit) && rate < limit && largest * rate < limit; // false for NaN
}

template <typename T>
bool stepIsFinite(std::span<const T> gradients, double learningRate)
{
    return stepIsFinite(maximumMagnitude(gradients), learningRate);
}

template <typename T>
bool allFinite(const T* values, std::size_t count)
{
    return std::isfinite(maximumMagnitude(std::span<const T>(values, count)));
}

/// The layer with the first gradient that is not finite, else the one with the largest.
template <typename T>
int brokenGradientLayer(const LayerStack& stack, std::span<const T> gradients)
{
    int worst = 0;
    T largest = T(-1);
    const std::vector<LayerSpan> spans = layerSpans(stack);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const std::size_t count = spans[i].bias + static_cast<std::size_t>(spans[i].units) - spans[i].weight;
        const T magnitude = maximumMagnitude(gradients.subspan(spans[i].weight, count));
        if (!std::isfinite(magnitude))
            return static_cast<int>(i);
        if (magnitude > largest) {
            largest = magnitude;
            worst = static_cast<int>(i);
        }
    }
    return worst;
}

} // namespace chainrule
