// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sessionstore.h"

#include "app/files.h"

#include "core/base/files/atomicfile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QUuid>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace chainrule {

namespace {

const QString sessionSuffix = QStringLiteral(".session");
const QString lockSuffix = QStringLiteral(".lock");

QString lockOf(const QString& path)
{
    return path + lockSuffix;
}

} // namespace

FileLock::FileLock(FileLock&& other) noexcept
    : m_file(std::exchange(other.m_file, -1))
{
}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
    std::swap(m_file, other.m_file);
    return *this;
}

FileLock::~FileLock()
{
    if (m_file >= 0)
        ::close(m_file);
}

FileLock FileLock::tryLock(const QString& path)
{
    FileLock lock;
    const int file = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return lock;
    struct stat now {};
    // Whoever held it last may have removed the file meanwhile: a lock on that one says nothing.
    if (::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &now) == 0 && now.st_nlink > 0)
        lock.m_file = file;
    else
        ::close(file);
    return lock;
}

SessionStore::SessionStore(const QString& folder)
    : m_folder(folder)
{
}

QString SessionStore::defaultFolder()
{
    const QString given = qEnvironmentVariable("XDG_STATE_HOME");
    const QString state =
        QDir::isAbsolutePath(given) ? given : QDir::homePath() + QStringLiteral("/.local/state");
    return state + QStringLiteral("/chainrule/sessions");
}

Result<void> SessionStore::save(const std::string& bytes)
{
    if (!m_lock.isHeld()) {
        const auto onlyOwner = QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner;
        if (!QDir().mkpath(m_folder) || !QFile::setPermissions(m_folder, onlyOwner)) {
            return Error{m_folder.toStdString(), "the folder for sessions could not be made",
                         "Save your model; if the program fails, it cannot be offered again"};
        }
        const QString name = QUuid::createUuid().toString(QUuid::Id128);
        m_path = m_folder + QLatin1Char('/') + name + sessionSuffix;
        m_lock = FileLock::tryLock(lockOf(m_path));
        if (!m_lock.isHeld()) {
            return Error{m_folder.toStdString(), "no session can be kept there",
                         "Save your model; if the program fails, it cannot be offered again"};
        }
    }
    return writeFile(m_path, bytes);
}

void SessionStore::remove()
{
    if (!m_lock.isHeld())
        return;
    QFile::remove(m_path);
    QFile::remove(lockOf(m_path));
    m_lock = {};
}

std::optional<AbandonedSession> SessionStore::claimAbandoned(const QStringList& except) const
{
    const QDir folder(m_folder);
    removeAbandonedFiles(QFile::encodeName(m_folder).toStdString());
    const auto sessions = folder.entryInfoList({QLatin1Char('*') + sessionSuffix}, QDir::Files, QDir::Time);
    for (const QFileInfo& each : sessions) {
        if (except.contains(each.absoluteFilePath()))
            continue;
        FileLock lock = FileLock::tryLock(lockOf(each.absoluteFilePath()));
        if (!lock.isHeld())
            continue;
        if (QFileInfo::exists(each.absoluteFilePath())) // another window may have dealt with it
            return AbandonedSession{each.absoluteFilePath(), each.lastModified(), std::move(lock)};
        QFile::remove(lockOf(each.absoluteFilePath()));
    }
    // Locks of windows that were ended before they had anything to keep.
    const auto locks = folder.entryList({QLatin1Char('*') + sessionSuffix + lockSuffix}, QDir::Files);
    for (const QString& each : locks) {
        const QString path = folder.filePath(each);
        if (QFileInfo::exists(path.chopped(lockSuffix.size())))
            continue;
        if (const FileLock lock = FileLock::tryLock(path);
            lock.isHeld() && !QFileInfo::exists(path.chopped(lockSuffix.size())))
            QFile::remove(path);
    }
    return {};
}

void SessionStore::discard(const AbandonedSession& session)
{
    QFile::remove(session.path);
    QFile::remove(lockOf(session.path));
}

QString SessionStore::asideOf(const AbandonedSession& session)
{
    return session.path + QStringLiteral(".unreadable");
}

QString SessionStore::putAside(const AbandonedSession& session)
{
    const QString aside = asideOf(session);
    const bool renamed = QFile::rename(session.path, aside);
    QFile::remove(lockOf(session.path));
    return renamed ? aside : session.path;
}

} // namespace chainrule
