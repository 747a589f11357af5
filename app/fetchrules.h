// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QNetworkReply>
#include <QString>
#include <QUrl>

#include <optional>
#include <vector>

namespace chainrule {

/// Whether a download from `from` may go on at `to`, where it was redirected: at any address of https; at one
/// of plain http only from plain http of the very same host, which somebody must have named.
[[nodiscard]] bool mayFollow(const QUrl& from, const QUrl& to);

/// Content-Range of an answer: its bytes from `first` to `last` of `total`, which is -1 where it says "*".
struct ContentRange {
    qint64 first = 0;
    qint64 last = 0;
    qint64 total = -1;
};
[[nodiscard]] std::optional<ContentRange> contentRange(const QByteArray& header);

/// Whether what came is a page for people, as a network sends that wants them to sign in first.
[[nodiscard]] bool isPage(const QByteArray& contentType, const QByteArray& begin);

/// Why a mirror did not give a file.
enum class Refusal {
    Offline,      ///< its name has no address, or no way leads there
    NoConnection, ///< refused, or the proxy did
    NotSecure,    ///< no TLS with a certificate that can be trusted
    Redirect,     ///< to plain http, or round and round
    Page,         ///< a page in place of the file
    Status,       ///< an HTTP status that is no success
    Cut,          ///< the connection ended too early
    Stalled,      ///< nothing came any more
    WrongSize,    ///< more or less than the file has
    WrongContent, ///< the digest differs
};

/// What became of one mirror.
struct Attempt {
    QString host;
    Refusal refusal = Refusal::Offline;
    std::string why; ///< "it answers 404 (Not Found)"
};

/// A network error as a refusal; `reply` has finished without a status, or within its body.
[[nodiscard]] Attempt attemptOf(const QNetworkReply& reply, bool inBody);

/// Whether none of the mirrors could be reached: it is not the file that something is wrong with.
[[nodiscard]] bool isUnreached(const std::vector<Attempt>& attempts);

/// What to say when all mirrors have refused: `attempts`, at least one, has the last round's.
[[nodiscard]] Error errorOf(const std::string& what, const std::vector<Attempt>& attempts);

} // namespace chainrule
