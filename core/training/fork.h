// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/checkpoint.h"
#include "core/training/runsetup.h"
#include "core/training/settings/settings.h"

#include <cstddef>
#include <cstdint>

namespace chainrule {

/// The settings that a run went by after so many steps: its own, with the values that were changed on the way
/// in their place. A rate of dropout that was changed stays in the checkpoint's journal, since each dropout
/// layer has its own in the settings.
[[nodiscard]] TrainingSettings settingsAfter(TrainingSettings settings, const Checkpoint& checkpoint);

/// Whether a run can go on with other settings from a checkpoint of a run with `parent`: layers, loss,
/// samples, seed and batches must be the parent's. The error names the first option that differs.
[[nodiscard]] Result<void> checkFork(const TrainingSettings& parent, const TrainingSettings& edited);

/// The checkpoint from which a fork begins: of the run with the settings `parent`, which are
/// settingsAfter(); from there on `edited` holds. Another optimizer begins afresh. With nothing edited the
/// fork equals its parent to the last bit. Fails as checkFork(), and where the fork would have no step left.
[[nodiscard]] Result<Checkpoint> forkFrom(Checkpoint checkpoint, const TrainingSettings& parent,
                                          const TrainingSettings& edited, std::size_t trainingSamples);

/// A fork that is ready to be trained.
struct Fork {
    RunSetup setup;
    Checkpoint from;
};

/// A fork of the run with this setup at one of its checkpoints, with other settings from there on. Fails as
/// forkFrom() and checkSettings().
[[nodiscard]] Result<Fork> makeFork(const RunSetup& parent, const Checkpoint& checkpoint,
                                    const TrainingSettings& edited);

} // namespace chainrule
