// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/inkimage.h"

namespace chainrule {

/// What a network sees of an ink image, and where it was taken from: the image's top left corner lies at
/// (left, top) of the ink image, and each of its pixels is a square of `pixel` by `pixel` there.
struct PreparedDigit {
    DigitImage image{};
    double left = 0.0;
    double top = 0.0;
    double pixel = 1.0;
};

/// MNIST's frame: the ink is cropped, its longer side is brought to 20 pixels by area-weighted averages, and
/// its centre of mass is put in the middle of 28 x 28: on pixel index 14, around which MNIST's own lie by
/// half a pixel both ways; ink that has hardly more pixels than that is moved by whole pixels, as MNIST's
/// was. Strokes thinner or thicker, for the digit's size, than nearly all of MNIST's are first brought to the
/// nearest width that MNIST has: a pencil and a marker look alike. Fails where there is no ink, nothing but
/// ink, only a dot, no image or too large a one.
[[nodiscard]] Result<PreparedDigit> prepareDigit(const InkImage& ink);

/// The whole image shrunk to 28 x 28 by area-weighted averages, without any of that; where it is not a
/// square, paper is added on both sides. Fails where there is no ink, no image or too large a one.
[[nodiscard]] Result<PreparedDigit> shrinkCanvas(const InkImage& ink);

/// The whole image brought to `side` by `side` pixels, by area-weighted averages or, where it is smaller, by
/// lines between its pixels; where it is not a square, paper is added on both sides. `ink` has pixels, and
/// side > 0.
[[nodiscard]] InkImage fitInk(const InkImage& ink, int side);

/// How wide the strokes are in an ink image's own pixels: twice the ink's area over the length of its edge,
/// which is the sum of the gradient's magnitude. 0 where there is no ink.
[[nodiscard]] double strokeWidth(const InkImage& ink);

} // namespace chainrule
