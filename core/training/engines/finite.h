// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finite.h"
#include "core/network/network.h"

#include <cstddef>
#include <span>
#include <vector>

namespace chainrule {

/// The first layer with a non-finite gradient; where all are finite, the layer with the largest one.
template <typename T>
[[nodiscard]] int brokenGradientLayer(const LayerStack& stack, std::span<const T> gradients)
{
    std::vector<T> largest;
    for (const LayerSpan& layer : layerSpans(stack)) {
        const std::size_t count = layer.bias + static_cast<std::size_t>(layer.units) - layer.weight;
        largest.push_back(maximumMagnitude(gradients.subspan(layer.weight, count)));
    }
    return static_cast<int>(worstMagnitude(std::span<const T>(largest)));
}

} // namespace chainrule
