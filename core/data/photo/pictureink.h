// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/digitimage.h"

#include <cstdint>
#include <span>

namespace chainrule {

/// A picture's pixels, row by row, four bytes each: red, green, blue, and alpha that the others are not
/// multiplied with (QImage::Format_RGBA8888).
struct Picture {
    int width = 0;
    int height = 0;
    std::span<const std::uint8_t> rgba; ///< 4 * width * height
};

inline constexpr int maximumPictureSide = 32'768; ///< pixels; larger pictures are refused

inline constexpr double mostInkPixels = 1e6; ///< to which larger pictures are brought down

/// Finds the ink in a picture: a photo, a scan or a drawing, dark on light or light on dark, on paper that
/// may be unevenly lit. Where something is transparent it is the paper: ink is what is opaque, or what stands
/// out from it. Specks much smaller than the ink and shapes that run along the picture's border are left out,
/// if there is anything else. The result has the picture's shape, and mostInkPixels pixels at the most.
///
/// Fails where nothing stands out, and on no or too large a picture.
[[nodiscard]] Result<InkImage> findInk(const Picture& picture);

} // namespace chainrule
