// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

inline constexpr int maximumInkSide = 8192; ///< pixels; larger images are refused

} // namespace chainrule
