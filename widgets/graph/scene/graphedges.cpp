// SPDX-License-Identifier: GPL-3.0-or-later
// Edges and what is written on them.
#include "widgets/graph/scene/graphpainter.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"

#include <QPainter>
#include <QPainterPath>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr std::size_t mostSmoothLines = 260; ///< more are drawn without antialiasing, in one go
constexpr std::size_t mostSelectedLines = 120;
constexpr std::size_t mostLabelledLines = 80;
constexpr std::size_t mostCountedLines = 300;
constexpr std::size_t mostExportedLabels = 3000;

} // namespace

GraphPainter::EdgeLook GraphPainter::edgeLook(std::uint32_t edge) const
{
    if (static_cast<int>(edge) == m_scene.hoveredEdge)
        return EdgeLook::Hovered;
    const LayoutEdge& e = m_scene.layout->edges[edge];
    if (m_current != scalar::noNode && e.child == m_current)
        return EdgeLook::Step;
    if (m_scene.selectedItem != noItem && (e.from == m_scene.selectedItem || e.to == m_scene.selectedItem))
        return EdgeLook::Selected;
    if (!m_walking)
        return EdgeLook::Plain;
    switch (standingOf(m_scene.layout->items[e.to])) {
    case Standing::NotComputed:
    case Standing::NotVisited:
        return EdgeLook::Faded;
    case Standing::Visited:
    case Standing::Current:
        return m_backward ? EdgeLook::Lit : EdgeLook::Plain;
    case Standing::Plain:
        break;
    }
    return EdgeLook::Plain;
}

void GraphPainter::paintEdges(QPainter& painter)
{
    // The selected card's edges are drawn over the others, and with care only where they are few.
    const auto selected = static_cast<std::size_t>(std::ranges::count_if(
        m_lines, [this](const Line& line) { return edgeLook(line.edge) == EdgeLook::Selected; }));
    const bool manySelected = selected > mostSelectedLines && !m_scene.forExport;
    if (manySelected || (m_lines.size() > mostSmoothLines && !m_scene.forExport)) {
        paintManyLines(painter, manySelected ? EdgeLook::Selected : EdgeLook::Lit);
    } else {
        for (const auto look : {EdgeLook::Faded, EdgeLook::Plain, EdgeLook::Lit})
            paintLines(painter, look);
    }
    if (!manySelected)
        paintLines(painter, EdgeLook::Selected);
    for (const auto look : {EdgeLook::Step, EdgeLook::Hovered})
        paintLines(painter, look);
}

void GraphPainter::paintLines(QPainter& painter, EdgeLook look)
{
    const ThemeColors& c = m_scene.colors;
    const bool back = m_backward;
    QColor color = mix(c.panel, c.quietText, 0.85);
    double width = 1.3;
    switch (look) {
    case EdgeLook::Plain:
        break;
    case EdgeLook::Faded:
        color = mix(c.panel, c.quietText, 0.4);
        break;
    case EdgeLook::Lit:
        color = mix(c.panel, c.validation, 0.75);
        width = 1.5;
        break;
    case EdgeLook::Selected:
        color = c.accent;
        width = 1.8;
        break;
    case EdgeLook::Step:
        color = back ? c.validation : c.accent;
        width = 2.6;
        break;
    case EdgeLook::Hovered:
        color = c.text;
        width = 2.4;
        break;
    }
    const double scale = m_scene.forExport ? m_scene.zoom : std::clamp(m_scene.zoom, 0.5, 1.4);
    QPen pen(color, width * scale, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
    painter.setBrush(Qt::NoBrush);
    std::array<QPointF, 33> points;
    for (const Line& line : m_lines) {
        if (edgeLook(line.edge) != look)
            continue;
        const std::uint32_t uses = m_scene.layout->edges[line.edge].uses;
        pen.setWidthF((width + 0.45 * std::log2(static_cast<double>(std::max(1U, uses)))) * scale);
        painter.setPen(pen);
        const auto place = [this](QPointF point) { return (point - m_scene.origin) * m_scene.zoom; };
        const QPointF from = place(line.curve.from);
        const QPointF to = place(line.curve.to);
        if (line.first <= 0.0 && line.last >= 1.0) {
            const double middle = (from.x() + to.x()) / 2.0;
            QPainterPath path(from);
            path.cubicTo(QPointF(middle, from.y()), QPointF(middle, to.y()), to);
            painter.drawPath(path);
            continue;
        }
        const QPointF a = place(line.curve.at(line.first));
        const QPointF b = place(line.curve.at(line.last));
        const int count =
            std::clamp(static_cast<int>(std::hypot(b.x() - a.x(), b.y() - a.y()) / 12.0), 2, 32);
        for (int i = 0; i <= count; ++i)
            points[static_cast<std::size_t>(i)] =
                place(line.curve.at(line.first + (line.last - line.first) * i / count));
        painter.drawPolyline(points.data(), count + 1);
    }
}

void GraphPainter::paintManyLines(QPainter& painter, EdgeLook strongest)
{
    const ThemeColors& c = m_scene.colors;
    std::array<std::vector<QLineF>, 4> batches;
    for (const Line& line : m_lines) {
        const EdgeLook look = edgeLook(line.edge);
        if (look > strongest)
            continue;
        auto& batch = batches[static_cast<std::size_t>(look)];
        const auto place = [this, &line](double t) {
            return (line.curve.at(t) - m_scene.origin) * m_scene.zoom;
        };
        QPointF a = place(line.first);
        const QPointF end = place(line.last);
        const int count = std::clamp(
            static_cast<int>(std::max(std::abs(end.x() - a.x()), std::abs(end.y() - a.y())) / 14.0), 1, 10);
        for (int i = 1; i <= count; ++i) {
            const QPointF b = place(line.first + (line.last - line.first) * i / count);
            batch.emplace_back(a, b);
            a = b;
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    const double strength = m_thinned ? 0.28 : m_detail <= CardDetail::Box ? 0.35 : 0.5;
    const std::array<QColor, 4> colors{mix(c.panel, c.quietText, strength),
                                       mix(c.panel, c.quietText, strength * 0.6),
                                       mix(c.panel, c.validation, strength), mix(c.panel, c.accent, 0.7)};
    for (std::size_t i = 0; i < batches.size(); ++i) {
        if (batches[i].empty())
            continue;
        painter.setPen(QPen(colors[i], 0.0));
        painter.drawLines(batches[i].data(), static_cast<int>(batches[i].size()));
    }
    painter.setRenderHint(QPainter::Antialiasing);
}

QString GraphPainter::edgeLabel(const LayoutEdge& edge, double room, bool full) const
{
    if (edge.child == scalar::noNode || edge.uses > 1)
        return edge.uses > 1 ? QStringLiteral("×%1").arg(m_scene.locale.toString(edge.uses)) : QString();
    const auto& nodes = named().graph.nodes;
    if (m_walking && !scalar::isComputed(m_scene.content->walk, edge.child))
        return {};
    const auto slot = static_cast<std::size_t>(edge.slot);
    const scalar::NodeId parent = nodes[scalar::index(edge.child)].parents[slot];
    const QString value =
        valueText(scalar::localDerivatives(named().graph, edge.child)[slot], m_scene.locale, 4);
    const QString symbol = localDerivativeText(named(), edge.child, edge.slot, m_scene.locale);
    const QString equation =
        symbol == value || symbol.isEmpty() ? value : QStringLiteral("%1 = %2").arg(symbol, value);
    QStringList candidates;
    if (full)
        candidates << QStringLiteral("∂%1/∂%2 = %3")
                          .arg(nodeTitle(named(), edge.child, m_scene.locale),
                               nodeTitle(named(), parent, m_scene.locale), equation);
    candidates << equation << value;
    for (const QString& text : candidates) {
        if (m_labelMetrics.horizontalAdvance(text) <= room)
            return text;
    }
    return {};
}

void GraphPainter::paintLabels(QPainter& painter)
{
    if (m_scene.forExport && m_lines.size() > mostExportedLabels)
        return;
    const bool counts = m_detail >= CardDetail::Title && m_lines.size() <= mostCountedLines;
    const bool few = m_detail == CardDetail::Full && m_lines.size() <= mostLabelledLines;
    if (!counts && !m_scene.forExport)
        return;
    const ThemeColors& c = m_scene.colors;
    painter.setFont(m_labelFont);
    const double height = m_labelMetrics.height();
    for (const auto look : {EdgeLook::Step, EdgeLook::Hovered, EdgeLook::Selected, EdgeLook::Lit,
                            EdgeLook::Plain, EdgeLook::Faded}) {
        const bool strong = look >= EdgeLook::Selected;
        for (const Line& line : m_lines) {
            const LayoutEdge& edge = m_scene.layout->edges[line.edge];
            const QPointF end = m_scene.layout->points[edge.firstPoint + edge.pointCount - 1];
            // Once for each edge: on its last piece, in the gap before the card that it leads to.
            if (edgeLook(line.edge) != look || line.curve.to != end)
                continue;
            if (edge.uses == 1 && !few && !strong && !m_scene.forExport)
                continue;
            if (edge.uses == 1 && m_detail < CardDetail::Value)
                continue;
            const double start = std::max(line.curve.from.x(), line.curve.to.x() - m_scene.metrics.columnGap);
            const double room = px(line.curve.to.x() - start) - 10.0;
            const QString text = edgeLabel(edge, room, strong && look != EdgeLook::Hovered);
            if (text.isEmpty())
                continue;
            const double width = m_labelMetrics.horizontalAdvance(text);
            const double x = (start + line.curve.to.x()) / 2.0;
            const QPointF middle = (QPointF(x, line.curve.heightAt(x)) - m_scene.origin) * m_scene.zoom;
            QRectF rect(middle.x() - width / 2.0 - 3.0, middle.y() - height / 2.0, width + 6.0, height);
            const auto taken = [&](const QRectF& wanted) {
                return std::any_of(m_labels.begin(), m_labels.end(),
                                   [&](const QRectF& other) { return other.intersects(wanted); });
            };
            if (taken(rect)) {
                const QRectF above = rect.translated(0.0, -height * 0.9);
                const QRectF below = rect.translated(0.0, height * 0.9);
                if (taken(below) && taken(above) && !strong)
                    continue;
                rect = taken(below) ? above : below;
            }
            m_labels.push_back(rect);
            QColor backing = c.panel;
            backing.setAlpha(235);
            painter.setPen(Qt::NoPen);
            painter.setBrush(backing);
            painter.drawRoundedRect(rect.adjusted(0.0, 1.0, 0.0, -1.0), 3.0, 3.0);
            painter.setPen(look == EdgeLook::Step       ? (m_backward ? c.validationText : c.accent)
                           : look == EdgeLook::Selected ? c.accent
                           : look == EdgeLook::Hovered  ? c.text
                           : look == EdgeLook::Faded    ? mix(c.panel, c.quietText, 0.6)
                                                        : c.quietText);
            painter.drawText(QPointF(rect.left() + 3.0, rect.center().y() + m_labelMetrics.ascent() / 2.0 -
                                                            m_labelMetrics.descent() / 2.0),
                             text);
        }
    }
}

} // namespace chainrule
