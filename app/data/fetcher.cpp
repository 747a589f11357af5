// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/fetcher.h"

#include "app/base/filedigest.h"

#include "core/base/files/atomicfile.h"
#include "core/base/text.h"

#include <QEventLoop>
#include <QFile>
#include <QFileInfo>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSslSocket>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace chainrule {

namespace {

constexpr int redirects = 5;

// What became of one address. Of several, the greatest names the cause most surely.
enum class Fault { None, Cancelled, Local, Unreached, Status, Wrong, NotSecure, Cut, SignIn };

struct Answer {
    Fault fault = Fault::None;
    std::string why{};
    int number = 0; ///< errno of Local
};

// What to do about the faults from Unreached on.
constexpr std::array mends{
    "Check the connection to the internet, then try again",
    "Try again later, or name another mirror in CHAINRULE_MIRROR",
    "Try again later or from another network; nothing wrong was kept",
    "Sign in to this network if it wants that, check this computer's date, and that the package "
    "ca-certificates is installed; then try again",
    "Try again: what has come is kept, and only the rest is fetched",
    "If this network wants you to sign in, open any web page to do so; then try again",
};
static_assert(mends.size() ==
              static_cast<std::size_t>(Fault::SignIn) - static_cast<std::size_t>(Fault::Local));

const char* mendOf(Fault fault)
{
    return mends[static_cast<std::size_t>(fault) - static_cast<std::size_t>(Fault::Unreached)];
}

std::string bytesText(qint64 bytes)
{
    return withSeparators(bytes) + " bytes";
}

int statusOf(const QNetworkReply& reply)
{
    return reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
}

class Fetch {
public:
    Fetch(const FetchJob& job, const std::stop_token& stop, const std::function<void(qint64)>& progress)
        : m_job(job)
        , m_stop(stop)
        , m_progress(progress)
        , m_part(job.target + QStringLiteral(".part"))
    {
    }

    FetchOutcome run();

private:
    [[nodiscard]] Answer get(const QUrl& address);
    [[nodiscard]] Answer receive(const QUrl& address);
    [[nodiscard]] Answer acceptHeaders(QNetworkReply& reply);
    [[nodiscard]] Answer append(const QByteArray& bytes);
    [[nodiscard]] Answer endOf(const QNetworkReply& reply) const;
    [[nodiscard]] Answer refusal(const QNetworkReply& reply) const;

    const FetchJob& m_job;
    const std::stop_token& m_stop;
    const std::function<void(qint64)>& m_progress;
    QNetworkAccessManager m_network;
    QFile m_part;
    qint64 m_from = 0; ///< where the bytes of the address that is asked begin
};

FetchOutcome Fetch::run()
{
    if (QFileInfo(m_part.fileName()).isSymLink()) // it could lead anywhere
        return notStored(m_part.fileName(), ELOOP);
    if (!m_part.open(QIODevice::Append | QIODevice::Unbuffered))
        return notStored(m_part.fileName(), errno);
    if (m_part.size() > m_job.bytes)
        m_part.resize(0); // of something else
    m_progress(m_part.size());

    Answer answer;
    Fault worst = Fault::None;
    std::string each;
    for (const QUrl& address : m_job.addresses) {
        answer = get(address);
        if (answer.fault == Fault::Wrong && m_from > 0) { // what was here before may be to blame
            m_part.resize(0);
            answer = get(address);
        }
        if (answer.fault <= Fault::Local)
            break;
        worst = std::max(worst, answer.fault);
        each += (each.empty() ? "" : "; ") + address.host().toStdString() + ": " + answer.why;
    }
    if (m_part.size() == 0)
        m_part.remove();
    m_part.close();
    const std::string what = QFileInfo(m_job.target).fileName().toStdString();
    if (answer.fault == Fault::None) {
        errno = 0;
        const bool free = !QFileInfo::exists(m_job.target) || moveAside(m_job.target);
        return free && m_part.rename(m_job.target) ? FetchOutcome{} : notStored(m_job.target, errno);
    }
    if (answer.fault == Fault::Cancelled)
        return {FetchEnd::Cancelled, {what, "it was cancelled", mendOf(Fault::Cut)}};
    if (answer.fault == Fault::Local)
        return notStored(m_part.fileName(), answer.number);
    if (worst == Fault::Unreached)
        each = "there is no network, or no such server (" + each + ")";
    return {FetchEnd::Refused, {what, each, mendOf(worst)}};
}

// Has the file's bytes in the part, all and right, from this address and what was here before.
Answer Fetch::get(const QUrl& address)
{
    m_from = m_part.size();
    if (m_from < m_job.bytes) {
        if (Answer received = receive(address); received.fault != Fault::None)
            return received;
    }
    const FileDigest digest = fileDigest(m_part.fileName(), m_stop, true);
    if (m_stop.stop_requested())
        return {Fault::Cancelled};
    if (digest.fault != 0)
        return {Fault::Local, {}, digest.fault};
    if (digest.sha256 == m_job.sha256)
        return {};
    m_part.resize(0);
    m_progress(0);
    return {Fault::Wrong, "its content is not what was published (SHA-256 differs)"};
}

Answer Fetch::receive(const QUrl& address)
{
    QEventLoop loop;
    QNetworkRequest request(address);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::NoLessSafeRedirectPolicy);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setMaximumRedirectsAllowed(redirects);
    request.setTransferTimeout(m_job.stallMilliseconds);
    // Otherwise Qt asks for packed content and unpacks it, and the file would be another.
    request.setRawHeader("Accept-Encoding", "identity");
    request.setHeader(QNetworkRequest::UserAgentHeader, QStringLiteral("chainrule/" CHAINRULE_VERSION));
    if (m_from > 0)
        request.setRawHeader("Range", "bytes=" + QByteArray::number(m_from) + '-');

    const std::unique_ptr<QNetworkReply> reply(m_network.get(request));
    Answer answer;
    bool accepted = false;
    QObject::connect(reply.get(), &QNetworkReply::readyRead, &loop, [&] {
        if (!accepted && answer.fault == Fault::None)
            answer = acceptHeaders(*reply);
        accepted = true;
        if (answer.fault == Fault::None)
            answer = append(reply->readAll());
        if (answer.fault != Fault::None)
            loop.quit(); // the reply's end breaks the connection off
    });
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    const std::stop_callback onStop(
        m_stop, [&loop] { QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection); });
    loop.exec();
    if (m_stop.stop_requested())
        return {Fault::Cancelled};
    return answer.fault != Fault::None ? answer : endOf(*reply);
}

// Whether what follows is the file's bytes.
Answer Fetch::acceptHeaders(QNetworkReply& reply)
{
    const int status = statusOf(reply);
    if (status != 200 && status != 206)
        return refusal(reply);
    if (reply.rawHeader("Content-Type").toLower().startsWith("text/html") ||
        reply.peek(64).trimmed().startsWith('<'))
        return {Fault::SignIn, "it sent a web page in place of the file"};
    if (status == 206) {
        const QByteArray range =
            "bytes " + QByteArray::number(m_from) + '-' + QByteArray::number(m_job.bytes - 1) + '/';
        const QByteArray sent = reply.rawHeader("Content-Range");
        if (m_from == 0 || (sent != range + '*' && sent != range + QByteArray::number(m_job.bytes)))
            return {Fault::Wrong, "it sent another part of the file than it was asked for"};
    } else {
        m_from = 0; // all of it comes, whatever was asked for
    }
    const QVariant length = reply.header(QNetworkRequest::ContentLengthHeader);
    if (const qint64 all = m_from + length.toLongLong(); length.isValid() && all != m_job.bytes)
        return {Fault::Wrong, "its file has " + bytesText(all) + ", not " + withSeparators(m_job.bytes)};
    if (m_from == 0)
        m_part.resize(0);
    return {};
}

Answer Fetch::append(const QByteArray& bytes)
{
    if (m_part.size() + bytes.size() > m_job.bytes) {
        m_part.resize(0);
        return {Fault::Wrong, "it sent more than the file's " + bytesText(m_job.bytes)};
    }
    for (QByteArrayView rest = bytes; !rest.isEmpty();) {
        errno = 0;
        const qint64 count = m_part.write(rest.data(), rest.size());
        if (count <= 0)
            return {Fault::Local, {}, errno};
        rest = rest.sliced(count);
    }
    m_progress(m_part.size());
    return {};
}

// Of an answer that has ended by itself.
Answer Fetch::endOf(const QNetworkReply& reply) const
{
    switch (reply.error()) {
    case QNetworkReply::NoError:
    case QNetworkReply::RemoteHostClosedError:
        break;
    case QNetworkReply::OperationCanceledError:
        return {Fault::Cut,
                "nothing came for " + std::to_string(m_job.stallMilliseconds / 1000) + " seconds"};
    case QNetworkReply::TooManyRedirectsError:
        return {Fault::SignIn, "it redirects again and again"};
    case QNetworkReply::ProtocolUnknownError:
    case QNetworkReply::InsecureRedirectError:
        if (QSslSocket::supportsSsl())
            return {Fault::SignIn, "it redirects to an address without TLS"};
        [[fallthrough]];
    case QNetworkReply::SslHandshakeFailedError:
        return {Fault::NotSecure, "no secure connection (" + reply.errorString().toStdString() + ")"};
    default:
        if (statusOf(reply) == 0)
            return {Fault::Unreached, reply.errorString().toStdString()};
    }
    const int status = statusOf(reply);
    if (status != 0 && status != 200 && status != 206)
        return refusal(reply);
    if (status != 0 && m_part.size() == m_job.bytes)
        return {};
    return {Fault::Cut,
            "the connection ended after " + bytesText(m_part.size()) + " of " + withSeparators(m_job.bytes)};
}

Answer Fetch::refusal(const QNetworkReply& reply) const
{
    const int status = statusOf(reply);
    if (status == 416 && m_from > 0)
        return {Fault::Wrong, "it has no such part of the file"};
    const QString phrase = reply.attribute(QNetworkRequest::HttpReasonPhraseAttribute).toString();
    return {status == 511 ? Fault::SignIn : Fault::Status, // 511: Network Authentication Required
            "it answers " + std::to_string(status) +
                (phrase.isEmpty() ? "" : " (" + phrase.toStdString() + ")")};
}

} // namespace

FetchOutcome fetchFile(const FetchJob& job, const std::stop_token& stop,
                       const std::function<void(qint64 bytes)>& progress)
{
    return Fetch(job, stop, progress).run();
}

bool moveAside(const QString& path)
{
    QString aside = path + QStringLiteral(".wrong");
    for (int i = 2; QFileInfo::exists(aside); ++i)
        aside = path + QStringLiteral(".wrong%1").arg(i);
    errno = 0;
    return QFile::rename(path, aside);
}

FetchOutcome notStored(const QString& path, int number)
{
    Error error = notWritten(path.toStdString(), number == 0 ? EIO : number);
    error.mend =
        "Free some space, or choose another folder with XDG_DATA_HOME, then try again: what has come "
        "is kept";
    return {FetchEnd::Local, error};
}

} // namespace chainrule
