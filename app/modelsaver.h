// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/latestjob.h"
#include "app/workbench.h"

#include <QObject>
#include <QString>

#include <functional>

class QTimer;

namespace chainrule {

/// Writes models in the background: a large one takes seconds, and a slow disk may take longer.
class ModelSaver : public QObject {
    Q_OBJECT

public:
    explicit ModelSaver(QObject* parent = nullptr);

    /// Calls `done` when the file is written or could not be. One save at a time: isBusy() must be false.
    void save(const ModelToSave& model, const QString& path, std::function<void(const Result<void>&)> done);
    [[nodiscard]] bool isBusy() const { return m_done != nullptr; }

signals:
    /// After `done`.
    void finished();

private:
    struct Request {
        ModelToSave model;
        QString path;
    };
    void poll();

    std::function<void(const Result<void>&)> m_done;
    QTimer* m_timer = nullptr;
    LatestJob<Request, Result<void>> m_job;
};

} // namespace chainrule
