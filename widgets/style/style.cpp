// SPDX-License-Identifier: GPL-3.0-or-later
// Sizes, hints and primitives; stylecontrols.cpp and stylefields.cpp draw the controls made of them.
#include "widgets/style/style.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDynamicPropertyChangeEvent>
#include <QEvent>
#include <QLineEdit>
#include <QMenuBar>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitterHandle>
#include <QTabBar>
#include <QToolTip>

#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

namespace chainrule {

namespace {

QFontMetrics metricsOf(const QStyleOption* option, const QWidget* widget)
{
    if (option != nullptr)
        return option->fontMetrics;
    return widget != nullptr ? widget->fontMetrics() : QFontMetrics(QApplication::font());
}

QFont fontOf(const QWidget* widget)
{
    return widget != nullptr ? widget->font() : QApplication::font();
}

/// A line edit inside of a spin or combo box, whose frame its owner draws.
bool isEmbedded(const QWidget* widget)
{
    const QWidget* parent = widget != nullptr ? widget->parentWidget() : nullptr;
    return qobject_cast<const QAbstractSpinBox*>(parent) != nullptr ||
           qobject_cast<const QComboBox*>(parent) != nullptr;
}

} // namespace

Style::Style()
    : QProxyStyle(QStringLiteral("fusion"))
{
    setObjectName(QStringLiteral("chainrule"));
}

void Style::polish(QWidget* widget)
{
    QProxyStyle::polish(widget);
    if (qobject_cast<QAbstractButton*>(widget) || qobject_cast<QLineEdit*>(widget) ||
        qobject_cast<QTabBar*>(widget) || qobject_cast<QMenuBar*>(widget) ||
        qobject_cast<QScrollBar*>(widget) || qobject_cast<QSplitterHandle*>(widget))
        widget->setAttribute(Qt::WA_Hover);
    // The bar has no ground of its own: what it stands on shows through.
    if (qobject_cast<QScrollBar*>(widget))
        widget->setAttribute(Qt::WA_OpaquePaintEvent, false);
    if (qobject_cast<QPushButton*>(widget))
        widget->installEventFilter(this);
}

void Style::unpolish(QWidget* widget)
{
    if (qobject_cast<QScrollBar*>(widget))
        widget->setAttribute(Qt::WA_OpaquePaintEvent, true);
    if (qobject_cast<QPushButton*>(widget))
        widget->removeEventFilter(this);
    QProxyStyle::unpolish(widget);
}

bool Style::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::DynamicPropertyChange) {
        const QByteArray name = static_cast<QDynamicPropertyChangeEvent*>(event)->propertyName();
        auto* widget = qobject_cast<QWidget*>(watched);
        if (widget != nullptr && (name == "primary" || name == "segment")) {
            widget->updateGeometry();
            widget->update();
        }
    }
    return QProxyStyle::eventFilter(watched, event);
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    switch (metric) {
    case PM_LayoutLeftMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutBottomMargin:
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return 8;
    case PM_ButtonMargin:
    case PM_ButtonDefaultIndicator:
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_TabBarTabOverlap:
    case PM_TabBarBaseHeight:
    case PM_TabBarBaseOverlap:
    case PM_TabBarTabShiftHorizontal:
    case PM_TabBarTabShiftVertical:
    case PM_MenuBarPanelWidth:
    case PM_MenuHMargin:
        return 0;
    case PM_MenuVMargin:
    case PM_MenuBarHMargin:
    case PM_MenuBarVMargin:
        return 4;
    case PM_MenuBarItemSpacing:
        return 2;
    case PM_MenuPanelWidth:
    case PM_DefaultFrameWidth:
    case PM_SplitterWidth:
        return 1;
    case PM_MenuButtonIndicator:
        return 16;
    case PM_TabBarTabHSpace:
        return 32;
    case PM_TabBarTabVSpace:
        return 12;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
    case PM_ButtonIconSize:
    case PM_SmallIconSize:
        return qMax(16, metricsOf(option, widget).height() / 2 * 2);
    case PM_HeaderDefaultSectionSizeVertical:
        return qMax(28, metricsOf(option, widget).height() + 10);
    case PM_HeaderMargin:
        return 4;
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing:
        return 8;
    case PM_ScrollBarExtent:
        return 10;
    case PM_ScrollBarSliderMin:
        return 32;
    case PM_SliderThickness:
    case PM_SliderControlThickness:
    case PM_SliderLength:
        return 16;
    case PM_ToolTipLabelFrameWidth:
        return 5;
    case PM_FocusFrameHMargin:
        return 4;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                     QStyleHintReturn* returnData) const
{
    switch (hint) {
    case SH_ComboBox_Popup: // a list under the field, not a menu over it
    case SH_ToolTip_Mask:
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_ScrollBar_Transient:
        return 0;
    case SH_ToolTipLabel_Opacity:
        return 255;
    case SH_TabBar_Alignment:
        return Qt::AlignLeft;
    case SH_Menu_SloppySubMenus:
    case SH_MenuBar_MouseTracking:
    case SH_Menu_MouseTracking:
    case SH_ComboBox_ListMouseTracking:
        return 1;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returnData);
    }
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                              const QWidget* widget) const
{
    const int height = controlHeight(metricsOf(option, widget));
    switch (type) {
    case CT_PushButton: {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        if (button == nullptr)
            break;
        if (button->text.isEmpty() && !button->icon.isNull())
            return {qMax(height, size.width() + 8), qMax(height, size.height() + 8)};
        return {size.width() + 28 + emphasisExtra(button->text, fontOf(widget)),
                qMax(height, size.height() + 8)};
    }
    case CT_ComboBox:
        // Qt measures the ink of the entries, which can be narrower than what drawing them takes.
        return {size.width() + 8 + 28 + 8, qMax(height, size.height() + 6)};
    case CT_SpinBox: {
        const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        const bool buttons = spin == nullptr || spin->buttonSymbols != QAbstractSpinBox::NoButtons;
        return {size.width() + 8 + (buttons ? 24 : 8), qMax(height, size.height() + 6)};
    }
    case CT_LineEdit: {
        const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (isEmbedded(widget) || (frame != nullptr && frame->lineWidth == 0))
            return size;
        return {size.width() + 14, qMax(height, size.height() + 6)};
    }
    case CT_TabBarTab: {
        const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option);
        const int extra = tab != nullptr ? emphasisExtra(tab->text, fontOf(widget)) : 0;
        return {size.width() + extra, qMax(height, size.height())};
    }
    case CT_ProgressBar:
        return {qMax(size.width(), 80), 8};
    case CT_MenuBarItem:
        return {size.width() + 16, qMax(size.height() + 8, height - 4)};
    case CT_MenuItem: {
        const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
        if (item == nullptr)
            break;
        if (item->menuItemType == QStyleOptionMenuItem::Separator && item->text.isEmpty())
            return {size.width(), 9};
        const int tick = pixelMetric(PM_IndicatorWidth, option, widget);
        const int left = 12 + qMax(item->maxIconWidth, tick) + 8;
        return {left + size.width() + 24 + 28, qMax(item->fontMetrics.height() + 10, size.height() + 4)};
    }
    case CT_ItemViewItem: {
        QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
        return result.expandedTo({0, metricsOf(option, widget).height() + 8});
    }
    default:
        break;
    }
    return QProxyStyle::sizeFromContents(type, option, size, widget);
}

QRect Style::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const
{
    switch (element) {
    case SE_LineEditContents: {
        const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (isEmbedded(widget) || frame == nullptr || frame->lineWidth == 0)
            return option->rect;
        return option->rect.adjusted(6, 1, -6, -1);
    }
    case SE_PushButtonContents:
        return option->rect.adjusted(4, 2, -4, -2);
    case SE_PushButtonFocusRect:
        return option->rect;
    case SE_ProgressBarGroove:
    case SE_ProgressBarContents:
        return option->rect;
    default:
        return QProxyStyle::subElementRect(element, option, widget);
    }
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const
{
    const ThemeColors& c = themeColors(option->palette);
    const bool enabled = option->state & State_Enabled;
    const bool hovered = enabled && (option->state & State_MouseOver);
    const QRectF rect(option->rect);
    switch (element) {
    case PE_FrameFocusRect:
        if (option->state & State_KeyboardFocusChange)
            drawFocusRing(painter, rect, cornerRadius, c.accent);
        return;
    case PE_FrameDefaultButton:
    case PE_FrameTabBarBase:
    case PE_FrameStatusBarItem:
        return;
    case PE_PanelLineEdit:
    case PE_FrameLineEdit: {
        const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (isEmbedded(widget))
            return;
        if (frame != nullptr && frame->lineWidth == 0) {
            if (element == PE_PanelLineEdit)
                painter->fillRect(option->rect, option->palette.brush(QPalette::Base));
            return;
        }
        const bool focused = option->state & State_HasFocus;
        const QColor fill = element == PE_PanelLineEdit ? c.window : QColor();
        const QColor border = focused ? c.accent : hovered ? mix(c.line, c.text, 0.25) : c.line;
        drawBox(painter, rect, cornerRadius, fill, border, focused ? 2 : 0);
        return;
    }
    case PE_PanelButtonTool: {
        const bool down = option->state & (State_Sunken | State_On);
        if (down || hovered)
            drawBox(painter, rect, cornerRadius, down ? c.accentFill : mix(c.panel, c.text, 0.06));
        return;
    }
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck: {
        const bool some = option->state & State_NoChange;
        const bool on = (option->state & State_On) || some;
        const QColor fill = !on ? (enabled ? c.panel : c.window) : enabled ? c.accent : c.quietText;
        const QColor edge = on ? fill : hovered ? c.accent : mix(c.line, c.text, 0.4);
        drawBox(painter, rect, 4, fill, edge);
        const QColor mark = enabled ? c.accentText : c.window;
        if (some)
            drawBox(painter,
                    QRectF(rect.left() + rect.width() / 4, rect.center().y() - 1, rect.width() / 2, 2), 1,
                    mark);
        else if (on)
            drawTick(painter, rect, mark);
        if (showsKeyboardFocus(*option) && element == PE_IndicatorCheckBox)
            drawFocusRing(painter, rect.adjusted(-2, -2, 2, 2), cornerRadius, c.accent);
        return;
    }
    case PE_IndicatorRadioButton: {
        const bool on = option->state & State_On;
        const QColor strong = enabled ? c.accent : c.quietText;
        drawBox(painter, rect, rect.width() / 2, enabled ? c.panel : c.window,
                on || hovered ? strong : mix(c.line, c.text, 0.4), on ? 2 : 0);
        if (on)
            drawBox(painter, rect.adjusted(5, 5, -5, -5), rect.width() / 2, strong);
        return;
    }
    case PE_IndicatorArrowDown:
    case PE_IndicatorArrowUp:
    case PE_IndicatorArrowLeft:
    case PE_IndicatorArrowRight: {
        const Qt::ArrowType arrow = element == PE_IndicatorArrowDown   ? Qt::DownArrow
                                    : element == PE_IndicatorArrowUp   ? Qt::UpArrow
                                    : element == PE_IndicatorArrowLeft ? Qt::LeftArrow
                                                                       : Qt::RightArrow;
        drawChevron(painter, rect, arrow, c.quietText, qMin(8.0, rect.width()));
        return;
    }
    case PE_PanelTipLabel:
    case PE_FrameMenu:
        drawBox(painter, rect, 0, element == PE_PanelTipLabel ? c.panel : QColor(),
                mix(c.line, c.text, 0.15));
        return;
    case PE_PanelMenu:
        painter->fillRect(option->rect, c.panel);
        return;
    case PE_Frame:
        drawBox(painter, rect, 0, QColor(), c.line);
        return;
    case PE_FrameGroupBox:
        drawBox(painter, rect, cornerRadius, QColor(), c.line);
        return;
    case PE_PanelStatusBar:
        painter->fillRect(option->rect, c.panel);
        painter->fillRect(snapped(painter, QRectF(rect.topLeft(), QSizeF(rect.width(), hairline(painter)))),
                          c.line);
        return;
    case PE_PanelItemViewItem: {
        const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option);
        if (item != nullptr && item->backgroundBrush.style() != Qt::NoBrush)
            painter->fillRect(option->rect, item->backgroundBrush);
        const bool selected = option->state & State_Selected;
        if (selected || hovered)
            painter->fillRect(option->rect, selected ? c.accentFill : mix(c.panel, c.text, 0.04));
        // The fill is pale, so that words on it stay legible; the bar says it to everybody.
        const bool first =
            item == nullptr || item->viewItemPosition == QStyleOptionViewItem::OnlyOne ||
            item->viewItemPosition == QStyleOptionViewItem::Beginning ||
            (item->viewItemPosition == QStyleOptionViewItem::Invalid && item->index.column() == 0);
        if (selected && first)
            painter->fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), c.accent);
        return;
    }
    default:
        break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void applyTheme(QApplication& application, bool dark)
{
    if (qobject_cast<Style*>(QApplication::style()) == nullptr)
        QApplication::setStyle(new Style);
    const QPalette palette = themePalette(dark);
    application.setPalette(palette);
    QToolTip::setPalette(palette);
}

} // namespace chainrule
