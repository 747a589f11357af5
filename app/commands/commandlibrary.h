// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/library/library.h"
#include "core/library/runreplay.h"

#include <QString>

#include <cstdint>
#include <memory>

namespace chainrule {

/// The library, with the runs of processes that have ended marked as interrupted. One that can only be read
/// is told of on standard error; where there is no file yet, none is made, and it is empty.
[[nodiscard]] Result<std::shared_ptr<Library>> openLibrary();

/// The run whose id begins so. Fails where it was deleted, unless that does not matter.
[[nodiscard]] Result<RunRecord> findRun(Library& library, const QString& id, bool mayBeDeleted);

/// Loads the run's data, so that its steps can be computed again.
[[nodiscard]] Result<RunReplay> openReplay(std::shared_ptr<Library> library, const RunRecord& run);

/// RunReplay::at(), given up on Ctrl-C (catchInterrupt()).
[[nodiscard]] Result<Checkpoint> replayForCommand(RunReplay& replay, std::int64_t step,
                                                  bool measures = false);

/// The value of --step.
[[nodiscard]] Result<std::int64_t> readStep(const QString& value);

} // namespace chainrule
