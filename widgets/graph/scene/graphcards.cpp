// SPDX-License-Identifier: GPL-3.0-or-later
// Cards: what all have in common, those of nodes, and small ones.
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

GraphPainter::Standing GraphPainter::standingOf(const LayoutItem& item) const
{
    if (!m_walking)
        return Standing::Plain;
    const scalar::Walk& walk = m_scene.content->walk;
    scalar::NodeId node = item.node;
    if (node == scalar::noNode) {
        if (item.group < 0)
            return Standing::Plain;
        // A group stands where its first output stands, unless the walk is inside.
        if (m_current != scalar::noNode && !item.frame) {
            const std::uint32_t at = m_scene.layout->itemOfNode[scalar::index(m_current)];
            if (at != noItem && &m_scene.layout->items[at] == &item)
                return Standing::Current;
        }
        const auto& outputs = named().groups[static_cast<std::size_t>(item.group)].outputs;
        if (outputs.empty())
            return Standing::Plain;
        node = m_backward ? outputs.back() : outputs.front();
    }
    if (node == m_current)
        return Standing::Current;
    if (!scalar::isComputed(walk, node))
        return Standing::NotComputed;
    if (!m_backward)
        return Standing::Plain;
    return scalar::isVisited(walk, node) ? Standing::Visited : Standing::NotVisited;
}

GraphPainter::CardLook GraphPainter::lookOf(const LayoutItem& item) const
{
    const ThemeColors& c = m_scene.colors;
    CardLook look;
    look.standing = standingOf(item);
    look.fill = c.panel;
    look.border = c.line;
    look.text = c.text;
    look.quiet = c.quietText;
    look.gradient = c.validationText;
    look.badge = c.accentFill;
    look.sign = c.accent;
    if (item.node != scalar::noNode) {
        if (named().graph.nodes[scalar::index(item.node)].op == scalar::Op::Leaf) {
            if (isChangeable(named(), item.node))
                look.border = mix(c.line, c.accent, 0.45);
            else
                look.fill = c.window;
        }
        if (item.node == named().root) {
            look.border = mix(c.line, c.text, 0.55);
            look.width = 1.6;
        }
    }
    switch (look.standing) {
    case Standing::Plain:
        break;
    case Standing::NotComputed:
    case Standing::NotVisited: {
        const double fade = look.standing == Standing::NotComputed ? 0.5 : 0.28;
        for (QColor* color : {&look.text, &look.quiet, &look.gradient, &look.sign, &look.badge, &look.border})
            *color = mix(*color, c.panel, fade);
        break;
    }
    case Standing::Visited:
        look.border = mix(c.panel, c.validation, 0.8);
        look.width = 1.5;
        break;
    case Standing::Current:
        look.border = m_backward ? c.validation : c.accent;
        look.fill = mix(c.panel, look.border, 0.05);
        look.width = 2.6;
        break;
    }
    return look;
}

void GraphPainter::paintCards(QPainter& painter)
{
    for (const std::uint32_t i : m_cards)
        paintCard(painter, i);
}

void GraphPainter::paintCard(QPainter& painter, std::uint32_t index)
{
    const ThemeColors& c = m_scene.colors;
    const LayoutItem& item = m_scene.layout->items[index];
    const QRectF rect = viewRect(item.rect);
    CardLook look = lookOf(item);
    const bool selected = index == m_scene.selectedItem && !m_scene.forExport;
    if (selected)
        look.fill = c.accentFill;
    else if (index == m_scene.hoveredItem && look.standing == Standing::Plain)
        look.border = mix(look.border, c.text, 0.35);
    if (m_scene.forExport) {
        look.width = px(std::max(1.0, look.width));
    } else if (look.width > 0.0) {
        look.width = std::max(1.0, look.width * std::clamp(m_scene.zoom, 0.6, 1.2));
    }
    if (item.node == scalar::noNode) {
        // Two more cards peep out from behind.
        const double step = std::max(2.0, px(3.0));
        const QColor behind = mix(look.fill, c.line, 0.35);
        box(painter, rect.translated(2.0 * step, -2.0 * step), behind, look.border, 0.0);
        box(painter, rect.translated(step, -step), behind, look.border, 0.0);
    }
    box(painter, rect, look.fill, look.border, look.width);
    if (selected) {
        const double gap = 3.0;
        const double radius = std::clamp(px(8.0), 1.5, 10.0) + gap;
        drawBox(&painter, rect.adjusted(-gap, -gap, gap, gap), radius, QColor(), c.accent,
                m_scene.focus ? 2.6 : 1.8);
    }
    if (m_detail != CardDetail::Full)
        paintSmall(painter, rect, item, look);
    else if (item.node == scalar::noNode)
        paintGroup(painter, rect, item, look);
    else
        paintNode(painter, rect, item, look);
    if (m_backward && m_detail >= CardDetail::Value && item.node != scalar::noNode)
        paintOrder(painter, rect, item);
}

void GraphPainter::number(QPainter& painter, QPointF baseline, const QString& text)
{
    if (m_evenDigits)
        painter.drawText(baseline, text);
    else
        drawTabular(painter, baseline, text);
}

void GraphPainter::paintPair(QPainter& painter, QPointF baseline, const QString& word, const QString& figure,
                             const QColor& wordColor, const QColor& numberColor, double room)
{
    const double gap = m_smallMetrics.horizontalAdvance(QLatin1Char(' ')) * 1.2;
    const double numberWidth = tabularWidth(figure, m_smallMetrics);
    double wordWidth = m_smallMetrics.horizontalAdvance(word);
    QString shown = word;
    if (wordWidth + gap + numberWidth > room) {
        shown = m_smallMetrics.elidedText(word, Qt::ElideRight, std::max(0.0, room - gap - numberWidth));
        wordWidth = m_smallMetrics.horizontalAdvance(shown);
    }
    painter.setFont(m_smallFont);
    painter.setPen(wordColor);
    painter.drawText(baseline, shown);
    painter.setPen(numberColor);
    number(painter, baseline + QPointF(wordWidth + (shown.isEmpty() ? 0.0 : gap), 0.0), figure);
}

void GraphPainter::paintBadge(QPainter& painter, const QRectF& rect, const QString& sign,
                              const CardLook& look)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(look.badge);
    painter.drawRoundedRect(rect, rect.height() / 2.0, rect.height() / 2.0);
    painter.setFont(m_badgeFont);
    painter.setPen(look.sign);
    painter.drawText(QPointF(rect.center().x() - m_badgeMetrics.horizontalAdvance(sign) / 2.0,
                             rect.center().y() + m_badgeMetrics.capHeight() / 2.0),
                     sign);
}

void GraphPainter::paintNode(QPainter& painter, const QRectF& rect, const LayoutItem& item,
                             const CardLook& look)
{
    const scalar::Node& node = named().graph.nodes[scalar::index(item.node)];
    const double pad = px(m_unit * 0.72);
    const QString sign = operationSign(node, m_scene.locale);
    const double top = rect.top() + px(m_unit * 0.5);
    double titleRoom = rect.width() - 2.0 * pad;
    if (!sign.isEmpty()) {
        const double high = px(m_unit * 1.42);
        const double wide = std::max(high, m_badgeMetrics.horizontalAdvance(sign) + px(m_unit * 0.7));
        const double inset = px(m_unit * 0.42);
        paintBadge(painter, QRectF(rect.right() - inset - wide, rect.top() + inset, wide, high), sign, look);
        titleRoom -= wide + inset - pad + px(4.0);
    }
    const double lineStep = (rect.height() - px(m_unit * 0.9)) / 3.0;
    const auto baseline = [&](int line, const QFontMetricsF& metrics) {
        const double middle = top + lineStep * (line + 0.5) - px(m_unit * 0.05);
        return middle + (metrics.ascent() - metrics.descent()) / 2.0;
    };
    painter.setFont(m_titleFont);
    painter.setPen(look.text);
    QString title = nodeTitle(named(), item.node, m_scene.locale);
    if (m_titleMetrics.horizontalAdvance(title) > titleRoom)
        title = m_titleMetrics.elidedText(title, Qt::ElideMiddle, titleRoom);
    painter.drawText(QPointF(rect.left() + pad, baseline(0, m_titleMetrics)), title);

    const double room = rect.width() - 2.0 * pad;
    const bool computed = look.standing != Standing::NotComputed;
    const auto fitted = [&](double value) {
        QString text = valueText(value, m_scene.locale, digits);
        if (m_smallMetrics.horizontalAdvance(text) > 0.66 * room)
            text = valueText(value, m_scene.locale, fewerDigits);
        return text;
    };
    paintPair(painter, QPointF(rect.left() + pad, baseline(1, m_smallMetrics)), tr("value"),
              computed ? fitted(node.data) : dash(), look.quiet, look.text, room);
    const QString gradient = computed ? fitted(node.grad) : dash();
    paintPair(painter, QPointF(rect.left() + pad, baseline(2, m_smallMetrics)), tr("grad"), gradient,
              look.quiet, computed ? look.gradient : look.quiet, room);
    const bool clipped = computed && scalar::isClipped(named().graph, node);
    if (item.node == named().root || clipped) {
        const QString word = clipped ? tr("clipped") : tr("root");
        const double left = rect.right() - pad - m_smallMetrics.horizontalAdvance(word);
        const double taken = rect.left() + pad + m_smallMetrics.horizontalAdvance(tr("grad") + gradient) +
                             3.0 * m_smallMetrics.averageCharWidth();
        if (left > taken) {
            painter.setPen(look.quiet);
            painter.drawText(QPointF(left, baseline(2, m_smallMetrics)), word);
        }
    }
}

void GraphPainter::paintOrder(QPainter& painter, const QRectF& rect, const LayoutItem& item)
{
    const scalar::Walk& walk = m_scene.content->walk;
    if (!scalar::isVisited(walk, item.node))
        return;
    const ThemeColors& c = m_scene.colors;
    const QString text = m_scene.locale.toString(walk.backwardRank[scalar::index(item.node)] + 1);
    const QFont font = scaledFont(m_smallFont, m_detail == CardDetail::Full ? 0.9 : 0.85);
    const QFontMetricsF metrics(font);
    const double high = metrics.height() * 1.05;
    const double wide = std::max(high, metrics.horizontalAdvance(text) + metrics.height() * 0.7);
    // Astride the upper edge, where no edge arrives.
    const QRectF pill(rect.left() + px(m_unit * 0.5), rect.top() - high / 2.0, wide, high);
    const bool current = item.node == m_current;
    const double radius = high / 2.0;
    painter.setPen(QPen(c.validation, std::max(1.0, px(1.0))));
    painter.setBrush(current ? c.validation : c.panel);
    painter.drawRoundedRect(pill, radius, radius);
    painter.setFont(font);
    painter.setPen(current ? c.panel : c.validationText);
    painter.drawText(QPointF(pill.center().x() - metrics.horizontalAdvance(text) / 2.0,
                             pill.center().y() + metrics.capHeight() / 2.0),
                     text);
}

void GraphPainter::paintSmall(QPainter& painter, const QRectF& rect, const LayoutItem& item,
                              const CardLook& look)
{
    const bool twoLines = m_detail == CardDetail::Value;
    const double pad = std::max(2.0, px(m_unit * (twoLines ? 0.5 : 0.3)));
    const double room = rect.width() - 2.0 * pad;
    QString title;
    double value = 0.0;
    bool valued = false;
    if (item.node != scalar::noNode) {
        const scalar::Node& node = named().graph.nodes[scalar::index(item.node)];
        const std::size_t i = scalar::index(item.node);
        const bool unnamed = i >= named().names.size() || named().names[i].empty();
        title = unnamed && node.op != scalar::Op::Leaf ? operationSign(node, m_scene.locale)
                                                       : nodeTitle(named(), item.node, m_scene.locale);
        value = node.data;
        // A constant's title is its value.
        valued = !unnamed || node.op != scalar::Op::Leaf || isChangeable(named(), item.node);
    } else {
        title = groupTitle(named(), item.group);
        const auto& outputs = named().groups[static_cast<std::size_t>(item.group)].outputs;
        valued = outputs.size() == 1;
        if (valued)
            value = named().graph.nodes[scalar::index(outputs.front())].data;
    }
    if (twoLines && !valued && item.group >= 0) {
        paintGroupSmall(painter, rect.adjusted(pad, 0.0, -pad, 0.0), item.group, title, look);
        return;
    }
    painter.setFont(m_titleFont);
    painter.setPen(look.text);
    if (m_titleMetrics.horizontalAdvance(title) > room)
        title = m_titleMetrics.elidedText(title, Qt::ElideRight, room);
    const double center = (m_titleMetrics.ascent() - m_titleMetrics.descent()) / 2.0;
    if (!twoLines || !valued) {
        painter.drawText(QPointF(rect.left() + pad, rect.center().y() + center), title);
        return;
    }
    painter.drawText(QPointF(rect.left() + pad, rect.top() + rect.height() * 0.29 + center), title);
    QString text = look.standing == Standing::NotComputed ? dash() : valueText(value, m_scene.locale, 4);
    if (m_smallMetrics.horizontalAdvance(text) > room)
        text = valueText(value, m_scene.locale, 2);
    painter.setFont(m_smallFont);
    painter.setPen(m_backward ? look.quiet : look.text);
    const double line =
        rect.top() + rect.height() * 0.7 + (m_smallMetrics.ascent() - m_smallMetrics.descent()) / 2.0;
    number(painter, QPointF(rect.left() + pad, line), text);
    if (item.node == scalar::noNode || look.standing == Standing::NotComputed)
        return;
    const double grad = named().graph.nodes[scalar::index(item.node)].grad;
    QString gradient = valueText(grad, m_scene.locale, 3);
    const double taken =
        2.0 * pad + m_smallMetrics.horizontalAdvance(text) + m_smallMetrics.averageCharWidth();
    if (taken + m_smallMetrics.horizontalAdvance(gradient) > rect.width())
        gradient = valueText(grad, m_scene.locale, 1);
    const double wide = m_smallMetrics.horizontalAdvance(gradient);
    if (taken + wide > rect.width())
        return;
    painter.setPen(look.gradient);
    number(painter, QPointF(rect.right() - pad - wide, line), gradient);
}

} // namespace chainrule
