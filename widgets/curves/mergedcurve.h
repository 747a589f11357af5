// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace chainrule {

struct PlotPoint {
    double x = 0.0;
    double y = 0.0;
};

/// A curve of bounded size, however many points it is given: once `capacity` points are kept, of every four
/// neighbours the lowest and the highest stay, in their order, and from then on each kept pair stands for
/// twice as many given points. So the curve has no seam, and no spike loses its height.
class MergedCurve {
public:
    /// Rounded up to a multiple of four, at least 4.
    explicit MergedCurve(std::size_t capacity = 2000);

    /// Both finite; x not less than the x before.
    void append(double x, double y);
    void clear();
    [[nodiscard]] const std::vector<PlotPoint>& points() const { return m_points; }

private:
    void halve();

    std::vector<PlotPoint> m_points;
    std::size_t m_capacity;
    std::size_t m_stride = 1; ///< given points in each full pair; of 1, which is a single point
    std::size_t m_inLast = 0; ///< given points in the last pair
};

} // namespace chainrule
