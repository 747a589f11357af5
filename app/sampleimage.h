// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <QImage>

#include <cstddef>

namespace chainrule {

/// A sample as a picture: an image as it is, white ink on black; a toy set's sample as a dot in the plane.
[[nodiscard]] QImage sampleImage(const Dataset& data, std::size_t sample);

} // namespace chainrule
