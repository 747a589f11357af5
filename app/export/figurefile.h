// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/export/figures.h"

#include "core/base/result.h"

#include <QImage>

namespace chainrule {

inline constexpr int printDotsPerInch = 300;

/// What a file chooser offers: SVG, PDF, PNG.
[[nodiscard]] QString figureFileFilter();

/// The figure in pixels; null where there is not enough memory. Needs a QGuiApplication, as every text does
/// that is painted.
[[nodiscard]] QImage imageOf(const Figure& figure, int dotsPerInch = printDotsPerInch);

/// Writes the figure as the suffix says: svg, pdf (one page of its size) or png (300 dots an inch).
Result<void> saveFigure(const Figure& figure, const QString& path);

} // namespace chainrule
