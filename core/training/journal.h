// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace chainrule {

/// A setting that was changed while a run went on. A run's journal is the list of them, in their order:
/// settings, seed and journal together decide the run's numbers.
struct JournalEvent {
    std::int64_t step = 0; ///< the first step with the new value, counted from 0
    std::string field;     ///< a member of settingsFields(): "learning_rate"
    double value = 0.0;
    bool operator==(const JournalEvent&) const = default;
};

} // namespace chainrule
