// SPDX-License-Identifier: GPL-3.0-or-later
// The few shapes that all controls are made of. Lengths are in logical pixels.
#pragma once

#include <QColor>
#include <QFont>
#include <QPainter>
#include <QRectF>
#include <QStyleOption>

namespace chainrule {

inline constexpr qreal cornerRadius = 6.0;

/// The height of a button or a one-line field in a font: one height, so that rows align.
[[nodiscard]] int controlHeight(const QFontMetrics& metrics);

/// `share` 0 gives `from`, 1 gives `to`.
[[nodiscard]] QColor mix(const QColor& from, const QColor& to, double share);

/// The font of selected tabs and segments.
[[nodiscard]] QFont emphasized(QFont font);

/// How much wider `text` is in emphasized(font) than in `font`, so that selecting moves nothing.
[[nodiscard]] int emphasisExtra(const QString& text, const QFont& font);

/// The thickness of the finest line that is whole device pixels, never thicker than one logical pixel.
[[nodiscard]] qreal hairline(const QPainter* painter);

/// `rect` moved to whole device pixels.
[[nodiscard]] QRectF snapped(const QPainter* painter, const QRectF& rect);

/// A rounded box with its border inside of `rect`. An invalid colour leaves that part out; a `width` of
/// 0 means a hairline.
void drawBox(QPainter* painter, const QRectF& rect, qreal radius, const QColor& fill,
             const QColor& border = QColor(), qreal width = 0);

/// The two pixels of accent that show where the keyboard is, inside of `rect`.
void drawFocusRing(QPainter* painter, const QRectF& rect, qreal radius, const QColor& color);

/// A chevron in the middle of `rect`, `width` wide.
void drawChevron(QPainter* painter, const QRectF& rect, Qt::ArrowType direction, const QColor& color,
                 qreal width = 8);

/// A tick that fills `rect` as in a check box.
void drawTick(QPainter* painter, const QRectF& rect, const QColor& color);

/// A tick (correct) or a cross (wrong) of this size, as strokes: no font needs to have them.
void drawVerdict(QPainter* painter, QPointF middle, qreal size, bool correct, const QColor& color);

/// True where the keyboard brought the focus here, as opposed to the mouse.
[[nodiscard]] inline bool showsKeyboardFocus(const QStyleOption& option)
{
    return (option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_KeyboardFocusChange);
}

} // namespace chainrule
