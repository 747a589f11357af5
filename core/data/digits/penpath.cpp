// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/penpath.h"

#include "core/data/ink/spline.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

void addCurve(PenPath& path, std::span<const PenPoint> through, bool penLifted)
{
    if (penLifted)
        path.add(through[0], true);
    const auto knotStep = [&](std::size_t i) {
        const float dx = through[i + 1].x - through[i].x;
        const float dy = through[i + 1].y - through[i].y;
        return std::sqrt(std::sqrt(dx * dx + dy * dy)) + 0.01F;
    };
    const auto pieces = [](std::size_t, float step) {
        return std::clamp(static_cast<int>(step * step * (1.0F / 9.0F)) + 1, 2, 9);
    };
    followSpline(through, knotStep, pieces, [&](PenPoint vertex, std::size_t) { path.add(vertex, false); });
}

} // namespace chainrule
