// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/axisscale.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace chainrule {

namespace {

/// Rounding must not push a value that is a round number to the next one.
constexpr double tolerance = 1e-9;

/// The smallest mantissa times a power of ten that is at least `value`; value > 0.
template <std::size_t count>
double roundUp(double value, const std::array<double, count>& mantissas)
{
    const double power = std::pow(10.0, std::floor(std::log10(value) + tolerance));
    for (const double mantissa : mantissas) {
        if (mantissa * power >= value * (1.0 - tolerance))
            return mantissa * power;
    }
    return 10.0 * power;
}

/// Places that show a multiple of step exactly, for steps of two significant digits.
int placesOf(double step, int most = 8)
{
    int places = 0;
    for (double scaled = step; places < most && std::abs(scaled - std::round(scaled)) > 1e-6; ++places)
        scaled *= 10.0;
    return places;
}

} // namespace

AxisScale epochScale(double newest, int total)
{
    constexpr std::array<double, 11> ends{1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0};
    constexpr std::array<double, 4> steps{1.0, 2.0, 5.0, 10.0};
    const double wanted = std::max(newest, 0.05) * 1.02;
    double upper = roundUp(wanted, ends);
    if (upper > 1.0 && upper < 10.0)
        upper = std::ceil(wanted - tolerance); // each epoch counts in a short run
    if (total > 0)
        upper = std::min(upper, std::max(static_cast<double>(total), newest));
    const double step = roundUp(upper / 6.0, steps);
    return {0.0, upper, step, placesOf(step)};
}

AxisScale lossScale(double highest)
{
    constexpr std::array<double, 9> steps{1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0};
    constexpr int intervals = 4;
    const double bounded = std::clamp(highest, 1e-3, lossCeiling);
    const double step = roundUp(bounded / intervals, steps);
    const int decimals = step >= 10.0 ? 0 : std::max(2, placesOf(step));
    return {0.0, intervals * step, step, decimals};
}

AxisScale accuracyScale(double lowest)
{
    const double tens = std::clamp(std::floor(lowest / 10.0 + tolerance) * 10.0, 0.0, 90.0);
    if (tens >= 90.0)
        return {90.0, 100.0, 2.0, 0};
    if (tens >= 80.0)
        return {80.0, 100.0, 5.0, 0};
    if (tens >= 50.0)
        return {tens, 100.0, 10.0, 0};
    // From here on a label at every ten would crowd a low plot.
    return {std::floor(tens / 20.0) * 20.0, 100.0, 20.0, 0};
}

AxisScale valueScale(double lowest, double highest)
{
    constexpr std::array<double, 4> steps{1.0, 2.0, 2.5, 5.0};
    double lower = std::clamp(std::min(lowest, highest), -valueCeiling, valueCeiling);
    double upper = std::clamp(std::max(lowest, highest), -valueCeiling, valueCeiling);
    // A level line has room above and below; digits that a double does not have make no steps.
    const double size = std::max(std::abs(lower), std::abs(upper));
    if (upper - lower < std::max(1e-9 * size, 1e-12)) {
        const double room = size > 0.0 ? 0.1 * size : 1.0;
        lower -= room;
        upper += room;
    }
    const double step = roundUp((upper - lower) / 4.0, steps);
    return {std::floor(lower / step + tolerance) * step, std::ceil(upper / step - tolerance) * step, step,
            placesOf(step, 14)};
}

} // namespace chainrule
