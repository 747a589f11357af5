// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/filedigest.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

#include <cerrno>

#include <unistd.h>

namespace chainrule {

FileDigest fileDigest(const QString& path, const std::stop_token& stop, bool sync)
{
    const auto fault = [] { return FileDigest{{}, errno == 0 ? EIO : errno}; };
    QFile file(path);
    errno = 0;
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return fault();
    if (sync && ::fsync(file.handle()) != 0)
        return fault();
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QByteArray chunk(qsizetype{1} << 18, Qt::Uninitialized);
    while (!stop.stop_requested()) {
        errno = 0;
        const qint64 count = file.read(chunk.data(), chunk.size());
        if (count < 0)
            return fault();
        if (count == 0)
            return {hash.result().toHex(), 0};
        hash.addData(QByteArrayView(chunk).first(count));
    }
    return {};
}

} // namespace chainrule
