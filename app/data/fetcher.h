// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QUrl>

#include <functional>
#include <stop_token>

namespace chainrule {

/// One file to fetch, whose content is known before.
struct FetchJob {
    QList<QUrl> addresses; ///< in the order to try, at least one
    QString target;        ///< path of the finished file, in a folder that exists
    qint64 bytes = 0;
    QByteArray sha256;              ///< in small hexadecimal digits
    int stallMilliseconds = 30'000; ///< an address that sends nothing for so long is given up
};

enum class FetchEnd {
    Done,
    Cancelled,
    Refused, ///< no address was reached, or none had the file
    Local,   ///< this computer's disk does not take it
};

struct FetchOutcome {
    FetchEnd end = FetchEnd::Done;
    Error error{};      ///< empty where it is done
    qint64 fetched = 0; ///< bytes of the files that were not here already
};

/// Fetches a file from the first of its addresses that has it, and returns when it is there or an error is
/// known: until then it runs an event loop. An address of https is not left for one without TLS. The file
/// appears under its name only when its size and digest are right; until then, and after a failure, what has
/// come is in TARGET.part, and the next address or the next call goes on from there. `progress` is told how
/// many bytes of the file are here, which may become less.
[[nodiscard]] FetchOutcome fetchFile(const FetchJob& job, const std::stop_token& stop,
                                     const std::function<void(qint64 bytes)>& progress);

/// Gives a file that is in the way another name in its folder, "NAME.wrong": it may be somebody's.
[[nodiscard]] bool moveAside(const QString& path);

/// The error of a fetch that cannot write `path`, with the errno of what failed.
[[nodiscard]] FetchOutcome notStored(const QString& path, int number);

} // namespace chainrule
