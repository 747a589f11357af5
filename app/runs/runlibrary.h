// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"
#include "app/base/orderedjobs.h"

#include "core/base/result.h"
#include "core/library/library.h"
#include "core/library/runlist.h"
#include "core/library/writer.h"
#include "core/training/run.h"

#include <QObject>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

class QTimer;

namespace chainrule {

/// The window's side of the library: writes the runs that this window trains, tells of all that are there,
/// other windows' and commands' among them, within a second, and changes them. It reads and writes in the
/// background.
class RunLibrary : public QObject {
    Q_OBJECT

public:
    using RunPointer = std::shared_ptr<const Run>;

    /// `path` is libraryPath(), or why there is none.
    explicit RunLibrary(const Result<std::string>& path, QObject* parent = nullptr);
    ~RunLibrary() override; ///< once everything is written

    [[nodiscard]] const std::shared_ptr<LibraryWriter>& writer() const { return m_writer; }
    /// Of the file; inMemory where none is kept, empty where there is no place for one.
    [[nodiscard]] const std::string& path() const { return m_path; }

    /// Looks at the list now, and from then on every second.
    void start();
    /// Reads all of a run, to be compared with another: loaded() has it. A newer request replaces a queued
    /// one.
    void load(const std::string& id);

    // Changes, in the order in which they are asked for; listed() follows at once, and failed() where one
    // fails. They are made even if this object ends meanwhile.
    void rename(const std::string& id, const std::string& name); ///< empty: no name
    void setPinned(const std::string& id, bool pinned);
    void setDeleted(const std::string& id, bool deleted);
    void setDeleted(const std::vector<std::string>& ids, bool deleted); ///< those that go on are left out
    /// Deletes all that are neither pinned nor being trained: cleared() has them.
    void clear();

    // The library as a whole. Those who ask are called once it is done, unless this object ends before.
    template <typename T>
    using Then = std::function<void(const Result<T>&)>;
    void measure(const Then<LibrarySize>& then);
    /// Removes what the budget does not allow, and gives free space back to the disk.
    void compact(const Then<BudgetUse>& then);
    /// Writes a copy into this file; false where it was cancelled.
    void backUp(const std::string& path, const Then<bool>& then);
    /// Ends compact() and backUp() early.
    void cancel();

    /// The most that checkpoints take on disk, in bytes: kept in the settings, for windows and commands.
    [[nodiscard]] static std::uint64_t budget();
    void setBudget(std::uint64_t bytes);

signals:
    /// The runs, the oldest first; whenever there is a change.
    void listed(const std::vector<chainrule::ListedRunPointer>& runs);
    void loaded(const std::shared_ptr<const chainrule::Run>& run);
    void cleared(const std::vector<std::string>& ids);
    /// A run could not be read or changed.
    void failed(const chainrule::Error& error);
    /// The library cannot be written, and runs are kept in memory only; once.
    void noticed(const chainrule::Error& error);

private:
    // What reads and writes; used by one job's thread alone.
    class Reader {
    public:
        Reader(std::string path, std::shared_ptr<LibraryWriter> writer);
        /// The file, where it can be read, and the library in memory, where there is one.
        [[nodiscard]] std::vector<std::shared_ptr<Library>> libraries();
        /// The file, or the library in memory where there is none. Fails where there is neither.
        [[nodiscard]] Result<std::shared_ptr<Library>> main();
        /// Nothing: as before.
        [[nodiscard]] std::optional<std::vector<ListedRunPointer>> list();
        [[nodiscard]] Result<Run> run(const std::string& id);
        /// Changes the library that has this run; where it is empty, all of them.
        [[nodiscard]] Result<void> change(const std::function<Result<void>(Library&)>& work,
                                          const std::string& id);

    private:
        std::string m_path;
        bool m_sharesFile = false; ///< the file allows no second connection
        std::shared_ptr<LibraryWriter> m_writer;
        std::shared_ptr<Library> m_file;
        std::optional<std::int64_t> m_changes; ///< of the file by others, that were listed
        bool m_news = false;                   ///< that were read and not yet returned
        RunList m_inFile;
        RunList m_inMemory;
    };
    using Job = LatestJob<std::string, Result<Run>>;

    [[nodiscard]] Job makeJob() const;
    template <typename T>
    void keep(std::function<Result<T>(Library&, const std::stop_token&)> work, const Then<T>& then);
    void list();
    void change(std::function<Result<void>(Library&)> work, const std::string& id = {});
    void poll();

    std::shared_ptr<LibraryWriter> m_writer;
    QTimer* m_second = nullptr;
    QTimer* m_poll = nullptr;
    std::string m_path;
    std::shared_ptr<Reader> m_reader; ///< of m_jobs
    std::shared_ptr<Reader> m_keeper; ///< of m_keeping
    std::stop_source m_cancel;
    OrderedJobs m_jobs;    ///< the list and changes, which are short
    OrderedJobs m_keeping; ///< of the library as a whole
    Job m_load;
};

} // namespace chainrule
