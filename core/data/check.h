// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

namespace chainrule {

/// Fails where a label has no output unit: the error names the first such sample (counted from 0 within
/// its file) and how many units the labels need.
[[nodiscard]] Result<void> checkLabels(const Dataset& data, int outputs);

} // namespace chainrule
