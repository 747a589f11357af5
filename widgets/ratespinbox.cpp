// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/ratespinbox.h"

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

} // namespace chainrule
