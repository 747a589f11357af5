// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/files.h"

#include "core/base/files/atomicfile.h"

#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>

#include <cerrno>

namespace chainrule {

Result<void> checkWritable(const QString& path)
{
    const QFileInfo file(path);
    struct stat folder {};
    if (::stat(QFile::encodeName(file.absolutePath()).constData(), &folder) != 0)
        return notWritten(path.toStdString(), errno); // one that may not be entered is not missing
    if (!S_ISDIR(folder.st_mode))
        return notWritten(path.toStdString(), ENOTDIR);
    if (file.isDir())
        return Error{path.toStdString(), "it is a folder", "Give the name of a file"};
    if (file.exists() && !file.isFile()) // the new file would take a device's place
        return Error{path.toStdString(), "it is a device", "Give the name of a file"};
    // A new file is made beside the old one, and takes its place.
    if ((file.exists() && !file.isWritable()) || !QFileInfo(file.absolutePath()).isWritable())
        return notWritten(path.toStdString(), EACCES);
    return {};
}

Result<void> writeFile(const QString& path, const std::string& bytes)
{
    return writeAtomically(QFile::encodeName(path).toStdString(), bytes);
}

QString stampOf(const QString& path)
{
    struct stat now {};
    if (path.isEmpty() || ::stat(QFile::encodeName(path).constData(), &now) != 0 || !S_ISREG(now.st_mode))
        return {};
    return QStringLiteral("%1 %2 %3.%4")
        .arg(now.st_size)
        .arg(now.st_ino)
        .arg(now.st_mtim.tv_sec)
        .arg(now.st_mtim.tv_nsec, 9, 10, QLatin1Char('0'));
}

} // namespace chainrule
