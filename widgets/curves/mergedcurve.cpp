// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/mergedcurve.h"

#include <algorithm>

namespace chainrule {

MergedCurve::MergedCurve(std::size_t capacity)
    : m_capacity(std::max<std::size_t>(4, (capacity + 3) / 4 * 4))
{
}

void MergedCurve::append(double x, double y)
{
    if (m_inLast == m_stride) {
        if (m_points.size() == m_capacity)
            halve();
        m_inLast = 0;
    }
    if (++m_inLast <= 2) {
        m_points.push_back({x, y});
        return;
    }
    PlotPoint& last = m_points.back();
    PlotPoint& before = m_points[m_points.size() - 2];
    const bool lower = y < std::min(before.y, last.y);
    if (!lower && y <= std::max(before.y, last.y))
        return;
    if ((last.y > before.y) == lower)
        before = last;
    last = {x, y};
}

void MergedCurve::clear()
{
    m_points.clear();
    m_stride = 1;
    m_inLast = 0;
}

void MergedCurve::halve()
{
    auto kept = m_points.begin();
    for (auto group = m_points.begin(); group != m_points.end(); group += 4) {
        const auto [low, high] =
            std::minmax_element(group, group + 4, [](auto a, auto b) { return a.y < b.y; });
        const PlotPoint first = *std::min(low, high);
        *(kept + 1) = *std::max(low, high);
        *kept = first;
        kept += 2;
    }
    m_points.erase(kept, m_points.end());
    m_stride = m_stride == 1 ? 4 : 2 * m_stride;
}

} // namespace chainrule
