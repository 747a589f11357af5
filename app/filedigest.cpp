// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/filedigest.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

namespace chainrule {

QByteArray fileDigest(const QString& path, const std::stop_token& stop, bool sync)
{
    QFile file(path);
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return {};
    if (sync && ::fsync(file.handle()) != 0)
        return {};
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QByteArray chunk(qsizetype{1} << 18, Qt::Uninitialized);
    while (!stop.stop_requested()) {
        const qint64 count = file.read(chunk.data(), chunk.size());
        if (count < 0)
            return {};
        if (count == 0)
            return hash.result().toHex();
        hash.addData(QByteArrayView(chunk).first(count));
    }
    return {};
}

} // namespace chainrule
