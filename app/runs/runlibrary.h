// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/latestjob.h"

#include "core/base/result.h"
#include "core/library/library.h"
#include "core/library/writer.h"
#include "core/training/run.h"

#include <QObject>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

class QTimer;

namespace chainrule {

/// The window's side of the library: writes the runs that this window trains, and tells of all that are
/// there, other windows' and commands' among them, within a second. It reads in the background.
class RunLibrary : public QObject {
    Q_OBJECT

public:
    using RunPointer = std::shared_ptr<const Run>;

    /// `path` is libraryPath(), or why there is none.
    explicit RunLibrary(const Result<std::string>& path, QObject* parent = nullptr);
    ~RunLibrary() override; ///< once everything is written

    [[nodiscard]] const std::shared_ptr<LibraryWriter>& writer() const { return m_writer; }

    /// Looks at the list now, and from then on every second.
    void start();
    /// Reads all of a run, to be compared with another: loaded() has it. A newer request replaces a queued
    /// one.
    void load(const std::string& id);
    /// Reads all of a run whose network is to be shown: opened() has it.
    void open(const std::string& id);

signals:
    /// The runs, the oldest first, without epochs and networks; whenever there is a change.
    void listed(const std::vector<std::shared_ptr<const chainrule::Run>>& runs);
    void loaded(const std::shared_ptr<const chainrule::Run>& run);
    void opened(const std::shared_ptr<const chainrule::Run>& run);
    /// A run could not be read.
    void failed(const chainrule::Error& error);
    /// The library cannot be written, and runs are kept in memory only; once.
    void noticed(const chainrule::Error& error);

private:
    // What reads; used by one job's thread alone.
    class Reader {
    public:
        Reader(std::string path, std::shared_ptr<LibraryWriter> writer);
        /// The file, where it can be read, and the library in memory, where there is one.
        [[nodiscard]] std::vector<std::shared_ptr<Library>> libraries();
        /// Nothing: as before.
        [[nodiscard]] std::optional<std::vector<RunPointer>> list();
        [[nodiscard]] Result<Run> run(const std::string& id);

    private:
        [[nodiscard]] RunPointer runOf(const RunRecord& record);

        std::string m_path;
        bool m_sharesFile = false; ///< the file allows no second connection
        std::shared_ptr<LibraryWriter> m_writer;
        std::shared_ptr<Library> m_file;
        std::optional<std::int64_t> m_changes;                           ///< of the file, that were listed
        std::map<std::string, std::pair<RunRecord, RunPointer>> m_known; ///< by id, as they were listed
    };
    using List = std::optional<std::vector<RunPointer>>;
    using Job = LatestJob<std::string, Result<Run>>;

    [[nodiscard]] Job makeJob() const;
    void poll();

    std::shared_ptr<LibraryWriter> m_writer;
    QTimer* m_second = nullptr;
    QTimer* m_poll = nullptr;
    std::string m_path;
    LatestJob<int, List> m_list;
    Job m_load;
    Job m_open;
};

} // namespace chainrule
