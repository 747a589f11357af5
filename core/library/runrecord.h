// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/table.h"
#include "core/library/processid.h"
#include "core/training/history.h"
#include "core/training/journal.h"
#include "core/training/loop.h"
#include "core/training/run.h"
#include "core/training/runsetup.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

enum class RunState : std::uint8_t {
    Running,
    Finished,
    Stopped,     ///< asked to
    Diverged,    ///< loss, gradients or weights left the range of numbers
    Failed,      ///< there was not enough memory
    Interrupted, ///< its process ended before it did
};

struct RunStateRow {
    RunState state;
    std::string_view name;
};

inline constexpr std::array runStateTable{
    RunStateRow{RunState::Running, "running"}, RunStateRow{RunState::Finished, "finished"},
    RunStateRow{RunState::Stopped, "stopped"}, RunStateRow{RunState::Diverged, "diverged"},
    RunStateRow{RunState::Failed, "failed"},   RunStateRow{RunState::Interrupted, "interrupted"},
};
static_assert(hasEachRow(runStateTable, &RunStateRow::state, RunState::Interrupted));

[[nodiscard]] constexpr std::string_view runStateName(RunState state)
{
    return runStateTable[static_cast<std::size_t>(state)].name;
}

[[nodiscard]] RunState stateOf(EndReason reason);

/// What the library's table of runs has of one run.
struct RunRecord {
    std::string id;                    ///< a UUID in lowercase
    std::string created;               ///< UTC in ISO 8601 with milliseconds
    std::optional<std::string> name{}; ///< that a person gave
    RunState state = RunState::Running;
    std::string fault{};    ///< why it diverged or failed, in English; else empty
    std::string settings{}; ///< JSON: settingsToJson()
    std::optional<RunParent> parent{};
    std::optional<InitialFile> initial{};
    std::string source{};  ///< of the data, as --data takes it
    std::string samples{}; ///< samplesDigest() of the prepared samples; empty: not yet known
    std::size_t trainingSamples = 0;
    std::string kernels{}; ///< the instruction set that computes it
    std::string version{}; ///< of the program
    ProcessId process{};
    std::int64_t step = 0;                  ///< steps done
    double epoch = 0.0;                     ///< 2.5 is the middle of the third
    std::optional<double> validationLoss{}; ///< the lowest so far
    std::optional<Metrics> test{};
    double trainSeconds = 0.0; ///< forward, backward and update only
    double samplesPerSecond = 0.0;
    int bestEpoch = 0; ///< of a run that looks for it; 0: none
    std::optional<double> resumedAt{};
    bool pinned = false;
    bool deleted = false;
    bool recorded = true; ///< false: the settings are not those that it was trained with
};

/// A model file that holds the network of a run after one of its steps.
struct RunFile {
    std::string path;   ///< absolute
    std::string sha256; ///< of its content, in lowercase hexadecimal digits
    std::int64_t step = 0;
};

/// The time now, as the library has it: UTC in ISO 8601 with milliseconds.
[[nodiscard]] std::string timestamp();

/// A random UUID (version 4), in lowercase.
[[nodiscard]] std::string newRunId();

/// The record of a run that begins now, in this process. `version` is the program's.
[[nodiscard]] RunRecord newRun(const RunSetup& setup, const std::optional<InitialFile>& initial,
                               std::string version);
/// That of a fork, which begins at this checkpoint of its parent.
[[nodiscard]] RunRecord newFork(const RunSetup& setup, const std::string& parent, const Checkpoint& from,
                                std::string version);

enum class CheckpointKind : std::uint8_t {
    Full,    ///< from here the run goes on to the last bit as if it had not stopped
    Weights, ///< of a run's result, where no full checkpoint has them
};

/// A checkpoint as it is stored: encodeCheckpoint().
struct StoredCheckpoint {
    std::int64_t step = 0; ///< steps done
    CheckpointKind kind = CheckpointKind::Full;
    std::string bytes;
};

struct RunProgress {
    std::int64_t step = 0;
    double epoch = 0.0;
};

/// Where a run goes on that was stopped or interrupted: what came after that is taken back.
struct Resumption {
    std::int64_t step = 0;  ///< steps done
    int epochsMeasured = 0; ///< as the checkpoint of that step has it
};

/// How a run ended.
struct RunEnd {
    RunState state = RunState::Finished;
    std::string fault{};
    RunProgress progress{};
    History history{}; ///< without its epochs, which came before
    Journal journal{}; ///< all of it
    /// Of a run that diverged: full checkpoints after this step may have weights that are of no use, and go.
    std::optional<std::int64_t> lastGoodStep{};
};

/// What a run adds to its record, all of it together or nothing.
struct RunChanges {
    std::vector<EpochRecord> epochs{};
    Journal events{};
    std::vector<StoredCheckpoint> checkpoints{}; ///< take the place of those of the same step and kind
    std::vector<std::int64_t> thinned{};         ///< steps whose full checkpoints go
    std::optional<std::string> samples{};        ///< samplesDigest()
    std::optional<RunProgress> progress{};
    std::optional<RunEnd> end{};
};

} // namespace chainrule
