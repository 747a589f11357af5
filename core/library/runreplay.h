// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/library/library.h"
#include "core/training/checkpointstore.h"
#include "core/training/replay.h"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

namespace chainrule {

/// A run of the library at any of its steps: the nearest checkpoint before it, and from there on computed
/// again.
class RunReplay {
public:
    /// `data` is what the run's source gives now, `version` the program's. Fails where it cannot be promised
    /// that computing again gives the run's own numbers: another version or other data, an instruction set
    /// that this processor lacks, first weights that are no longer kept.
    [[nodiscard]] static Result<RunReplay> open(std::shared_ptr<Library> library, const RunRecord& run,
                                                std::shared_ptr<const Dataset> data,
                                                const std::string& version);

    [[nodiscard]] const std::shared_ptr<const RunSetup>& setup() const { return m_replay.setup(); }

    /// After so many of the run's steps; `store` may have more checkpoints of it. With `measures` as in
    /// Replay::to().
    [[nodiscard]] Result<Checkpoint> at(std::int64_t step, const std::stop_token& stop = {},
                                        bool measures = false, const CheckpointStore* store = nullptr);

private:
    RunReplay(std::shared_ptr<Library> library, RunRecord run, std::shared_ptr<const RunSetup> setup,
              Journal journal);

    std::shared_ptr<Library> m_library;
    RunRecord m_run;
    Journal m_journal;
    Replay m_replay;
};

} // namespace chainrule
