// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/latestjob.h"

#include "core/base/result.h"
#include "core/library/library.h"
#include "core/library/writer.h"
#include "core/training/run.h"

#include <QObject>

#include <memory>
#include <optional>
#include <string>
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
    /// Reads all of a run: loaded() has it. A newer wish takes the place of one that waits.
    void load(const std::string& id);

signals:
    /// The runs, the oldest first, without epochs and networks; whenever there is a change.
    void listed(const std::vector<std::shared_ptr<const chainrule::Run>>& runs);
    void loaded(const std::shared_ptr<const chainrule::Run>& run);
    /// A run could not be read.
    void failed(const chainrule::Error& error);
    /// The library cannot be written, and runs are kept in memory only; once.
    void noticed(const chainrule::Error& error);

private:
    // The connection that reads; used by one job's thread alone.
    struct Reader {
        std::string path; ///< empty: there is none
        std::shared_ptr<LibraryWriter> writer;
        std::shared_ptr<Library> file{};
        std::optional<std::int64_t> changes{}; ///< that were listed
        [[nodiscard]] Result<std::shared_ptr<Library>> library();
    };
    using List = std::optional<std::vector<RunPointer>>; ///< nothing: as before

    [[nodiscard]] static List list(Reader& reader);
    void poll();

    std::shared_ptr<LibraryWriter> m_writer;
    QTimer* m_second = nullptr;
    QTimer* m_poll = nullptr;
    LatestJob<int, List> m_list;
    LatestJob<std::string, Result<Run>> m_load;
};

} // namespace chainrule
