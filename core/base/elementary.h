// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Elementary functions whose last bits are the same on every machine: the C library's differ between systems
// and versions, and a seed must mean the same numbers everywhere. Only additions, multiplications, divisions
// and square roots are used, which IEEE 754 defines to the last bit; no two of them are fused. Within 3 units
// in the last place of the true value.
namespace chainrule {

/// Natural logarithm. -infinity at 0, NaN below; NaN and infinity come through.
[[nodiscard]] double portableLog(double x);

/// e to the power of x. 0 below -708, infinity above 709.7; NaN comes through.
[[nodiscard]] double portableExp(double x);

/// Sine and cosine, for |x| up to 100,000; beyond that the reduction loses digits.
[[nodiscard]] double portableSin(double x);
[[nodiscard]] double portableCos(double x);

} // namespace chainrule
