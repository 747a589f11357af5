// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"
#include "app/runs/moments.h"

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/library/library.h"
#include "core/library/writer.h"
#include "core/training/run.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

class QTimer;

namespace chainrule {

/// A run that was asked for, to be shown.
struct OpenedRun {
    std::shared_ptr<const Run> run;         ///< with its network
    std::optional<RunFile> file;            ///< the model file that has it, as far as that is known
    std::optional<TrainingSettings> edited; ///< the settings of the next run that the file has
    bool hasSettings = true;                ///< false: the file has none, and the run's are a preset's
};

/// A run whose steps can be computed again, so that it can be gone on with.
struct PreparedRun {
    RunRecord record;
    std::shared_ptr<SeekableRun> steps;
    std::shared_ptr<const Checkpoint> last; ///< from which it would go on; null: none is kept
};

/// Finds runs in the library, and in model files, which become runs of the library. All in the background.
class RunOpener : public QObject {
    Q_OBJECT

public:
    /// Without a writer nothing is in a library, and model files are read only.
    explicit RunOpener(QObject* parent = nullptr);
    /// `path` is the library's file; empty: there is none.
    void useLibrary(std::shared_ptr<LibraryWriter> writer, std::string path);

    /// opened() or failed() follows, unless something else is asked for first.
    void openRun(const std::string& id);
    void openFile(const QString& path);
    void cancel();
    [[nodiscard]] bool isOpening() const { return m_opening; }
    /// prepared() or refused() follows, unless another run is to be prepared first.
    void prepare(const std::string& id, const std::shared_ptr<const Dataset>& data);

signals:
    void opened(const chainrule::OpenedRun& opened);
    void failed(const chainrule::Error& error);
    void prepared(const chainrule::PreparedRun& run);
    /// Why the run's steps cannot be computed again.
    void refused(const std::string& id, const chainrule::Error& error);

private:
    struct Wish {
        std::uint64_t number = 0;
        std::string id;   ///< of a run; empty: a file
        std::string path; ///< of a model file
        std::shared_ptr<const Dataset> data;
        std::shared_ptr<LibraryWriter> writer;
        std::string library;
    };
    template <typename Answer>
    struct Numbered {
        std::uint64_t number = 0;
        std::string id;
        Result<Answer> answer;
    };
    using OpenJob = LatestJob<Wish, Numbered<OpenedRun>>;
    using PrepareJob = LatestJob<Wish, Numbered<PreparedRun>>;

    [[nodiscard]] static Result<OpenedRun> open(const Wish& wish);
    [[nodiscard]] static Result<PreparedRun> makeSteps(const Wish& wish);
    [[nodiscard]] Wish wish() const;
    void poll();

    std::shared_ptr<LibraryWriter> m_writer;
    std::string m_library;
    std::uint64_t m_openNumber = 0; ///< of the newest request; older ones are not answered
    std::uint64_t m_prepareNumber = 0;
    bool m_opening = false;
    bool m_preparing = false;
    QTimer* m_poll = nullptr;
    OpenJob m_open;
    PrepareJob m_prepare;
};

} // namespace chainrule
