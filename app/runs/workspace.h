// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/library/writer.h"

#include <QJsonObject>
#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <string>

class QTimer;

namespace chainrule {

/// The members of what a window shows.
namespace workspaceKey {

inline const QString settings = QStringLiteral("settings");     ///< being edited, as a model file has them
inline const QString run = QStringLiteral("run");               ///< its id
inline const QString startsFrom = QStringLiteral("startsFrom"); ///< whether the next run starts from that run
inline const QString drawing = QStringLiteral("drawing");       ///< a line of drawings.jsonl
inline const QString expression = QStringLiteral("expression"); ///< an object of
inline const QString text = QStringLiteral("text");
inline const QString values = QStringLiteral("values"); ///< by the variables' names
inline const QString graph = QStringLiteral("graph");   ///< what else the Graph page is set to

} // namespace workspaceKey

/// Keeps in the library what a window shows, a second after each change, so that the next start has it again
/// however this one ends.
class Workspace : public QObject {
    Q_OBJECT

public:
    /// `gather` says what the window shows.
    Workspace(std::shared_ptr<LibraryWriter> writer, std::function<QJsonObject()> gather,
              QObject* parent = nullptr);
    ~Workspace() override; ///< the next window may have it

    /// Takes over what a window left that was closed or has crashed: taken() follows, and from then on this
    /// window's workspace is kept.
    void take();
    /// Something has changed.
    void touch();
    /// The window closes: what it shows now is kept.
    void finish();

signals:
    /// Empty: nothing was left.
    void taken(const QJsonObject& state);

private:
    struct Request {
        std::optional<std::string> state; ///< nothing: to be taken
    };
    using Answer = std::optional<std::string>;

    [[nodiscard]] std::string state() const;
    void keep();
    void poll();

    std::shared_ptr<LibraryWriter> m_writer;
    std::function<QJsonObject()> m_gather;
    std::string m_window; ///< a UUID
    std::string m_kept;   ///< as it was written last
    bool m_isTaken = false;
    QTimer* m_timer = nullptr;
    QTimer* m_poll = nullptr;
    std::unique_ptr<LatestJob<Request, Answer>> m_job;
};

} // namespace chainrule
