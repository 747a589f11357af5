// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <span>

namespace chainrule {

/// Hands over the vertices of the smooth curve through at least two points, all but the first of them: a
/// Catmull-Rom spline with centripetal knots (Yuksel, Schaefer, Keyser, "Parameterization and applications of
/// Catmull-Rom curves", 2011), which makes no cusps or loops where points lie close together. At its ends it
/// has the tangent of the parabola through the outermost three points; through two points it is straight.
///
/// `Point` has x and y of one type. `knotStep(i)` is the distance (> 0) of the knots of points i and i + 1,
/// the root of the chord's length; `pieces(i, knotStep)` says in how many pieces that chord's curve is cut;
/// `take(vertex, i)` receives each piece's end.
template <typename Point, typename KnotStep, typename Pieces, typename Take>
void followSpline(std::span<const Point> through, const KnotStep& knotStep, const Pieces& pieces,
                  const Take& take)
{
    using Real = decltype(Point::x);
    assert(through.size() >= 2);
    const std::size_t last = through.size() - 1;
    // Slopes are in the knots' measure.
    const auto slope = [&](std::size_t i, Real step) {
        return Point{(through[i + 1].x - through[i].x) / step, (through[i + 1].y - through[i].y) / step};
    };
    Real step = knotStep(0);
    Point chord = slope(0, step);
    Point tangent = chord;
    if (last > 1) {
        const Real next = knotStep(1);
        const Point nextChord = slope(1, next);
        const Real share = step / (step + next);
        tangent = {chord.x + (chord.x - nextChord.x) * share, chord.y + (chord.y - nextChord.y) * share};
    }
    for (std::size_t i = 0; i < last; ++i) {
        Point nextTangent{Real(2) * chord.x - tangent.x, Real(2) * chord.y - tangent.y};
        Point nextChord = chord;
        Real nextStep = step;
        if (i + 1 < last) {
            nextStep = knotStep(i + 1);
            nextChord = slope(i + 1, nextStep);
            const Real share = step / (step + nextStep);
            nextTangent = {chord.x + (nextChord.x - chord.x) * share,
                           chord.y + (nextChord.y - chord.y) * share};
        }
        const Point from = through[i];
        const Point to = through[i + 1];
        const int count = pieces(i, step);
        for (int piece = 1; piece <= count; ++piece) {
            const Real t = static_cast<Real>(piece) / static_cast<Real>(count);
            const Real rest = Real(1) - t;
            const Real a = rest * rest * (Real(1) + Real(2) * t);
            const Real b = rest * rest * t * step;
            const Real c = t * t * (Real(3) - Real(2) * t);
            const Real d = -t * t * rest * step;
            take(Point{a * from.x + b * tangent.x + c * to.x + d * nextTangent.x,
                       a * from.y + b * tangent.y + c * to.y + d * nextTangent.y},
                 i);
        }
        step = nextStep;
        chord = nextChord;
        tangent = nextTangent;
    }
}

} // namespace chainrule
