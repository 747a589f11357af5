// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/partfile.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace chainrule {

Error writingFailed(const QString& path, int number)
{
    const std::string what = path.toStdString();
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return {what, "the disk is full", "Free some space, then try again: what has come is kept"};
    case EFBIG:
        return {what, "it would be larger than files may be here",
                "Raise that limit, then try again: what has come is kept"};
    case EACCES:
    case EPERM:
        return {what, "there is no permission to write to the folder",
                "Change its permissions, or choose another with XDG_DATA_HOME; then try again"};
    case EROFS:
        return {what, "the disk is read-only", "Choose another folder with XDG_DATA_HOME, then try again"};
    default:
        return {what, std::string("it could not be written: ") + std::strerror(number),
                "Mend that or choose another folder with XDG_DATA_HOME, then try again"};
    }
}

Result<void> moveAside(const QString& path)
{
    QString aside = path + QStringLiteral(".wrong");
    for (int i = 2; QFileInfo::exists(aside); ++i)
        aside = path + QStringLiteral(".wrong%1").arg(i);
    if (std::rename(QFile::encodeName(path).constData(), QFile::encodeName(aside).constData()) != 0)
        return writingFailed(path, errno);
    return {};
}

PartFile::~PartFile()
{
    close();
}

Error PartFile::failure(int number) const
{
    return writingFailed(m_path, number);
}

Result<void> PartFile::open(const QString& target)
{
    close();
    m_target = target;
    m_path = target + QStringLiteral(".part");
    // A link could lead anywhere.
    m_descriptor = ::open(QFile::encodeName(m_path).constData(),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (m_descriptor < 0)
        return failure(errno);
    struct stat status {};
    if (::fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(m_descriptor);
        m_descriptor = -1;
        return Error{m_path.toStdString(), "it is no ordinary file", "Move it away, then try again"};
    }
    m_size = status.st_size;
    return {};
}

Result<void> PartFile::append(const QByteArray& bytes)
{
    qsizetype written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(m_descriptor, bytes.constData() + written,
                                      static_cast<std::size_t>(bytes.size() - written));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return failure(count < 0 ? errno : ENOSPC);
        written += count;
        m_size += count;
    }
    return {};
}

Result<void> PartFile::clear()
{
    if (::ftruncate(m_descriptor, 0) != 0)
        return failure(errno);
    m_size = 0;
    return {};
}

void PartFile::close()
{
    if (!isOpen())
        return;
    if (m_size == 0)
        ::unlink(QFile::encodeName(m_path).constData());
    ::close(m_descriptor);
    m_descriptor = -1;
}

Result<void> PartFile::finish()
{
    if (::close(m_descriptor) != 0) {
        m_descriptor = -1;
        return failure(errno);
    }
    m_descriptor = -1;
    if (QFileInfo::exists(m_target)) {
        if (const auto moved = moveAside(m_target); !moved)
            return moved;
    }
    if (std::rename(QFile::encodeName(m_path).constData(), QFile::encodeName(m_target).constData()) != 0)
        return failure(errno);
    // The new name is to survive a power cut too; what became of it without that is no loss.
    const int folder =
        ::open(QFile::encodeName(QFileInfo(m_target).absolutePath()).constData(), O_RDONLY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
    return {};
}

} // namespace chainrule
