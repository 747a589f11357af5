// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/latestjob.h"
#include "app/sessionstore.h"

#include "core/formats/sessionfile.h"

#include <QObject>

#include <functional>
#include <memory>
#include <optional>

class QTimer;

namespace chainrule {

/// Keeps a window's session on disk while it lives, and finds those that crashes have left. All files are
/// read and written in the background.
class SessionKeeper : public QObject {
    Q_OBJECT

public:
    /// `gather` says what there is to keep at the moment; nothing where there is nothing to lose.
    SessionKeeper(const QString& folder, std::function<std::optional<Session>()> gather,
                  QObject* parent = nullptr);
    ~SessionKeeper() override; ///< as finish()

    /// Milliseconds between a change and the file that has it: 30 seconds, or what the environment variable
    /// CHAINRULE_AUTOSAVE_SECONDS says, from 0.05 to 60.
    [[nodiscard]] static int interval();

    /// Something has changed that a crash would lose.
    void touch();
    /// The same, and it is worth more than to wait.
    void saveNow();
    /// The window ends as it should: its session is nobody's loss any more.
    void finish();

    /// Looks for a session that was left: found(), or unreadable(), or nothing; both where only its network
    /// could not be read. Removes what killed saves
    /// have left in `folders`, too.
    void recover(const QStringList& folders = {});
    /// What was found is in the window now: it is removed once this window's own session has it, or put aside
    /// where its network could not be read.
    void takeOver();
    /// What was found is not wanted. The next one is looked for.
    void discard();

signals:
    void found(const chainrule::Session& session, const QDateTime& time);
    void unreadable(const chainrule::Error& error);
    /// A session could not be kept; said once, until it works again.
    void failed(const chainrule::Error& error);
    /// A session is on disk.
    void kept();

private:
    struct Search {
        QStringList except;
        QStringList folders;
    };
    struct Found {
        std::shared_ptr<const AbandonedSession> place; ///< null: there is none
        std::optional<Session> session;
        std::optional<Error> error; ///< beside a session: of its network
    };
    static Found find(const QString& folder, const Search& search);
    void save();
    void poll();
    void takeFound(const Found& found);
    void letGoOfFound();

    SessionStore m_store; ///< of the save job while that lives
    QString m_folder;
    std::function<std::optional<Session>()> m_gather;
    std::shared_ptr<const AbandonedSession> m_found;
    QStringList m_passedOver;    ///< what cannot be read by this version
    bool m_lacksNetwork = false; ///< of what was found
    bool m_takesOver = false;
    bool m_isSaved = false; ///< since takeOver()
    bool m_failing = false;
    bool m_finished = false;
    QTimer* m_timer = nullptr;
    QTimer* m_pollTimer = nullptr;
    std::unique_ptr<LatestJob<std::shared_ptr<const Session>, Result<void>>> m_saveJob;
    std::unique_ptr<LatestJob<Search, Found>> m_findJob;
};

} // namespace chainrule
