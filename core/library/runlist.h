// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/library/library.h"
#include "core/training/run.h"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace chainrule {

/// What a list shows of a run.
struct ListedRun {
    std::shared_ptr<const Run> run; ///< without its epochs, its journal and its network
    RunState state = RunState::Finished;
    std::optional<std::string> name{}; ///< that a person gave
    bool pinned = false;
};
using ListedRunPointer = std::shared_ptr<const ListedRun>;

/// The runs of a library that are not deleted. Reading them again reads only the rows that have changed; the
/// other ones stay the same objects.
class RunList {
public:
    /// Whether there was a change. Runs whose settings a newer version has written are left out.
    [[nodiscard]] Result<bool> read(Library& library);
    /// The oldest first.
    [[nodiscard]] const std::vector<ListedRunPointer>& runs() const { return m_runs; }

private:
    struct Known {
        RunStanding standing;
        ListedRunPointer run; ///< null: it cannot be read
    };
    std::unordered_map<std::string, Known> m_known; ///< by id
    std::vector<ListedRunPointer> m_runs;
};

} // namespace chainrule
