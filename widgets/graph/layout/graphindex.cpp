// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphindex.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double finestCell = 128.0;

/// x(t) of a curve from 0 to 1 whose handles are in the middle; its slope is never below 3/4.
double across(double t)
{
    return 1.5 * t * (1.0 - t) + t * t * t;
}

double up(double t)
{
    return t * t * (3.0 - 2.0 * t);
}

double inverseAcross(double x)
{
    double t = x;
    for (int i = 0; i < 4; ++i)
        t -= (across(t) - x) / (1.5 - 3.0 * t + 3.0 * t * t);
    return std::clamp(t, 0.0, 1.0);
}

double inverseUp(double y)
{
    // The closed form of the cubic that has its turning points at 0 and 1.
    return 0.5 - std::sin(std::asin(std::clamp(1.0 - 2.0 * y, -1.0, 1.0)) / 3.0);
}

/// Between which t a coordinate that goes from `start` to `end` may lie between low and high.
template <typename Inverse>
bool partBetween(double start, double end, double low, double high, Inverse inverse, double& first,
                 double& last)
{
    if (std::max(start, end) < low || std::min(start, end) > high)
        return false;
    const double size = end - start;
    if (std::abs(size) < 1e-9)
        return true;
    if (size < 0.0)
        std::swap(low, high);
    const double a = (low - start) / size;
    const double b = (high - start) / size;
    if (a > 0.0)
        first = inverse(std::min(a, 1.0));
    if (b < 1.0)
        last = inverse(std::max(b, 0.0));
    return true;
}

QRectF boxOf(const EdgeCurve& curve)
{
    return QRectF(curve.from, curve.to).normalized();
}

/// For each of `count` keys where its entries begin in `order`, which is sorted by key and then as it was.
template <typename Key>
void group(std::size_t count, std::size_t entries, std::vector<std::uint32_t>& order,
           std::vector<std::uint32_t>& starts, Key key)
{
    starts.assign(count + 1, 0);
    for (std::size_t i = 0; i < entries; ++i)
        ++starts[key(i) + 1];
    for (std::size_t i = 0; i < count; ++i)
        starts[i + 1] += starts[i];
    std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
    order.resize(entries);
    for (std::size_t i = 0; i < entries; ++i)
        order[next[key(i)]++] = static_cast<std::uint32_t>(i);
}

} // namespace

QPointF EdgeCurve::at(double t) const
{
    return {from.x() + (to.x() - from.x()) * across(t), from.y() + (to.y() - from.y()) * up(t)};
}

double EdgeCurve::heightAt(double x) const
{
    const double width = to.x() - from.x();
    if (width <= 0.0)
        return (from.y() + to.y()) / 2.0;
    return at(inverseAcross(std::clamp((x - from.x()) / width, 0.0, 1.0))).y();
}

bool EdgeCurve::clip(const QRectF& rect, double& first, double& last) const
{
    double firstX = 0.0;
    double lastX = 1.0;
    double firstY = 0.0;
    double lastY = 1.0;
    if (!partBetween(from.x(), to.x(), rect.left(), rect.right(), inverseAcross, firstX, lastX) ||
        !partBetween(from.y(), to.y(), rect.top(), rect.bottom(), inverseUp, firstY, lastY))
        return false;
    first = std::max(firstX, firstY);
    last = std::min(lastX, lastY);
    return first <= last;
}

void BoxPyramid::build(std::span<const QRectF> boxes)
{
    m_levels.clear();
    m_starts.clear();
    m_order.clear();
    if (boxes.empty())
        return;
    double left = boxes[0].left();
    double top = boxes[0].top();
    double right = boxes[0].right();
    double bottom = boxes[0].bottom();
    for (const QRectF& box : boxes) {
        left = std::min(left, box.left());
        top = std::min(top, box.top());
        right = std::max(right, box.right());
        bottom = std::max(bottom, box.bottom());
    }
    m_corner = {left, top};
    const double width = std::max(1.0, right - left);
    const double height = std::max(1.0, bottom - top);
    // About as many cells as boxes, so that building stays linear however sparse the drawing is.
    const double fair = std::sqrt(width * height / static_cast<double>(boxes.size()));
    double cell = std::max({finestCell, fair, width / 1e4, height / 1e4});
    std::size_t cells = 0;
    for (;; cell *= 2.0) {
        Level level;
        level.cell = cell;
        level.columns = static_cast<int>(width / cell) + 1;
        level.rows = static_cast<int>(height / cell) + 1;
        level.firstCell = cells;
        cells += static_cast<std::size_t>(level.columns) * static_cast<std::size_t>(level.rows) + 1;
        m_levels.push_back(level);
        if (cell >= std::max(width, height))
            break;
    }
    std::vector<std::uint32_t> cellOfBox(boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i)
        cellOfBox[i] = static_cast<std::uint32_t>(cellOf(boxes[i]));
    group(cells, boxes.size(), m_order, m_starts, [&](std::size_t i) { return cellOfBox[i]; });
    for (Level& level : m_levels) {
        const std::size_t count =
            static_cast<std::size_t>(level.columns) * static_cast<std::size_t>(level.rows);
        level.used = m_starts[level.firstCell] < m_starts[level.firstCell + count];
    }
}

std::size_t BoxPyramid::cellOf(const QRectF& box) const
{
    const double size = std::max(box.width(), box.height());
    std::size_t i = 0;
    while (i + 1 < m_levels.size() && m_levels[i].cell < size)
        ++i;
    const Level& level = m_levels[i];
    const QPointF middle = box.center() - m_corner;
    const int column = std::clamp(static_cast<int>(middle.x() / level.cell), 0, level.columns - 1);
    const int row = std::clamp(static_cast<int>(middle.y() / level.cell), 0, level.rows - 1);
    return level.firstCell + static_cast<std::size_t>(row) * static_cast<std::size_t>(level.columns) +
           static_cast<std::size_t>(column);
}

std::size_t BoxPyramid::countNear(const QRectF& rect) const
{
    std::size_t count = 0;
    forEachRun(rect, [&](std::uint32_t first, std::uint32_t last) { count += last - first; });
    return count;
}

void GraphIndex::build(const GraphLayout& layout, const scalar::NamedGraph& named)
{
    const std::size_t groups = named.groups.size();
    m_groupSizes.assign(groups, 0);
    for (const int inner : named.groupOf) {
        if (inner >= 0)
            ++m_groupSizes[static_cast<std::size_t>(inner)];
    }
    for (std::size_t i = groups; i-- > 0;) {
        if (named.groups[i].parent >= 0)
            m_groupSizes[static_cast<std::size_t>(named.groups[i].parent)] += m_groupSizes[i];
    }
    m_layout = &layout;
    m_cardItems.clear();
    m_frames.clear();
    m_groupItems.assign(groups, noItem);
    std::vector<QRectF> boxes;
    boxes.reserve(layout.items.size());
    for (std::uint32_t i = 0; i < layout.items.size(); ++i) {
        const LayoutItem& item = layout.items[i];
        if (item.group >= 0 && static_cast<std::size_t>(item.group) < groups)
            m_groupItems[static_cast<std::size_t>(item.group)] = i;
        if (item.frame) {
            m_frames.push_back(i);
        } else {
            m_cardItems.push_back(i);
            boxes.push_back(item.rect);
        }
    }
    m_cards.build(boxes);

    boxes.clear();
    m_pieceEdges.clear();
    m_piecePoints.clear();
    for (std::uint32_t i = 0; i < layout.edges.size(); ++i) {
        const LayoutEdge& edge = layout.edges[i];
        for (std::uint32_t p = 0; p + 1 < edge.pointCount; ++p) {
            m_pieceEdges.push_back(i);
            m_piecePoints.push_back(edge.firstPoint + p);
            boxes.push_back(
                boxOf({layout.points[edge.firstPoint + p], layout.points[edge.firstPoint + p + 1]}));
        }
    }
    m_pieces.build(boxes);

    const auto& edges = layout.edges;
    group(layout.items.size(), edges.size(), m_into, m_intoStarts,
          [&](std::size_t i) { return edges[i].to; });
    group(layout.items.size(), edges.size(), m_from, m_fromStarts,
          [&](std::size_t i) { return edges[i].from; });
    for (std::size_t i = 0; i < layout.items.size(); ++i) {
        const auto run = [i](std::vector<std::uint32_t>& order, const std::vector<std::uint32_t>& starts) {
            return std::span(order.begin() + starts[i], order.begin() + starts[i + 1]);
        };
        const auto into = run(m_into, m_intoStarts);
        std::stable_sort(into.begin(), into.end(), [&](std::uint32_t a, std::uint32_t b) {
            if (edges[a].slot != edges[b].slot)
                return edges[a].slot < edges[b].slot;
            return layout.items[edges[a].from].rect.top() < layout.items[edges[b].from].rect.top();
        });
        const auto from = run(m_from, m_fromStarts);
        std::stable_sort(from.begin(), from.end(), [&](std::uint32_t a, std::uint32_t b) {
            return layout.items[edges[a].to].rect.top() < layout.items[edges[b].to].rect.top();
        });
    }
}

EdgeCurve GraphIndex::curve(std::uint32_t piece) const
{
    const std::uint32_t point = m_piecePoints[piece];
    return {m_layout->points[point], m_layout->points[point + 1]};
}

std::span<const std::uint32_t> GraphIndex::edgesInto(std::uint32_t item) const
{
    return std::span(m_into.begin() + m_intoStarts[item], m_into.begin() + m_intoStarts[item + 1]);
}

std::span<const std::uint32_t> GraphIndex::edgesFrom(std::uint32_t item) const
{
    return std::span(m_from.begin() + m_fromStarts[item], m_from.begin() + m_fromStarts[item + 1]);
}

std::uint32_t GraphIndex::itemOfGroup(int group) const
{
    return group < 0 || static_cast<std::size_t>(group) >= m_groupItems.size()
               ? noItem
               : m_groupItems[static_cast<std::size_t>(group)];
}

std::uint32_t GraphIndex::itemAt(QPointF point) const
{
    std::uint32_t found = noItem;
    m_cards.forEachNear(QRectF(point, QSizeF(0, 0)), [&](std::uint32_t i) {
        if (m_layout->items[m_cardItems[i]].rect.contains(point))
            found = m_cardItems[i];
    });
    if (found != noItem)
        return found;
    for (const std::uint32_t frame : m_frames) {
        if (m_layout->items[frame].rect.contains(point))
            found = frame; // what lies in a frame comes after it
    }
    return found;
}

int GraphIndex::edgeAt(QPointF point, double reach) const
{
    int found = noEdge;
    double nearest = reach;
    const QRectF around(point.x() - reach, point.y() - reach, 2.0 * reach, 2.0 * reach);
    m_pieces.forEachNear(around, [&](std::uint32_t piece) {
        const EdgeCurve edge = curve(piece);
        double first = 0.0;
        double last = 1.0;
        if (!edge.clip(around, first, last))
            return;
        constexpr int steps = 8;
        QPointF a = edge.at(first);
        for (int i = 1; i <= steps; ++i) {
            const QPointF b = edge.at(first + (last - first) * i / steps);
            const QPointF along = b - a;
            const double length = QPointF::dotProduct(along, along);
            const double share =
                length > 0.0 ? std::clamp(QPointF::dotProduct(point - a, along) / length, 0.0, 1.0) : 0.0;
            const QPointF off = point - (a + share * along);
            const double distance = std::sqrt(QPointF::dotProduct(off, off));
            if (distance < nearest) {
                nearest = distance;
                found = static_cast<int>(m_pieceEdges[piece]);
            }
            a = b;
        }
    });
    return found;
}

} // namespace chainrule
