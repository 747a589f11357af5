// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runlibrary.h"
#include "app/runs/workbench.h"

#include "core/library/library.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

using namespace chainrule;

namespace {

TrainingSettings tiny(int epochs = 4)
{
    TrainingSettings settings;
    settings.data = "digits";
    settings.samples = {200, 50, 100};
    settings.layers = {{12, Activation::Relu}, {10, Activation::Softmax}};
    settings.batchSize = 16; // 13 steps an epoch, the last one of eight samples
    settings.epochs = epochs;
    settings.optimizer = OptimizerKind::Momentum;
    return settings;
}

/// The weights of a run of its own that is stopped after so many steps.
std::vector<double> weightsAfter(const TrainingSettings& settings, const RunSetup& like, std::int64_t step)
{
    RunSetup setup = like;
    setup.settings = settings;
    Control control(settings.learningRate);
    Feed feed;
    RunStart start;
    start.stopAt = step;
    return train(setup, control, feed, {}, start).network.parameters;
}

} // namespace

/// Any step of the run that a window shows, on every page, and forks from there.
class TestMoments : public QObject {
    Q_OBJECT

    std::unique_ptr<Workbench> m_bench;
    std::optional<GridAnswer> m_grid;
    std::vector<std::string> m_problems;

    void begin(const TrainingSettings& settings)
    {
        m_grid.reset();
        m_problems.clear();
        m_bench = std::make_unique<Workbench>(settings);
        connect(m_bench.get(), &Workbench::gridChanged, this,
                [this](const GridAnswer& answer) { m_grid = answer; });
        connect(m_bench.get(), &Workbench::problem, this,
                [this](const Error& error) { m_problems.push_back(error.message()); });
        m_bench->begin();
    }
    void trained(const TrainingSettings& settings)
    {
        begin(settings);
        m_bench->run();
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->training().state(), TrainingState::Finished, 60'000);
    }
    [[nodiscard]] bool shows(std::int64_t step) const { return m_bench->shownStep() == step; }

private slots:
    void cleanup()
    {
        QVERIFY2(m_problems.empty(), m_problems.empty() ? "" : m_problems.front().c_str());
        m_bench.reset();
    }

    void beforeTheFirstRun()
    {
        begin(tiny());
        QVERIFY(!m_bench->steps() && !m_bench->shownStep());
        m_bench->seek(3);
        m_bench->fork();
        m_bench->showNewest();
        QVERIFY(!m_bench->mayFork());
        QVERIFY(!m_bench->shownRun());
    }

    void anyStepIsThere()
    {
        trained(tiny());
        const auto steps = m_bench->steps();
        QVERIFY(steps);
        QVERIFY(steps->first == 0 && steps->last == 52 && steps->total == 52 && steps->perEpoch == 13);
        QVERIFY(steps->best && *steps->best % 13 == 0);
        const auto setup = m_bench->training().setup();
        const auto newest = m_bench->presentParameters();
        for (const std::int64_t step : {17, 0, 52, 13, 40}) {
            m_bench->seek(step);
            QTRY_VERIFY(shows(step));
            QVERIFY(m_bench->presentParameters()->parameters == weightsAfter(tiny(), *setup, step));
            QTRY_VERIFY(m_grid && m_grid->parameters && // the pages see the very same
                        m_grid->parameters->parameters == m_bench->presentParameters()->parameters);
        }
        QVERIFY(std::abs(m_bench->presentEpoch() - (3.0 + 16.0 / 200.0)) < 1e-9);
        const TrainedNetwork exported = m_bench->shownNetwork(); // what is exported and saved, too
        QVERIFY(exported.parameters->parameters == m_bench->presentParameters()->parameters);
        QCOMPARE(exported.history.epochs.size(), std::size_t{3});
        QVERIFY(!exported.history.test);
        m_bench->showNewest();
        QVERIFY(!m_bench->shownStep());
        QVERIFY(m_bench->presentParameters() == newest);
    }

    // While a run goes on, the step that somebody looks at stays.
    void aRunningRunDoesNotDisturb()
    {
        begin(tiny(1'000'000));
        m_bench->run();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->steps() && m_bench->steps()->last > 100, 60'000);
        m_bench->seek(50);
        QTRY_VERIFY(shows(50));
        const auto weights = m_bench->presentParameters()->parameters;
        const auto last = m_bench->steps()->last;
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->steps()->last > last + 100, 60'000);
        QVERIFY(shows(50) && m_bench->presentParameters()->parameters == weights);
        QVERIFY(weights == weightsAfter(tiny(1'000'000), *m_bench->training().setup(), 50));
        m_bench->showNewest();
        QVERIFY(m_bench->presentEpoch() > 4.0);
        // What is changed while it runs is part of the run.
        TrainingSettings slower = m_bench->document().settings();
        slower.learningRate = 0.01;
        m_bench->document().edit(slower, "rate");
        const auto changed = m_bench->steps()->last;
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->steps()->last > changed + 100, 60'000);
        m_bench->run(); // pauses
        QTRY_VERIFY(m_bench->training().state() == TrainingState::Paused);
        std::int64_t paused = 0;
        QTRY_VERIFY(std::exchange(paused, m_bench->steps()->last) == m_bench->steps()->last &&
                    m_bench->steps()->last > changed);
        QTest::qWait(200);
        const auto newest = m_bench->presentParameters()->parameters;
        m_bench->seek(m_bench->steps()->last - 1);
        QTRY_VERIFY(m_bench->shownStep().has_value());
        m_bench->seek(m_bench->steps()->last);
        QTRY_VERIFY(shows(m_bench->steps()->last));
        QVERIFY(m_bench->presentParameters()->parameters == newest);
        m_bench->reset();
        QVERIFY(!m_bench->shownStep() && !m_bench->steps());
    }

    void aForkEqualsItsParent()
    {
        trained(tiny());
        const auto whole = m_bench->presentParameters()->parameters;
        const auto parent = m_bench->training().setup();
        m_bench->seek(20);
        QTRY_VERIFY(shows(20));
        QVERIFY(m_bench->mayFork());
        QSignalSpy histories(m_bench.get(), &Workbench::historyOpened);
        m_bench->fork();
        QVERIFY(!m_bench->shownStep());
        QCOMPARE(histories.size(), 1); // the curve joins its parent's
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->training().state(), TrainingState::Finished, 60'000);
        QVERIFY(m_bench->presentParameters()->parameters == whole);
        QCOMPARE(m_bench->shownNetwork().history.epochs.size(), std::size_t{4});
        const auto steps = m_bench->steps();
        QVERIFY(steps && steps->first == 20 && steps->last == 52);
        m_bench->seek(31);
        QTRY_VERIFY(shows(31));
        QVERIFY(m_bench->presentParameters()->parameters == weightsAfter(tiny(), *parent, 31));
    }

    void whatAForkCannotChange()
    {
        trained(tiny());
        m_bench->seek(20);
        QTRY_VERIFY(shows(20));
        TrainingSettings edited = tiny();
        edited.learningRate = 0.02;
        edited.epochs = 6;
        m_bench->document().edit(edited, "rate");
        QVERIFY(m_bench->mayFork());
        edited.layers.insert(edited.layers.begin(), DenseLayer{5, Activation::Relu});
        m_bench->document().edit(edited, "layers");
        const auto refused = m_bench->mayFork();
        QVERIFY(!refused && refused.error().message().starts_with("--layers"));
        m_bench->fork();
        QVERIFY(shows(20)); // nothing has happened
        m_bench->document().undoStack().undo();
        m_bench->fork();
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->training().state(), TrainingState::Finished, 60'000);
        QCOMPARE(m_bench->shownNetwork().history.epochs.size(), std::size_t{6});
        QCOMPARE(m_bench->steps()->total, 78);
    }

    // The parent's id and step are in the library.
    void forksAreKept()
    {
        QTemporaryDir folder;
        RunLibrary library(folder.filePath("library.db").toStdString());
        begin(tiny());
        m_bench->training().keepRuns(library.writer());
        m_bench->run();
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->training().state(), TrainingState::Finished, 60'000);
        const std::string parent = m_bench->training().runId();
        m_bench->seek(20);
        QTRY_VERIFY(shows(20));
        m_bench->fork();
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->training().state(), TrainingState::Finished, 60'000);
        const std::string child = m_bench->training().runId();
        const auto weights = m_bench->presentParameters()->parameters;
        m_bench.reset();
        library.writer()->finish();
        const auto kept = Library::open(folder.filePath("library.db").toStdString());
        QVERIFY(kept);
        const auto run = (*kept)->find(child);
        QVERIFY(run && run->parent == RunParent({parent, 20}));
        QCOMPARE((*kept)->epochs(child)->size(), std::size_t{4});
        const auto last = (*kept)->lastCheckpoint(child);
        QVERIFY(last && *last && (*last)->network.parameters == weights);
    }
};

QTEST_GUILESS_MAIN(TestMoments)
#include "tst_moments.moc"
