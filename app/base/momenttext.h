// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace chainrule {

/// How far a run has come, as it is said in a sentence: "2.5", before the first epoch's end "0.25".
[[nodiscard]] QString epochText(double epoch);

/// When a shown network's weights were these, to follow "test samples,": "at epoch 2.5", "of the opened
/// model". `epoch`: of the run that is shown, 0 without one; `trained`: whether they were learned at all.
[[nodiscard]] QString momentOf(double epoch, bool trained);

} // namespace chainrule
