// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace chainrule {

struct PlotPoint {
    double x = 0.0;
    double y = 0.0;
};

/// A curve of bounded size, however many points it is given: once `capacity` points are kept, neighbours are
/// merged pairwise into their mean, and from then on every kept point stands for twice as many given ones.
/// Each kept point but the last is the mean of equally many given points, so that the curve has no seam.
class MergedCurve {
public:
    /// An odd capacity is rounded up; 0 counts as 2.
    explicit MergedCurve(std::size_t capacity = 2000);

    /// Both finite; x not less than the x before.
    void append(double x, double y);
    void clear();
    [[nodiscard]] const std::vector<PlotPoint>& points() const { return m_points; }

private:
    void mergePairs();

    std::vector<PlotPoint> m_points;
    std::size_t m_capacity;
    std::size_t m_stride = 1; ///< given points in each full kept point
    std::size_t m_inLast = 0; ///< given points in the last kept point
};

} // namespace chainrule
