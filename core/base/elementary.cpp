// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/elementary.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace chainrule {

namespace {

constexpr int mantissaBits = 52;
constexpr std::int64_t exponentBias = 1023;

// ln 2 and pi / 2 in parts. The first parts have so few bits that their products with small whole numbers are
// exact.
constexpr double ln2High = 0x1.62e42fee00000p-1;
constexpr double ln2Low = 0x1.a39ef35793c76p-33;
constexpr double halfPiHigh = 0x1.921fb54400000p+0;
constexpr double halfPiMiddle = 0x1.0b4611a600000p-34;
constexpr double halfPiLow = 0x1.3198a2e037073p-69;

double powerOfTwo(std::int64_t exponent)
{
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + exponentBias) << mantissaBits);
}

// The whole number nearest to x, for magnitudes below 2^51.
double nearestWhole(double x)
{
    constexpr double magic = 0x1.8p52;
    return (x + magic) - magic;
}

// Taylor series on |x| <= pi / 4; the first omitted term is below 1e-18.
double sineNearZero(double x)
{
    const double square = x * x;
    double sum = 0.0;
    for (int k = 19; k >= 3; k -= 2)
        sum = (1.0 - sum * square) / (static_cast<double>(k) * (k - 1));
    return x - x * square * sum;
}

double cosineNearZero(double x)
{
    const double square = x * x;
    double sum = 0.0;
    for (int k = 20; k >= 4; k -= 2)
        sum = (1.0 - sum * square) / (static_cast<double>(k) * (k - 1));
    return 1.0 - (0.5 * square - square * square * 0.5 * sum);
}

// sin(x + quarters * pi / 2)
double shiftedSine(double x, std::int64_t quarters)
{
    const double whole = nearestWhole(x * 0x1.45f306dc9c883p-1); // 2 / pi
    const double rest = ((x - whole * halfPiHigh) - whole * halfPiMiddle) - whole * halfPiLow;
    switch ((static_cast<std::int64_t>(whole) + quarters) & 3) {
    case 0:
        return sineNearZero(rest);
    case 1:
        return cosineNearZero(rest);
    case 2:
        return -sineNearZero(rest);
    default:
        return -cosineNearZero(rest);
    }
}

} // namespace

double portableLog(double x)
{
    if (!(x > 0.0))
        return x == 0.0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    if (!(x <= std::numeric_limits<double>::max()))
        return x;
    std::int64_t exponent = 0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1p54;
        exponent = -54;
    }
    std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
    exponent += static_cast<std::int64_t>(bits >> mantissaBits) - exponentBias;
    bits = (bits & ((std::uint64_t{1} << mantissaBits) - 1)) | static_cast<std::uint64_t>(exponentBias)
                                                                   << mantissaBits;
    double m = std::bit_cast<double>(bits); // x = m * 2^exponent, 1 <= m < 2
    if (m > 0x1.6a09e667f3bcdp+0) {         // sqrt(2)
        m *= 0.5;
        ++exponent;
    }
    // log m = 2 artanh(s) = f - s (f - r), where f = m - 1, s = f / (2 + f) and r = 2 (s^2 / 3 + s^4 / 5
    // + s^6 / 7 and so on).
    const double f = m - 1.0;
    const double s = f / (2.0 + f);
    const double square = s * s;
    double sum = 0.0;
    for (int k = 23; k >= 3; k -= 2)
        sum = (sum + 1.0 / static_cast<double>(k)) * square;
    const auto twos = static_cast<double>(exponent);
    return twos * ln2High + ((f - s * (f - 2.0 * sum)) + twos * ln2Low);
}

double portableExp(double x)
{
    if (!(x >= -708.0))
        return x < -708.0 ? 0.0 : x; // NaN
    if (x > 709.7)
        return std::numeric_limits<double>::infinity();
    const double whole = nearestWhole(x * 0x1.71547652b82fep+0); // 1 / ln 2
    const double high = x - whole * ln2High;
    const double low = whole * ln2Low;
    const double rest = high - low;
    const double lost = (high - rest) - low; // the rounding error of rest
    double sum = 0.0;
    for (int k = 14; k >= 2; --k)
        sum = (1.0 + sum * rest) / static_cast<double>(k);
    const double value = 1.0 + (rest + (rest * rest * sum + lost));
    const auto exponent = static_cast<std::int64_t>(whole);
    return exponent < exponentBias ? value * powerOfTwo(exponent) : value * 2.0 * powerOfTwo(exponent - 1);
}

double portableSin(double x)
{
    return shiftedSine(x, 0);
}

double portableCos(double x)
{
    return shiftedSine(x, 1);
}

} // namespace chainrule
