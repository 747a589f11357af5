// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datasetfetch.h"
#include "tests/app/misbehavingserver.h"
#include "tests/app/program.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QFile>
#include <QLockFile>
#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <csignal>
#include <optional>

using namespace chainrule;

namespace {

using Server = MisbehavingServer;
using Request = MisbehavingServer::Request;

QByteArray bytesOf(int file)
{
    QByteArray bytes("\x1f\x8b");
    for (int i = 0; i < 20'000 * (file + 1); ++i)
        bytes.append(static_cast<char>((i * 131 + i / 7 + file * 17) % 251));
    return bytes;
}

QByteArray digestOf(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

bool write(const QString& path, const QByteArray& bytes)
{
    return QDir().mkpath(QFileInfo(path).path()) && idxbytes::write(path, bytes);
}

constexpr std::array names{"a.gz", "b.gz", "c.gz", "d.gz"};

// Four small files under their names.
void serveFiles(QTcpSocket& socket, const Request& request)
{
    const int file = static_cast<int>(request.path.back() == 'z' ? request.path.chopped(3).back() - 'a' : -1);
    if (file < 0 || file > 3)
        Server::send(socket, "404 Not Found", "Content-Length: 0\r\n", {});
    else
        Server::sendFile(socket, request, bytesOf(file));
}

struct Outcome {
    bool done = false;
    FetchEnd end = FetchEnd::Refused;
    QString error;
    qint64 fetched = -1;
    QList<FetchProgress> progress;
};

} // namespace

/// A whole set: what is there, what is fetched, and what the command line says of it.
class TestDatasetFetch : public QObject {
    Q_OBJECT

private:
    std::optional<QTemporaryDir> m_folder;
    FetchSet m_set;
    std::vector<CatalogFile> m_files;
    std::vector<QByteArray> m_digests = std::vector<QByteArray>(8); ///< of the files, packed and plain

    [[nodiscard]] QString path(const QString& name) const { return m_set.folder + "/" + name; }

    [[nodiscard]] bool isComplete() const
    {
        for (int i = 0; i < 4; ++i) {
            if (program::content(path(names[static_cast<std::size_t>(i)])) != bytesOf(i))
                return false;
        }
        const QStringList all = QDir(m_set.folder).entryList({"*.part"}, QDir::Files | QDir::Hidden);
        return all.isEmpty() && !QFile::exists(path(".fetching"));
    }

    Outcome fetch(const QList<QUrl>& mirrors, const std::stop_token& stop = {},
                  const std::function<void()>& onProgress = {})
    {
        m_set.mirrors = mirrors;
        Outcome outcome;
        const FetchOutcome end = fetchDataset(m_set, stop, [&](const FetchProgress& progress) {
            outcome.progress.append(progress);
            if (onProgress)
                onProgress();
        });
        outcome.done = end.end == FetchEnd::Done;
        outcome.end = end.end;
        outcome.fetched = end.fetched;
        outcome.error = QString::fromStdString(end.error.message());
        return outcome;
    }

private slots:
    void init()
    {
        m_folder.emplace();
        m_files.clear();
        for (int i = 0; i < 4; ++i) {
            const QByteArray plain = "plain" + QByteArray::number(i);
            QByteArray* digests = &m_digests[static_cast<std::size_t>(2 * i)];
            digests[0] = digestOf(bytesOf(i));
            digests[1] = digestOf(plain);
            m_files.push_back({names[static_cast<std::size_t>(i)],
                               static_cast<std::uint64_t>(bytesOf(i).size()), digests[0],
                               static_cast<std::uint64_t>(plain.size()), digests[1]});
        }
        m_set = {
            {"letters", "Letters", 100, m_files, {}, {}}, m_folder->filePath("home/chainrule/letters"), {}};
    }

    void getsAll()
    {
        Server server(serveFiles);
        const Outcome outcome = fetch({server.url("/sets/letters/")});
        QVERIFY2(outcome.done, qPrintable(outcome.error));
        QVERIFY(isComplete());
        QCOMPARE(outcome.fetched, 200'008);
        QCOMPARE(server.requests.size(), 4);
        QCOMPARE(server.requests[2].path, QByteArray("/sets/letters/c.gz"));
        // From nothing to all, never back.
        QVERIFY(outcome.progress.size() >= 4);
        QCOMPARE(outcome.progress.first().done, 0);
        QCOMPARE(outcome.progress.last().done, 200'008);
        for (qsizetype i = 0; i < outcome.progress.size(); ++i) {
            QCOMPARE(outcome.progress[i].total, 200'008);
            QVERIFY(i == 0 || outcome.progress[i].done >= outcome.progress[i - 1].done);
        }
        QCOMPARE(outcome.progress.last().percent(), 100);
    }

    void asksForNothingThatIsThere()
    {
        QVERIFY(write(path("a.gz"), bytesOf(0)));
        QVERIFY(write(path("c"), "plain2")); // unpacked
        Server server(serveFiles);
        Outcome outcome = fetch({server.url()});
        QVERIFY(outcome.done);
        QCOMPARE(server.requests.size(), 2);
        QCOMPARE(server.requests[0].path, QByteArray("/b.gz"));
        QCOMPARE(server.requests[1].path, QByteArray("/d.gz"));
        QCOMPARE(outcome.fetched, bytesOf(1).size() + bytesOf(3).size());

        outcome = fetch({server.url()});
        QVERIFY(outcome.done);
        QCOMPARE(outcome.fetched, 0);
        QCOMPARE(server.requests.size(), 2);
    }

    void putsRightWhatIsWrong()
    {
        for (int i = 0; i < 4; ++i)
            QVERIFY(write(path(names[static_cast<std::size_t>(i)]), bytesOf(i)));
        QVERIFY(write(path("b.gz"), bytesOf(1).chopped(1) + "x")); // as long, one byte differs
        QVERIFY(write(path("d"), "plain?"));                       // would be read in place of the right one
        Server server(serveFiles);
        const Outcome outcome = fetch({server.url()});
        QVERIFY2(outcome.done, qPrintable(outcome.error));
        QVERIFY(isComplete());
        QCOMPARE(server.requests.size(), 1);
        QVERIFY(!QFile::exists(path("d")));
        QCOMPARE(program::content(path("d.wrong")), QByteArray("plain?"));
        QCOMPARE(program::content(path("b.gz.wrong")), bytesOf(1).chopped(1) + "x");
    }

    void knowsAnUnpackedFileByItsSizeWhereThereIsNoDigest()
    {
        m_files[0].plainSha256 = "";
        QVERIFY(write(path("a"), "12345?"));
        Server server(serveFiles);
        QVERIFY(fetch({server.url()}).done);
        QCOMPARE(server.requests.size(), 3);
    }

    void goesOnWithTheSet()
    {
        int asked = 0;
        Server server([&](QTcpSocket& socket, const Request& request) {
            if (++asked > 2)
                Server::send(socket, "503 Service Unavailable", "Content-Length: 0\r\n", {});
            else
                serveFiles(socket, request);
        });
        const Outcome first = fetch({server.url()});
        QVERIFY(!first.done);
        QCOMPARE(first.end, FetchEnd::Refused);
        QVERIFY2(first.error.startsWith("Letters, c.gz: 127.0.0.1: it answers 503"), qPrintable(first.error));
        QVERIFY(QFile::exists(path("a.gz")) && !QFile::exists(path("c.gz")));
        asked = -10;
        const Outcome second = fetch({server.url()});
        QVERIFY(second.done);
        QVERIFY(isComplete());
        QCOMPARE(second.fetched, bytesOf(2).size() + bytesOf(3).size());
    }

    void namesEachMirrorsFault()
    {
        Server missing(Server::status("404 Not Found"));
        Server page(Server::status("200 OK", "Content-Type: text/html\r\n", "<html>"));
        const Outcome outcome = fetch({missing.url(), page.url()});
        QCOMPARE(
            outcome.error,
            QString("Letters, a.gz: 127.0.0.1: it answers 404 (Not Found); 127.0.0.1: it sent a web page "
                    "in place of the file. If this network wants you to sign in, open any web page to do "
                    "so; then try again."));
        QVERIFY(!QDir(m_set.folder).exists()); // nothing came: nothing is left
    }

    void isCancelled()
    {
        Server server([](QTcpSocket&, const Request&) {});
        std::stop_source stop;
        const Outcome outcome = fetch({server.url()}, stop.get_token(), [&] { stop.request_stop(); });
        QCOMPARE(outcome.end, FetchEnd::Cancelled);
        QVERIFY2(outcome.error.startsWith("Letters: it was cancelled"), qPrintable(outcome.error));
        QVERIFY(!QDir(m_set.folder).exists());
        server.setAnswer(serveFiles);
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(isComplete());
    }

    void oneAtATime()
    {
        Server server(serveFiles);
        QLockFile other(m_set.folder + "/.fetching");
        QVERIFY(QDir().mkpath(m_set.folder) && other.lock());
        const Outcome second = fetch({server.url()});
        QVERIFY2(second.error.contains("another Chainrule is fetching it"), qPrintable(second.error));
        QCOMPARE(server.requests.size(), 0);
        other.unlock();
        QVERIFY(fetch({server.url()}).done);
        QVERIFY(other.lock());
        QVERIFY(fetch({server.url()}).done); // nothing is to be written
    }

    void saysThatThereIsNoFolder()
    {
        QVERIFY(write(m_folder->filePath("home"), "a file where a folder should be"));
        Server server(serveFiles);
        const Outcome outcome = fetch({server.url()});
        QVERIFY(!outcome.done);
        QCOMPARE(outcome.end, FetchEnd::Local);
        QVERIFY2(outcome.error.contains("XDG_DATA_HOME"), qPrintable(outcome.error));
        QCOMPARE(server.requests.size(), 0);
    }

    void commandListsWhatIsHere()
    {
        QVERIFY(program::writeSet(m_folder->filePath("letters")));
        auto environment = program::environment();
        environment.insert("CHAINRULE_DATA", m_folder->path());
        const auto plain = program::run({"datasets"}, environment);
        QCOMPARE(plain.exit, 0);
        QCOMPARE(plain.err, QByteArray());
        for (const QByteArray& line :
             {QByteArray("mnist           70,000   11.6 MB  to be fetched\n"),
              QByteArray("fashion-mnist   70,000   30.9 MB  to be fetched\n"),
              QByteArray("digits          70,000            built in\n"),
              "letters                           " + m_folder->filePath("letters").toLocal8Bit() + "\n"})
            QVERIFY2(plain.out.contains(line), plain.out.constData());

        const auto json = program::objects(program::run({"datasets", "--json"}, environment).out);
        QCOMPARE(json.size(), 8);
        QCOMPARE(json[1]["name"].toString(), QString("fashion-mnist"));
        QCOMPARE(json[1]["here"].toBool(true), false);
        QVERIFY(json[1]["folder"].isNull());
        QCOMPARE(json[1]["fetch_bytes"].toInt(), 30'878'645);
        QCOMPARE(json[2]["name"].toString(), QString("letters"));
        QCOMPARE(json[2]["folder"].toString(), m_folder->filePath("letters"));
        QVERIFY(json[2]["samples"].isNull());
    }

    void commandSaysWhatIsWrong()
    {
        const auto refused = [](const QStringList& words, int exit, const char* said,
                                const QHash<QString, QString>& variables = {}) {
            auto environment = program::environment();
            for (auto each = variables.begin(); each != variables.end(); ++each)
                environment.insert(each.key(), each.value());
            const auto finished = program::run(words, environment);
            const bool good = finished.exit == exit && finished.out.isEmpty() &&
                              finished.err.startsWith("chainrule: ") && finished.err.contains(said);
            if (!good)
                qInfo("%d %s", finished.exit, finished.err.constData());
            return good;
        };
        QVERIFY(refused({"datasets", "frobnicate"}, 2, "fetch"));
        QVERIFY(refused({"datasets", "fetch"}, 2, "the name of one set"));
        QVERIFY(refused({"datasets", "fetch", "a", "b"}, 2, "the name of one set"));
        QVERIFY(refused({"datasets", "fetch", "digits"}, 2, "mnist and fashion-mnist"));
        QVERIFY(refused({"datasets", "fetch", "mnist"}, 1, "neither XDG_DATA_HOME nor HOME", {{"HOME", ""}}));
        QVERIFY(refused({"datasets", "fetch", "mnist"}, 1, "no address of the web",
                        {{"CHAINRULE_MIRROR", "/some/folder"}}));
        Server gone;
        const QString address = gone.url().toString();
        gone.close();
        QVERIFY(refused({"datasets", "fetch", "mnist"}, 1, "Connection refused",
                        {{"CHAINRULE_MIRROR", address}, {"HOME", m_folder->path()}}));
    }

    void commandFetches()
    {
        const QString data = qEnvironmentVariable("CHAINRULE_DATA") + "/mnist/";
        if (!QFile::exists(data + "train-images-idx3-ubyte.gz"))
            QSKIP("MNIST not found in CHAINRULE_DATA");
        Server server([&](QTcpSocket& socket, const Request& request) {
            const QByteArray prefix = "/sets/mnist/";
            if (request.path.startsWith(prefix))
                Server::sendFile(socket, request, program::content(data + request.path.mid(prefix.size())));
            else
                Server::send(socket, "404 Not Found", "Content-Length: 0\r\n", {});
        });
        auto environment = program::environment();
        environment.insert("HOME", m_folder->path());
        environment.insert("CHAINRULE_MIRROR", server.url("/sets").toString());
        const auto run = [&](const QStringList& words) {
            QProcess process; // this loop serves meanwhile
            process.setProcessEnvironment(environment);
            process.start(CHAINRULE_EXECUTABLE, words);
            const bool ended =
                QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 30'000);
            return program::Finished{ended ? process.exitCode() : -1, process.readAllStandardOutput(),
                                     process.readAllStandardError()};
        };
        const QString folder = m_folder->filePath(".local/share/chainrule/mnist");
        const auto fetched = run({"datasets", "fetch", "mnist", "--json"});
        QVERIFY2(fetched.exit == 0, fetched.err.constData());
        const auto events = program::objects(fetched.out);
        QVERIFY2(events.size() > 2 && events.size() < 400, qPrintable(QString::number(events.size())));
        QCOMPARE(events[0]["event"].toString(), QString("progress"));
        QCOMPARE(events[0]["total"].toInt(), 11'594'722);
        QCOMPARE(events.last()["event"].toString(), QString("end"));
        QCOMPARE(events.last()["folder"].toString(), folder);
        QCOMPARE(events.last()["fetched_bytes"].toInt(), 11'594'722);
        QCOMPARE(QDir(folder).entryList(QDir::Files | QDir::Hidden).size(), 4);

        const auto again = run({"datasets", "fetch", "mnist"});
        QCOMPARE(again.exit, 0);
        QCOMPARE(again.out, "MNIST was here already, and is right: " + folder.toLocal8Bit() + "\n");
        QCOMPARE(server.requests.size(), 4);
        const auto trained =
            run({"train", "--train", "100", "--validation", "0", "--test", "0", "--epochs", "1"});
        QVERIFY2(trained.exit == 0 && trained.out.startsWith("MNIST: 100 training"), trained.out.constData());
    }

    void commandIsInterrupted()
    {
        Server server([](QTcpSocket& socket, const Request&) {
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9912422\r\n\r\n\x1f\x8b" +
                         QByteArray(5000, 'x'));
        });
        auto environment = program::environment();
        environment.insert("HOME", m_folder->path());
        environment.insert("CHAINRULE_MIRROR", server.url().toString());
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(CHAINRULE_EXECUTABLE, {"datasets", "fetch", "mnist"});
        const QString part =
            m_folder->filePath(".local/share/chainrule/mnist/train-images-idx3-ubyte.gz.part");
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(part).size() == 5002, 20'000);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
        QVERIFY(process.waitForFinished(5000));
        const auto took = timer.elapsed();
        qInfo("ended %lld ms after Ctrl-C", static_cast<long long>(took));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 1);
        QCOMPARE(
            process.readAllStandardError(),
            QByteArray("chainrule: MNIST: it was cancelled. Try again: what has come is kept, and only the "
                       "rest is fetched.\n"));
        QVERIFY(QFileInfo(part).size() == 5002);
        QVERIFY(took < 1000); // 200 ms of its own, and room for a busy machine
    }
};

QTEST_GUILESS_MAIN(TestDatasetFetch)
#include "tst_datasetfetch.moc"
