// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/penink.h"

#include "core/data/ink/penpiece.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

float inkReach(float radius, float softness)
{
    return std::sqrt(radius * radius + radius * softness);
}

void drawInk(const PenPath& path, float softness, InkCanvas& canvas)
{
    canvas.fill(-4.0F);
    for (std::size_t i = 1; i < path.size; ++i) {
        if (path.lifted[i])
            continue;
        const PenPoint a = path.points[i - 1];
        const PenPoint b = path.points[i];
        const float radius = 0.5F * (path.radii[i - 1] + path.radii[i]);
        const float r = inkReach(radius, softness);
        const float dx = b.x - a.x;
        const float dy = b.y - a.y;
        const PenPiece piece{dx, dy, 1.0F / (dx * dx + dy * dy + 1e-6F), radius, 0.0F, 0.5F / radius};
        const int left = std::clamp(static_cast<int>(std::min(a.x, b.x) - r), 0, inkSide - 1);
        const int right = std::clamp(static_cast<int>(std::max(a.x, b.x) + r), left, inkSide - 1);
        const int top = std::clamp(static_cast<int>(std::min(a.y, b.y) - r), 0, inkSide - 1);
        const int bottom = std::clamp(static_cast<int>(std::max(a.y, b.y) + r), top, inkSide - 1);
        for (int row = top; row <= bottom; ++row) {
            const float py = static_cast<float>(row) + 0.5F - a.y;
            for (int column = left; column <= right; column += inkLanes)
                deepen(canvas.data() + row * inkCanvasWidth + column, inkLanes,
                       static_cast<float>(column) + 0.5F - a.x, py, piece);
        }
    }
}

} // namespace chainrule
