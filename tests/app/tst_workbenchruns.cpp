// SPDX-License-Identifier: GPL-3.0-or-later
// Which run is shown: trained here, opened from the library or from a file, gone on with.
#include "tests/support/benches.h"

#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/library/storedmodel.h"
#include "tests/core/idxbytes.h"

#include <QTemporaryDir>
#include <QtTest>

#include <memory>
#include <string>

using namespace chainrule;
using namespace chainrule::benches;

namespace {

/// A workbench as a window has it.
struct Kept {
    explicit Kept(const QString& library, const TrainingSettings& settings = tiny())
        : writer(std::make_shared<LibraryWriter>(library.toStdString()))
        , bench(std::make_unique<Workbench>(settings))
    {
        bench->useLibrary(writer, library.toStdString());
    }
    Kept(Kept&&) = default;
    Kept& operator=(Kept&&) = delete;
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    ~Kept()
    {
        bench.reset(); // as a window that closes
        if (writer)
            writer->finish();
    }

    std::shared_ptr<LibraryWriter> writer;
    std::unique_ptr<Workbench> bench;
};

} // namespace

class TestWorkbenchRuns : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path(const char* name) const { return m_folder->filePath(QLatin1String(name)); }
    [[nodiscard]] QString library() const { return path("library.db"); }
    [[nodiscard]] std::vector<RunRecord> records() const
    {
        const auto opened = Library::open(library().toStdString());
        return opened ? (*opened)->list().value() : std::vector<RunRecord>();
    }

    /// A table of three columns and two classes, whose numbers are about `around`.
    [[nodiscard]] std::string table(const char* name, double around, const QByteArray& classes) const
    {
        QByteArray rows;
        for (int i = 0; i < 300; ++i) {
            const int kind = i % 2;
            for (int column = 0; column < 3; ++column)
                rows += QByteArray::number(around + kind + (i * 7 + column * 3) % 11 / 10.0) + ',';
            rows += classes + QByteArray::number(kind) + '\n';
        }
        if (!idxbytes::write(path(name), rows))
            qFatal("cannot write");
        return path(name).toStdString();
    }

    /// Trains for an epoch and `batches` of the next, and closes; returns the run's id.
    std::string interrupted(const TrainingSettings& settings, int batches)
    {
        Kept kept(library(), settings);
        std::string id;
        if (load(*kept.bench) && runAnEpoch(*kept.bench, batches))
            id = kept.bench->shownId();
        return id;
    }

private slots:
    void initTestCase() { qunsetenv("CHAINRULE_DATA"); }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("XDG_DATA_HOME", path("nothing").toUtf8());
    }

    // Closing asks nothing: the run is there again, and goes on to the very numbers of one that never
    // stopped.
    void aRunThatWasClosedGoesOn_data()
    {
        QTest::addColumn<int>("optimizer");
        QTest::addColumn<int>("batches");
        for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
            for (const int batches : {0, 5}) {
                QTest::addRow("%d, %d batches", static_cast<int>(kind), batches)
                    << static_cast<int>(kind) << batches;
            }
        }
    }

    void aRunThatWasClosedGoesOn()
    {
        QFETCH(int, optimizer);
        QFETCH(int, batches);
        TrainingSettings settings = tiny(4);
        settings.optimizer = static_cast<OptimizerKind>(optimizer);
        settings.learningRate = 0.02;
        std::vector<double> inOneGo;
        History history;
        {
            Workbench bench(settings);
            QVERIFY(load(bench) && runToItsEnd(bench));
            inOneGo = valuesOf(bench);
            history = bench.shownRun()->history;
        }
        const std::string id = interrupted(settings, batches);
        QVERIFY(!id.empty());
        QCOMPARE(records().size(), std::size_t{1});
        QVERIFY(records().front().state == RunState::Interrupted);

        {
            Kept kept(library());
            Workbench& bench = *kept.bench;
            QVERIFY(load(bench) && openRun(bench, id));
            QVERIFY(waitFor([&] { return bench.steps().has_value(); }));
            QVERIFY(bench.canResume());
            QCOMPARE(bench.presentEpoch(), records().front().epoch);
            bench.run();
            QVERIFY(!bench.canResume());
            QVERIFY(hasEnded(bench));
            QVERIFY(valuesOf(bench) == inOneGo);
            QCOMPARE(bench.shownId(), id);
            const History now = bench.shownRun()->history;
            QCOMPARE(now.epochs.size(), history.epochs.size());
            for (std::size_t i = 0; i < history.epochs.size(); ++i) {
                QCOMPARE(now.epochs[i].trainLoss, history.epochs[i].trainLoss);
                QCOMPARE(now.epochs[i].validation->loss, history.epochs[i].validation->loss);
            }
            QCOMPARE(now.test->loss, history.test->loss);
            QVERIFY(!now.resumedAt); // nothing was lost by it
            // Its steps are there from the first one on, those before the pause too.
            QCOMPARE(bench.steps()->first, std::int64_t{0});
            bench.seek(1);
            QVERIFY(waitFor([&] { return bench.shownStep() == 1; }));
        }
        QCOMPARE(records().size(), std::size_t{1});
        QVERIFY(records().front().state == RunState::Finished);
        QCOMPARE(records().front().step, std::int64_t{52});
        const auto opened = Library::open(library().toStdString());
        const auto whole = wholeRun(**opened, id);
        QVERIFY(whole);
        QVERIFY(whole->network->parameters == inOneGo);
        QCOMPARE(whole->history.epochs.size(), std::size_t{4});
    }

    // What is edited while it waits belongs to the next run.
    void resumingKeepsTheRunsOwnSettings()
    {
        const std::string id = interrupted(tiny(3), 2);
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && openRun(bench, id));
        TrainingSettings edited = bench.document().settings();
        edited.epochs = 9;
        edited.learningRate = 5.0;
        bench.document().edit(edited, QStringLiteral("Preset"));
        QVERIFY(bench.canResume());
        bench.run(); // waits until the run's steps are known
        QVERIFY(hasEnded(bench));
        QCOMPARE(bench.shownRun()->history.epochs.size(), std::size_t{3});
        QCOMPARE(bench.shownRun()->history.epochs.back().learningRate, 0.2);

        QVERIFY(openRun(bench, interrupted(tiny(3), 2)));
        bench.trainNew();
        QVERIFY(hasEnded(bench));
        QVERIFY(bench.shownRun()->history.epochs.size() == 3 && bench.shownId() != id);
        QVERIFY(!bench.shownRun()->forkedFrom);
    }

    void aPausedRunThatGivesWayIsInTheLibrary()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && runAnEpoch(bench, 2));
        const std::string id = bench.shownId();
        const auto values = valuesOf(bench);
        bench.reset();
        QVERIFY(!bench.shownRun() && bench.presentEpoch() == 0.0);
        QVERIFY(waitFor([&] { return records().size() == 1 && records()[0].state == RunState::Stopped; }));
        QVERIFY(openRun(bench, id));
        QVERIFY(valuesOf(bench) == values);
        QVERIFY(waitFor([&] { return bench.steps().has_value(); }) && bench.canResume());
    }

    // Reset shows the first weights, and nothing is made by it.
    void resetCreatesNothing()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench));
        const auto first = valuesOf(bench);
        bench.reset();
        bench.newWeights();
        QVERIFY(valuesOf(bench) != first);
        QTest::qWait(300);
        QVERIFY(records().empty());
    }

    void aRunOfOtherDataCannotGoOn()
    {
        const std::string id = interrupted(tiny(3), 2);
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && openRun(bench, id));
        QVERIFY(bench.canResume());
        bench.openData("circles");
        QVERIFY(waitFor([&] { return bench.document().settings().data == "circles"; }) && isLoaded(bench));
        // Its steps were known before that, and have their own data.
        if (!bench.steps())
            QVERIFY(!bench.canResume());
    }

    // ---- files ----------------------------------------------------------------------------------------

    void aFileOfARunShowsThatRun()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && runToItsEnd(bench));
        const std::string id = bench.shownId();
        QVERIFY(save(bench, path("one.safetensors"), kept.writer));
        QCOMPARE(bench.file()->path, path("one.safetensors").toStdString());
        bench.reset();
        QVERIFY(openModel(bench, path("one.safetensors")));
        QCOMPARE(bench.shownId(), id);
        QCOMPARE(records().size(), std::size_t{1});
        QVERIFY(waitFor([&] { return bench.steps().has_value(); })); // and its steps
    }

    void aFileOfADeletedRunBringsItBack()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && runToItsEnd(bench));
        const std::string id = bench.shownId();
        QVERIFY(save(bench, path("one.safetensors"), kept.writer));
        kept.writer->settle();
        QVERIFY(kept.writer->library()->setDeleted(id, true));
        QVERIFY(records().empty());
        QVERIFY(openModel(bench, path("one.safetensors")));
        QCOMPARE(records().size(), std::size_t{1});
        QCOMPARE(records().front().id, id);
    }

    // Only one of two windows goes on with a run; the other's later runs are kept all the same.
    void aRunThatIsResumedTwiceLeavesTheLibraryAlone()
    {
        const std::string id = interrupted(tiny(1'000'000), 2);
        Kept first(library());
        Kept second(library());
        for (Kept* each : {&first, &second}) {
            QVERIFY(load(*each->bench) && openRun(*each->bench, id));
            QVERIFY(waitFor([&] { return each->bench->steps().has_value(); }));
        }
        first.bench->run();
        QVERIFY(waitFor([&] { return records().front().state == RunState::Running; }));
        second.bench->run();
        std::optional<Error> notice;
        QVERIFY(waitFor([&] { return (notice = second.writer->takeNotice()).has_value(); }));
        QVERIFY(notice->why.english().find("still being trained") != std::string::npos);
        second.bench->reset();
        TrainingSettings other = second.bench->document().settings();
        other.epochs = 2;
        second.bench->document().edit(other, QStringLiteral("Epochs"));
        second.bench->trainNew();
        QVERIFY(hasEnded(*second.bench));
        QVERIFY(waitFor([&] { return records().size() == 2; }));
        QVERIFY(!second.writer->memory());
    }

    void anUnknownFileBecomesARun()
    {
        {
            Workbench bench(tiny(3));
            QVERIFY(load(bench) && runToItsEnd(bench));
            QVERIFY(save(bench, path("other.safetensors")));
        }
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench));
        for (int i = 0; i < 2; ++i) { // the second time it is known
            QVERIFY(openModel(bench, path("other.safetensors")));
            QCOMPARE(records().size(), std::size_t{1});
            QCOMPARE(bench.shownId(), records().front().id);
            QVERIFY(records().front().state == RunState::Finished);
            QCOMPARE(bench.shownRun()->history.epochs.size(), std::size_t{3});
            QVERIFY(bench.document().initial());
            QVERIFY(!bench.canResume());
        }
        QVERIFY(waitFor([&] { return !bench.isOpeningRun(); }));
        QVERIFY(!bench.steps()); // only its last weights are known
    }

    // Another program's file says nothing of a run; what is set at the side is no word about its weights.
    void weightsOfUnknownOriginKeepTheirPrecision()
    {
        const LayerStack stack{2, tiny().layers};
        ModelFile model;
        model.network = {stack, std::vector<double>(layerSpans(stack).back().bias + 2, 0.25)};
        model.network.precision = Precision::Double;
        QVERIFY(idxbytes::write(path("foreign.safetensors"), QByteArray::fromStdString(encodeModel(model))));
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && openModel(bench, path("foreign.safetensors")));
        QVERIFY(!records().front().recorded);
        TrainingSettings edited = bench.document().settings();
        edited.precision = Precision::Float;
        bench.document().edit(edited, QStringLiteral("Precision"));
        QVERIFY(save(bench, path("again.safetensors"), kept.writer));
        const auto saved = loadModel(path("again.safetensors").toStdString());
        QVERIFY(saved && saved->network.precision == Precision::Double && !saved->recorded);
    }

    void aRunStartsFromOneModelWithItsOwnScaleAndNames()
    {
        const auto trainedOn = [this](const std::string& data, const char* name) {
            TrainingSettings settings = tiny();
            settings.data = data;
            Workbench bench(settings);
            return load(bench) && runToItsEnd(bench) && save(bench, path(name));
        };
        QVERIFY(trainedOn(table("low.csv", 1.0, "low "), "low.safetensors"));
        QVERIFY(trainedOn(table("high.csv", 100.0, "high "), "high.safetensors"));
        Workbench bench(tiny());
        QVERIFY(load(bench));
        const auto open = [&](const char* name) {
            return openModel(bench, path(name)) &&
                   waitFor([&] { return bench.store().data()->width == 3 && !bench.store().isLoading(); });
        };
        QVERIFY(open("low.safetensors"));
        const auto scale = bench.shownNetwork().scale;
        QVERIFY(scale.front().mean < 10.0);
        QVERIFY(open("high.safetensors"));
        QVERIFY(runToItsEnd(bench));
        QVERIFY(bench.shownNetwork().scale.front().mean > 90.0);
        bench.document().undoStack().undo(); // the first model again
        QVERIFY(isLoaded(bench) && runToItsEnd(bench));
        QVERIFY(bench.shownNetwork().scale == scale);
        QCOMPARE(bench.shownNetwork().classNames.front(), std::string("low 0"));
    }

    void theCommandNamesNoFileThatHoldsOtherWeights()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        const QString from = path("from.safetensors");
        QVERIFY(load(bench) && runToItsEnd(bench) && save(bench, from, kept.writer));
        QVERIFY(openModel(bench, from));
        QCOMPARE(bench.initialModel(), from);
        QVERIFY(runToItsEnd(bench));
        QCOMPARE(bench.initialModel(), from);
        QVERIFY(save(bench, from, kept.writer)); // over the weights that it began from
        QCOMPARE(bench.initialModel(), QString());
        QVERIFY(bench.startsFromUnsaved());
    }

    // ---- what does not fit ----------------------------------------------------------------------------

    void aRefusedRunTakesNothingAway()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        std::vector<Problem> problems;
        connect(&bench, &Workbench::problem, this,
                [&problems](const Error&, Problem kind) { problems.push_back(kind); });
        QVERIFY(load(bench) && runToItsEnd(bench));
        const auto weights = bench.presentParameters();
        const std::string id = bench.shownId();
        QVERIFY(idxbytes::write(path("no-drawings.jsonl"), {}));
        TrainingSettings edited = bench.document().settings();
        edited.data = "digits";
        bench.document().edit(edited, QStringLiteral("Data set"));
        QVERIFY(waitFor([&] { return !bench.store().isLoading() && bench.store().data()->width == 28; }));
        edited = bench.document().settings();
        edited.drawings = path("no-drawings.jsonl").toStdString();
        bench.document().edit(edited, QStringLiteral("Drawings"));
        bench.run();
        QVERIFY(waitFor([&] { return problems.size() == 1; }));
        QVERIFY(problems.front() == Problem::Other); // new weights would mend nothing
        QVERIFY(bench.presentParameters() == weights);
        QCOMPARE(bench.shownId(), id);
        QCOMPARE(bench.shownRun()->history.epochs.size(), std::size_t{2});
        bench.seek(3); // the steps of what is shown again are there
        QVERIFY(waitFor([&] { return bench.shownStep() == 3; }));
    }

    void dataThatTheNetworkDoesNotReadAreSaid()
    {
        const std::string three = table("three.csv", 1.0, "kind ");
        Workbench bench(tiny());
        QVERIFY(load(bench) && runToItsEnd(bench) && save(bench, path("two.safetensors")));
        QVERIFY(openModel(bench, path("two.safetensors")));
        std::vector<std::pair<Error, Problem>> problems;
        connect(&bench, &Workbench::problem, this,
                [&problems](const Error& error, Problem kind) { problems.emplace_back(error, kind); });
        bench.openData(three);
        QVERIFY(waitFor([&] { return problems.size() == 1; }));
        QVERIFY(problems.front().second == Problem::Model);
        QVERIFY(problems.front().first.why.english().find("3 numbers, and the network reads 2") !=
                std::string::npos);
        // Its own settings are still those that it was trained with.
        QVERIFY(save(bench, path("two-again.safetensors")));
        const auto again = loadModel(path("two-again.safetensors").toStdString());
        QCOMPARE(settingsFromJson(again->settings)->data, std::string("moons"));
        bench.newWeights();
        QVERIFY(runToItsEnd(bench));
        QCOMPARE(bench.shownNetwork().parameters->stack.input.size(), 3);
    }

    void smallDataLeaveNoCountsBehind()
    {
        const std::string small = table("small.csv", 1.0, "kind ");
        TrainingSettings settings = tiny();
        settings.samples = {2000, 500, 1000};
        Workbench bench(settings);
        QVERIFY(load(bench));
        const auto use = [&](const std::string& data) {
            bench.openData(data);
            return waitFor([&] { return bench.document().settings().data == data; }) && isLoaded(bench);
        };
        QVERIFY(use(small));
        QVERIFY(bench.document().settings().samples.training < 300);
        QVERIFY(use("circles"));
        QVERIFY(bench.document().settings().samples == settings.samples);

        // What is typed meanwhile is wanted from then on.
        QVERIFY(use(small));
        TrainingSettings edited = bench.document().settings();
        edited.samples = {100, 20, 30};
        bench.document().edit(edited, QStringLiteral("Samples"));
        QVERIFY(use("moons"));
        QVERIFY(bench.document().settings().samples == edited.samples);
    }

    void aModelWithoutItsDataShowsNobodysPredictions()
    {
        const std::string gone = table("gone.csv", 1.0, "kind ");
        TrainingSettings settings = tiny();
        settings.data = gone;
        {
            Workbench bench(settings);
            QVERIFY(load(bench) && runToItsEnd(bench) && save(bench, path("gone.safetensors")));
        }
        QVERIFY(QFile::remove(QString::fromStdString(gone)));
        Workbench bench(tiny());
        GridAnswer grid;
        connect(&bench, &Workbench::gridChanged, this, [&grid](const GridAnswer& answer) { grid = answer; });
        QVERIFY(load(bench));
        QVERIFY(waitFor([&] { return !grid.samples.empty(); }));
        QVERIFY(opened(bench, [&] { bench.openModel(path("gone.safetensors")); }));
        QVERIFY(grid.samples.empty() && !grid.setup);
        QVERIFY(waitFor([&] { return !bench.store().isLoading(); }));
        QTest::qWait(100);
        QVERIFY(grid.samples.empty());
    }

    // ---- edits ----------------------------------------------------------------------------------------

    void layersOfAnOpenedNetworkShowANewOne()
    {
        Kept kept(library());
        Workbench& bench = *kept.bench;
        QVERIFY(load(bench) && runToItsEnd(bench));
        const std::string id = bench.shownId();
        QVERIFY(openRun(bench, id));
        TrainingSettings edited = bench.document().settings();
        edited.layers = {{5, Activation::Tanh}, {2, Activation::Softmax}};
        bench.document().edit(edited, QStringLiteral("Layers"));
        QVERIFY(!bench.shownRun());
        bench.document().undoStack().undo();
        QCOMPARE(bench.shownId(), id);
        bench.document().undoStack().undo(); // the opening
        QVERIFY(bench.shownId().empty());
    }

    // The rate acts at once where it is edited alone, not as one of a preset's fields.
    void aPresetLeavesTheRunUnderWayAlone()
    {
        Workbench bench(tiny(3));
        QVERIFY(load(bench) && runAnEpoch(bench));
        TrainingSettings preset = bench.document().settings();
        preset.learningRate = 7.0;
        preset.batchSize = 5;
        bench.document().edit(preset, QStringLiteral("Preset"));
        bench.stepBatch();
        QVERIFY(waitFor([&] { return bench.presentEpoch() > 1.0; }));
        bench.run();
        QVERIFY(hasEnded(bench));
        for (const EpochRecord& record : bench.shownRun()->history.epochs)
            QCOMPARE(record.learningRate, 0.2);
    }
};

QTEST_GUILESS_MAIN(TestWorkbenchRuns)
#include "tst_workbenchruns.moc"
