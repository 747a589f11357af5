// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/fetcher.h"
#include "tests/app/misbehavingserver.h"

#include <QCryptographicHash>
#include <QFile>
#include <QProcess>
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

    FetchOutcome fetch(
        const QList<QUrl>& addresses, int stallMilliseconds = 10'000, const std::stop_token& stop = {},
        const std::function<void(qint64)>& progress = [](qint64) {})
    {
        // Whoever looks at any moment sees no wrong file.
        QTimer watch;
        int wrong = 0;
        connect(&watch, &QTimer::timeout, this, [&] {
            if (const auto content = contentOf(m_target); content && *content != m_file)
                ++wrong;
        });
        if (!QFile::exists(m_target))
            watch.start(1);
        const FetchOutcome outcome = fetchFile(
            {addresses, m_target, m_file.size(), digestOf(m_file), stallMilliseconds}, stop, progress);
        return wrong == 0 ? outcome : FetchOutcome{FetchEnd::Refused, {"test", "a wrong file was seen", ""}};
    }
    // The message of a fetch that fails as it should, or else nothing.
    QString refused(const QList<QUrl>& addresses, FetchEnd end = FetchEnd::Refused,
                    int stallMilliseconds = 10'000)
    {
        const FetchOutcome outcome = fetch(addresses, stallMilliseconds);
        return outcome.end == end && !QFile::exists(m_target)
                   ? QString::fromStdString(outcome.error.message())
                   : QString();
    }
    bool isDone(const QList<QUrl>& addresses) { return fetch(addresses).end == FetchEnd::Done && isRight(); }

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
        QVERIFY(isDone({server.url("/folder/file.gz")}));
        QCOMPARE(server.requests.size(), 1);
        QCOMPARE(server.requests[0].path, QByteArray("/folder/file.gz"));
        // Otherwise Qt unpacks what a server packs on its way.
        QCOMPARE(server.requests[0].headers.value("accept-encoding"), QByteArray("identity"));
        QVERIFY(!server.requests[0].headers.contains("range"));
    }

    void isCutAndGoesOn_data()
    {
        QTest::addColumn<qsizetype>("at");
        for (const qsizetype at :
             {qsizetype{0}, qsizetype{1}, qsizetype{17}, qsizetype{65'536}, fileSize / 2, fileSize - 1})
            QTest::addRow("%lld", static_cast<long long>(at)) << at;
    }

    void isCutAndGoesOn()
    {
        QFETCH(qsizetype, at);
        Server cut(Server::cut(m_file, at));
        Server good(Server::file(m_file));
        QVERIFY(isDone({cut.url(), good.url()})); // Qt may ask once more where the end comes very soon
        QCOMPARE(good.requests.size(), 1);
        QCOMPARE(good.requests[0].from(), at);

        // At the next start, from what the last one has left.
        QVERIFY(QFile::remove(m_target));
        const QString error = refused({cut.url()});
        QVERIFY2(error.contains("Try again: what has come is kept"), qPrintable(error));
        QCOMPARE(QFile::exists(part()), at > 0); // nothing is left of nothing
        cut.setAnswer(Server::file(m_file));
        QVERIFY(isDone({cut.url()}));
        QCOMPARE(cut.requests.last().from(), at);
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
        row("a text", Server::status("200 OK", {}, QByteArray(fileSize, 'x')), "SHA-256 differs",
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
        row("to another scheme", Server::status("301 Moved", "Location: file:///etc/passwd\r\n"),
            "without TLS", "sign in");
        row("to nowhere", Server::status("302 Found"), "without TLS", "sign in");
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
            "the connection ended after 0 bytes", "Try again");
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
        const int stall = said == "nothing came" ? 200 : 10'000;
        const QString error = refused({bad.url("/file.gz")}, FetchEnd::Refused, stall);
        QVERIFY2(error.startsWith("file.gz: ") && error.contains("127.0.0.1: "), qPrintable(error));
        QVERIFY2(error.contains(said) && error.contains(mend), qPrintable(error));
        // What is kept is the file's beginning.
        if (const auto kept = contentOf(part()))
            QVERIFY(!kept->isEmpty() && m_file.startsWith(*kept));

        const auto before = bad.requests.size();
        Server good(Server::file(m_file));
        QCOMPARE(fetch({bad.url("/file.gz"), good.url()}, stall).end, FetchEnd::Done);
        QVERIFY(isRight());
        QVERIFY(bad.requests.size() > before);
        QCOMPARE(good.requests.size(), 1);
    }

    void isOffline()
    {
        Server gone;
        const QUrl closed = gone.url();
        gone.close();
        const QUrl unknown(QStringLiteral("http://chainrule.invalid/")); // a name that nobody may have
        QCOMPARE(refused({closed, unknown}),
                 QString("file.gz: there is no network, or no such server (127.0.0.1: Connection refused; "
                         "chainrule.invalid: Host chainrule.invalid not found). Check the connection to the "
                         "internet, then try again."));
        QVERIFY(!QFile::exists(part()));
        Server good(Server::file(m_file));
        QVERIFY(isDone({closed, unknown, good.url()}));
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
                Server::send(socket, "416 Range Not Satisfiable",
                             "Content-Range: bytes */17\r\n" + Server::lengthOf({}), {});
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
        QVERIFY(isDone({server.url()}));
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
        QVERIFY(isDone({server.url()}));
    }

    void needsNoServerForAWholePart()
    {
        writePart(m_file);
        QVERIFY(isDone({QUrl("http://chainrule.invalid/")}));
    }

    // Servers that hold gzip files often say that they packed them: nothing is to be unpacked then.
    void leavesAMislabelledFileAsItIs()
    {
        Server server([&](QTcpSocket& socket, const Request& request) {
            Server::sendFile(socket, request, m_file,
                             "Content-Encoding: gzip\r\nContent-Type: application/x-gzip\r\n");
        });
        QVERIFY(isDone({server.url()}));
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
        QVERIFY(isDone({server.url("/file.gz")}));
        QCOMPARE(server.requests.size(), 2);
        QCOMPARE(server.requests[1].path, QByteArray("/real/file.gz"));
        QCOMPARE(server.requests[1].from(), 1000);
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

        const QString untrusted = refused({server.url()});
        QVERIFY2(untrusted.contains("no secure connection (") && untrusted.contains("ca-certificates"),
                 qPrintable(untrusted));
        QCOMPARE(server.requests.size(), 0);

        const QSslConfiguration before = QSslConfiguration::defaultConfiguration();
        QSslConfiguration trusting = before;
        trusting.addCaCertificate(own);
        QSslConfiguration::setDefaultConfiguration(trusting);
        const bool trusted = isDone({server.url()});
        QFile::remove(m_target);
        server.setAnswer(
            Server::status("302 Found", "Location: " + plain.url("/file.gz").toEncoded() + "\r\n"));
        const QString downgraded = refused({server.url()}); // which would have had the file
        QSslConfiguration::setDefaultConfiguration(before);
        QVERIFY(trusted);
        QVERIFY2(downgraded.contains("without TLS"), qPrintable(downgraded));
        QCOMPARE(plain.requests.size(), 0);
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
        const bool some = QLatin1String(QTest::currentDataTag()) == QLatin1String("within the file");
        Server server(answer);
        std::stop_source stop;
        QTimer look;
        connect(&look, &QTimer::timeout, this, [&] {
            if (server.requests.size() == 1 && (!some || contentOf(part()) == m_file.left(5000)))
                stop.request_stop();
        });
        look.start(1);
        QCOMPARE(fetch({server.url(), server.url()}, 10'000, stop.get_token()).end, FetchEnd::Cancelled);
        QVERIFY(!QFile::exists(m_target));
        QCOMPARE(QFile::exists(part()), some);
        QCOMPARE(server.requests.size(), 1);
        QCOMPARE(fetch({server.url()}, 10'000, stop.get_token()).end, FetchEnd::Cancelled);

        server.setAnswer(Server::file(m_file));
        QVERIFY(isDone({server.url()}));
        QCOMPARE(server.requests.last().from(), some ? 5000 : 0);
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
        const QString error = refused({server.url(), other.url()}, FetchEnd::Local);
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        QVERIFY2(error.contains("File too large. Free some space"), qPrintable(error));
        QCOMPARE(other.requests.size(), 0);
        QCOMPARE(contentOf(part()), m_file.left(100'000));
        QVERIFY(isDone({server.url()}));
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
        const QString error = refused({server.url()}, FetchEnd::Local);
        const auto kept = contentOf(part());
        m_target = target;
        QCOMPARE(::umount(disk.constData()), 0);
        QVERIFY2(error.contains("the disk is full. Free some space"), qPrintable(error));
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
        const QString error = refused({server.url()}, FetchEnd::Local);
        if (root)
            QCOMPARE(::seteuid(0), 0);
        QVERIFY2(error.contains("there is no permission to write it"), qPrintable(error));
        QCOMPARE(server.requests.size(), 0);
    }

    void writesThroughNoLink()
    {
        const QString victim = m_folder->filePath("victim");
        QFile(victim).open(QIODevice::WriteOnly);
        QVERIFY(QFile::link(victim, part()));
        Server server(Server::file(m_file));
        QVERIFY(!refused({server.url()}, FetchEnd::Local).isEmpty());
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
            QVERIFY(isDone({server.url()}));
        }
        QCOMPARE(contentOf(m_target + ".wrong"), QByteArray("mine"));
        QCOMPARE(contentOf(m_target + ".wrong2"), QByteArray("mine too"));
    }
};

QTEST_GUILESS_MAIN(TestFetcher)
#include "tst_fetcher.moc"
