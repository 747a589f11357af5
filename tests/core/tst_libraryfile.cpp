// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/schema.h"
#include "tests/app/nobody.h"
#include "tests/core/libraryruns.h"

#include <QCoreApplication>
#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <array>
#include <cstdio>

using namespace chainrule;
using namespace chainrule::tests;

// What can happen to a library's file: other versions, other programs, permissions, damage, kills.

namespace {

constexpr std::string_view newerColumn = "ALTER TABLE run ADD COLUMN later TEXT NOT NULL DEFAULT 'x'";
constexpr std::string_view newerTable = "CREATE TABLE later (number INTEGER PRIMARY KEY)";

std::unique_ptr<Database> database(const QString& path)
{
    auto opened = Database::open(path.toStdString(), Database::Access::Write);
    return opened ? std::move(*opened) : nullptr;
}

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString wordOf(const QString& path)
{
    const auto library = Library::open(path.toStdString());
    return library ? QString() : said(library.error());
}

/// Whether SQLite finds nothing wrong with the file.
bool isSound(const QString& path)
{
    const auto file = database(path);
    auto check = file->query("PRAGMA integrity_check");
    return check && check->next() && check->text(0) == "ok" &&
           *file->number("SELECT count(*) FROM pragma_foreign_key_check") == 0;
}

/// Writes a run for ever, and says after how many epochs each of its transactions was done.
int writeForEver(const char* path)
{
    const auto library = Library::open(path);
    if (!library)
        return 1;
    const RunRecord run = someRun();
    if (!(*library)->beginRun(run))
        return 1;
    std::printf("%s\n", run.id.c_str());
    for (int epoch = 1;; ++epoch) {
        RunChanges changes;
        changes.epochs = {someEpoch(epoch)};
        changes.checkpoints = {someBytes(8 * epoch, 200'000)};
        if (epoch > 1)
            changes.thinned = {8 * (epoch - 1)};
        changes.progress = RunProgress{8 * epoch, static_cast<double>(epoch)};
        if (!(*library)->append(run.id, changes))
            return 1;
        std::printf("%d\n", epoch);
        std::fflush(stdout);
    }
}

} // namespace

class TestLibraryFile : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path() const { return m_folder->filePath("library.db"); }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void hasTheDocumentedTables()
    {
        QVERIFY(opened(path()));
        const auto file = database(path());
        for (const char* table :
             {"run", "epoch", "checkpoint", "event", "drawing", "correction", "workspace", "sweep"}) {
            const auto found =
                file->number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", table);
            QVERIFY2(found && *found == 1, table);
        }
        QCOMPARE(*file->number("PRAGMA user_version"), std::int64_t(schemaSteps().size()));
        QCOMPARE(*file->number("PRAGMA application_id"), libraryApplication);
        auto journal = file->query("PRAGMA journal_mode");
        QVERIFY(journal && journal->next());
        QCOMPARE(journal->text(0), std::string("wal"));
    }

    void refersToRunsThatAreThere()
    {
        QVERIFY(opened(path()));
        const auto file = database(path());
        QVERIFY(!file->execute("INSERT INTO event (run, step, field, value) VALUES (7, 1, 'lr', 1)"));
    }

    void anOlderSchemaIsBroughtUpToDate()
    {
        const RunRecord run = someRun();
        QVERIFY(opened(path())->beginRun(run));
        std::vector<std::string_view> steps(schemaSteps().begin(), schemaSteps().end());
        const std::size_t now = steps.size();
        steps.push_back(newerColumn);
        steps.push_back(newerTable);
        {
            const auto file = database(path());
            const auto state = bringUpToDate(*file, steps);
            QVERIFY(state && *state == SchemaState::Present);
            QCOMPARE(*file->number("PRAGMA user_version"), std::int64_t(now + 2));
            QCOMPARE(*file->number("SELECT count(*) FROM run WHERE later = 'x'"), 1);
            QVERIFY(file->number("SELECT count(*) FROM later"));
            QVERIFY(bringUpToDate(*file, steps)); // nothing is left to be done
        }
        // This version, which is now an older one, can read it, and says why it writes nothing.
        const auto library = opened(path());
        QVERIFY(library && library->isReadOnly());
        QVERIFY2(said(*library->notice()).contains("a newer version of Chainrule has written it"),
                 qPrintable(said(*library->notice())));
        QCOMPARE(library->find(run.id)->id, run.id);
        const QByteArray before = content(path());
        for (const auto& done : {library->rename(run.id, "a"), library->beginRun(someRun()),
                                 library->append(run.id, {}), library->setDeleted(run.id, true)})
            QVERIFY(!done && said(done.error()).contains("newer version"));
        QVERIFY(!library->markInterrupted() && !library->keepBudget(0));
        QCOMPARE(content(path()), before);
    }

    void aMigrationThatFailsChangesNothing()
    {
        QVERIFY(opened(path()));
        std::vector<std::string_view> steps(schemaSteps().begin(), schemaSteps().end());
        steps.push_back(newerTable);
        steps.push_back("ALTER TABLE nonsense ADD COLUMN later TEXT");
        {
            const auto file = database(path());
            QVERIFY(!bringUpToDate(*file, steps));
            QVERIFY(!file->number("SELECT count(*) FROM later"));
            QCOMPARE(*file->number("PRAGMA user_version"), std::int64_t(schemaSteps().size()));
        }
        QVERIFY(!opened(path())->isReadOnly());
    }

    void anotherProgramsDatabaseStaysAsItIs()
    {
        for (const char* made :
             {"CREATE TABLE theirs (a)", "PRAGMA application_id = 77; CREATE TABLE theirs (a)"}) {
            QFile::remove(path());
            QVERIFY(database(path())->script(made));
            const QByteArray before = content(path());
            QVERIFY2(wordOf(path()).contains("it is a database of another program"),
                     qPrintable(wordOf(path())));
            QCOMPARE(content(path()), before);
        }
    }

    void whatIsNoDatabaseIsSaid()
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(100'000, 'x'));
        file.close();
        QVERIFY2(wordOf(path()).contains("it is damaged"), qPrintable(wordOf(path())));
        QCOMPARE(content(path()), QByteArray(100'000, 'x'));
        QVERIFY(wordOf(m_folder->path()).contains("it could not be opened")); // a folder
    }

    // Bytes of a page overwritten: what cannot be read is an error, and never a crash.
    void damageIsAnError()
    {
        const RunRecord run = someRun();
        {
            const auto library = opened(path());
            QVERIFY(library->beginRun(run));
            RunChanges changes;
            for (int epoch = 1; epoch <= 500; ++epoch)
                changes.epochs.push_back(someEpoch(epoch));
            changes.checkpoints = {someBytes(1, 50'000)};
            QVERIFY(library->append(run.id, changes));
        }
        const QByteArray whole = content(path());
        int refused = 0;
        for (qsizetype at = 0; at < whole.size(); at += 1024) {
            QByteArray damaged = whole;
            damaged.replace(at, 512, QByteArray(512, static_cast<char>(0xa5)));
            QFile file(path());
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(damaged) == damaged.size());
            file.close();
            const auto library = Library::open(path().toStdString());
            if (!library) {
                ++refused;
                continue;
            }
            const bool all = (*library)->list() && (*library)->epochs(run.id) &&
                             (*library)->lastCheckpoint(run.id) && (*library)->checkpoints(run.id);
            refused += all ? 0 : 1;
        }
        QVERIFY(refused > 10);
    }

    void whatMayNotBeWrittenIsRead()
    {
        const RunRecord run = someRun();
        QVERIFY(opened(path())->beginRun(run));
        QVERIFY(QFile::setPermissions(path(), QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther));
        QVERIFY(openToAll(m_folder->path()));
        const AsNobody nobody;
        if (!AsNobody::isBound())
            QSKIP("permissions do not bind whoever runs this");
        const auto library = opened(path());
        QVERIFY(library && library->isReadOnly());
        QVERIFY2(said(*library->notice()).contains("may not be written"),
                 qPrintable(said(*library->notice())));
        QCOMPARE(library->find(run.id)->id, run.id);
        QVERIFY(!library->rename(run.id, "a"));
        QVERIFY(wordOf(m_folder->filePath("none.db")).contains("it could not be opened"));
    }

    // Without memory that processes share: one at a time has the file.
    void onANetworkFileSystem()
    {
        const RunRecord run = someRun();
        const auto first = Library::open(path().toStdString(), Library::FileSystem::Network);
        QVERIFY(first && (*first)->beginRun(run));
        QVERIFY(!QFile::exists(path() + "-wal") && !QFile::exists(path() + "-shm"));
        QVERIFY2(wordOf(path()).contains("another program has kept it locked"), qPrintable(wordOf(path())));
    }

    void theFolderIsTheOwners()
    {
        const QString below = m_folder->filePath("a/b/library.db");
        QVERIFY(opened(below));
        QCOMPARE(QFileInfo(m_folder->filePath("a/b")).permissions() & (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());
    }

    void itsPlace()
    {
        const auto restore = [name = QByteArray("CHAINRULE_LIBRARY"), before = qgetenv("CHAINRULE_LIBRARY"),
                              data = qgetenv("XDG_DATA_HOME"), home = qgetenv("HOME")](void*) {
            qputenv(name.constData(), before);
            qputenv("XDG_DATA_HOME", data);
            qputenv("HOME", home);
        };
        const std::unique_ptr<void, decltype(restore)> later(this, restore);
        qputenv("CHAINRULE_LIBRARY", "/a/b.db");
        QCOMPARE(*libraryPath(), std::string("/a/b.db"));
        qunsetenv("CHAINRULE_LIBRARY");
        qputenv("XDG_DATA_HOME", "/data");
        QCOMPARE(*libraryPath(), std::string("/data/chainrule/library.db"));
        qunsetenv("XDG_DATA_HOME");
        qputenv("HOME", "/home/a");
        QCOMPARE(*libraryPath(), std::string("/home/a/.local/share/chainrule/library.db"));
        qunsetenv("HOME");
        QVERIFY(!libraryPath());
    }

    // Whenever a process that writes is killed, the file is sound, has all that was told to be done, and
    // knows that the run was interrupted.
    void survivesKills()
    {
        const int kills = qEnvironmentVariableIntValue("CHAINRULE_LONG_TESTS") > 0 ? 1000 : 20;
        for (int i = 0; i < kills; ++i) {
            QProcess process;
            process.start(QCoreApplication::applicationFilePath(), {"--write-for-ever", path()});
            QVERIFY(process.waitForReadyRead(20'000));
            QTest::qWait(i * 7 % 60);
            process.kill();
            QVERIFY(process.waitForFinished());
            const QList<QByteArray> told = process.readAllStandardOutput().split('\n');
            const std::string id = told.first().toStdString();
            const int done = told.size() > 2 ? told.at(told.size() - 2).toInt() : 0;

            QVERIFY(isSound(path()));
            const auto library = opened(path());
            QVERIFY(library);
            QCOMPARE(*library->markInterrupted(), 1);
            const auto run = library->find(id);
            QVERIFY(run);
            QCOMPARE(run->state, RunState::Interrupted);
            const auto epochs = library->epochs(id);
            QVERIFY(epochs && static_cast<int>(epochs->size()) >= done);
            QCOMPARE(static_cast<std::int64_t>(epochs->size()) * 8, run->step); // no part of a transaction
            if (!epochs->empty())
                QCOMPARE(stepsOf(*library, id), std::vector<std::int64_t>{run->step});
            QVERIFY(library->keepBudget(1'000'000));
        }
        QCOMPARE(opened(path())->list()->size(), std::size_t(kills));
    }
};

int main(int argc, char** argv)
{
    if (argc == 3 && std::string_view(argv[1]) == "--write-for-ever")
        return writeForEver(argv[2]);
    QCoreApplication application(argc, argv);
    TestLibraryFile test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_libraryfile.moc"
