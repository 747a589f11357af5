// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/run.h"

#include <QString>

#include <array>
#include <vector>

class QLocale;

namespace chainrule {

/// What a run's name may be made of, in words: its hidden layers, then its settings.
using RunAspects = std::array<QString, 12>;
[[nodiscard]] RunAspects aspectsOf(const Run& run, const QLocale& locale);

/// What tells runs apart, for each of them: the hidden layers, and those settings in which they differ.
struct RunNames {
    std::vector<QString> whole;
    std::vector<QString> shortened; ///< paths of data lack their middle, as far as it tells none apart
};
[[nodiscard]] RunNames runNames(const std::vector<RunAspects>& runs);

} // namespace chainrule
