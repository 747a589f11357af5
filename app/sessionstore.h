// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <optional>
#include <string>

namespace chainrule {

/// A lock on a file that the system gives back when the program ends, however it ends.
class FileLock {
public:
    FileLock() = default;
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

    /// Makes the file where it is missing; not held where another program holds it.
    [[nodiscard]] static FileLock tryLock(const QString& path);
    [[nodiscard]] bool isHeld() const { return m_file >= 0; }

private:
    int m_file = -1;
};

/// A session that its window did not live to end, claimed so that no other window offers it too.
struct AbandonedSession {
    QString path;
    QDateTime time; ///< when it was kept
    FileLock lock;
};

/// Where the sessions of living windows are kept: one file for each, and a lock beside it that says that its
/// window lives. What is found without a living window is left of a crash. May be used from any one thread
/// at a time.
class SessionStore {
public:
    /// The folder is made with the first save().
    explicit SessionStore(const QString& folder);

    /// $XDG_STATE_HOME/chainrule/sessions.
    [[nodiscard]] static QString defaultFolder();

    /// Writes this window's session, whole or not at all.
    Result<void> save(const std::string& bytes);
    /// The window ends as it should: nothing is left.
    void remove();

    /// The newest session without a living window, but none of `except`, which are paths. Nothing where there
    /// is none.
    [[nodiscard]] std::optional<AbandonedSession> claimAbandoned(const QStringList& except = {}) const;
    static void discard(const AbandonedSession& session);
    /// Puts one aside that cannot be read; nobody offers it again. Returns where it is now.
    static QString putAside(const AbandonedSession& session);
    /// Where putAside() would put it.
    [[nodiscard]] static QString asideOf(const AbandonedSession& session);

private:
    QString m_folder;
    QString m_path; ///< empty before the first save()
    FileLock m_lock;
};

} // namespace chainrule
