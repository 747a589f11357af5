// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/library/library.h"
#include "core/library/runrecord.h"
#include "core/training/feed.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chainrule {

/// Which full checkpoints of a run stay on disk while it goes on: the newest one, and at most `most` ends of
/// epochs, which lie twice as far apart each time that there would be more.
class CheckpointThinning {
public:
    static constexpr std::size_t most = 16;

    /// Takes the next checkpoint, in the order of the steps; `epoch` is the one that it is the end of, 0
    /// within an epoch. Returns the steps of those that go.
    [[nodiscard]] std::vector<std::int64_t> add(std::int64_t step, int epoch);

private:
    std::vector<std::pair<int, std::int64_t>> m_kept; ///< epoch and step
    std::optional<std::int64_t> m_newest;             ///< that stays only until the next one
    int m_stride = 1;                                 ///< epochs
};

/// Writes runs into a library from a thread of its own, so that whoever calls it never waits for the disk: at
/// most ten times a second. Until then it keeps all epochs and events, the latest progress, and only those
/// checkpoints that would stay on disk.
///
/// Where the library cannot be opened or written, the runs that go on, with what can still be read of them,
/// and all later ones are kept in memory instead; takeNotice() says why.
class LibraryWriter {
public:
    /// `path` is libraryPath(), or why there is none.
    explicit LibraryWriter(Result<std::string> path, std::uint64_t budget = defaultBudget);
    ~LibraryWriter(); ///< as finish()
    LibraryWriter(const LibraryWriter&) = delete;
    LibraryWriter& operator=(const LibraryWriter&) = delete;

    /// The data are looked at for their digest, in the writer's thread. A run that does not begin with
    /// weights drawn by its seed keeps the checkpoint that it begins from: that of `start`, whose epochs
    /// become its own, or one of the setup's network.
    void begin(RunRecord run, const RunSetup& setup, const RunStart& start = {});
    /// A run of the library goes on in this process, from the checkpoint of `start`.
    void resume(RunRecord run, const RunSetup& setup, const RunStart& start);
    void news(const std::string& id, const FeedContent& content);
    /// A run that was stopped because its window closes (`closing`) is interrupted.
    void end(const std::string& id, const TrainingOutcome& outcome, bool closing = false);

    /// Writes all that came, and waits for it. Nothing may come afterwards.
    void finish();

    /// Waits until nothing is left to be written.
    void settle();
    /// The library that is written, the one in memory where that took the place of the file; waits until it
    /// is open. Null where not even memory could be had.
    [[nodiscard]] std::shared_ptr<Library> library();
    /// What checkpoints may take from now on: kept after each run's end.
    void setBudget(std::uint64_t bytes) { m_budget = bytes; }

    /// Why runs are kept in memory only: once.
    [[nodiscard]] std::optional<Error> takeNotice();
    /// The library in memory that took the place of the file, or was asked for; null where a file is written.
    [[nodiscard]] std::shared_ptr<Library> memory();
    /// The file's library, for those that share this connection; null until it is open, and where it cannot
    /// be written.
    [[nodiscard]] std::shared_ptr<Library> file();

private:
    // What came and is not yet written.
    struct Waiting {
        std::optional<RunRecord> begin;
        std::optional<Resumption> resume;
        std::shared_ptr<const Dataset> data; ///< with `begin`, for the digest
        Split split;
        RunChanges changes;
        std::vector<std::shared_ptr<const Checkpoint>> checkpoints;
        std::shared_ptr<const Checkpoint> result; ///< weights only
    };
    // A run that goes on.
    struct Live {
        RunRecord record;
        TrainingSettings settings;
        std::size_t trainingSamples = 0;
        CheckpointThinning thinning;
        std::int64_t lastFull = -1; ///< step of the last full checkpoint
        bool keepsFirst = false;    ///< the checkpoint that it begins from is stored
    };

    Live& makeLive(const RunRecord& run, const RunSetup& setup);
    void work();
    void open();
    void write(const std::string& id, Waiting& waiting);
    void writeWithRetries(const std::string& id, Waiting& waiting);
    [[nodiscard]] Result<void> tryWriting(const std::string& id, Waiting& waiting);
    void goToMemory(const Error& why);
    void carryOver(Library& from, const RunRecord& record);
    static void addCheckpoint(Waiting& waiting, Live& live, std::shared_ptr<const Checkpoint> checkpoint);

    const Result<std::string> m_path;
    std::atomic<std::uint64_t> m_budget;

    std::mutex m_mutex; ///< of what follows
    std::condition_variable m_wake;
    std::condition_variable m_opened;
    std::condition_variable m_settled;
    bool m_writing = false; ///< what was taken from m_waiting
    bool m_isOpen = false;  ///< or cannot be opened
    std::map<std::string, Waiting> m_waiting;
    std::map<std::string, Live> m_live;
    std::optional<Error> m_notice;
    std::shared_ptr<Library> m_memory;
    std::shared_ptr<Library> m_file;
    bool m_urgent = false;
    bool m_finishing = false;

    // Of the writer's thread:
    std::shared_ptr<Library> m_library; ///< null: not even memory could be had
    std::set<std::string> m_begun;      ///< runs that go on and are in the library
    std::thread m_thread;
};

} // namespace chainrule
