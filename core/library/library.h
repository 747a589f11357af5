// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/library/database.h"
#include "core/library/runrecord.h"
#include "core/training/checkpoint.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

/// Where this person's library is: $CHAINRULE_LIBRARY, else $XDG_DATA_HOME/chainrule/library.db
/// (~/.local/share where that is unset). Fails where none of these says it.
[[nodiscard]] Result<std::string> libraryPath();

/// The path of a library that keeps nothing.
inline constexpr const char* inMemory = ":memory:";

/// The most that checkpoints take on disk unless a person says otherwise.
inline constexpr std::uint64_t defaultBudget = std::uint64_t{2} << 30U; // bytes

/// Which runs are listed.
struct RunFilter {
    bool deleted = false; ///< those that were deleted, instead of the others
    std::optional<RunState> state{};
    std::string text{};     ///< in the id, the name, the settings or the data; empty: any
    std::int64_t most = -1; ///< the newest so many; below 0: all
};

/// A checkpoint that is there, without its bytes.
struct CheckpointPlace {
    std::int64_t step = 0;
    CheckpointKind kind = CheckpointKind::Full;
    std::int64_t bytes = 0;
};

/// A model file whose content is known, and the id of its run.
struct KnownFile {
    std::string run;
    RunFile file;
};

/// What checkpoints take, before and after keepBudget().
struct BudgetUse {
    std::int64_t before = 0; ///< bytes
    std::int64_t after = 0;
};

/// What a library takes on disk, in bytes.
struct LibrarySize {
    std::int64_t file = 0;        ///< with the log beside it
    std::int64_t checkpoints = 0; ///< of these, what the budget is about
};

/// What changes of a run after it has begun: where this is as before, its row is too.
struct RunStanding {
    std::string id;
    RunState state = RunState::Running;
    std::int64_t step = 0;
    double trainSeconds = 0.0;
    std::optional<std::string> name{};
    bool pinned = false;
    bool operator==(const RunStanding&) const = default;
};

/// Every run of a person, in one SQLite file. Every function may be called from any thread; they take turns,
/// so a thread that is not to wait for another opens the file itself.
///
/// A run is named by its id, and functions fail where there is no such run. Functions that change something
/// fail where the library is read-only.
class Library {
public:
    enum class FileSystem : std::uint8_t {
        Local,
        Network, ///< cannot share memory between processes: one process at a time has the file for itself
    };
    [[nodiscard]] static FileSystem fileSystemOf(const std::string& path);

    /// Opens the file, and makes it, its folder and its tables where they are missing. ":memory:" keeps
    /// nothing. A file that cannot be written, or that a newer version has written, is opened for reading:
    /// notice() says why. Fails where it cannot be read either.
    [[nodiscard]] static Result<std::shared_ptr<Library>> open(const std::string& path);
    [[nodiscard]] static Result<std::shared_ptr<Library>> open(const std::string& path, FileSystem system);

    [[nodiscard]] const std::string& path() const { return m_database->path(); }
    [[nodiscard]] bool isReadOnly() const { return m_notice.has_value(); }
    [[nodiscard]] const std::optional<Error>& notice() const { return m_notice; }

    [[nodiscard]] Result<void> beginRun(const RunRecord& run);
    /// A run that was stopped or interrupted goes on in this process. Fails where it is being trained.
    [[nodiscard]] Result<void> resumeRun(const std::string& id, const Resumption& from);
    /// Adds to a run in one transaction. A run that was taken for interrupted runs again.
    [[nodiscard]] Result<void> append(const std::string& id, const RunChanges& changes);

    /// A number that is another one once another connection, of this process or another, has changed the
    /// file.
    [[nodiscard]] Result<std::int64_t> changes();

    /// Of each run that is not deleted, the oldest first.
    [[nodiscard]] Result<std::vector<RunStanding>> standings();
    /// Newest first.
    [[nodiscard]] Result<std::vector<RunRecord>> list(const RunFilter& filter = {});
    /// The only run whose id begins so, in capitals or not; of those that were not deleted if there are any.
    /// Fails where there is none, and where there are several: then the error lists them.
    [[nodiscard]] Result<RunRecord> find(const std::string& beginning);
    /// Those after this epoch.
    [[nodiscard]] Result<std::vector<EpochRecord>> epochs(const std::string& id, int after = 0);
    [[nodiscard]] Result<Journal> journal(const std::string& id);
    /// In the order of their steps.
    [[nodiscard]] Result<std::vector<CheckpointPlace>> checkpoints(const std::string& id);
    /// The last full one at or before this step; nothing where there is none.
    [[nodiscard]] Result<std::optional<Checkpoint>> checkpointBefore(const std::string& id,
                                                                     std::int64_t step);
    /// The run's last weights; nothing where they are no longer kept.
    [[nodiscard]] Result<std::optional<Checkpoint>> lastCheckpoint(const std::string& id);

    [[nodiscard]] Result<void> rename(const std::string& id, const std::string& name); ///< empty: no name
    [[nodiscard]] Result<void> setPinned(const std::string& id, bool pinned);
    /// Marks it as deleted, or takes the mark away. A run that is still being trained cannot be deleted.
    [[nodiscard]] Result<void> setDeleted(const std::string& id, bool deleted);

    /// Notes that a model file has the network of a run, and where it is.
    [[nodiscard]] Result<void> noteFile(const std::string& id, const RunFile& file);
    /// The run whose network a file with this SHA-256 has; nothing where none is known.
    [[nodiscard]] Result<std::optional<KnownFile>> fileWith(const std::string& sha256);
    /// The file that was read or written last for this run; nothing where there is none.
    [[nodiscard]] Result<std::optional<RunFile>> lastFile(const std::string& id);

    /// Whether a window has ever kept what it shows.
    [[nodiscard]] Result<bool> hasWorkspace();
    /// Keeps what a window shows, in its own notation; `window` is a UUID.
    [[nodiscard]] Result<void> keepWorkspace(const std::string& window, const std::string& state);
    /// The window was closed: another one may take its workspace.
    [[nodiscard]] Result<void> leaveWorkspace(const std::string& window);
    /// Makes the newest workspace whose window was closed, or whose process has ended, that of this window,
    /// and returns it; nothing where there is none.
    [[nodiscard]] Result<std::optional<std::string>> takeWorkspace(const std::string& window);

    /// Marks all runs that are neither pinned nor being trained as deleted. Returns their ids.
    [[nodiscard]] Result<std::vector<std::string>> deleteUnpinned();
    /// As setDeleted(), of several at once; those that are being trained are left out, and those that are not
    /// there.
    [[nodiscard]] Result<void> setDeleted(const std::vector<std::string>& ids, bool deleted);

    /// Running rows whose process has surely ended (hasEnded()) become interrupted. Returns their number.
    [[nodiscard]] Result<int> markInterrupted();

    /// Removes checkpoints until they take at most so many bytes: of deleted runs first, then of the oldest,
    /// all but the last one of each run; where that is not enough, these too. Never of runs that are pinned
    /// or being trained, and never a row or a history. The file becomes smaller by what is removed.
    /// Ends early, with what it has removed until then, once a stop is asked for.
    [[nodiscard]] Result<BudgetUse> keepBudget(std::uint64_t bytes, const std::stop_token& stop = {});

    [[nodiscard]] Result<LibrarySize> size();
    /// As keepBudget(), and gives all free space of the file back to the disk, in small pieces, so that
    /// others can write meanwhile. Ends early, with what it has done until then, once a stop is asked for.
    [[nodiscard]] Result<BudgetUse> compact(std::uint64_t budget, const std::stop_token& stop = {});
    /// Writes a copy into this file, in place of a file that is there. The copy is that of one moment,
    /// whatever others write meanwhile; the old file stays until the copy is on the disk. False where a stop
    /// was asked for: then there is no copy. Must not be the library's own file.
    [[nodiscard]] Result<bool> backUp(const std::string& path, const std::stop_token& stop = {});

private:
    Library(std::unique_ptr<Database> database, std::optional<Error> notice);

    [[nodiscard]] Result<std::int64_t> numberOf(const std::string& id);
    [[nodiscard]] Result<void> requireWriting() const;
    [[nodiscard]] Result<void> appendTo(std::int64_t run, const RunChanges& changes);
    [[nodiscard]] Result<void> appendEpochs(std::int64_t run, const std::vector<EpochRecord>& epochs);
    [[nodiscard]] Result<void> appendEvents(std::int64_t run, const Journal& events);
    [[nodiscard]] Result<void> endRun(std::int64_t run, const RunEnd& end);
    [[nodiscard]] Result<std::vector<RunRecord>> runsBeginningWith(const std::string& beginning,
                                                                   bool deleted);

    mutable std::mutex m_mutex;
    std::unique_ptr<Database> m_database;
    std::optional<Error> m_notice;
};

} // namespace chainrule
