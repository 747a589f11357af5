// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/settingsjson.h"
#include "core/library/runlist.h"

#include "tests/core/libraryruns.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

RunChanges endedAs(RunState state)
{
    RunChanges changes;
    changes.end = RunEnd{state};
    return changes;
}

// A run that is over; its id.
std::string addRun(Library& library, std::size_t bytes = 0)
{
    RunRecord run = someRun();
    run.settings = settingsToJson(presets().front().settings);
    RunChanges changes = endedAs(RunState::Finished);
    if (bytes > 0)
        changes.checkpoints = {someBytes(1, bytes), someBytes(2, bytes)};
    return library.beginRun(run) && library.append(run.id, changes) ? run.id : std::string();
}

} // namespace

/// The list that is kept up to date, and what a person does with the library as a whole.
class TestLibraryKeeping : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path() const { return m_folder->filePath("library.db"); }
    [[nodiscard]] QString copy() const { return m_folder->filePath("copies/copy.db"); }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir(m_folder->path()).mkdir("copies"));
    }

    void onlyChangedRowsAreReadAgain()
    {
        const auto library = opened(path());
        QVERIFY(library);
        std::vector<std::string> ids;
        for (int i = 0; i < 30; ++i)
            ids.push_back(addRun(*library));
        RunList list;
        QVERIFY(*list.read(*library));
        QVERIFY(!*list.read(*library));
        const auto before = list.runs();
        QCOMPARE(before.size(), ids.size());
        QCOMPARE(before[29]->run->id, ids[29]);
        QVERIFY(before[0]->run->settings == presets().front().settings);

        QVERIFY(library->rename(ids[3], "mine") && library->setPinned(ids[5], true) &&
                library->setDeleted(ids[7], true));
        QVERIFY(*list.read(*library));
        QCOMPARE(list.runs().size(), std::size_t(29));
        QCOMPARE(list.runs()[3]->name, std::optional<std::string>("mine"));
        QVERIFY(list.runs()[5]->pinned);
        for (const std::size_t i : {0, 1, 2, 4, 6})
            QCOMPARE(list.runs()[i], before[i]);
        QCOMPARE(list.runs()[7], before[8]);
        QVERIFY(library->setDeleted(ids[7], false) && *list.read(*library));
        QCOMPARE(list.runs()[7]->run->id, ids[7]);

        RunRecord run = someRun();
        run.settings = "newer";
        QVERIFY(library->beginRun(run) && *list.read(*library) && !*list.read(*library));
        QCOMPARE(list.runs().size(), ids.size()); // without the one that cannot be read
    }

    void aRunThatGoesOnIsFollowed()
    {
        const auto library = opened(path());
        RunRecord run = someRun();
        RunList list;
        QVERIFY(library->beginRun(run) && *list.read(*library));
        QCOMPARE(list.runs()[0]->state, RunState::Running);
        RunChanges changes;
        changes.progress = RunProgress{5, 1.5};
        QVERIFY(library->append(run.id, changes) && *list.read(*library));
        QCOMPARE(list.runs()[0]->run->epoch, 1.5);
        QVERIFY(library->append(run.id, endedAs(RunState::Diverged)) && *list.read(*library));
        QCOMPARE(list.runs()[0]->state, RunState::Diverged);
    }

    void whatIsNotPinnedIsCleared()
    {
        const auto library = opened(path());
        const std::string first = addRun(*library);
        const std::string pinned = addRun(*library);
        const std::string gone = addRun(*library);
        const RunRecord running = someRun();
        QVERIFY(library->setPinned(pinned, true) && library->setDeleted(gone, true) &&
                library->beginRun(running));
        const auto cleared = library->deleteUnpinned();
        QVERIFY(cleared);
        QCOMPARE(*cleared, std::vector<std::string>{first});
        QCOMPARE(library->list()->size(), std::size_t(2));
        QVERIFY(library->setDeleted(*cleared, false));
        QVERIFY(!library->find(first)->deleted && library->find(gone)->deleted);
        QVERIFY(library->setDeleted({first, running.id, "0000"}, true));
        QVERIFY(library->find(first)->deleted && !library->find(running.id)->deleted);
    }

    void compactingMakesTheFileSmaller()
    {
        const auto library = opened(path());
        const std::string old = addRun(*library, 400'000);
        const std::string pinned = addRun(*library, 400'000);
        QVERIFY(library->setPinned(pinned, true));
        const auto before = library->size();
        QCOMPARE(before->checkpoints, std::int64_t(1'600'000));
        std::stop_source stopped;
        stopped.request_stop();
        QCOMPARE(library->compact(0, stopped.get_token())->after, before->checkpoints);
        const auto use = library->compact(0);
        QVERIFY(use);
        QCOMPARE(use->before - use->after, std::int64_t(800'000));
        QCOMPARE(library->size()->checkpoints, std::int64_t(800'000));
        QVERIFY(library->size()->file < before->file - 800'000);
        QCOMPARE(library->size()->file, QFileInfo(path()).size() + QFileInfo(path() + "-wal").size());
        QCOMPARE(stepsOf(*library, pinned).size(), std::size_t(2));
        QCOMPARE(library->list()->size(), std::size_t(2));
        QVERIFY(stepsOf(*library, old).empty());
    }

    void aCopyHasEverything()
    {
        const auto library = opened(path());
        const std::string id = addRun(*library, 100'000);
        for (int i = 0; i < 2; ++i) { // the second one in place of the first
            const auto done = library->backUp(copy().toStdString());
            QVERIFY2(done, done ? "" : qPrintable(said(done.error())));
            QVERIFY(*done);
            QCOMPARE(opened(copy())->list()->size(), library->list()->size());
            QCOMPARE(stepsOf(*opened(copy()), id).size(), std::size_t(2));
            static_cast<void>(addRun(*library));
        }
        QCOMPARE(QDir(m_folder->filePath("copies")).entryList({"*.part"}), QStringList());
    }

    void aCopyThatFailsLeavesNothing()
    {
        const auto library = opened(path());
        static_cast<void>(addRun(*library, 100'000));
        QFile old(copy());
        QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
        old.close();
        std::stop_source stopped;
        stopped.request_stop();
        const auto done = library->backUp(copy().toStdString(), stopped.get_token());
        QVERIFY(done && !*done);
        QCOMPARE(QFileInfo(copy()).size(), 3);
        QVERIFY(!library->backUp(m_folder->filePath("none/copy.db").toStdString()));
        QVERIFY(!library->backUp(m_folder->filePath("copies").toStdString())); // a folder
        QCOMPARE(QDir(m_folder->filePath("copies")).entryList(QDir::Files), QStringList("copy.db"));
        QCOMPARE(QDir(m_folder->path()).entryList({"*.part"}), QStringList());
    }
};

QTEST_GUILESS_MAIN(TestLibraryKeeping)
#include "tst_librarykeeping.moc"
