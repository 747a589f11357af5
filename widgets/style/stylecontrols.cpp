// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of one part: buttons, tabs, progress bars, menus, headers, separators.
#include <QMenuBar>
#include <QPainter>
#include <QPainterPath>

#include "widgets/style/style.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

namespace chainrule {

namespace {

QString segmentOf(const QWidget* widget)
{
    return widget != nullptr ? widget->property("segment").toString() : QString();
}

bool isPrimary(const QWidget* widget)
{
    return widget != nullptr && widget->property("primary").toBool();
}

QIcon::Mode iconMode(const QStyleOption& option)
{
    return option.state & QStyle::State_Enabled ? QIcon::Normal : QIcon::Disabled;
}

void fillLine(QPainter* painter, const QRectF& rect, const QColor& color)
{
    painter->fillRect(snapped(painter, rect), color);
}

/// A hairline along the lower edge of `rect`.
void drawBottomLine(QPainter* painter, const QRectF& rect, const QColor& color)
{
    const qreal line = hairline(painter);
    fillLine(painter, {rect.left(), snapped(painter, rect).bottom() - line, rect.width(), line}, color);
}

int mnemonicFlags(const QStyle& style, const QStyleOption& option, const QWidget* widget)
{
    return style.styleHint(QStyle::SH_UnderlineShortcut, &option, widget) ? Qt::TextShowMnemonic
                                                                          : Qt::TextHideMnemonic;
}

} // namespace

void Style::drawButtonBevel(const QStyleOptionButton& button, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(button.palette);
    const bool enabled = button.state & State_Enabled;
    const bool pressed = enabled && (button.state & State_Sunken);
    const bool hovered = enabled && (button.state & State_MouseOver);
    const bool checked = button.state & State_On;
    const QRectF rect(button.rect);
    const QString segment = segmentOf(widget);

    if (isPrimary(widget) && segment.isEmpty()) {
        const QColor fill = mix(c.accent, c.text, pressed ? 0.25 : hovered ? 0.12 : 0.0);
        drawBox(painter, rect, cornerRadius, enabled ? fill : c.window, enabled ? QColor() : c.line);
        if (showsKeyboardFocus(button)) {
            drawFocusRing(painter, rect, cornerRadius, c.accent);
            drawBox(painter, rect.adjusted(2, 2, -2, -2), cornerRadius - 2, QColor(), c.accentText, 1.5);
        }
        return;
    }

    QColor fill = checked ? c.accentFill : enabled ? c.panel : c.window;
    if (pressed || (hovered && !checked))
        fill = mix(fill, c.text, pressed ? 0.1 : 0.05);
    if (!segment.isEmpty() && segment != QLatin1String("only")) {
        // One long box, of which each button shows its part; every part but the first begins with a line.
        const bool first = segment == QLatin1String("first");
        const bool last = segment == QLatin1String("last");
        const bool leftEnd = button.direction == Qt::RightToLeft ? last : first;
        const bool rightEnd = button.direction == Qt::RightToLeft ? first : last;
        painter->save();
        painter->setClipRect(rect, Qt::IntersectClip);
        drawBox(painter, rect.adjusted(leftEnd ? 0 : -12, 0, rightEnd ? 0 : 12, 0), cornerRadius, fill,
                c.line);
        if (!leftEnd)
            fillLine(painter, {rect.left(), rect.top(), hairline(painter), rect.height()}, c.line);
        painter->restore();
    } else if (!(button.features & QStyleOptionButton::Flat) || checked || pressed || hovered) {
        const bool flat = button.features & QStyleOptionButton::Flat;
        const QColor border = checked && segment.isEmpty() ? c.accent : c.line;
        drawBox(painter, rect, cornerRadius, fill, flat ? QColor() : border);
    }
    if (showsKeyboardFocus(button))
        drawFocusRing(painter, rect, cornerRadius, c.accent);
}

void Style::drawButtonLabel(const QStyleOptionButton& button, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(button.palette);
    const bool enabled = button.state & State_Enabled;
    const bool checked = button.state & State_On;
    const bool primary = isPrimary(widget);
    const QColor color = !enabled ? c.quietText : primary ? c.accentText : checked ? c.accent : c.text;
    QRect rect = button.rect;

    painter->save();
    if (primary || checked)
        painter->setFont(emphasized(painter->font()));
    if (button.features & QStyleOptionButton::HasMenu) {
        const int width = pixelMetric(PM_MenuButtonIndicator, &button, widget);
        QRect arrow(rect.right() + 1 - width - 6, rect.top(), width, rect.height());
        rect.setRight(arrow.left() - 1 + 6);
        arrow = visualRect(button.direction, button.rect, arrow);
        rect = visualRect(button.direction, button.rect, rect);
        drawChevron(painter, arrow, Qt::DownArrow, color);
    }
    const int flags = Qt::AlignCenter | Qt::TextSingleLine | mnemonicFlags(*this, button, widget);
    const int textWidth = button.text.isEmpty() ? 0 : painter->fontMetrics().size(flags, button.text).width();
    if (!button.icon.isNull()) {
        const QSize size = button.iconSize;
        const int gap = button.text.isEmpty() ? 0 : 6;
        const int left = rect.left() + qMax(0, (rect.width() - size.width() - gap - textWidth) / 2);
        QRect place(left, rect.top() + (rect.height() - size.height()) / 2, size.width(), size.height());
        QRect rest(left + size.width() + gap, rect.top(), textWidth, rect.height());
        button.icon.paint(painter, visualRect(button.direction, rect, place), Qt::AlignCenter,
                          iconMode(button), checked ? QIcon::On : QIcon::Off);
        rect = visualRect(button.direction, rect, rest);
    }
    painter->setPen(color);
    painter->drawText(rect, flags, button.text);
    painter->restore();
}

void Style::drawTabShape(const QStyleOptionTab& tab, QPainter* painter) const
{
    const ThemeColors& c = themeColors(tab.palette);
    const QRectF pill = QRectF(tab.rect).adjusted(2, 0, -2, 0);
    if (tab.state & State_Selected)
        drawBox(painter, pill, cornerRadius, c.accentFill);
    else if ((tab.state & State_Enabled) && (tab.state & State_MouseOver))
        drawBox(painter, pill, cornerRadius, mix(c.panel, c.text, 0.05));
    if (showsKeyboardFocus(tab))
        drawFocusRing(painter, pill, cornerRadius, c.accent);
}

void Style::drawTabLabel(const QStyleOptionTab& tab, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(tab.palette);
    const bool selected = tab.state & State_Selected;
    painter->save();
    if (selected)
        painter->setFont(emphasized(painter->font()));
    painter->setPen(selected && (tab.state & State_Enabled) ? c.accent : c.quietText);
    QRect rect = tab.rect.adjusted(4, 0, -4, 0);
    const int flags = Qt::AlignCenter | Qt::TextSingleLine | mnemonicFlags(*this, tab, widget);
    if (!tab.icon.isNull()) {
        const QSize size =
            tab.iconSize.isValid()
                ? tab.iconSize
                : QSize(16, 16).expandedTo(QSize(1, 1) * pixelMetric(PM_SmallIconSize, &tab, widget));
        const int width = painter->fontMetrics().size(flags, tab.text).width();
        const int left = rect.left() + qMax(0, (rect.width() - size.width() - 6 - width) / 2);
        const QRect place(QPoint(left, rect.top() + (rect.height() - size.height()) / 2), size);
        tab.icon.paint(painter, visualRect(tab.direction, rect, place), Qt::AlignCenter, iconMode(tab),
                       selected ? QIcon::On : QIcon::Off);
        rect =
            visualRect(tab.direction, rect, QRect(left + size.width() + 6, rect.top(), width, rect.height()));
    }
    painter->drawText(rect, flags, tab.text);
    painter->restore();
}

void Style::drawProgressBar(const QStyleOptionProgressBar& bar, QPainter* painter) const
{
    const ThemeColors& c = themeColors(bar.palette);
    const bool horizontal = bar.state & State_Horizontal;
    const qreal thickness = 6;
    const QRectF whole(bar.rect);
    const QRectF track =
        horizontal ? QRectF(whole.left(), whole.center().y() - thickness / 2, whole.width(), thickness)
                   : QRectF(whole.center().x() - thickness / 2, whole.top(), thickness, whole.height());
    drawBox(painter, track, thickness / 2, c.line);
    const qint64 range = qint64(bar.maximum) - bar.minimum;
    QRectF done = track;
    if (range > 0) {
        const double share = double(qint64(bar.progress) - bar.minimum) / double(range);
        if (share <= 0)
            return;
        const bool backward = horizontal && (bar.direction == Qt::RightToLeft) != bar.invertedAppearance;
        if (!horizontal)
            done.setTop(done.bottom() - done.height() * qMin(share, 1.0));
        else if (backward)
            done.setLeft(done.right() - done.width() * qMin(share, 1.0));
        else
            done.setRight(done.left() + done.width() * qMin(share, 1.0));
    } else if (horizontal) {
        // Busy without a known end: a piece in the middle.
        done.adjust(track.width() / 3, 0, -track.width() / 3, 0);
    }
    // The rounded track is the mask, so that a small share is a small piece and not a squeezed circle.
    QPainterPath mask;
    mask.addRoundedRect(snapped(painter, track), thickness / 2, thickness / 2);
    QPainterPath piece;
    piece.addRect(snapped(painter, done));
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->fillPath(mask.intersected(piece), bar.state & State_Enabled ? c.accent : c.quietText);
    painter->restore();
}

void Style::drawMenuItem(const QStyleOptionMenuItem& item, QPainter* painter) const
{
    const ThemeColors& c = themeColors(item.palette);
    const QRect rect = item.rect;
    if (item.menuItemType == QStyleOptionMenuItem::Separator && item.text.isEmpty()) {
        fillLine(painter,
                 {rect.left() + 8.0, rect.center().y() + 0.0, rect.width() - 16.0, hairline(painter)},
                 c.line);
        return;
    }
    const bool enabled = item.state & State_Enabled;
    const bool selected = enabled && (item.state & State_Selected);
    const auto visual = [&](const QRect& part) { return visualRect(item.direction, rect, part); };
    if (selected)
        drawBox(painter, QRectF(rect).adjusted(4, 0, -4, 0), 4, c.accentFill);

    painter->save();
    painter->setFont(item.font);
    const int tick = pixelMetric(PM_IndicatorWidth, &item);
    const int column = qMax(item.maxIconWidth, tick);
    const QRect mark = visual(QRect(rect.left() + 12, rect.top() + (rect.height() - tick) / 2, tick, tick));
    const QColor color = !enabled ? c.quietText : c.text;
    if (item.checkType != QStyleOptionMenuItem::NotCheckable && item.checked)
        drawTick(painter, mark, enabled ? c.accent : c.quietText);
    else if (!item.icon.isNull())
        item.icon.paint(painter, mark, Qt::AlignCenter, iconMode(item));

    const qsizetype tab = item.text.indexOf(QLatin1Char('\t'));
    const QString label = tab < 0 ? item.text : item.text.left(tab);
    const QRect words = rect.adjusted(12 + column + 8, 0, -28, 0);
    const int flags = Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextShowMnemonic;
    const bool mirrored = item.direction == Qt::RightToLeft;
    painter->setPen(color);
    painter->drawText(visual(words), flags | (mirrored ? Qt::AlignRight : Qt::AlignLeft), label);
    if (tab >= 0) {
        painter->setPen(c.quietText);
        painter->drawText(visual(words.adjusted(0, 0, 12, 0)),
                          flags | (mirrored ? Qt::AlignLeft : Qt::AlignRight), item.text.mid(tab + 1));
    }
    if (item.menuItemType == QStyleOptionMenuItem::SubMenu)
        drawChevron(painter, visual(QRect(rect.right() - 24, rect.top(), 12, rect.height())),
                    mirrored ? Qt::LeftArrow : Qt::RightArrow, c.quietText, 7);
    painter->restore();
}

void Style::drawMenuBarItem(const QStyleOptionMenuItem& item, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(item.palette);
    const QRect bar = widget != nullptr ? widget->rect() : item.menuRect;
    painter->fillRect(item.rect, c.panel);
    if (item.rect.bottom() == bar.bottom())
        drawBottomLine(painter, item.rect, c.line);
    if ((item.state & State_Enabled) && (item.state & (State_Selected | State_Sunken)))
        drawBox(painter, item.rect, cornerRadius, c.accentFill);
    painter->setPen(item.state & State_Enabled ? c.text : c.quietText);
    const int flags = Qt::AlignCenter | Qt::TextSingleLine | mnemonicFlags(*this, item, widget);
    if (!item.icon.isNull() && item.text.isEmpty())
        item.icon.paint(painter, item.rect, Qt::AlignCenter, iconMode(item));
    else
        painter->drawText(item.rect, flags, item.text);
}

void Style::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                        const QWidget* widget) const
{
    const ThemeColors& c = themeColors(option->palette);
    const QRectF rect(option->rect);
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
    switch (element) {
    case CE_PushButton:
        if (button == nullptr)
            break;
        drawButtonBevel(*button, painter, widget);
        return drawButtonLabel(*button, painter, widget);
    case CE_PushButtonBevel:
        if (button == nullptr)
            break;
        return drawButtonBevel(*button, painter, widget);
    case CE_PushButtonLabel:
        if (button == nullptr)
            break;
        return drawButtonLabel(*button, painter, widget);
    case CE_TabBarTabShape:
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option))
            return drawTabShape(*tab, painter);
        break;
    case CE_TabBarTabLabel:
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option))
            return drawTabLabel(*tab, painter, widget);
        break;
    case CE_ProgressBar:
        if (const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option))
            return drawProgressBar(*bar, painter);
        break;
    case CE_MenuItem:
        if (item == nullptr)
            break;
        return drawMenuItem(*item, painter);
    case CE_MenuBarItem:
        if (item == nullptr)
            break;
        return drawMenuBarItem(*item, painter, widget);
    case CE_MenuBarEmptyArea:
        painter->fillRect(option->rect, c.panel);
        return drawBottomLine(painter, rect, c.line);
    case CE_ToolBar:
        painter->fillRect(option->rect, c.panel);
        return drawBottomLine(painter, rect, c.line);
    case CE_Splitter:
        painter->fillRect(option->rect, option->state & State_MouseOver ? c.accent : c.line);
        return;
    case CE_ShapedFrame:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option)) {
            const qreal line = hairline(painter);
            if (frame->frameShape == QFrame::HLine)
                return fillLine(painter, {rect.left(), rect.center().y(), rect.width(), line}, c.line);
            if (frame->frameShape == QFrame::VLine)
                return fillLine(painter, {rect.center().x(), rect.top(), line, rect.height()}, c.line);
        }
        break;
    case CE_HeaderSection:
    case CE_HeaderEmptyArea:
        painter->fillRect(option->rect, c.panel);
        return drawBottomLine(painter, rect, c.line);
    case CE_HeaderLabel:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            QStyleOptionHeaderV2 quiet;
            if (const auto* v2 = qstyleoption_cast<const QStyleOptionHeaderV2*>(option))
                quiet = *v2;
            else
                static_cast<QStyleOptionHeader&>(quiet) = *header;
            quiet.palette.setColor(QPalette::ButtonText, c.quietText);
            return QProxyStyle::drawControl(element, &quiet, painter, widget);
        }
        break;
    case CE_ItemViewItem:
        if (const auto* view = qstyleoption_cast<const QStyleOptionViewItem*>(option)) {
            // The selection is pale here, so its words keep the colour of text.
            QStyleOptionViewItem legible = *view;
            legible.palette.setColor(QPalette::HighlightedText, c.text);
            return QProxyStyle::drawControl(element, &legible, painter, widget);
        }
        break;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

} // namespace chainrule
