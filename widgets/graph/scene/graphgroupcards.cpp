// SPDX-License-Identifier: GPL-3.0-or-later
// Cards of closed groups.
#include "widgets/graph/scene/graphpainter.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int digits = 6;
constexpr int fewerDigits = 3;

QString dash()
{
    return QString(QChar(0x2013));
}

} // namespace

void GraphPainter::paintGroup(QPainter& painter, const QRectF& rect, const LayoutItem& item,
                              const CardLook& look)
{
    const ThemeColors& c = m_scene.colors;
    const auto which = static_cast<std::size_t>(item.group);
    const scalar::Group& group = named().groups[which];
    const double pad = px(m_unit * 0.72);
    const double top = rect.top() + px(m_unit * 0.5);
    const double step = (rect.height() - px(m_unit * 1.0)) / 4.0;
    const auto baseline = [&](int line, const QFontMetricsF& metrics) {
        return top + step * (line + 0.5) + (metrics.ascent() - metrics.descent()) / 2.0;
    };

    const double high = px(m_unit * 1.42);
    const double inset = px(m_unit * 0.42);
    const QRectF badge(rect.right() - inset - high, rect.top() + inset, high, high);
    painter.setPen(Qt::NoPen);
    painter.setBrush(look.badge);
    painter.drawEllipse(badge);
    const double signInset = high * 0.12;
    paintToggle(painter, badge.adjusted(signInset, signInset, -signInset, -signInset), true, look.sign);

    painter.setFont(m_titleFont);
    painter.setPen(look.text);
    const QString title = groupTitle(named(), item.group);
    drawTitle(painter, QPointF(rect.left() + pad, baseline(0, m_titleMetrics)), title,
              badge.left() - rect.left() - pad - px(4.0));

    double left = rect.left() + pad;
    const auto& pictures = m_scene.content->pictures;
    const bool pictured = which < pictures.size() && !pictures[which].isNull();
    if (pictured) {
        const double room = 3.0 * step - px(2.0);
        const QImage& image = pictures[which];
        QSizeF size(image.size());
        const double scale = room / std::max(size.width(), size.height());
        size *= scale;
        QRectF place(QPointF(left, top + step + px(1.0)), size);
        if (!m_scene.forExport)
            place = snapped(&painter, place);
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(place, image);
        painter.setPen(QPen(c.line, std::max(1.0, px(1.0))));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(place);
        left = place.right() + px(m_unit * 0.6);
    }
    const double room = rect.right() - pad - left;
    painter.setFont(m_smallFont);
    painter.setPen(look.quiet);
    const std::size_t count = item.group < static_cast<int>(m_scene.index->groupSizes().size())
                                  ? m_scene.index->groupSizes()[which]
                                  : 0;
    const auto line = [&](int at, const QString& text) {
        painter.drawText(QPointF(left, baseline(at, m_smallMetrics)),
                         m_smallMetrics.elidedText(text, Qt::ElideRight, room));
    };
    line(1, tr("%Ln node(s)", nullptr, static_cast<int>(count)));
    const bool computed = look.standing != Standing::NotComputed;
    if (group.outputs.size() == 1) {
        const scalar::Node& output = named().graph.nodes[scalar::index(group.outputs.front())];
        const auto fitted = [&](double value) {
            return computed ? valueText(value, m_scene.locale, pictured ? fewerDigits : digits) : dash();
        };
        paintPair(painter, QPointF(left, baseline(2, m_smallMetrics)), tr("value"), fitted(output.data),
                  look.quiet, look.text, room);
        paintPair(painter, QPointF(left, baseline(3, m_smallMetrics)), tr("grad"), fitted(output.grad),
                  look.quiet, computed ? look.gradient : look.quiet, room);
        return;
    }
    line(2, tr("%Ln output(s)", nullptr, static_cast<int>(group.outputs.size())));
    if (computed && !pictured)
        paintStrip(painter, QRectF(left, top + 3.0 * step + step * 0.15, room, step * 0.7), group);
}

/// Long titles are set smaller before they are cut.
void GraphPainter::drawTitle(QPainter& painter, QPointF at, const QString& title, double room)
{
    constexpr double smallest = 0.72;
    const double fit = room / std::max(1.0, m_titleMetrics.horizontalAdvance(title) + 1.0);
    const QFont font = fit < 1.0 ? scaledFont(m_titleFont, std::max(smallest, fit)) : m_titleFont;
    painter.setFont(font);
    painter.drawText(at, QFontMetricsF(font).elidedText(title, Qt::ElideRight, room));
}

void GraphPainter::paintGroupSmall(QPainter& painter, const QRectF& rect, int which, const QString& title,
                                   const CardLook& look)
{
    const double line = m_titleMetrics.height();
    painter.setPen(look.text);
    drawTitle(painter, QPointF(rect.left(), rect.top() + rect.height() * 0.08 + m_titleMetrics.ascent()),
              title, rect.width());
    if (look.standing == Standing::NotComputed)
        return;
    const double top = rect.top() + rect.height() * 0.14 + line;
    const QRectF room(rect.left(), top, rect.width(), rect.bottom() - rect.height() * 0.1 - top);
    const auto& pictures = m_scene.content->pictures;
    const auto i = static_cast<std::size_t>(which);
    if (i < pictures.size() && !pictures[i].isNull()) {
        const QSizeF size = QSizeF(pictures[i].size()).scaled(room.size(), Qt::KeepAspectRatio);
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(QRectF(room.topLeft(), size), pictures[i]);
    } else {
        paintStrip(painter, room, named().groups[i]);
    }
}

void GraphPainter::paintStrip(QPainter& painter, const QRectF& rect, const scalar::Group& group)
{
    const ThemeColors& c = m_scene.colors;
    const auto& nodes = named().graph.nodes;
    const std::size_t count = group.outputs.size();
    if (count == 0 || rect.width() < 2.0)
        return;
    double largest = 0.0;
    for (const scalar::NodeId output : group.outputs) {
        const double size = std::abs(nodes[scalar::index(output)].data);
        if (std::isfinite(size) && scalar::isComputed(m_scene.content->walk, output))
            largest = std::max(largest, size);
    }
    const double narrowest = std::max(2.0, px(3.0));
    const auto cells = std::min(count, static_cast<std::size_t>(rect.width() / narrowest) + 1);
    const double cell = std::min(rect.width() / static_cast<double>(cells), rect.height() * 1.6);
    const double gap = cell > 4.0 ? std::max(1.0, cell * 0.1) : 0.0;
    // Positive cells stand on the middle line, negative ones hang from it: colour is not all that tells.
    const double middle = rect.center().y();
    for (std::size_t i = 0; i < cells; ++i) {
        double value = 0.0;
        for (std::size_t o = i * count / cells; o < (i + 1) * count / cells; ++o) {
            if (!scalar::isComputed(m_scene.content->walk, group.outputs[o]))
                continue;
            const double other = nodes[scalar::index(group.outputs[o])].data;
            if (std::abs(other) > std::abs(value))
                value = other;
        }
        const double share = largest > 0.0 ? std::min(1.0, std::abs(value) / largest) : 0.0;
        const double left = rect.left() + cell * static_cast<double>(i);
        const QColor color = mix(c.line, value < 0.0 ? c.accent : c.validation, share);
        const double height = value == 0.0 ? std::max(1.0, px(1.0)) : rect.height() / 2.0;
        const double start = value > 0.0 ? middle - height : middle;
        painter.fillRect(QRectF(left, start, cell - gap, height), color);
    }
}

} // namespace chainrule
