// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <vector>

// Numeric derivatives and comparisons, for the tests of both engines.
namespace chainrule::tests {

/// f'(x) by central differences of fourth order: the error of the formula falls with step^4, that of
/// rounding grows with 1 / step.
template <typename F>
double derivative(F f, double x, double step)
{
    const double near = f(x + step) - f(x - step);
    const double far = f(x + 2.0 * step) - f(x - 2.0 * step);
    return (8.0 * near - far) / (12.0 * step);
}

/// Whether they agree within the relative tolerance, or within `floor`, where rounding drowns both.
inline bool agree(double actual, double expected, double relative = 1e-6, double floor = 1e-10)
{
    const double scale = std::max(std::abs(actual), std::abs(expected));
    return std::abs(actual - expected) <= relative * scale + floor; // false for NaN
}

/// The largest difference between two lists of the same length; infinite where the lengths differ.
inline double largestDifference(const std::vector<double>& a, const std::vector<double>& b)
{
    if (a.size() != b.size())
        return INFINITY;
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::abs(a[i] - b[i]);
        if (!(difference <= largest)) // NaN counts
            largest = difference;
        if (std::isnan(difference))
            return INFINITY;
    }
    return largest;
}

} // namespace chainrule::tests

/// Fails with both numbers where they do not agree.
#define VERIFY_AGREE(actual, expected, ...)                                                                  \
    do {                                                                                                     \
        const double actualNumber = (actual);                                                                \
        const double expectedNumber = (expected);                                                            \
        const bool same = chainrule::tests::agree(actualNumber, expectedNumber __VA_OPT__(, ) __VA_ARGS__);  \
        QVERIFY2(same, qPrintable(QStringLiteral("%1 is %2, but %3 was expected")                            \
                                      .arg(QStringLiteral(#actual))                                          \
                                      .arg(actualNumber, 0, 'g', 17)                                         \
                                      .arg(expectedNumber, 0, 'g', 17)));                                    \
    } while (false)
