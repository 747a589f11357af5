// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace chainrule {

/// Where weights come from that a run would start from.
enum class ModelOrigin { File, Session, Run };

/// When a shown network's weights were these, to follow "test samples,": "at epoch 2.5", "of the opened
/// model". `epoch`: of the run that is shown, 0 without one; `trained`: whether they were learned at all.
[[nodiscard]] QString momentOf(double epoch, bool trained, ModelOrigin origin);

} // namespace chainrule
