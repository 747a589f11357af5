// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/numbertext.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPointF>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

double digitWidth(const QFontMetricsF& metrics)
{
    double widest = 0.0;
    for (char digit = '0'; digit <= '9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QLatin1Char(digit)));
    return widest;
}

/// Calls visit(piece, width) for each run of text between digits and for each digit.
template <typename Visit>
void forEachCell(const QString& text, const QFontMetricsF& metrics, Visit visit)
{
    const double cell = digitWidth(metrics);
    QString run;
    const auto flush = [&] {
        if (!run.isEmpty())
            visit(run, metrics.horizontalAdvance(run));
        run.clear();
    };
    for (const QChar c : text) {
        if (c.isDigit()) {
            flush();
            visit(QString(c), cell);
        } else {
            run += c;
        }
    }
    flush();
}

} // namespace

QString numberText(double value, int decimals, const QLocale& locale)
{
    const bool large = std::abs(value) >= 1e6;
    QString text = large ? locale.toString(value, 'e', 1) : locale.toString(value, 'f', decimals);
    text.replace(QLatin1Char('-'), QChar(0x2212));
    return text;
}

double tabularWidth(const QString& text, const QFontMetricsF& metrics)
{
    double width = 0.0;
    forEachCell(text, metrics, [&](const QString&, double cell) { width += cell; });
    return width;
}

void drawTabular(QPainter& painter, QPointF start, const QString& text)
{
    const QFontMetricsF metrics(painter.font(), painter.device());
    forEachCell(text, metrics, [&](const QString& piece, double cell) {
        const double inset = (cell - metrics.horizontalAdvance(piece)) / 2.0;
        painter.drawText(start + QPointF(inset, 0.0), piece);
        start.rx() += cell;
    });
}

QFont scaledFont(QFont font, double factor)
{
    if (font.pointSizeF() > 0.0)
        font.setPointSizeF(font.pointSizeF() * factor);
    else
        font.setPixelSize(std::max(1, static_cast<int>(std::lround(font.pixelSize() * factor))));
    return font;
}

QFont headingFont(const QFont& font)
{
    QFont small = scaledFont(font, 0.85);
    small.setWeight(QFont::DemiBold);
    small.setLetterSpacing(QFont::PercentageSpacing, 105);
    return small;
}

} // namespace chainrule
