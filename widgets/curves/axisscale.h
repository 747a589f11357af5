// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// What an axis shows: from `lower` to `upper`, a label at every `step` from `lower` on, `decimals` places.
struct AxisScale {
    double lower = 0.0;
    double upper = 1.0;
    double step = 1.0;
    int decimals = 0;
};

/// Epochs from 0 to a little past `newest`, in steps that change seldom; not past `total` epochs (0: not
/// known), unless the newest point is.
[[nodiscard]] AxisScale epochScale(double newest, int total);

/// Losses from 0 to four round steps that hold `highest`; at most lossCeiling.
[[nodiscard]] AxisScale lossScale(double highest);

/// Percentages from the tens below `lowest`, at most 90, to 100.
[[nodiscard]] AxisScale accuracyScale(double lowest);

/// An axis from a round number to a round number that holds both, in at most five steps of 1, 2, 2.5 or 5
/// times a power of ten. Both finite; in either order.
[[nodiscard]] AxisScale valueScale(double lowest, double highest);

/// No axis goes further, for a curve that ran away says nothing more beyond it.
inline constexpr double lossCeiling = 1e9;
inline constexpr double valueCeiling = 1e12;

} // namespace chainrule
