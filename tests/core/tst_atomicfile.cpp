// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files/atomicfile.h"
#include "tests/core/faultycalls.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace chainrule;

namespace {

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(unreadable)");
}

void put(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

std::string pattern(std::size_t size, unsigned seed)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>((i * 2654435761U + seed) >> 13U);
    return bytes;
}

QByteArray qbytes(const std::string& bytes)
{
    return QByteArray::fromStdString(bytes);
}

/// A file system of its own, mounted where the tests may do that.
class Mount {
public:
    Mount(const QString& folder, const QString& kind, qint64 size)
        : m_folder(folder)
    {
        QDir().mkpath(folder);
        if (kind == QStringLiteral("tmpfs")) {
            const QByteArray options = "size=" + QByteArray::number(size);
            m_mounted =
                ::mount("tmpfs", QFile::encodeName(folder).constData(), "tmpfs", 0, options.constData()) == 0;
            return;
        }
        const QString image = folder + QStringLiteral(".img");
        QFile file(image);
        if (!file.open(QIODevice::WriteOnly) || !file.resize(size))
            return;
        file.close();
        m_mounted = QProcess::execute(QStringLiteral("mkfs.ext4"), {"-q", "-F", "-m", "0", image}) == 0 &&
                    QProcess::execute(QStringLiteral("mount"), {"-o", "loop", image, folder}) == 0;
    }
    ~Mount()
    {
        if (m_mounted)
            QProcess::execute(QStringLiteral("umount"), {m_folder});
    }
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;
    [[nodiscard]] bool isMounted() const { return m_mounted; }

private:
    QString m_folder;
    bool m_mounted = false;
};

} // namespace

class TestAtomicFile : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path(const QString& name = QStringLiteral("model")) const
    {
        return m_folder->filePath(name);
    }
    [[nodiscard]] std::string bytesOf(const QString& name = QStringLiteral("model")) const
    {
        return QFile::encodeName(path(name)).toStdString();
    }
    /// Every name in the folder, hidden ones too.
    [[nodiscard]] QStringList names() const
    {
        return QDir(m_folder->path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }

    void writesAndReplaces()
    {
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, std::size_t{3'000'000}, std::size_t{5}}) {
            const std::string bytes = pattern(size, 7);
            QVERIFY(writeAtomically(bytesOf(), bytes));
            QCOMPARE(content(path()), qbytes(bytes));
            QCOMPARE(names(), QStringList{"model"});
        }
    }

    void shortWritesAreGoneOnWith()
    {
        FaultyCalls calls;
        calls.largestWrite = 1000;
        const std::string bytes = pattern(25'500, 1);
        QVERIFY(writeAtomically(bytesOf(), bytes, calls));
        QCOMPARE(content(path()), qbytes(bytes));
        QCOMPARE(calls.calls[FaultyCalls::Write], 26);
    }

    void interruptedCallsAreRepeated()
    {
        for (const auto kind : {FaultyCalls::Write, FaultyCalls::Sync}) {
            FaultyCalls calls;
            calls.kind = kind;
            calls.number = 1;
            calls.error = EINTR;
            QVERIFY(writeAtomically(bytesOf(), "new", calls));
            QCOMPARE(content(path()), QByteArray("new"));
        }
    }

    // Each call of each kind fails once, with a file that is there and with none.
    void anyCallMayFail()
    {
        const std::string bytes = pattern(10'000, 3);
        FaultyCalls healthy;
        healthy.largestWrite = 1000;
        QVERIFY(writeAtomically(bytesOf(), bytes, healthy));
        int tried = 0;
        for (int kind = 0; kind < FaultyCalls::kinds; ++kind) {
            const int count = healthy.calls[static_cast<std::size_t>(kind)];
            QVERIFY(count >= 1);
            for (int number = 1; number <= count; ++number) {
                for (const bool there : {true, false}) {
                    for (const int error : {EIO, ENOSPC, EACCES, EDQUOT}) {
                        QFile::remove(path());
                        if (there)
                            put(path(), "old");
                        FaultyCalls calls;
                        calls.kind = static_cast<FaultyCalls::Kind>(kind);
                        calls.number = number;
                        calls.error = error;
                        calls.largestWrite = 1000;
                        const auto written = writeAtomically(bytesOf(), bytes, calls);
                        const QByteArray where = QByteArray::number(kind) + " " + QByteArray::number(number) +
                                                 " " + QByteArray::number(there) + " " +
                                                 QByteArray::number(error);
                        QVERIFY2(!written, where.constData());
                        QVERIFY(!written.error().why.empty() && !written.error().mend.empty());
                        QVERIFY(QByteArray::fromStdString(written.error().what.english()).contains("model"));
                        // Only the folder's own fsync comes after the new file has taken its place.
                        const bool placed = kind == FaultyCalls::Sync && number == count;
                        if (placed)
                            QCOMPARE(content(path()), qbytes(bytes));
                        else if (there)
                            QCOMPARE(content(path()), QByteArray("old"));
                        QCOMPARE(names(), placed || there ? QStringList{"model"} : QStringList());
                        ++tried;
                    }
                }
            }
        }
        QVERIFY2(tried >= 8 * (2 + 10 + 1 + 2 + 1 + 1), qPrintable(QString::number(tried)));
    }

    // Whichever call fails, the first file is not left without the second.
    void filesThatBelongTogether()
    {
        int tried = 0;
        for (int kind = 0; kind <= static_cast<int>(FaultyCalls::Rename); ++kind) {
            for (const bool there : {true, false}) {
                for (int number = 1;; ++number) {
                    for (const char* name : {"one", "two"}) {
                        QFile::remove(path(name));
                        if (there)
                            put(path(name), "old");
                    }
                    FaultyCalls calls;
                    calls.kind = static_cast<FaultyCalls::Kind>(kind);
                    calls.number = number;
                    const FileToWrite files[] = {{bytesOf("one"), "first"}, {bytesOf("two"), "second"}};
                    const auto written = writeTogether(files, calls);
                    const QByteArray where = QByteArray::number(kind) + " " + QByteArray::number(number);
                    // The folders' own fsyncs, one for each file, come last.
                    const bool placed = written || (kind == FaultyCalls::Sync && number > 2);
                    const QStringList both{"one", "two"};
                    QVERIFY2(names() == (placed || there ? both : QStringList()), where.constData());
                    if (placed || there) {
                        QCOMPARE(content(path("one")), QByteArray(placed ? "first" : "old"));
                        QCOMPARE(content(path("two")), QByteArray(placed ? "second" : "old"));
                    }
                    if (written)
                        break; // there are no more calls of this kind
                    ++tried;
                }
            }
        }
        // Open, write, fsync, length, close and rename, for each of two files.
        QVERIFY2(tried >= 2 * 2 * (2 + 1 + 2 + 1 + 1 + 1), qPrintable(QString::number(tried)));
        QFile::remove(path("one"));
        QFile::remove(path("two"));
    }

    void bytesThatAreLostAreNoticed()
    {
        put(path(), "old");
        FaultyCalls calls;
        calls.lost = 1;
        QVERIFY(!writeAtomically(bytesOf(), "new content", calls));
        QCOMPARE(content(path()), QByteArray("old"));
    }

    void aDiskThatFills()
    {
        const std::string before = pattern(150'000, 1);
        const std::string bytes = pattern(200'000, 2);
        QVERIFY(writeAtomically(bytesOf(), before));
        for (std::int64_t room = 0; room < 200'000; room += 4096) {
            FaultyCalls calls;
            calls.room = room;
            const auto written = writeAtomically(bytesOf(), bytes, calls);
            QVERIFY(!written);
            QVERIFY2(written.error().why.english().find("full") != std::string::npos,
                     written.error().why.english().c_str());
            QVERIFY(content(path()) == qbytes(before));
            QCOMPARE(names(), QStringList{"model"});
        }
        FaultyCalls calls;
        calls.room = 200'000;
        QVERIFY(writeAtomically(bytesOf(), bytes, calls));
        QVERIFY(content(path()) == qbytes(bytes));
    }

    void aRealDiskThatFills_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<qint64>("size");
        QTest::newRow("tmpfs") << "tmpfs" << qint64{1} * 1024 * 1024;
        QTest::newRow("ext4") << "ext4" << qint64{8} * 1024 * 1024;
    }

    void aRealDiskThatFills()
    {
        QFETCH(const QString, kind);
        QFETCH(const qint64, size);
        const QString folder = path(kind);
        const Mount disk(folder, kind, size);
        if (!disk.isMounted())
            QSKIP("mounting file systems is not permitted here");
        const QString model = folder + QStringLiteral("/model");
        const std::string name = QFile::encodeName(model).toStdString();
        const std::string before = pattern(150'000, 1);
        const std::string bytes = pattern(200'000, 2);
        QVERIFY(writeAtomically(name, before));
        // Another file takes all the room, and gives back one block more each time.
        const QString filler = folder + QStringLiteral("/filler");
        int file = ::open(QFile::encodeName(filler).constData(), O_RDWR | O_CREAT, 0600);
        QVERIFY(file >= 0);
        const std::string block(4096, 'x');
        qint64 blocks = 0;
        while (::write(file, block.data(), block.size()) == 4096)
            ++blocks;
        ::fsync(file);
        int failed = 0;
        bool fits = false;
        for (; !fits && blocks > 0; --blocks) {
            const auto written = writeAtomically(name, bytes);
            fits = written.has_value();
            if (!fits) {
                ++failed;
                QVERIFY2(written.error().why.english().find("full") != std::string::npos,
                         written.error().why.english().c_str());
                QVERIFY(content(model) == qbytes(before));
                QCOMPARE(QDir(folder).entryList(QDir::Files | QDir::Hidden).size(), 2);
            }
            QCOMPARE(::ftruncate(file, (blocks - 1) * 4096), 0);
            ::fsync(file);
        }
        ::close(file);
        QVERIFY(fits);
        QVERIFY(content(model) == qbytes(bytes));
        QVERIFY2(failed >= 45, qPrintable(QString::number(failed))); // 200,000 bytes are 49 blocks
    }

    void linksAreFollowed()
    {
        QVERIFY(QDir(m_folder->path()).mkdir("inner"));
        put(path("inner/real"), "old");
        QVERIFY(QFile::link("inner/real", path("link")));
        QVERIFY(QFile::link("link", path("chain")));
        QVERIFY(writeAtomically(bytesOf("chain"), "new"));
        QVERIFY(QFileInfo(path("chain")).isSymLink());
        QVERIFY(QFileInfo(path("link")).isSymLink());
        QCOMPARE(content(path("inner/real")), QByteArray("new"));
        // One that leads nowhere yet.
        QVERIFY(QFile::link("inner/later", path("dangling")));
        QVERIFY(writeAtomically(bytesOf("dangling"), "first"));
        QVERIFY(QFileInfo(path("dangling")).isSymLink());
        QCOMPARE(content(path("inner/later")), QByteArray("first"));
        // And one that leads to itself.
        QVERIFY(QFile::link("circle", path("circle")));
        QVERIFY(!writeAtomically(bytesOf("circle"), "x"));
    }

    void permissionsAreKept()
    {
        for (const mode_t mode : {0600U, 0640U, 0664U}) {
            put(path(), "old");
            QCOMPARE(::chmod(bytesOf().c_str(), mode), 0);
            QVERIFY(writeAtomically(bytesOf(), "new"));
            struct stat now {};
            QCOMPARE(::stat(bytesOf().c_str(), &now), 0);
            QCOMPARE(now.st_mode & 0777U, mode);
        }
        const mode_t mask = ::umask(027);
        const bool written = writeAtomically(bytesOf("another"), "new").has_value();
        ::umask(mask);
        QVERIFY(written);
        struct stat now {};
        QCOMPARE(::stat(bytesOf("another").c_str(), &now), 0);
        QCOMPARE(now.st_mode & 0777U, 0640U);
    }

    void refusesWhatIsNoFile()
    {
        QVERIFY(QDir(m_folder->path()).mkdir("folder"));
        QVERIFY(!writeAtomically(bytesOf("folder"), "x"));
        QVERIFY(!writeAtomically(bytesOf("missing/model"), "x"));
        QVERIFY(!writeAtomically("/dev/null", "x"));
        QCOMPARE(names(), QStringList{"folder"});
    }

    void longNamesWork()
    {
        const QString name = QString(120, QChar(0x00fc)) + QStringLiteral(".safetensor"); // 251 bytes
        QVERIFY(writeAtomically(bytesOf(name), "x"));
        QCOMPARE(names(), QStringList{name});
    }

    void onlyAbandonedFilesAreRemoved()
    {
        const QString abandoned = QStringLiteral(".model.chainrule-0123456789abcdef");
        const QString alive = QStringLiteral(".model.chainrule-fedcba9876543210");
        const QStringList others{".model.chainrule-0123", "model.chainrule-0123456789abcdef",
                                 ".model.chainrule-0123456789abcdeg", ".chainrule-0123456789abcdef", "model"};
        for (const QString& each : others + QStringList{abandoned, alive})
            put(path(each), "x");
        const int file = ::open(bytesOf(alive).c_str(), O_RDWR);
        QVERIFY(file >= 0 && ::flock(file, LOCK_EX) == 0);
        QCOMPARE(removeAbandonedFiles(m_folder->path().toStdString()), std::size_t{1});
        QVERIFY(!names().contains(abandoned));
        QCOMPARE(names().size(), others.size() + 1);
        ::close(file);
        QCOMPARE(removeAbandonedFiles(m_folder->path().toStdString()), std::size_t{1});
        QCOMPARE(removeAbandonedFiles("/nonexistent/folder"), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(TestAtomicFile)
#include "tst_atomicfile.moc"
