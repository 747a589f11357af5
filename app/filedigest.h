// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <stop_token>

namespace chainrule {

/// SHA-256 of a file's content in small hexadecimal digits; empty where it cannot be read or was stopped.
/// With `sync` the content has reached the disk when this returns. Takes as long as reading does: not for the
/// window's thread.
[[nodiscard]] QByteArray fileDigest(const QString& path, const std::stop_token& stop, bool sync = false);

} // namespace chainrule
