// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layercarddelegate.h"

#include "widgets/layers/layerstackmodel.h"
#include "widgets/style/theme.h"

#include <QFontMetrics>
#include <QPainter>
#include <QStyle>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int gap = 8;         // between two cards; half of it belongs to each row
constexpr int padding = 12;    // inside a card, left and right
constexpr int spacing = 8;     // between the parts of a card
constexpr int linePadding = 8; // above and below the text
constexpr int chipPadding = 8; // beside the chip's text
constexpr int gripWidth = 8;
constexpr qreal cardRadius = 6;

QFont nameFont(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

/// Captions are a little smaller than the text, whichever unit the font was given in.
QFont smallFont(QFont font)
{
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 0.9);
    else
        font.setPixelSize(std::max(1, font.pixelSize() * 9 / 10));
    return font;
}

/// Rounded up, since text in less room than it needs is elided or cut.
int textWidth(const QFont& font, const QString& text)
{
    return static_cast<int>(std::ceil(QFontMetricsF(font).horizontalAdvance(text)));
}

int chipWidth(const QFont& font, const QString& text)
{
    return textWidth(smallFont(font), text) + 2 * chipPadding;
}

int chipHeight(const QFont& font)
{
    return QFontMetrics(smallFont(font)).height() + 2;
}

void paintGrip(QPainter* painter, const QRect& rect, const QColor& color)
{
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    const QPointF center = QRectF(rect).center();
    for (const qreal x : {-2.0, 2.0})
        for (const qreal y : {-4.0, 0.0, 4.0})
            painter->drawEllipse(center + QPointF(x, y), 1.1, 1.1);
}

} // namespace

LayerCardDelegate::LayerCardDelegate(QObject* parent)
    : QStyledItemDelegate(parent)
{
}

int LayerCardDelegate::oneLineWidth(const QFont& font, const QModelIndex& index) const
{
    const int name = textWidth(nameFont(font), index.data().toString());
    const int chip = chipWidth(font, index.data(LayerStackModel::ChipRole).toString());
    const int count = textWidth(smallFont(font), index.data(LayerStackModel::CountRole).toString());
    return padding + gripWidth + spacing + name + spacing + chip + spacing + count + padding;
}

int LayerCardDelegate::rowHeight(const QFont& font) const
{
    const int name = QFontMetrics(nameFont(font)).height();
    const int contents = m_twoLines ? name + 4 + chipHeight(font) : std::max(name, chipHeight(font));
    return contents + 2 * linePadding + gap;
}

QSize LayerCardDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    // No width of its own: the list gives every card its own width, and long names are elided.
    return {0, rowHeight(option.font)};
}

void LayerCardDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const
{
    const ThemeColors& colors = themeColors(option.palette);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    const bool focused = selected && option.state.testFlag(QStyle::State_HasFocus);
    const QRect card = QStyle::visualRect(option.direction, option.rect,
                                          option.rect.adjusted(0, gap / 2, -m_endMargin, -gap / 2));

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);

    painter->setPen(QPen(colors.line, 1));
    const qreal middle = card.center().x() + 0.5;
    if (index.row() > 0)
        painter->drawLine(QPointF(middle, option.rect.top()), QPointF(middle, card.top()));
    if (index.row() < index.model()->rowCount() - 1)
        painter->drawLine(QPointF(middle, card.bottom() + 1), QPointF(middle, option.rect.bottom() + 1));

    const qreal border = focused ? 2 : 1;
    painter->setPen(QPen(selected ? colors.accent : hovered ? colors.quietText : colors.line, border));
    painter->setBrush(selected ? colors.accentFill : colors.window);
    painter->drawRoundedRect(QRectF(card).adjusted(border / 2, border / 2, -border / 2, -border / 2),
                             cardRadius, cardRadius);
    paintContents(painter, option, card, index);
    painter->restore();
}

void LayerCardDelegate::paintContents(QPainter* painter, const QStyleOptionViewItem& option,
                                      const QRect& card, const QModelIndex& index) const
{
    const ThemeColors& colors = themeColors(option.palette);
    const QFont font = nameFont(option.font);
    const QFont small = smallFont(option.font);
    const QString chip = index.data(LayerStackModel::ChipRole).toString();
    const QString count = index.data(LayerStackModel::CountRole).toString();
    const auto mirrored = [&](const QRect& rect) { return QStyle::visualRect(option.direction, card, rect); };

    const QRect inner = card.adjusted(padding, linePadding, -padding, -linePadding);
    const QRect grip(inner.left(), inner.top(), gripWidth, inner.height());
    if (index.data(LayerStackModel::MovableRole).toBool())
        paintGrip(painter, mirrored(grip), colors.quietText);

    const int left = grip.right() + 1 + spacing;
    const int countWidth = textWidth(small, count);
    const int wantedChip = chipWidth(option.font, chip);
    const int nameHeight = m_twoLines ? QFontMetrics(font).height() : inner.height();
    const int nameRoom = inner.right() + 1 - left - (m_twoLines ? 0 : 2 * spacing + wantedChip + countWidth);
    const QString name = QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, nameRoom);
    const int nameWidth = textWidth(font, name);
    painter->setFont(font);
    painter->setPen(colors.text);
    painter->drawText(mirrored({left, inner.top(), nameWidth, nameHeight}),
                      Qt::AlignVCenter | Qt::TextSingleLine, name);

    const int secondTop = m_twoLines ? inner.bottom() + 1 - chipHeight(option.font) : inner.top();
    const int secondHeight = m_twoLines ? chipHeight(option.font) : inner.height();
    painter->setFont(small);
    painter->setPen(colors.quietText);
    painter->drawText(mirrored({inner.right() + 1 - countWidth, secondTop, countWidth, secondHeight}),
                      Qt::AlignVCenter | Qt::TextSingleLine, count);

    const int chipLeft = m_twoLines ? left : left + nameWidth + spacing;
    const int chipRoom = std::min(wantedChip, inner.right() + 1 - countWidth - spacing - chipLeft);
    if (chipRoom <= 2 * chipPadding)
        return;
    QRect pill(chipLeft, 0, chipRoom, chipHeight(option.font));
    pill.moveTop(secondTop + (secondHeight - pill.height()) / 2);
    pill = mirrored(pill);
    painter->setPen(QPen(colors.line, 1));
    painter->setBrush(colors.panel);
    painter->drawRoundedRect(QRectF(pill).adjusted(0.5, 0.5, -0.5, -0.5), pill.height() / 2.0,
                             pill.height() / 2.0);
    painter->setPen(colors.text);
    painter->drawText(pill, Qt::AlignCenter | Qt::TextSingleLine,
                      QFontMetrics(small).elidedText(chip, Qt::ElideRight, chipRoom - 2 * chipPadding));
}

} // namespace chainrule
