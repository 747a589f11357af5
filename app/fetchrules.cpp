// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fetchrules.h"

#include <algorithm>

namespace chainrule {

namespace {

const QString https = QStringLiteral("https");
constexpr const char* noName = "no address was found for its name";

// Sides of "12-34/56", nothing where one of them is no number.
std::optional<qint64> number(const QByteArray& text)
{
    if (text.isEmpty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    bool ok = false;
    const qint64 value = text.toLongLong(&ok);
    return ok ? std::optional(value) : std::nullopt;
}

std::string mendOf(const std::vector<Attempt>& attempts)
{
    const auto any = [&](Refusal refusal) {
        return std::any_of(attempts.begin(), attempts.end(),
                           [&](const Attempt& each) { return each.refusal == refusal; });
    };
    // What names the cause most surely goes first.
    if (any(Refusal::Page) || any(Refusal::Redirect))
        return "If this network wants you to sign in, open any web page to do so; then try again";
    if (any(Refusal::Cut) || any(Refusal::Stalled))
        return "Try again: what has come is kept, and only the rest is fetched";
    if (any(Refusal::NotSecure))
        return "Sign in to this network if it wants that, check this computer's date, and that the package "
               "ca-certificates is installed; then try again";
    if (any(Refusal::WrongSize) || any(Refusal::WrongContent))
        return "Try again later or from another network; nothing wrong was kept";
    if (any(Refusal::Status))
        return "Try again later, or name another mirror in CHAINRULE_MIRROR";
    return "Check the connection to the internet, then try again";
}

} // namespace

bool mayFollow(const QUrl& from, const QUrl& to)
{
    if (!to.isValid() || to.host().isEmpty())
        return false;
    if (to.scheme() == https)
        return true;
    return to.scheme() == QLatin1String("http") && from.scheme() == to.scheme() && from.host() == to.host();
}

std::optional<ContentRange> contentRange(const QByteArray& header)
{
    const QByteArray text = header.trimmed();
    if (!text.toLower().startsWith("bytes "))
        return std::nullopt;
    const QByteArray range = text.mid(6).trimmed();
    const qsizetype dash = range.indexOf('-');
    const qsizetype slash = range.indexOf('/');
    if (dash < 0 || slash < dash)
        return std::nullopt;
    const auto first = number(range.left(dash));
    const auto last = number(range.mid(dash + 1, slash - dash - 1));
    const QByteArray whole = range.mid(slash + 1);
    const auto total = whole == "*" ? std::optional<qint64>(-1) : number(whole);
    if (!first || !last || !total || *last < *first || (*total >= 0 && *last >= *total))
        return std::nullopt;
    return ContentRange{*first, *last, *total};
}

bool isPage(const QByteArray& contentType, const QByteArray& begin)
{
    const QByteArray type = contentType.trimmed().toLower();
    if (type.startsWith("text/html") || type.startsWith("application/xhtml"))
        return true;
    const QByteArray text = begin.trimmed().left(15).toLower();
    return text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<head");
}

Attempt attemptOf(const QNetworkReply& reply, bool inBody)
{
    Attempt attempt{reply.url().host(), Refusal::Offline, reply.errorString().toStdString()};
    const auto become = [&](Refusal refusal, const char* why) {
        attempt.refusal = refusal;
        attempt.why = why;
    };
    if (inBody) {
        become(Refusal::Cut, "the connection ended within the file");
        return attempt;
    }
    switch (reply.error()) {
    case QNetworkReply::HostNotFoundError:
        become(Refusal::Offline, noName);
        break;
    case QNetworkReply::ConnectionRefusedError:
        become(Refusal::NoConnection, "the connection was refused");
        break;
    case QNetworkReply::RemoteHostClosedError:
        become(Refusal::Cut, "the connection ended without an answer");
        break;
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
        become(Refusal::Offline, "no answer came");
        break;
    case QNetworkReply::ProtocolUnknownError:
        become(Refusal::NotSecure, "Qt has no TLS here");
        break;
    case QNetworkReply::SslHandshakeFailedError:
        attempt.refusal = Refusal::NotSecure;
        attempt.why = "no secure connection (" + reply.errorString().toStdString() + ")";
        break;
    case QNetworkReply::ProxyConnectionRefusedError:
    case QNetworkReply::ProxyConnectionClosedError:
    case QNetworkReply::ProxyNotFoundError:
    case QNetworkReply::ProxyTimeoutError:
    case QNetworkReply::ProxyAuthenticationRequiredError:
    case QNetworkReply::UnknownProxyError:
        attempt.refusal = Refusal::NoConnection;
        attempt.why = "the proxy gave no connection (" + reply.errorString().toStdString() + ")";
        break;
    default:
        break;
    }
    return attempt;
}

bool isUnreached(const std::vector<Attempt>& attempts)
{
    return std::all_of(attempts.begin(), attempts.end(), [](const Attempt& each) {
        return each.refusal == Refusal::Offline || each.refusal == Refusal::NoConnection;
    });
}

Error errorOf(const std::string& what, const std::vector<Attempt>& attempts)
{
    const std::string& first = attempts.front().why;
    const bool alike =
        std::all_of(attempts.begin(), attempts.end(), [&](const Attempt& each) { return each.why == first; });
    std::string hosts;
    std::string each;
    QStringList seen;
    for (const Attempt& attempt : attempts) {
        const std::string host = attempt.host.toStdString();
        each += (each.empty() ? "" : "; ") + host + ": " + attempt.why;
        if (!seen.contains(attempt.host))
            hosts += (hosts.empty() ? "" : ", ") + host;
        seen << attempt.host;
    }
    std::string why = alike ? hosts + ": " + first : each;
    if (isUnreached(attempts)) {
        // The cause first: addresses say little to those who have no network.
        if (!alike)
            why = "none of its servers could be reached: " + each;
        else if (first != noName)
            why = first + ": " + hosts;
        else if (seen.count(seen.first()) < seen.size())
            why = "there is no network, as none of its servers was found: " + hosts;
        else
            why = "there is no network, or no such server: " + hosts;
    }
    return {what, why, mendOf(attempts)};
}

} // namespace chainrule
