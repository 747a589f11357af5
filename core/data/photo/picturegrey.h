// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/photo/greyplane.h"
#include "core/data/photo/pictureink.h"

namespace chainrule {

/// A picture as one number a pixel, 0 to 255, in which its ink stands out.
struct GreyPicture {
    Grey grey;
    bool isLight = true; ///< how much light there is, so that a shadow takes away a share of it
};

/// The picture's brightness, or, where that shows much less of what stands out than another mixture of red,
/// green and blue does (red ink on green paper), that mixture. Where the picture is transparent there is
/// paper. Large pictures are averaged over squares of pixels, down to mostInkPixels.
[[nodiscard]] GreyPicture greyOf(const Picture& picture);

} // namespace chainrule
