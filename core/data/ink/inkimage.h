// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace chainrule {

/// Ink on paper, row by row, 0 (paper) to 255 (ink): what a canvas holds, what is found in a picture, what
/// strokes are drawn into.
struct InkImage {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> ink; ///< width * height
    bool operator==(const InkImage&) const = default;
};

/// A 28 x 28 image, row by row, 0 (paper) to 255 (ink).
using DigitImage = std::array<std::uint8_t, 28 * 28>;

inline constexpr int maximumInkSide = 8192; ///< pixels; larger images are refused

} // namespace chainrule
