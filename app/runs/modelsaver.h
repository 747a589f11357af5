// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"
#include "app/base/savequestion.h"
#include "app/runs/trainednetwork.h"

#include "core/library/writer.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

class QTimer;

namespace chainrule {

/// A network to be written as a model file.
struct SaveRequest {
    QString path;
    TrainedNetwork network;
    std::string run;                       ///< that it is of; empty: of none
    std::int64_t step = 0;                 ///< of that run
    std::optional<RunFile> last;           ///< as this window read or wrote it last
    bool replaces = false;                 ///< whatever the file holds
    std::shared_ptr<LibraryWriter> writer; ///< whose library notes the file; null: none
};

struct SaveAnswer {
    Result<RunFile> file = RunFile();
    std::optional<ReplaceQuestion::Why> doubt; ///< nothing was written: a person is to be asked first
};

/// Writes models in the background: a large one takes seconds, and a slow disk may take longer.
class ModelSaver : public QObject {
    Q_OBJECT

public:
    explicit ModelSaver(QObject* parent = nullptr);

    /// Calls `done` when the file is written or could not be. One save at a time: isBusy() must be false.
    void save(const SaveRequest& request, std::function<void(const SaveAnswer&)> done);
    [[nodiscard]] bool isBusy() const { return m_done != nullptr; }

signals:
    /// After `done`.
    void finished();

private:
    void poll();

    std::function<void(const SaveAnswer&)> m_done;
    QTimer* m_timer = nullptr;
    LatestJob<SaveRequest, SaveAnswer> m_job;
};

} // namespace chainrule
