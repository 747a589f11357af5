// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// A straight piece of a pen's path from (0, 0) to (dx, dy) whose radius grows from `radius` at its beginning
/// by `growth`; all in pixels.
struct PenPiece {
    float dx, dy;
    float perLength2; ///< 1 / (dx^2 + dy^2); for a single point anything finite
    float radius;     ///< > 0 all along
    float growth;
    float perDiameter; ///< 1 / (2 radius + growth)
};

/// How deep the centres of `count` pixels of a row, the first of which is at (x, y) from the piece's
/// beginning, lie inside its edge, in pixels, approximated without a root: (radius^2 - distance^2) / (2
/// radius), exact at the edge. Raises each of `depths` to it.
inline void deepen(float* depths, int count, float x, float y, const PenPiece& piece)
{
    for (int i = 0; i < count; ++i) {
        const float px = x + static_cast<float>(i);
        float along = (px * piece.dx + y * piece.dy) * piece.perLength2;
        along = along < 0.0F ? 0.0F : along;
        along = along > 1.0F ? 1.0F : along;
        const float ex = px - along * piece.dx;
        const float ey = y - along * piece.dy;
        const float here = piece.radius + along * piece.growth;
        const float depth = (here * here - ex * ex - ey * ey) * piece.perDiameter;
        depths[i] = depth > depths[i] ? depth : depths[i];
    }
}

} // namespace chainrule
