// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/numbertext.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPointF>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace chainrule {

namespace {

constexpr QChar minus(0x2212);

/// Digits as the engine's library writes them, with the locale's own digits and decimal point.
QString localized(std::string_view text, const QLocale& locale)
{
    const QString point = locale.decimalPoint();
    const QString zero = locale.zeroDigit();
    const bool ownDigits = zero.size() == 1 && zero.front() != QLatin1Char('0');
    QString result;
    result.reserve(static_cast<qsizetype>(text.size()) + 1);
    for (const char c : text) {
        if (c == '.')
            result += point;
        else if (c == '-')
            result += minus;
        else if (ownDigits && c >= '0' && c <= '9')
            result += QChar(static_cast<char16_t>(zero.front().unicode() + (c - '0')));
        else
            result += QLatin1Char(c);
    }
    return result;
}

std::string_view withoutTrailingZeros(std::string_view text)
{
    if (text.find('.') == std::string_view::npos)
        return text;
    text = text.substr(0, text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

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

QString valueText(double value, const QLocale& locale, int digits)
{
    if (std::isnan(value))
        return QStringLiteral("NaN");
    if (std::isinf(value))
        return value < 0 ? QString(minus) + QChar(0x221e) : QString(QChar(0x221e));
    if (value == 0.0)
        return localized("0", locale);

    digits = std::clamp(digits, 1, 17);
    std::array<char, 48> buffer{};
    const auto write = [&](std::chars_format format, int precision) {
        const auto end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
        return std::string_view(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
    };
    // The exponent after rounding: 999999.7 is a million, 0.0000999999999 is a ten-thousandth.
    const auto exponentOf = [](std::string_view text) {
        int exponent = 0;
        const std::size_t from = text.find('e') + (text[text.find('e') + 1] == '+' ? 2 : 1);
        std::from_chars(text.data() + from, text.data() + text.size(), exponent);
        return exponent;
    };
    // Below a million the digits before the point are all there: 123456 in four would be no shorter.
    int kept = digits;
    if (const double size = std::abs(value); size >= 1.0 && size < 1e6)
        kept = std::max(digits, static_cast<int>(std::log10(size)) + 1);
    const std::string_view scientific = write(std::chars_format::scientific, kept - 1);
    const int exponent = exponentOf(scientific);
    if (exponent >= -4 && exponent < 6)
        return localized(
            withoutTrailingZeros(write(std::chars_format::fixed, std::max(0, kept - 1 - exponent))), locale);
    const std::string_view rounded = write(std::chars_format::scientific, digits - 1);
    const std::string_view mantissa = withoutTrailingZeros(rounded.substr(0, rounded.find('e')));
    return localized(mantissa, locale) + QLatin1Char('e') +
           localized(std::to_string(exponentOf(rounded)), locale);
}

} // namespace chainrule
