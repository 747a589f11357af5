// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>

#include <span>

namespace chainrule {

/// Signed numbers as a picture to be laid over something dark: positive ones orange, negative ones blue, the
/// more opaque the larger.
struct SignMap {
    QImage image;
    double largest = 0.0; ///< magnitude, which has the full colour
};

/// `values` row by row, `columns` to a row; what is not finite leaves its place clear.
[[nodiscard]] SignMap signMap(std::span<const double> values, int columns);

} // namespace chainrule
