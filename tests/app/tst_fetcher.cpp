// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fetcher.h"
#include "tests/app/misbehavingserver.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QFile>
#include <QNetworkAccessManager>
#include <QProcess>
#include <QSignalSpy>
#include <QSslConfiguration>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace chainrule;

namespace {

using Server = MisbehavingServer;
using Request = MisbehavingServer::Request;

constexpr qsizetype fileSize = 300'000;

// Bytes that begin as a gzip file's and repeat nowhere.
QByteArray madeFile(quint32 seed = 1, qsizetype size = fileSize)
{
    QByteArray bytes("\x1f\x8b");
    quint32 state = seed;
    while (bytes.size() < size) {
        state = state * 1664525U + 1013904223U;
        bytes.append(static_cast<char>(state >> 24));
    }
    return bytes;
}

QByteArray digestOf(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

std::optional<QByteArray> contentOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    return file.readAll();
}

// How a fetch ended.
struct Outcome {
    bool done = false;
    QString error; ///< the message
    FetchEnd end = FetchEnd::Refused;
};

} // namespace

/// One file from servers that misbehave. In every case: the file is there and right, or it is not there.
class TestFetcher : public QObject {
    Q_OBJECT

private:
    const QByteArray m_file = madeFile();
    std::optional<QTemporaryDir> m_folder;
    QString m_target;

    [[nodiscard]] QString part() const { return m_target + ".part"; }

    void writePart(const QByteArray& bytes) const
    {
        QFile file(part());
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }

    Outcome fetch(const QList<QUrl>& addresses, const FetchRules& rules = {.stallMilliseconds = 10'000})
    {
        QNetworkAccessManager network;
        Fetcher fetcher(network, rules);
        return outcomeOf(fetcher, addresses);
    }

    Outcome outcomeOf(Fetcher& fetcher, const QList<QUrl>& addresses)
    {
        Outcome outcome;
        bool ended = false;
        connect(&fetcher, &Fetcher::finished, &fetcher, [&] {
            outcome.done = true;
            ended = true;
        });
        connect(&fetcher, &Fetcher::failed, &fetcher, [&](const Error& error, FetchEnd end) {
            outcome.error = QString::fromStdString(error.message());
            outcome.end = end;
            ended = true;
        });
        // Whoever looks at any moment sees no wrong file.
        QTimer watch;
        int wrong = 0;
        connect(&watch, &QTimer::timeout, this, [&] {
            if (const auto content = contentOf(m_target); content && *content != m_file)
                ++wrong;
        });
        watch.start(1);
        fetcher.start({addresses, m_target, m_file.size(), digestOf(m_file)});
        const bool inTime = QTest::qWaitFor([&] { return ended; }, 30'000);
        if (!inTime || wrong > 0 || fetcher.isActive())
            outcome = {false, "never ended, or a wrong file was seen", FetchEnd::Refused};
        return outcome;
    }

    // The one state that counts as done.
    [[nodiscard]] bool isRight() const { return contentOf(m_target) == m_file && !QFile::exists(part()); }

private slots:
    void init()
    {
        m_folder.emplace();
        m_target = m_folder->filePath("file.gz");
    }

    void getsAFile()
    {
        Server server(Server::file(m_file));
        QVERIFY(fetch({server.url("/folder/file.gz")}).done);
        QVERIFY(isRight());
        QCOMPARE(server.requests.size(), 1);
        QCOMPARE(server.requests[0].path, QByteArray("/folder/file.gz"));
        // Otherwise Qt unpacks what a server packs on its way.
        QCOMPARE(server.requests[0].headers.value("accept-encoding"), QByteArray("identity"));
        QVERIFY(!server.requests[0].headers.contains("range"));
    }

    void isCutAndGoesOnElsewhere_data()
    {
        QTest::addColumn<qsizetype>("at");
        for (const qsizetype at : {qsizetype{0}, qsizetype{1}, qsizetype{2}, qsizetype{17}, qsizetype{65'536},
                                   fileSize / 2, fileSize - 1})
            QTest::addRow("%lld", static_cast<long long>(at)) << at;
    }

    void isCutAndGoesOnElsewhere()
    {
        QFETCH(qsizetype, at);
        Server cut(Server::cut(m_file, at));
        Server good(Server::file(m_file));
        QVERIFY(fetch({cut.url(), good.url()}).done);
        QVERIFY(isRight());
        QCOMPARE(cut.requests.size(), 1);
        QCOMPARE(good.requests.size(), 1);
        // Two bytes are what tells a gzip file from something else: less is not kept.
        const qsizetype kept = at < 2 ? 0 : at;
        QCOMPARE(good.requests[0].from(), kept);
    }

    void isCutAndGoesOnAtTheNextStart_data() { isCutAndGoesOnElsewhere_data(); }

    void isCutAndGoesOnAtTheNextStart()
    {
        QFETCH(qsizetype, at);
        Server server(Server::cut(m_file, at));
        const Outcome first = fetch({server.url()}, {.rounds = 1});
        QVERIFY(!first.done);
        QVERIFY2(first.error.contains("Try again: what has come is kept"), qPrintable(first.error));
        QVERIFY(!QFile::exists(m_target));
        if (at >= 2)
            QCOMPARE(contentOf(part()), m_file.left(at));
        else
            QVERIFY(!QFile::exists(part())); // nothing is left of nothing
        server.setAnswer(Server::file(m_file));
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isRight());
        QCOMPARE(server.requests.last().from(), at < 2 ? 0 : at);
    }

    void asksAgainAsLongAsSomethingComes()
    {
        Server server(Server::cut(m_file, 40'000)); // 300,000 in eight
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isRight());
        QCOMPARE(server.requests.size(), 8);
        for (int i = 0; i < 8; ++i)
            QCOMPARE(server.requests[i].from(), 40'000 * i);
    }

    void givesUpWhereNothingComes()
    {
        Server server(Server::cut(m_file, 0));
        QVERIFY(!fetch({server.url(), server.url()}).done);
        QCOMPARE(server.requests.size(), 2);
    }

    // Whatever is wrong with a server, the next one is asked; and where there is none, it is said.
    void misbehaves_data()
    {
        QTest::addColumn<Server::Answer>("answer");
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("mend");
        const auto row = [](const char* name, Server::Answer answer, const char* said, const char* mend) {
            QTest::newRow(name) << std::move(answer) << said << mend;
        };
        const QByteArray page = "<!DOCTYPE html><html><body>Welcome to our hotel</body></html>";
        row("403", Server::status("403 Forbidden"), "403 (Forbidden)", "Try again later");
        row("404", Server::status("404 Not Found", "Content-Type: text/html\r\n", page), "404 (Not Found)",
            "Try again later");
        row("503", Server::status("503 Service Unavailable"), "503 (Service Unavailable)", "Try again later");
        row("500 without a phrase", Server::status("500 "), "it answers 500", "Try again later");
        row("sign in first", Server::status("511 Network Authentication Required", {}, page), "sign in",
            "open any web page");
        row("portal", Server::status("200 OK", "Content-Type: text/html; charset=utf-8\r\n", page),
            "web page", "sign in");
        row("portal without a type", Server::status("200 OK", {}, "\n  " + page), "web page", "sign in");
        row("another file", Server::file(madeFile(2)), "SHA-256 differs", "nothing wrong was kept");
        row("a text", Server::status("200 OK", {}, QByteArray(fileSize, 'x')), "no gzip file",
            "nothing wrong was kept");
        row("shorter", Server::file(m_file.left(1000)), "1,000 bytes, not 300,000", "nothing wrong");
        row("longer", Server::file(m_file + "x"), "300,001 bytes, not 300,000", "nothing wrong");
        row(
            "longer without saying so",
            [file = m_file](QTcpSocket& socket, const Request&) {
                Server::send(socket, "200 OK", {}, file + "more");
            },
            "more than the file's 300,000 bytes", "nothing wrong");
        row(
            "shorter without saying so",
            [file = m_file](QTcpSocket& socket, const Request&) {
                Server::send(socket, "200 OK", {}, file.left(1000));
            },
            "1,000 bytes of 300,000", "what has come is kept");
        row(
            "packed once more",
            [file = m_file](QTcpSocket& socket, const Request&) {
                // What mod_deflate would make of it: stored blocks are enough to be longer.
                const QByteArray packed = "\x1f\x8b\x08" + file + QByteArray(100, '\0');
                Server::send(socket, "200 OK", "Content-Encoding: gzip\r\n" + Server::lengthOf(packed),
                             packed);
            },
            "not 300,000", "nothing wrong");
        row("to plain http elsewhere",
            Server::status("302 Found", "Location: http://127.0.0.2:9/file.gz\r\n"), "without TLS",
            "sign in");
        row("to another scheme", Server::status("301 Moved", "Location: file:///etc/passwd\r\n"),
            "without TLS", "sign in");
        row("to nowhere", Server::status("302 Found"), "again and again", "sign in");
        row("round and round", Server::status("302 Found", "Location: /round\r\n"), "again and again",
            "sign in");
        row(
            "no answer", [](QTcpSocket&, const Request&) {}, "nothing came", "Try again");
        row(
            "stalls",
            [file = m_file](QTcpSocket& socket, const Request&) {
                socket.write("HTTP/1.1 200 OK\r\n" + Server::lengthOf(file) + "\r\n" + file.left(100));
            },
            "nothing came", "what has come is kept");
        row(
            "hangs up", [](QTcpSocket& socket, const Request&) { socket.disconnectFromHost(); },
            "ended without an answer", "Try again");
        row(
            "speaks something else",
            [](QTcpSocket& socket, const Request&) {
                socket.write("220 ready for mail\r\n");
                socket.disconnectFromHost();
            },
            "", "");
        row(
            "a part that nobody wants",
            [file = m_file](QTcpSocket& socket, const Request&) {
                const QByteArray body = file.mid(10);
                Server::send(socket, "206 Partial Content",
                             Server::rangeOf(10, fileSize - 1, fileSize) + Server::lengthOf(body), body);
            },
            "another part", "nothing wrong");
    }

    void misbehaves()
    {
        QFETCH(Server::Answer, answer);
        QFETCH(QString, said);
        QFETCH(QString, mend);
        Server bad(answer);
        const FetchRules rules{.stallMilliseconds = 200};

        const Outcome alone = fetch({bad.url("/file.gz")}, rules);
        QVERIFY(!alone.done);
        QCOMPARE(alone.end, FetchEnd::Refused);
        QVERIFY2(alone.error.startsWith("file.gz: 127.0.0.1: "), qPrintable(alone.error));
        QVERIFY2(alone.error.contains(said) && alone.error.contains(mend), qPrintable(alone.error));
        QVERIFY(!QFile::exists(m_target));
        // What is kept is the file's beginning.
        if (const auto kept = contentOf(part()))
            QVERIFY(!kept->isEmpty() && m_file.startsWith(*kept));

        const auto before = bad.requests.size();
        Server good(Server::file(m_file));
        QVERIFY(fetch({bad.url("/file.gz"), good.url()}, rules).done);
        QVERIFY(isRight());
        QVERIFY(bad.requests.size() > before);
        QCOMPARE(good.requests.size(), 1);
    }

    void isOffline()
    {
        Server gone;
        const QUrl refused = gone.url();
        gone.close();
        const QUrl unknown(QStringLiteral("http://chainrule.invalid/")); // a name that nobody may have
        Outcome outcome = fetch({refused});
        QVERIFY2(outcome.error.contains("the connection was refused") &&
                     outcome.error.contains("Check the connection to the internet"),
                 qPrintable(outcome.error));
        QVERIFY2(outcome.error.startsWith("file.gz: the connection was refused: 127.0.0.1. "),
                 qPrintable(outcome.error));
        QCOMPARE(outcome.end, FetchEnd::Unreached);
        // The cause comes first, then who was asked.
        outcome = fetch({unknown, unknown});
        QCOMPARE(outcome.error, QString("file.gz: there is no network, or no such server: chainrule.invalid. "
                                        "Check the connection to the internet, then try again."));
        outcome = fetch({unknown, QUrl(QStringLiteral("http://mirror.invalid/"))});
        QCOMPARE(outcome.error, QString("file.gz: there is no network, as none of its servers was found: "
                                        "chainrule.invalid, mirror.invalid. Check the connection to the "
                                        "internet, then try again."));
        outcome = fetch({unknown, refused});
        QVERIFY2(outcome.error.startsWith("file.gz: none of its servers could be reached: chainrule.invalid: "
                                          "no address was found for its name; 127.0.0.1: "),
                 qPrintable(outcome.error));
        QCOMPARE(outcome.end, FetchEnd::Unreached);
        QVERIFY(!QFile::exists(part()));
        Server good(Server::file(m_file));
        QVERIFY(fetch({refused, unknown, good.url()}).done);
        QVERIFY(isRight());
    }

    // A part that was kept, and servers that do with it what they like.
    void goesOn_data()
    {
        QTest::addColumn<Server::Answer>("answer");
        QTest::addColumn<int>("requests");
        const auto row = [](const char* name, int requests, Server::Answer answer) {
            QTest::newRow(name) << std::move(answer) << requests;
        };
        row("well", 1, Server::file(m_file));
        row("ignores the range", 1, [file = m_file](QTcpSocket& socket, const Request&) {
            Server::send(socket, "200 OK", Server::lengthOf(file), file);
        });
        row("total unknown", 1, [file = m_file](QTcpSocket& socket, const Request& request) {
            const QByteArray body = file.mid(request.from());
            Server::send(socket, "206 Partial Content",
                         "Content-Range: bytes " + QByteArray::number(request.from()) + '-' +
                             QByteArray::number(file.size() - 1) + "/*\r\n" + Server::lengthOf(body),
                         body);
        });
        const auto wrongly = [file = m_file](const QByteArray& range) {
            return [file, range](QTcpSocket& socket, const Request& request) {
                if (request.from() == 0) {
                    Server::sendFile(socket, request, file);
                } else {
                    const QByteArray body = file.mid(request.from());
                    Server::send(socket, "206 Partial Content", range + Server::lengthOf(body), body);
                }
            };
        };
        row("no range said", 2, wrongly({}));
        row("another range", 2, wrongly(Server::rangeOf(5, fileSize - 1, fileSize)));
        row("only some of it", 2, wrongly(Server::rangeOf(100'000, fileSize - 2, fileSize)));
        row("of another file", 2, wrongly(Server::rangeOf(100'000, fileSize - 1, fileSize + 1)));
        row("nonsense", 2, wrongly("Content-Range: pages 3-4/5\r\n"));
        row("will not", 2, [file = m_file](QTcpSocket& socket, const Request& request) {
            if (request.from() > 0)
                Server::send(socket, "416 Range Not Satisfiable", "Content-Range: bytes */17\r\n", {});
            else
                Server::sendFile(socket, request, file);
        });
    }

    void goesOn()
    {
        QFETCH(Server::Answer, answer);
        QFETCH(int, requests);
        writePart(m_file.left(100'000));
        Server server(answer);
        const Outcome outcome = fetch({server.url()});
        QVERIFY2(outcome.done, qPrintable(outcome.error));
        QVERIFY(isRight());
        QCOMPARE(server.requests.size(), requests);
        QCOMPARE(server.requests[0].headers.value("range"), QByteArray("bytes=100000-"));
    }

    void isNotMisledByAWrongPart_data()
    {
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("another beginning") << madeFile(3, 1000);
        QTest::newRow("as long as the file") << madeFile(3);
        QTest::newRow("longer than the file") << madeFile(3) + "x";
    }

    void isNotMisledByAWrongPart()
    {
        QFETCH(QByteArray, part);
        writePart(part);
        Server server(Server::file(m_file));
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isRight());
    }

    void needsNoServerForAWholePart()
    {
        writePart(m_file);
        QVERIFY(fetch({QUrl("http://chainrule.invalid/")}).done);
        QVERIFY(isRight());
    }

    // A server whose file has changed sends the new one; what came of the old is not glued to it.
    void asksWhetherItIsTheSameFile()
    {
        int count = 0;
        Server server([&](QTcpSocket& socket, const Request& request) {
            if (++count == 1)
                socket.write("HTTP/1.1 200 OK\r\nETag: \"one\"\r\n" + Server::lengthOf(m_file) + "\r\n" +
                             m_file.left(1000));
            else
                Server::sendFile(socket, request, m_file);
            socket.disconnectFromHost();
        });
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isRight());
        QCOMPARE(server.requests.size(), 2);
        QCOMPARE(server.requests[1].headers.value("if-range"), QByteArray("\"one\""));

        // A weak tag may stand for other bytes.
        init();
        count = 0;
        server.requests.clear();
        server.setAnswer([&](QTcpSocket& socket, const Request& request) {
            if (++count == 1) {
                socket.write("HTTP/1.1 200 OK\r\nETag: W/\"one\"\r\n" + Server::lengthOf(m_file) + "\r\n" +
                             m_file.left(1000));
                socket.disconnectFromHost();
            } else {
                Server::sendFile(socket, request, m_file);
            }
        });
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(!server.requests[1].headers.contains("if-range"));
    }

    // Servers that hold gzip files often say that they packed them: nothing is to be unpacked then.
    void leavesAMislabelledFileAsItIs()
    {
        Server server([&](QTcpSocket& socket, const Request& request) {
            Server::sendFile(socket, request, m_file,
                             "Content-Encoding: gzip\r\nContent-Type: application/x-gzip\r\n");
        });
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isRight());
    }

    void followsWhereItMay()
    {
        Server server([&](QTcpSocket& socket, const Request& request) {
            if (request.path == "/file.gz")
                Server::send(socket, "302 Found", "Location: /real/file.gz\r\nContent-Length: 0\r\n", {});
            else
                Server::sendFile(socket, request, m_file);
        });
        writePart(m_file.left(1000));
        QVERIFY(fetch({server.url("/file.gz")}).done);
        QVERIFY(isRight());
        QCOMPARE(server.requests.size(), 2);
        QCOMPARE(server.requests[1].path, QByteArray("/real/file.gz"));
        QCOMPARE(server.requests[1].from(), 1000);
    }

    // The address that it must not go to would have had the file.
    void doesNotFollowWhereItMayNot()
    {
        Server elsewhere(Server::file(m_file), QHostAddress("127.0.0.2"));
        if (!elsewhere.isListening())
            QSKIP("there is no 127.0.0.2 here");
        Server server(
            Server::status("302 Found", "Location: " + elsewhere.url("/file.gz").toEncoded() + "\r\n"));
        const Outcome outcome = fetch({server.url()});
        QVERIFY(!outcome.done);
        QVERIFY2(outcome.error.contains("it redirects to an address without TLS, http://127.0.0.2:"),
                 qPrintable(outcome.error));
        QCOMPARE(elsewhere.requests.size(), 0);
        QVERIFY(!QFile::exists(m_target));
    }

    // Over TLS, as from the real mirrors.
    void speaksTls()
    {
        QProcess openssl;
        const QString key = m_folder->filePath("key.pem");
        const QString certificate = m_folder->filePath("certificate.pem");
        openssl.start("openssl", {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                                  "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                                  "-out", certificate});
        if (!openssl.waitForFinished() || openssl.exitCode() != 0 || !QSslSocket::supportsSsl())
            QSKIP("there is no openssl to make a certificate with, or Qt has no TLS");
        QFile keyFile(key);
        QVERIFY(keyFile.open(QIODevice::ReadOnly));
        const QSslCertificate own = QSslCertificate::fromPath(certificate).value(0);
        Server server(Server::file(m_file));
        server.setTls(own, QSslKey(&keyFile, QSsl::Rsa));
        QCOMPARE(server.url().scheme(), QString("https"));
        Server plain(Server::file(m_file));

        const Outcome untrusted = fetch({server.url()});
        QVERIFY(!untrusted.done);
        QVERIFY2(untrusted.error.contains("no secure connection (") &&
                     untrusted.error.contains("ca-certificates"),
                 qPrintable(untrusted.error));
        QCOMPARE(server.requests.size(), 0);
        QVERIFY(!QFile::exists(m_target));

        const QSslConfiguration before = QSslConfiguration::defaultConfiguration();
        QSslConfiguration trusting = before;
        trusting.addCaCertificate(own);
        QSslConfiguration::setDefaultConfiguration(trusting);
        const Outcome trusted = fetch({server.url()});
        const bool right = isRight();
        QVERIFY(!right || QFile::remove(m_target));
        server.setAnswer(
            Server::status("302 Found", "Location: " + plain.url("/file.gz").toEncoded() + "\r\n"));
        const Outcome downgraded = fetch({server.url()});
        QSslConfiguration::setDefaultConfiguration(before);
        QVERIFY2(trusted.done && right, qPrintable(trusted.error));
        QVERIFY(!downgraded.done);
        QVERIFY2(downgraded.error.contains("without TLS"), qPrintable(downgraded.error));
        QCOMPARE(plain.requests.size(), 0);
        QVERIFY(!QFile::exists(m_target));
    }

    void mayFollow_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<bool>("may");
        const auto row = [](const char* from, const char* to, bool may) {
            QTest::addRow("%s to %s", from, to) << from << to << may;
        };
        row("https://a.org/x", "https://a.org/y", true);
        row("https://a.org/x", "https://b.org/y", true);
        row("https://a.org/x", "http://a.org/x", false);
        row("https://a.org/x", "http://b.org/x", false);
        row("http://a.org/x", "https://b.org/x", true);
        row("http://a.org/x", "http://a.org/y", true);
        row("http://a.org/x", "http://b.org/x", false);
        row("https://a.org/x", "ftp://a.org/x", false);
        row("https://a.org/x", "file:///etc/passwd", false);
        row("http://a.org/x", "data:text/plain,x", false);
        row("https://a.org/x", "https:", false);
        row("https://a.org/x", "", false);
    }

    void mayFollow()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QTEST(chainrule::mayFollow(QUrl(from), QUrl(to)), "may");
    }

    void readsContentRanges()
    {
        const auto good = contentRange("bytes 5-9/10");
        QVERIFY(good && good->first == 5 && good->last == 9 && good->total == 10);
        QCOMPARE(contentRange(" Bytes 0-0/* ")->total, -1);
        for (const char* wrong : {"", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes */10",
                                  "bytes -5/10", "bytes 5-/10", "bytes +5-9/10", "bytes 5-9/", "items 5-9/10",
                                  "bytes 5-99999999999999999999/*", "bytes 5/9-10"})
            QVERIFY2(!contentRange(wrong), wrong);
    }

    void isCancelledAtOnce_data()
    {
        QTest::addColumn<Server::Answer>("answer");
        QTest::newRow("before an answer") << Server::Answer([](QTcpSocket&, const Request&) {});
        QTest::newRow("within the file") << Server::Answer([this](QTcpSocket& socket, const Request&) {
            socket.write("HTTP/1.1 200 OK\r\n" + Server::lengthOf(m_file) + "\r\n" + m_file.left(5000));
        });
    }

    void isCancelledAtOnce()
    {
        QFETCH(Server::Answer, answer);
        Server server(answer);
        QNetworkAccessManager network;
        Fetcher fetcher(network);
        QSignalSpy failed(&fetcher, &Fetcher::failed);
        QSignalSpy progress(&fetcher, &Fetcher::progress);
        const bool some = QLatin1String(QTest::currentDataTag()) == QLatin1String("within the file");
        fetcher.start({{server.url()}, m_target, m_file.size(), digestOf(m_file)});
        QTRY_VERIFY(server.requests.size() == 1 && (!some || progress.count() > 1));
        fetcher.cancel();
        QCOMPARE(failed.count(), 1);
        QCOMPARE(failed[0][1].value<FetchEnd>(), FetchEnd::Cancelled);
        QVERIFY(!fetcher.isActive());
        QVERIFY(!QFile::exists(m_target));
        QCOMPARE(QFile::exists(part()), some);
        fetcher.cancel(); // of nothing
        QCOMPARE(failed.count(), 1);

        // And it can be gone on with, by the same fetcher.
        server.setAnswer(Server::file(m_file));
        QVERIFY(outcomeOf(fetcher, {server.url()}).done);
        QVERIFY(isRight());
        QCOMPARE(server.requests.last().from(), some ? 5000 : 0);
    }

    void endsWhileItFetches()
    {
        Server server(Server::cut(m_file, 5000));
        QNetworkAccessManager network;
        {
            Fetcher fetcher(network);
            fetcher.start({{server.url()}, m_target, m_file.size(), digestOf(m_file)});
            QTRY_VERIFY(server.requests.size() >= 1);
        }
        QVERIFY(!QFile::exists(m_target));
    }

    // A disk that takes no more: nothing else is asked, and what fitted is kept.
    void diskIsFull()
    {
        Server server(Server::file(m_file));
        Server other(Server::file(m_file));
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        rlimit small = before;
        small.rlim_cur = 100'000;
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        const Outcome outcome = fetch({server.url(), other.url()});
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        QVERIFY(!outcome.done);
        QCOMPARE(outcome.end, FetchEnd::Local);
        QVERIFY2(outcome.error.contains("larger than files may be here"), qPrintable(outcome.error));
        QCOMPARE(other.requests.size(), 0);
        QVERIFY(!QFile::exists(m_target));
        QCOMPARE(contentOf(part()), m_file.left(100'000));
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isRight());
    }

    void aRealDiskIsFull()
    {
        const QByteArray disk = QFile::encodeName(m_folder->filePath("disk"));
        QVERIFY(QDir().mkpath(QFile::decodeName(disk)));
        if (::mount("tmpfs", disk.constData(), "tmpfs", 0, "size=128k") != 0)
            QSKIP("a small disk can only be mounted as root");
        const QString target = m_target;
        m_target = QFile::decodeName(disk) + "/file.gz";
        Server server(Server::file(m_file));
        const Outcome outcome = fetch({server.url()});
        const bool placed = QFile::exists(m_target);
        const auto kept = contentOf(part());
        m_target = target;
        QCOMPARE(::umount(disk.constData()), 0);
        QVERIFY(!outcome.done && !placed);
        QCOMPARE(outcome.end, FetchEnd::Local);
        QVERIFY2(outcome.error.contains("the disk is full. Free some space"), qPrintable(outcome.error));
        QVERIFY(kept && kept->size() >= 100'000 && m_file.startsWith(*kept));
    }

    void folderMayNotBeWritten()
    {
        const QString folder = m_folder->filePath("closed");
        QVERIFY(QDir().mkpath(folder));
        QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::ExeOwner));
        QVERIFY(QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::WriteOwner |
                                                            QFile::ExeOwner | QFile::ReadOther |
                                                            QFile::ExeOther));
        constexpr uid_t nobody = 65534;
        const bool root = ::geteuid() == 0; // who may write everywhere
        if (root)
            QCOMPARE(::seteuid(nobody), 0);
        m_target = folder + "/file.gz";
        Server server(Server::file(m_file));
        const Outcome outcome = fetch({server.url()});
        if (root)
            QCOMPARE(::seteuid(0), 0);
        QVERIFY(!outcome.done);
        QCOMPARE(outcome.end, FetchEnd::Local);
        QVERIFY2(outcome.error.contains("there is no permission to write to the folder"), qPrintable(outcome.error));
        QCOMPARE(server.requests.size(), 0);
    }

    void writesThroughNoLink()
    {
        const QString victim = m_folder->filePath("victim");
        QFile(victim).open(QIODevice::WriteOnly);
        QVERIFY(QFile::link(victim, part()));
        Server server(Server::file(m_file));
        QVERIFY(!fetch({server.url()}).done);
        QCOMPARE(contentOf(victim), QByteArray());
    }

    // What has the file's name already may be somebody's.
    void movesAsideWhatIsInTheWay()
    {
        for (const char* words : {"mine", "mine too"}) {
            QFile old(m_target);
            QVERIFY(old.open(QIODevice::WriteOnly));
            old.write(words);
            old.close();
            Server server(Server::file(m_file));
            QNetworkAccessManager network;
            Fetcher fetcher(network);
            QSignalSpy finished(&fetcher, &Fetcher::finished);
            fetcher.start({{server.url()}, m_target, m_file.size(), digestOf(m_file)});
            QTRY_COMPARE(finished.count(), 1);
            QVERIFY(isRight());
        }
        QCOMPARE(contentOf(m_target + ".wrong"), QByteArray("mine"));
        QCOMPARE(contentOf(m_target + ".wrong2"), QByteArray("mine too"));
    }
};

QTEST_GUILESS_MAIN(TestFetcher)
#include "tst_fetcher.moc"
