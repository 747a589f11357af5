// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Elementary functions with the same bits on every machine. Those of the C library differ between systems and
// versions, but a seed must give the same numbers everywhere. Only additions, multiplications and divisions
// are used, which IEEE 754 defines to the last bit; none of them are fused. Errors are within 3 units in the
// last place.
namespace chainrule {

/// Natural logarithm. -infinity at 0, NaN below 0; NaN and infinity for themselves.
[[nodiscard]] double portableLog(double x);

/// e to the power of x. 0 below -708, infinity above 709.7; NaN for NaN.
[[nodiscard]] double portableExp(double x);

/// Sine and cosine, for |x| up to 100,000; beyond that the reduction loses digits.
[[nodiscard]] double portableSin(double x);
[[nodiscard]] double portableCos(double x);

} // namespace chainrule
