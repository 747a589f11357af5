// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <stop_token>

namespace chainrule {

struct FileDigest {
    QByteArray sha256; ///< in small hexadecimal digits; empty where there is a fault, or it was stopped
    int fault = 0;     ///< errno of what failed on this machine
};

/// SHA-256 of a file's content. With `sync` the content has reached the disk when this returns. Takes as long
/// as reading does: not for the window's thread.
[[nodiscard]] FileDigest fileDigest(const QString& path, const std::stop_token& stop, bool sync = false);

} // namespace chainrule
