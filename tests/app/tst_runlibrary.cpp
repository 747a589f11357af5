// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runlibrary.h"
#include "app/runs/trainingcontroller.h"

#include "core/data/toydata.h"
#include "core/library/storedmodel.h"

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>
#include <string>
#include <vector>

using namespace chainrule;

using RunPointer = std::shared_ptr<const Run>;

namespace {

std::shared_ptr<const Dataset> moons()
{
    static const auto data = std::make_shared<const Dataset>(makeToySet(ToySet::Moons, 120, 0.1, 5));
    return data;
}

TrainingSettings tiny(int epochs)
{
    TrainingSettings settings;
    settings.data = "moons";
    settings.samples = {80, 20, 20};
    settings.layers = {{6, Activation::Tanh}, {2, Activation::Softmax}};
    settings.batchSize = 8;
    settings.epochs = epochs;
    return settings;
}

/// A window's half that trains, and the other one that tells of runs.
struct Window {
    explicit Window(const Result<std::string>& path)
        : library(path)
    {
        training.keepRuns(library.writer());
        QObject::connect(&library, &RunLibrary::listed, &library,
                         [this](const std::vector<ListedRunPointer>& runs) { listed = runs; });
        QObject::connect(&library, &RunLibrary::loaded, &library,
                         [this](const RunPointer& run) { loaded = run; });
        QObject::connect(&library, &RunLibrary::failed, &library,
                         [this](const Error& error) { failure = error.message(); });
        QObject::connect(&library, &RunLibrary::noticed, &library,
                         [this](const Error& error) { notice = error.message(); });
        QObject::connect(&training, &TrainingController::ended, &library,
                         [this](const TrainingOutcome& end) { outcome = end; });
        library.start();
    }

    RunLibrary library;
    TrainingController training; ///< ends first
    std::vector<ListedRunPointer> listed;
    RunPointer loaded;
    std::string failure;
    std::string notice;
    std::optional<TrainingOutcome> outcome;
};

} // namespace

/// The runs of a window in the library, and those of others.
class TestRunLibrary : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] std::string path() const { return m_folder->filePath("library.db").toStdString(); }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyRunIsKept()
    {
        Window window(path());
        window.training.start({tiny(3), moons(), nullptr});
        QTRY_VERIFY(window.outcome);
        const std::string id = window.training.runId();
        QVERIFY(!id.empty());
        QTRY_VERIFY(window.listed.size() == 1 && window.listed[0]->run->history.test);
        QCOMPARE(window.listed[0]->run->id, id);
        QCOMPARE(window.listed[0]->run->epoch, 3.0);
        QVERIFY(window.listed[0]->run->settings == window.training.setup()->settings);
        QVERIFY(!window.listed[0]->run->network);

        window.library.load(id);
        window.library.load(id); // a newer request
        QTRY_VERIFY(window.loaded);
        QCOMPARE(window.loaded->history.epochs.size(), std::size_t{3});
        QVERIFY(window.loaded->network &&
                window.loaded->network->parameters == window.outcome->network.parameters);
        window.library.load("0000");
        QTRY_VERIFY(!window.failure.empty());
    }

    // What another window trains is seen here while it goes on.
    void otherWindowsAreSeen()
    {
        Window here(path());
        Window there(path());
        there.training.start({tiny(1'000'000), moons(), nullptr});
        QTRY_VERIFY(here.listed.size() == 1 && here.listed[0]->run->epoch > 0.0);
        const double before = here.listed[0]->run->epoch;
        QTRY_VERIFY(here.listed[0]->run->epoch > before);
        QTRY_COMPARE(there.listed.size(), std::size_t{1});
        here.training.start({tiny(2), moons(), nullptr});
        QTRY_VERIFY(there.listed.size() == 2 && here.listed.size() == 2);
        QCOMPARE(there.listed[1]->run->settings.epochs, 2); // the newest is the last
    }

    // A run that gives way to another one is stopped, one whose window is closed interrupted; both are there
    // with their weights.
    void runsThatDoNotEndAreKept()
    {
        std::string first;
        std::string second;
        {
            Window window(path());
            window.training.start({tiny(1'000'000), moons(), nullptr});
            QTRY_VERIFY(!window.listed.empty() && window.listed[0]->run->epoch > 1.0);
            first = window.training.runId();
            window.training.start({tiny(1'000'000), moons(), nullptr});
            QTRY_VERIFY(window.listed.size() == 2 && window.listed[1]->run->epoch > 1.0);
            second = window.training.runId();
        }
        const auto library = Library::open(path());
        QVERIFY(library);
        for (const std::string& id : {first, second}) {
            const auto run = (*library)->find(id);
            QVERIFY(run);
            QCOMPARE(run->state, id == first ? RunState::Stopped : RunState::Interrupted);
            const auto model = storedModel(**library, *run);
            QVERIFY(model && !model->network.parameters.empty());
        }
    }

    void namesPinsAndDeleting()
    {
        Window window(path());
        window.training.start({tiny(1), moons(), nullptr});
        QTRY_VERIFY(window.listed.size() == 1 && window.listed[0]->state == RunState::Finished);
        window.training.start({tiny(1'000'000), moons(), nullptr});
        QTRY_COMPARE(window.listed.size(), std::size_t{2});
        const std::string id = window.listed[0]->run->id;
        window.library.rename(id, "first");
        QTRY_COMPARE(window.listed[0]->name, std::optional<std::string>("first"));
        window.library.setPinned(id, true);
        QTRY_VERIFY(window.listed[0]->pinned);
        window.library.setDeleted(id, true);
        window.library.rename(id, {}); // in this order
        QTRY_COMPARE(window.listed.size(), std::size_t{1});
        window.library.setDeleted(id, false);
        QTRY_COMPARE(window.listed.size(), std::size_t{2});
        QVERIFY(!window.listed[0]->name && window.failure.empty());
        window.library.setDeleted(window.training.runId(), true);
        QTRY_VERIFY2(window.failure.find("still being trained") != std::string::npos, window.failure.c_str());
        window.failure.clear();
        window.library.setPinned("none", true);
        QTRY_VERIFY(!window.failure.empty());

        QSignalSpy clearing(&window.library, &RunLibrary::cleared);
        window.library.clear(); // all are pinned or being trained
        QTRY_COMPARE(clearing.size(), 1);
        QVERIFY(clearing[0][0].value<std::vector<std::string>>().empty());
        window.library.setPinned(id, false);
        window.library.clear();
        QTRY_COMPARE(clearing.size(), 2);
        QCOMPARE(clearing[1][0].value<std::vector<std::string>>(), std::vector<std::string>{id});
        QTRY_COMPARE(window.listed.size(), std::size_t{1});
        window.library.setDeleted(std::vector<std::string>{id}, false);
        QTRY_COMPARE(window.listed.size(), std::size_t{2});
    }

    // What was asked for is done, even where the window closes at once.
    void changesAreMadeBeforeTheEnd()
    {
        std::string id;
        {
            Window window(path());
            window.training.start({tiny(1), moons(), nullptr});
            QTRY_VERIFY(window.listed.size() == 1 && window.listed[0]->state == RunState::Finished);
            id = window.listed[0]->run->id;
            for (int i = 0; i < 20; ++i)
                window.library.rename(id, "name " + std::to_string(i));
        }
        const auto run = (*Library::open(path()))->find(id);
        QVERIFY2(run, run ? "" : run.error().message().c_str());
        QCOMPARE(run->name, std::optional<std::string>("name 19"));
    }

    void theLibraryAsAWhole()
    {
        Window window(path());
        window.training.start({tiny(2), moons(), nullptr});
        QTRY_VERIFY(window.listed.size() == 1 && window.listed[0]->state == RunState::Finished);
        std::optional<Result<LibrarySize>> size;
        window.library.measure([&size](const Result<LibrarySize>& answer) { size = answer; });
        QTRY_VERIFY(size);
        QVERIFY(*size && (*size)->file > (*size)->checkpoints && (*size)->checkpoints > 0);
        const QString copy = m_folder->filePath("copy.db");
        std::optional<Result<bool>> done;
        const auto take = [&done](const Result<bool>& answer) { done = answer; };
        window.library.backUp(copy.toStdString(), take);
        QTRY_VERIFY(done);
        QVERIFY(*done && **done);
        QCOMPARE((*Library::open(copy.toStdString()))->list()->size(), std::size_t{1});
        QVERIFY(QFile::link(QString::fromStdString(path()), m_folder->filePath("link.db")));
        for (const std::string& own :
             {path(), path() + "-wal", m_folder->filePath("link.db").toStdString()}) {
            done.reset();
            window.library.backUp(own, take);
            QTRY_VERIFY(done);
            QVERIFY2(!*done && (*done).error().message().find("the library itself") != std::string::npos,
                     own.c_str());
        }
        std::optional<Result<BudgetUse>> use;
        window.library.compact([&use](const Result<BudgetUse>& answer) { use = answer; });
        QTRY_VERIFY(use);
        QVERIFY(*use && (*use)->after == (*size)->checkpoints);
    }

    void aRunThatIsNotReallyOne()
    {
        Window window(path());
        TrainingSettings wrong = tiny(3);
        wrong.kernels = "none";
        window.training.start({wrong, moons(), nullptr});
        QTRY_COMPARE(window.training.state(), TrainingState::Failed);
        QVERIFY(window.training.runId().empty());
        window.training.start({tiny(1), moons(), nullptr});
        QTRY_COMPARE(window.listed.size(), std::size_t{1}); // the one that was begun
    }

    void aLibraryThatCannotBeWritten()
    {
        QFile file(QString::fromStdString(path()));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(5000, 'x')) == 5000);
        file.close();
        Window window(path());
        QTRY_VERIFY(!window.notice.empty());
        QVERIFY2(window.notice.find("it is damaged") != std::string::npos, window.notice.c_str());
        window.training.start({tiny(3), moons(), nullptr});
        QTRY_VERIFY(window.listed.size() == 1 && window.listed[0]->run->history.test); // in memory
        window.library.load(window.listed[0]->run->id);
        QTRY_VERIFY(window.loaded && window.loaded->network);
    }

    void inMemory()
    {
        Window window{std::string(chainrule::inMemory)};
        window.training.start({tiny(3), moons(), nullptr});
        QTRY_VERIFY(window.listed.size() == 1 && window.listed[0]->run->history.test);
        QVERIFY(window.notice.empty());
        window.library.load(window.listed[0]->run->id);
        QTRY_VERIFY(window.loaded && window.loaded->network);
    }
};

QTEST_GUILESS_MAIN(TestRunLibrary)
#include "tst_runlibrary.moc"
