// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fetcher.h"

#include "core/base/text.h"

#include <QFileInfo>
#include <QNetworkAccessManager>
#include <QTimer>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;
constexpr qint64 bufferBytes = 1 << 20;
constexpr qint64 chunkBytes = 1 << 16;
const QByteArray gzipMagic = QByteArrayLiteral("\x1f\x8b");

int statusOf(const QNetworkReply& reply)
{
    return reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
}

bool isRedirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string bytesText(qint64 bytes)
{
    return withSeparators(bytes) + " bytes";
}

} // namespace

Fetcher::Fetcher(QNetworkAccessManager& network, FetchRules rules, QObject* parent)
    : QObject(parent)
    , m_network(network)
    , m_rules(rules)
    , m_stall(new QTimer(this))
    , m_poll(new QTimer(this))
    , m_digest([](const DigestRequest& request, const std::stop_token& stop) {
        return Digest{request.id, fileDigest(request.path, stop, true)};
    })
{
    m_stall->setSingleShot(true);
    m_stall->setInterval(rules.stallMilliseconds);
    connect(m_stall, &QTimer::timeout, this, [this] {
        const int seconds = m_rules.stallMilliseconds / 1000;
        refuse(Refusal::Stalled, "nothing came for " + std::to_string(seconds) + " seconds");
    });
    m_poll->setInterval(pollMilliseconds);
    connect(m_poll, &QTimer::timeout, this, &Fetcher::pollDigest);
}

Fetcher::~Fetcher()
{
    dropReply();
}

void Fetcher::start(const FetchJob& job)
{
    m_job = job;
    m_active = true;
    m_address = 0;
    m_round = 0;
    m_attempts.clear();
    m_fromStart = false;
    m_tags.clear();
    if (const auto opened = m_part.open(job.target); !opened) {
        end(opened.error(), FetchEnd::Local);
        return;
    }
    if (m_part.size() > job.bytes) { // of something else
        if (const auto cleared = m_part.clear(); !cleared) {
            end(cleared.error(), FetchEnd::Local);
            return;
        }
    }
    m_atRoundStart = m_part.size();
    emit progress(m_part.size());
    if (m_part.size() == job.bytes) {
        m_resumedAt = m_part.size();
        verify();
    } else {
        ask();
    }
}

void Fetcher::cancel()
{
    if (m_active)
        end({QFileInfo(m_job.target).fileName().toStdString(), "it was cancelled",
             "Try again: what has come is kept, and only the rest is fetched"},
            FetchEnd::Cancelled);
}

// Turns to the present address.
void Fetcher::ask()
{
    m_url = m_job.addresses[m_address];
    m_redirects = 0;
    send();
}

void Fetcher::send()
{
    m_resumedAt = m_fromStart ? 0 : m_part.size();
    m_body = false;
    QNetworkRequest request(m_url);
    // Each redirect is looked at before it is followed.
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    // Otherwise Qt asks for packed content and unpacks it, and the file would be another.
    request.setRawHeader("Accept-Encoding", "identity");
    request.setHeader(QNetworkRequest::UserAgentHeader, QStringLiteral("chainrule/" CHAINRULE_VERSION));
    if (m_resumedAt > 0) {
        request.setRawHeader("Range", "bytes=" + QByteArray::number(m_resumedAt) + '-');
        // What an earlier start left has no tag: then size and digest decide alone.
        if (const QByteArray tag = m_tags.value(m_url); !tag.isEmpty())
            request.setRawHeader("If-Range", tag);
    }
    m_reply = m_network.get(request);
    m_reply->setReadBufferSize(bufferBytes);
    connect(m_reply, &QNetworkReply::readyRead, this, &Fetcher::takeAnswer);
    connect(m_reply, &QNetworkReply::finished, this, &Fetcher::takeEnd);
    m_stall->start();
}

void Fetcher::takeAnswer()
{
    m_stall->start();
    if (!m_body && !takeHeaders())
        return;
    append();
}

// Whether the file's bytes may be read from the answer. Where not, the answer was dropped, or more of it is
// waited for.
bool Fetcher::takeHeaders()
{
    const int status = statusOf(*m_reply);
    if (status != 200 && status != 206) {
        // The page that tells people what is wrong need not come, let alone end.
        m_reply->skip(m_reply->bytesAvailable());
        if (status != 0)
            takeEnd();
        return false;
    }
    if (m_reply->bytesAvailable() < gzipMagic.size() && !m_reply->isFinished())
        return false;
    m_body = acceptHeaders(status);
    return m_body;
}

bool Fetcher::acceptHeaders(int status)
{
    const QByteArray begin = m_reply->peek(64);
    if (isPage(m_reply->rawHeader("Content-Type"), begin)) {
        refuse(Refusal::Page, "it sent a web page in place of the file");
        return false;
    }
    const qint64 rest = m_job.bytes - (status == 206 ? m_resumedAt : 0);
    if (status == 206) {
        const auto range = contentRange(m_reply->rawHeader("Content-Range"));
        const bool asked = m_resumedAt > 0 && range && range->first == m_resumedAt &&
                           range->last == m_job.bytes - 1 &&
                           (range->total < 0 || range->total == m_job.bytes);
        if (!asked) {
            if (!startAgain())
                refuse(Refusal::WrongSize, "it sent another part of the file than it was asked for");
            return false;
        }
    }
    const QVariant length = m_reply->header(QNetworkRequest::ContentLengthHeader);
    if (length.isValid() && length.toLongLong() != rest) {
        refuse(Refusal::WrongSize, "its file has " + bytesText(length.toLongLong() + m_job.bytes - rest) +
                                       ", not " + withSeparators(m_job.bytes));
        return false;
    }
    if (status == 200) {
        if (begin.size() < gzipMagic.size()) {
            refuse(Refusal::Cut, "the connection ended before the file began");
            return false;
        }
        if (!begin.startsWith(gzipMagic)) {
            refuse(Refusal::WrongContent, "what it sent is no gzip file");
            return false;
        }
        // All of it comes, whatever was asked for.
        m_resumedAt = 0;
        if (const auto cleared = m_part.clear(); !cleared) {
            end(cleared.error(), FetchEnd::Local);
            return false;
        }
    }
    const QByteArray tag = m_reply->rawHeader("ETag");
    if (!tag.startsWith("W/")) // a weak one may stand for other bytes
        m_tags.insert(m_url, tag);
    return true;
}

void Fetcher::append()
{
    while (m_reply && m_reply->bytesAvailable() > 0) {
        const QByteArray bytes = m_reply->read(chunkBytes);
        if (m_part.size() + bytes.size() > m_job.bytes) {
            if (const auto cleared = m_part.clear(); !cleared)
                end(cleared.error(), FetchEnd::Local);
            else
                refuse(Refusal::WrongSize, "it sent more than the file's " + bytesText(m_job.bytes));
            return;
        }
        if (const auto appended = m_part.append(bytes); !appended) {
            end(appended.error(), FetchEnd::Local);
            return;
        }
    }
    emit progress(m_part.size());
}

void Fetcher::takeEnd()
{
    const int status = statusOf(*m_reply);
    if (isRedirect(status)) {
        redirect();
        return;
    }
    if (status == 416 && startAgain())
        return;
    if (status != 0 && status != 200 && status != 206) {
        if (status == 511) { // Network Authentication Required
            refuse(Refusal::Page, "this network wants somebody to sign in first");
            return;
        }
        const QString phrase = m_reply->attribute(QNetworkRequest::HttpReasonPhraseAttribute).toString();
        refuse(Refusal::Status, "it answers " + std::to_string(status) +
                                    (phrase.isEmpty() ? "" : " (" + phrase.toStdString() + ")"));
        return;
    }
    if (status == 0) {
        refuse(attemptOf(*m_reply, false));
        return;
    }
    if (!m_body && !takeHeaders())
        return;
    append();
    if (!m_reply) // it did not fit
        return;
    if (m_part.size() == m_job.bytes) {
        verify();
        return;
    }
    refuse(Refusal::Cut,
           "the connection ended after " + bytesText(m_part.size()) + " of " + withSeparators(m_job.bytes));
}

void Fetcher::redirect()
{
    const QUrl to = m_url.resolved(QUrl::fromEncoded(m_reply->rawHeader("Location")));
    if (!mayFollow(m_url, to)) {
        refuse(Refusal::Redirect, "it redirects to an address without TLS, " +
                                      to.toDisplayString(QUrl::RemoveQuery).toStdString());
        return;
    }
    if (++m_redirects > m_rules.redirects) {
        refuse(Refusal::Redirect, "it redirects again and again");
        return;
    }
    dropReply();
    m_url = to;
    send();
}

// Asks the same address for all of the file, where it was asked for a part. Once.
bool Fetcher::startAgain()
{
    if (m_resumedAt == 0)
        return false;
    dropReply();
    m_fromStart = true;
    ask();
    return true;
}

void Fetcher::verify()
{
    dropReply();
    m_digest.post({++m_digestId, m_part.path()});
    m_poll->start();
}

void Fetcher::pollDigest()
{
    const auto digest = m_digest.take();
    if (!digest || digest->id != m_digestId)
        return;
    m_poll->stop();
    if (digest->content.fault != 0) { // of this machine: what has come may well be right
        end(writingFailed(m_part.path(), digest->content.fault), FetchEnd::Local);
        return;
    }
    if (digest->content.sha256 == m_job.sha256) {
        if (const auto placed = m_part.finish(); !placed) {
            end(placed.error(), FetchEnd::Local);
            return;
        }
        m_active = false;
        emit finished();
        return;
    }
    if (const auto cleared = m_part.clear(); !cleared) {
        end(cleared.error(), FetchEnd::Local);
        return;
    }
    emit progress(0);
    if (m_resumedAt > 0) { // what was there before may be to blame
        m_fromStart = true;
        ask();
        return;
    }
    refuse(Refusal::WrongContent, "its content is not what was published (SHA-256 differs)");
}

void Fetcher::refuse(Refusal refusal, const std::string& why)
{
    refuse({m_url.host(), refusal, why});
}

// On to the next address.
void Fetcher::refuse(const Attempt& attempt)
{
    dropReply();
    m_attempts.push_back(attempt);
    m_fromStart = false;
    if (++m_address < m_job.addresses.size()) {
        ask();
        return;
    }
    if (++m_round < m_rules.rounds && m_part.size() > m_atRoundStart) {
        m_atRoundStart = m_part.size();
        m_attempts.clear();
        m_address = 0;
        ask();
        return;
    }
    end(errorOf(QFileInfo(m_job.target).fileName().toStdString(), m_attempts),
        isUnreached(m_attempts) ? FetchEnd::Unreached : FetchEnd::Refused);
}

void Fetcher::end(const Error& error, FetchEnd how)
{
    dropReply();
    m_poll->stop();
    ++m_digestId; // an answer that still comes is nobody's
    m_part.close();
    m_active = false;
    emit failed(error, how);
}

void Fetcher::dropReply()
{
    m_stall->stop();
    if (!m_reply)
        return;
    m_reply->disconnect(this);
    m_reply->abort();
    m_reply->deleteLater();
    m_reply = nullptr;
}

} // namespace chainrule
