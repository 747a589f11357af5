// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/fetchrules.h"
#include "app/filedigest.h"
#include "app/latestjob.h"
#include "app/partfile.h"

#include <QHash>
#include <QObject>

class QNetworkAccessManager;
class QTimer;

namespace chainrule {

/// One file to fetch, which is known before.
struct FetchJob {
    QList<QUrl> addresses; ///< in the order to try, at least one
    QString target;        ///< path of the finished file, in a folder that exists
    qint64 bytes = 0;
    QByteArray sha256; ///< in small hexadecimal digits
};

struct FetchRules {
    int stallMilliseconds = 30'000; ///< how long nothing may come
    int rounds = 10;                ///< how often all addresses are asked, while each round brought something
    int redirects = 5;
};

/// How a fetch ended without the file.
enum class FetchEnd {
    Cancelled,
    Unreached, ///< no address could be
    Refused,   ///< by all addresses
    Local,     ///< this computer's disk does not take it
};

/// Fetches a file of known size and digest in the event loop of its thread. On any failure of an address it
/// goes on at the next, from where the last has stopped. The file appears under its name only when all of it
/// is there and right; until then, and after a failure, what has come is in TARGET.part.
class Fetcher : public QObject {
    Q_OBJECT

public:
    explicit Fetcher(QNetworkAccessManager& network, FetchRules rules = {}, QObject* parent = nullptr);
    ~Fetcher() override;

    /// To be called when none is under way.
    void start(const FetchJob& job);
    /// Ends at once with failed().
    void cancel();
    [[nodiscard]] bool isActive() const { return m_active; }

signals:
    /// How much of the file is there, which may become less.
    void progress(qint64 bytes);
    void finished();
    void failed(const chainrule::Error& error, chainrule::FetchEnd end);

private:
    struct Digest {
        int id = 0;
        FileDigest content;
    };
    struct DigestRequest {
        int id = 0;
        QString path;
    };

    void ask();
    void send();
    void takeAnswer();
    bool takeHeaders();
    bool acceptHeaders(int status);
    void takeEnd();
    void redirect();
    bool startAgain();
    void append();
    void verify();
    void pollDigest();
    void refuse(Refusal refusal, const std::string& why);
    void refuse(const Attempt& attempt);
    void end(const Error& error, FetchEnd how);
    void dropReply();

    QNetworkAccessManager& m_network;
    FetchRules m_rules;
    FetchJob m_job;
    bool m_active = false;
    PartFile m_part;
    QNetworkReply* m_reply = nullptr;
    QTimer* m_stall = nullptr;
    QTimer* m_poll = nullptr;

    qsizetype m_address = 0; ///< which of the job's
    int m_round = 0;
    qint64 m_atRoundStart = 0;
    std::vector<Attempt> m_attempts; ///< of this round
    QUrl m_url;                      ///< the address, or where it redirected to
    int m_redirects = 0;
    bool m_fromStart = false;       ///< this address is to give all of it
    bool m_body = false;            ///< the answer's headers are good: what follows is the file's
    qint64 m_resumedAt = 0;         ///< where this address's bytes begin
    QHash<QUrl, QByteArray> m_tags; ///< of the addresses that said what they have
    int m_digestId = 0;
    LatestJob<DigestRequest, Digest> m_digest;
};

} // namespace chainrule
