// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chainrule {

/// Something that was changed while a run went on, so that the run can be replayed.
struct JournalEvent {
    std::int64_t step = 0; ///< the first that it holds for, counted from 0
    std::string field;     ///< the option of the command line without its dashes: "lr", "l1", "l2", "dropout"
    double value = 0.0;
    bool operator==(const JournalEvent&) const = default;
};

/// In the order of their steps.
using Journal = std::vector<JournalEvent>;

} // namespace chainrule
