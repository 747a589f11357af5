// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mergedcurve.h"

#include <algorithm>

namespace chainrule {

MergedCurve::MergedCurve(std::size_t capacity)
    : m_capacity(std::max<std::size_t>(2, capacity + capacity % 2))
{
}

void MergedCurve::append(double x, double y)
{
    if (m_points.empty() || m_inLast == m_stride) {
        if (m_points.size() == m_capacity)
            mergePairs();
        m_points.push_back({x, y});
        m_inLast = 1;
        return;
    }
    ++m_inLast;
    PlotPoint& last = m_points.back();
    last.x += (x - last.x) / static_cast<double>(m_inLast);
    last.y += (y - last.y) / static_cast<double>(m_inLast);
}

void MergedCurve::clear()
{
    m_points.clear();
    m_stride = 1;
    m_inLast = 0;
}

void MergedCurve::mergePairs()
{
    const std::size_t half = m_points.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
        const PlotPoint a = m_points[2 * i];
        const PlotPoint b = m_points[2 * i + 1];
        m_points[i] = {a.x / 2.0 + b.x / 2.0, a.y / 2.0 + b.y / 2.0};
    }
    m_points.resize(half);
    m_stride *= 2;
}

} // namespace chainrule
