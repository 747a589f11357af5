// SPDX-License-Identifier: GPL-3.0-or-later
// What GraphView paints besides the graph itself: its card, the overview map and the label at the mouse.
#include "widgets/graph/scene/graphview.h"

#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double mapMargin = 12.0;
constexpr double mapPadding = 4.0;
constexpr double cardCorner = 8.0;
constexpr std::size_t smallestMapped = 16; ///< items; smaller graphs are found without a map

} // namespace

QRectF GraphView::mapRect() const
{
    if (isEmpty() || m_layout.items.size() < smallestMapped || visibleArea().contains(m_layout.bounds))
        return {};
    const double unit = fontMetrics().height();
    const QSizeF room(std::min(11.0 * unit, width() * 0.3), std::min(8.0 * unit, height() * 0.3));
    const QSizeF bounds = m_layout.bounds.size();
    if (bounds.width() <= 0.0 || bounds.height() <= 0.0)
        return {};
    const double scale = std::min(room.width() / bounds.width(), room.height() / bounds.height());
    // Even a drawing like a thread gets a map that a mouse can hit.
    const QSizeF size(std::round(std::max(bounds.width() * scale, 1.5 * unit)),
                      std::round(std::max(bounds.height() * scale, 1.5 * unit)));
    return {mapMargin + mapPadding, height() - mapMargin - mapPadding - size.height(), size.width(),
            size.height()};
}

void GraphView::paintMap(QPainter& painter)
{
    const QRectF map = mapRect();
    if (map.isEmpty())
        return;
    const ThemeColors& c = themeColors(palette());
    const QRectF& bounds = m_layout.bounds;
    const double scaleX = map.width() / bounds.width();
    const double scaleY = map.height() / bounds.height();
    const double ratio = devicePixelRatioF();
    const QSize pixels = (map.size() * ratio).toSize();
    if (m_map.size() != pixels) {
        m_map = QPixmap(pixels);
        m_map.setDevicePixelRatio(ratio);
        m_map.fill(Qt::transparent);
        QPainter cards(&m_map);
        std::vector<QRectF> boxes;
        boxes.reserve(m_layout.items.size());
        for (const LayoutItem& item : m_layout.items) {
            if (item.frame)
                continue;
            const QPointF corner = item.rect.topLeft() - bounds.topLeft();
            boxes.emplace_back(corner.x() * scaleX, corner.y() * scaleY,
                               std::max(1.0, item.rect.width() * scaleX),
                               std::max(1.0, item.rect.height() * scaleY));
        }
        cards.setPen(Qt::NoPen);
        cards.setBrush(mix(c.panel, c.quietText, 0.55));
        cards.drawRects(boxes.data(), static_cast<int>(boxes.size()));
    }
    drawBox(&painter, map.adjusted(-mapPadding, -mapPadding, mapPadding, mapPadding), 6.0, c.panel, c.line);
    painter.drawPixmap(map.topLeft(), m_map);
    const QRectF area = visibleArea();
    QRectF shown(map.left() + (area.left() - bounds.left()) * scaleX,
                 map.top() + (area.top() - bounds.top()) * scaleY, std::max(4.0, area.width() * scaleX),
                 std::max(4.0, area.height() * scaleY));
    shown = shown.intersected(map.adjusted(-2.0, -2.0, 2.0, 2.0));
    QColor veil = c.accent;
    veil.setAlpha(40);
    drawBox(&painter, shown, 2.0, veil, c.accent, 1.5);
}

QRectF GraphView::hoverRect() const
{
    if (m_hoverText.isEmpty())
        return {};
    const QFontMetricsF metrics(font());
    const QRectF text = metrics.boundingRect(QRectF(0, 0, width() * 0.8, 1e4), Qt::AlignLeft, m_hoverText);
    const QString title = m_hoverText.section(QLatin1Char('\n'), 0, 0);
    const QSizeF size(std::ceil(text.width()) + emphasisExtra(title, font()) + 18.0,
                      std::ceil(text.height()) + 12.0);
    QPointF corner = m_hoverPoint + QPointF(14.0, 18.0);
    if (corner.x() + size.width() > width() - 4.0)
        corner.setX(m_hoverPoint.x() - 10.0 - size.width());
    if (corner.y() + size.height() > height() - 4.0)
        corner.setY(m_hoverPoint.y() - 10.0 - size.height());
    corner = {std::round(std::max(4.0, corner.x())), std::round(std::max(4.0, corner.y()))};
    return {corner, size};
}

void GraphView::paintHover(QPainter& painter) const
{
    if (m_hoverText.isEmpty() || m_drag == Drag::Pan)
        return;
    const ThemeColors& c = themeColors(palette());
    const QRectF rect = hoverRect();
    drawBox(&painter, rect, 6.0, c.panel, mix(c.line, c.text, 0.3));
    painter.setFont(font());
    painter.setPen(c.text);
    const QRectF inside = rect.adjusted(9.0, 6.0, -9.0, -6.0);
    const qsizetype first = m_hoverText.indexOf(QLatin1Char('\n'));
    if (first < 0) {
        painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, m_hoverText);
        return;
    }
    // The title stands out.
    const QFontMetricsF metrics(font());
    painter.setFont(emphasized(font()));
    painter.drawText(inside, Qt::AlignLeft | Qt::AlignTop, m_hoverText.left(first));
    painter.setFont(font());
    painter.setPen(c.quietText);
    painter.drawText(inside.adjusted(0.0, metrics.lineSpacing(), 0.0, 0.0), Qt::AlignLeft | Qt::AlignTop,
                     m_hoverText.mid(first + 1));
}

void GraphView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const ThemeColors& c = themeColors(palette());
    const QRectF card(rect());
    painter.setRenderHint(QPainter::Antialiasing);
    drawBox(&painter, card, cardCorner, c.panel, c.line);
    if (isEmpty()) {
        painter.setPen(c.quietText);
        painter.drawText(card.adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
    } else {
        painter.save();
        const QRectF inside = card.adjusted(1.0, 1.0, -1.0, -1.0);
        painter.setClipRect(inside, Qt::IntersectClip);
        const GraphScene what = scene();
        // Always the whole: detail depends on how much is in view, and must not differ from part to part.
        GraphPainter(what).paint(painter, inside);
        paintMap(painter);
        paintHover(painter);
        if (m_faded) {
            QColor veil = c.panel;
            veil.setAlphaF(0.6F);
            painter.fillRect(inside, veil);
        }
        painter.restore();
    }
    if (m_keyboardFocus)
        drawFocusRing(&painter, card, cardCorner, c.accent);
}

} // namespace chainrule
