// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/ratespinbox.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>

namespace chainrule {

namespace {

constexpr int mostDecimals = 9;
constexpr std::array mantissas = {1.0, 2.0, 5.0, 10.0};

// The next of 1, 2, 5, 10, ... above the value (or below it).
double neighbour(double value, bool up)
{
    const double decade = std::pow(10.0, std::floor(std::log10(value) + 1e-9));
    const double mantissa = value / decade;
    if (up) {
        for (const double candidate : mantissas) {
            if (candidate > mantissa * (1.0 + 1e-9))
                return candidate * decade;
        }
        return 20.0 * decade;
    }
    for (auto candidate = mantissas.rbegin(); candidate != mantissas.rend(); ++candidate) {
        if (*candidate < mantissa * (1.0 - 1e-9))
            return *candidate * decade;
    }
    return 0.5 * decade;
}

} // namespace

RateSpinBox::RateSpinBox(QWidget* parent)
    : QDoubleSpinBox(parent)
{
    setDecimals(mostDecimals);
    setRange(std::pow(10.0, -mostDecimals), 1e9);
    setKeyboardTracking(false);
}

void RateSpinBox::stepBy(int steps)
{
    double next = value();
    for (int i = 0; i < std::abs(steps); ++i)
        next = neighbour(next, steps > 0);
    setValue(std::clamp(next, minimum(), maximum()));
    selectAll();
}

QString RateSpinBox::textFromValue(double value) const
{
    QString text = locale().toString(value, 'f', mostDecimals);
    const QString point = locale().decimalPoint();
    if (text.contains(point)) {
        while (text.endsWith(locale().zeroDigit()))
            text.chop(1);
        if (text.endsWith(point))
            text.chop(point.size());
    }
    return text;
}

namespace {

bool readNumber(const QString& text, const QLocale& locale, double& value)
{
    bool ok = false;
    value = locale.toDouble(text, &ok);
    if (!ok)
        value = QLocale::c().toDouble(text, &ok);
    return ok && std::isfinite(value);
}

} // namespace

double RateSpinBox::valueFromText(const QString& text) const
{
    double number = 0.0;
    return readNumber(text.trimmed(), locale(), number) ? std::clamp(number, minimum(), maximum()) : value();
}

QValidator::State RateSpinBox::validate(QString& text, int& /*position*/) const
{
    double number = 0.0;
    if (readNumber(text.trimmed(), locale(), number))
        return number >= minimum() && number <= maximum() ? QValidator::Acceptable : QValidator::Intermediate;
    // The beginning of a number, such as "1e-", may become one.
    static const QRegularExpression beginning(QStringLiteral("^\\s*[0-9.,\\s]*([eE][+-]?[0-9]*)?\\s*$"));
    return beginning.match(text).hasMatch() ? QValidator::Intermediate : QValidator::Invalid;
}

void RateSpinBox::fixup(QString& text) const
{
    text = textFromValue(valueFromText(text));
}

} // namespace chainrule
