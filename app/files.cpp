// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/files.h"

#include <QFileInfo>
#include <QSaveFile>

namespace chainrule {

Result<void> checkWritable(const QString& path)
{
    const QFileInfo file(path);
    const QFileInfo folder(file.absolutePath());
    const std::string mend = "Choose another place for the file";
    if (!folder.isDir())
        return Error{path.toStdString(), "its folder does not exist",
                     "Make the folder first, or choose another"};
    if (file.isDir())
        return Error{path.toStdString(), "it is a folder", "Give the name of a file"};
    if (file.exists() && !file.isFile()) // the new file would take a device's place
        return Error{path.toStdString(), "it is a device", "Give the name of a file"};
    // A new file is made beside the old one, and takes its place.
    if ((file.exists() && !file.isWritable()) || !folder.isWritable())
        return Error{path.toStdString(), "it may not be written", mend};
    return {};
}

Result<void> writeFile(const QString& path, const std::string& bytes)
{
    QSaveFile file(path);
    const auto failed = [&] {
        return Error{path.toStdString(), "it could not be written: " + file.errorString().toStdString(),
                     "Free some space or choose another place; what was there before is untouched"};
    };
    if (!file.open(QIODevice::WriteOnly))
        return failed();
    const auto size = static_cast<qint64>(bytes.size());
    // commit() alone would replace a good file after a short write on a full disk.
    if (file.write(bytes.data(), size) != size || !file.flush() || file.error() != QFileDevice::NoError ||
        file.size() != size) {
        const Error error = failed();
        file.cancelWriting();
        return error;
    }
    if (!file.commit())
        return failed();
    return {};
}

} // namespace chainrule
