// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/digits/penpath.h"

#include <array>

namespace chainrule {

inline constexpr int inkSide = 20; ///< of MNIST's box around a digit, in pixels
inline constexpr int inkLanes =
    8; ///< pixels computed together, of which the rightmost may lie outside the box
inline constexpr int inkCanvasWidth = inkSide + inkLanes;

/// 20 rows, each of 20 pixels and room for those that are computed along with them.
using InkCanvas = std::array<float, inkSide * inkCanvasWidth>;

/// How far from its centre a pen of this radius leaves ink, where the edge from ink to paper is `softness`
/// wide; all in pixels.
[[nodiscard]] float inkReach(float radius, float softness);

/// Lays the strokes on the canvas, whose pixels the path's coordinates and radii are in: each pixel becomes
/// the depth inside the nearest piece's edge, as deepen() measures it. Far from every stroke it is about -4.
void drawInk(const PenPath& path, float softness, InkCanvas& canvas);

} // namespace chainrule
