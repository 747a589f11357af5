// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QLocale>
#include <QString>

class QFontMetricsF;
class QPainter;
class QPointF;

namespace chainrule {

/// A number for reading: the locale's decimal and group separators, always `decimals` places, a real minus
/// sign (U+2212); from a million on in scientific notation with one place.
[[nodiscard]] QString numberText(double value, int decimals, const QLocale& locale);

/// A number in at most `digits` significant digits, without trailing zeros: "−24", "0.25", "1.2e−7", "∞",
/// "NaN"; the locale's decimal separator, a real minus sign, and 0 for −0.
[[nodiscard]] QString valueText(double value, const QLocale& locale, int digits = 6);

/// Width in pixels of text whose digits are all set as wide as the widest one.
[[nodiscard]] double tabularWidth(const QString& text, const QFontMetricsF& metrics);

/// Draws text with its left end and baseline at `start`, each digit in the middle of a cell as wide as the
/// widest digit, so that a changing number stands still whatever the font's own figures are.
void drawTabular(QPainter& painter, QPointF start, const QString& text);

/// The same font at `factor` times its size.
[[nodiscard]] QFont scaledFont(QFont font, double factor);

/// The font of the small headings in side panels, whose words are set in capitals.
[[nodiscard]] QFont headingFont(const QFont& font);

} // namespace chainrule
