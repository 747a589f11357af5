// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <QImage>
#include <QPoint>

#include <cstddef>

namespace chainrule {

inline constexpr int sampleImageSide = 56; ///< of pictures of features

/// A sample as a picture: an image as it is, white ink on black; one or two features as a dot in the plane,
/// more as bars that stand up or hang down.
[[nodiscard]] QImage sampleImage(const Dataset& data, std::size_t sample);

/// Where two features lie in such a picture.
[[nodiscard]] QPoint planePixel(const Dataset& data, float x, float y);

} // namespace chainrule
