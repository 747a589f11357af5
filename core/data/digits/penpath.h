// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace chainrule {

/// A place on the paper: x to the right, y downwards.
struct PenPoint {
    float x = 0.0F;
    float y = 0.0F;
};

/// The pen's path as a polyline with the pen's radius at each vertex; of fixed capacity, so that drawing a
/// digit allocates nothing.
struct PenPath {
    static constexpr std::size_t capacity = 256;
    std::array<PenPoint, capacity> points;
    std::array<float, capacity> radii;
    std::array<bool, capacity> lifted; ///< no ink between this vertex and the one before
    std::size_t size = 0;

    /// Adds a vertex; one beyond the capacity is left out.
    void add(PenPoint point, bool penLifted)
    {
        if (size == capacity)
            return;
        points[size] = point;
        lifted[size] = penLifted;
        ++size;
    }
};

/// Adds the curve through at least two points to the path in pieces of about nine units: followSpline(). Its
/// first point begins a stroke if `penLifted`; otherwise the path already ends there. Radii are left to the
/// caller.
void addCurve(PenPath& path, std::span<const PenPoint> through, bool penLifted);

} // namespace chainrule
