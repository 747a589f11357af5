// SPDX-License-Identifier: GPL-3.0-or-later
// The controls made of several parts: spin boxes, combo boxes, scroll bars and sliders.
#include <QAbstractSpinBox>
#include <QPainter>

#include "widgets/style/style.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

namespace chainrule {

namespace {

constexpr int spinButtonWidth = 24;
constexpr int comboArrowWidth = 28;

void drawField(const QStyleOptionComplex& option, QPainter* painter, bool focused)
{
    const ThemeColors& c = themeColors(option.palette);
    const bool enabled = option.state & QStyle::State_Enabled;
    const bool hovered = enabled && (option.state & QStyle::State_MouseOver);
    const QColor border = focused ? c.accent : hovered ? mix(c.line, c.text, 0.25) : c.line;
    drawBox(painter, option.rect, cornerRadius, enabled ? c.window : mix(c.window, c.panel, 0.5), border,
            focused ? 2 : 0);
}

} // namespace

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl subControl,
                            const QWidget* widget) const
{
    const QRect whole = option->rect;
    const auto visual = [&](const QRect& rect) { return visualRect(option->direction, whole, rect); };
    if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        spin && control == CC_SpinBox) {
        const bool buttons = spin->buttonSymbols != QAbstractSpinBox::NoButtons;
        const int width = buttons ? spinButtonWidth : 0;
        const int half = whole.height() / 2;
        const int left = whole.right() + 1 - width;
        switch (subControl) {
        case SC_SpinBoxFrame:
            return whole;
        case SC_SpinBoxEditField:
            return visual(whole.adjusted(6, 2, -qMax(width, 6), -2));
        case SC_SpinBoxUp:
            return buttons ? visual(QRect(left, whole.top(), width, half)) : QRect();
        case SC_SpinBoxDown:
            return buttons ? visual(QRect(left, whole.top() + half, width, whole.height() - half)) : QRect();
        default:
            break;
        }
    }
    if (control == CC_ComboBox) {
        switch (subControl) {
        case SC_ComboBoxFrame:
            return whole;
        case SC_ComboBoxArrow:
            return visual(
                QRect(whole.right() + 1 - comboArrowWidth, whole.top(), comboArrowWidth, whole.height()));
        case SC_ComboBoxEditField:
            return visual(whole.adjusted(7, 2, -comboArrowWidth, -2));
        case SC_ComboBoxListBoxPopup:
            return whole;
        default:
            break;
        }
    }
    if (const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
        bar && control == CC_ScrollBar) {
        const bool horizontal = bar->orientation == Qt::Horizontal;
        const int length = horizontal ? whole.width() : whole.height();
        const qint64 range = qint64(bar->maximum) - bar->minimum;
        int slider = length;
        if (range > 0) {
            const qint64 proportional = qint64(length) * bar->pageStep / (range + bar->pageStep);
            const int shortest = qMin(length, pixelMetric(PM_ScrollBarSliderMin, option, widget));
            slider = int(qBound(qint64(shortest), proportional, qint64(length)));
        }
        const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition,
                                                  length - slider, bar->upsideDown);
        const auto part = [&](int from, int to) {
            return visual(horizontal ? QRect(whole.left() + from, whole.top(), to - from, whole.height())
                                     : QRect(whole.left(), whole.top() + from, whole.width(), to - from));
        };
        switch (subControl) {
        case SC_ScrollBarGroove:
            return whole;
        case SC_ScrollBarSlider:
            return part(start, start + slider);
        case SC_ScrollBarSubPage:
            return part(0, start);
        case SC_ScrollBarAddPage:
            return part(start + slider, length);
        default:
            return {};
        }
    }
    return QProxyStyle::subControlRect(control, option, subControl, widget);
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                               const QWidget* widget) const
{
    switch (control) {
    case CC_SpinBox:
        if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option))
            return drawSpinBox(*spin, painter, widget);
        break;
    case CC_ComboBox:
        if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option))
            return drawComboBox(*combo, painter, widget);
        break;
    case CC_ScrollBar:
        if (const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option))
            return drawScrollBar(*bar, painter, widget);
        break;
    case CC_Slider:
        if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option))
            return drawSlider(*slider, painter, widget);
        break;
    default:
        break;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

void Style::drawSpinBox(const QStyleOptionSpinBox& spin, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(spin.palette);
    if (spin.frame)
        drawField(spin, painter, spin.state & State_HasFocus);
    if (spin.buttonSymbols == QAbstractSpinBox::NoButtons)
        return;
    const auto drawStep = [&](SubControl part, QAbstractSpinBox::StepEnabledFlag flag, Qt::ArrowType arrow) {
        const bool can = (spin.state & State_Enabled) && (spin.stepEnabled & flag);
        const bool under = can && (spin.state & State_MouseOver) && (spin.activeSubControls & part);
        const bool pressed = under && (spin.state & State_Sunken);
        QRectF rect = subControlRect(CC_SpinBox, &spin, part, widget);
        // The pair stands close together around the middle, although each answers on its whole half.
        const qreal inset = qMax(0.0, rect.height() - 10);
        rect.adjust(0, part == SC_SpinBoxUp ? inset : 0, 0, part == SC_SpinBoxUp ? 0 : -inset);
        const QColor color = !can      ? mix(c.window, c.quietText, 0.5)
                             : pressed ? c.accent
                             : under   ? c.text
                                       : c.quietText;
        drawChevron(painter, rect, arrow, color, 7);
    };
    drawStep(SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, Qt::UpArrow);
    drawStep(SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, Qt::DownArrow);
}

void Style::drawComboBox(const QStyleOptionComboBox& combo, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(combo.palette);
    const bool focused = combo.editable ? bool(combo.state & State_HasFocus) : showsKeyboardFocus(combo);
    if (combo.frame)
        drawField(combo, painter, focused);
    const bool enabled = combo.state & State_Enabled;
    drawChevron(painter, subControlRect(CC_ComboBox, &combo, SC_ComboBoxArrow, widget), Qt::DownArrow,
                !enabled                        ? mix(c.window, c.quietText, 0.5)
                : combo.state & State_MouseOver ? c.text
                                                : c.quietText);
}

void Style::drawScrollBar(const QStyleOptionSlider& bar, QPainter* painter, const QWidget* widget) const
{
    if (bar.maximum <= bar.minimum)
        return;
    const ThemeColors& c = themeColors(bar.palette);
    const bool grabbed = (bar.state & State_Sunken) && (bar.activeSubControls & SC_ScrollBarSlider);
    const bool hovered = bar.state & State_MouseOver;
    QRectF thumb = subControlRect(CC_ScrollBar, &bar, SC_ScrollBarSlider, widget);
    thumb.adjust(2, 2, -2, -2);
    drawBox(painter, thumb, 3, mix(c.line, c.text, grabbed ? 0.5 : hovered ? 0.35 : 0.15));
}

void Style::drawSlider(const QStyleOptionSlider& slider, QPainter* painter, const QWidget* widget) const
{
    const ThemeColors& c = themeColors(slider.palette);
    const bool enabled = slider.state & State_Enabled;
    const bool horizontal = slider.orientation == Qt::Horizontal;
    const QRectF handle = subControlRect(CC_Slider, &slider, SC_SliderHandle, widget);
    const QRectF groove = subControlRect(CC_Slider, &slider, SC_SliderGroove, widget);
    // In the middle of the widget: the base style's handle is placed for a box, half a pixel off.
    const QPointF middle = QRectF(slider.rect).center();
    const QPointF at =
        horizontal ? QPointF(handle.center().x(), middle.y()) : QPointF(middle.x(), handle.center().y());
    if (slider.subControls & SC_SliderTickmarks) {
        QStyleOptionSlider ticks = slider;
        ticks.subControls = SC_SliderTickmarks;
        QProxyStyle::drawComplexControl(CC_Slider, &ticks, painter, widget);
    }
    if (slider.subControls & SC_SliderGroove) {
        QRectF track = horizontal ? QRectF(groove.left(), at.y() - 2, groove.width(), 4)
                                  : QRectF(at.x() - 2, groove.top(), 4, groove.height());
        drawBox(painter, track, 2, c.line);
        // The part from the lowest value to the handle; upsideDown says at which end that is.
        if (horizontal)
            slider.upsideDown ? track.setLeft(at.x()) : track.setRight(at.x());
        else
            slider.upsideDown ? track.setTop(at.y()) : track.setBottom(at.y());
        drawBox(painter, track, 2, enabled ? c.accent : c.quietText);
    }
    if (slider.subControls & SC_SliderHandle) {
        const qreal side = qMin(handle.width(), handle.height()) - 2;
        QRectF knob(0, 0, side, side);
        knob.moveCenter(at);
        const bool pressed = slider.state & State_Sunken;
        const QColor fill = showsKeyboardFocus(slider) || pressed ? c.accentFill : c.panel;
        drawBox(painter, knob, side / 2, fill, enabled ? c.accent : c.quietText, 2);
        if (showsKeyboardFocus(slider))
            drawFocusRing(painter, slider.rect, cornerRadius, c.accent);
    }
}

} // namespace chainrule
