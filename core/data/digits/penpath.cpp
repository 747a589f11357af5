// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/penpath.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace chainrule {

void addCurve(PenPath& path, std::span<const PenPoint> through, bool penLifted)
{
    assert(through.size() >= 2);
    if (penLifted)
        path.add(through[0], true);
    const std::size_t last = through.size() - 1;
    const auto knotStep = [&](std::size_t i) {
        const float dx = through[i + 1].x - through[i].x;
        const float dy = through[i + 1].y - through[i].y;
        return std::sqrt(std::sqrt(dx * dx + dy * dy)) + 0.01F;
    };
    const auto slope = [&](std::size_t i, float step) {
        return PenPoint{(through[i + 1].x - through[i].x) / step, (through[i + 1].y - through[i].y) / step};
    };
    float step = knotStep(0);
    PenPoint chord = slope(0, step);
    PenPoint tangent = chord;
    if (last > 1) {
        // The end's tangent is that of the parabola through the first three points.
        const float next = knotStep(1);
        const PenPoint nextChord = slope(1, next);
        const float share = step / (step + next);
        tangent = {chord.x + (chord.x - nextChord.x) * share, chord.y + (chord.y - nextChord.y) * share};
    }
    for (std::size_t i = 0; i < last; ++i) {
        PenPoint nextTangent = {2.0F * chord.x - tangent.x, 2.0F * chord.y - tangent.y};
        PenPoint nextChord = chord;
        float nextStep = step;
        if (i + 1 < last) {
            nextStep = knotStep(i + 1);
            nextChord = slope(i + 1, nextStep);
            const float share = step / (step + nextStep);
            nextTangent = {chord.x + (nextChord.x - chord.x) * share,
                           chord.y + (nextChord.y - chord.y) * share};
        }
        // The knots' step is the square root of the chord's length, of which nine units make a piece.
        const int pieces = std::clamp(static_cast<int>(step * step * (1.0F / 9.0F)) + 1, 2, 9);
        const PenPoint from = through[i];
        const PenPoint to = through[i + 1];
        for (int piece = 1; piece <= pieces; ++piece) {
            const float t = static_cast<float>(piece) / static_cast<float>(pieces);
            const float rest = 1.0F - t;
            const float a = rest * rest * (1.0F + 2.0F * t);
            const float b = rest * rest * t * step;
            const float c = t * t * (3.0F - 2.0F * t);
            const float d = -t * t * rest * step;
            path.add({a * from.x + b * tangent.x + c * to.x + d * nextTangent.x,
                      a * from.y + b * tangent.y + c * to.y + d * nextTangent.y},
                     false);
        }
        step = nextStep;
        chord = nextChord;
        tangent = nextTangent;
    }
}

} // namespace chainrule
