// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that make room for others and come back: put away, opened again, or kept through a crash.
#include "app/trainednetwork.h"
#include "app/workbench.h"

#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "tests/core/idxbytes.h"

#include <QTemporaryDir>
#include <QtTest>

#include <memory>
#include <vector>

using namespace chainrule;

namespace {

using RunPointer = std::shared_ptr<const Run>;

/// What a workbench says of runs.
struct Listener {
    explicit Listener(Workbench& bench)
    {
        QObject::connect(&bench, &Workbench::cleared, &context, [this] {
            shown = {};
            points = 0;
        });
        QObject::connect(&bench, &Workbench::historyOpened, &context,
                         [this](const History& history) { shown = history; });
        QObject::connect(&bench, &Workbench::curveOpened, &context,
                         [this](const FeedContent& content) { points = content.points.size(); });
        QObject::connect(&bench, &Workbench::leftUnfinished, &context,
                         [this](const RunPointer& run) { left.push_back(run); });
        QObject::connect(&bench, &Workbench::broughtBack, &context,
                         [this](const RunPointer& run) { listed = run; });
        QObject::connect(&bench.training(), &TrainingController::ended, &context,
                         [this](const TrainingOutcome& outcome) { outcomes.push_back(outcome); });
    }

    QObject context;
    History shown; ///< in the curves, apart from the run that is under way
    std::size_t points = 0;
    std::vector<RunPointer> left;
    RunPointer listed;
    std::vector<TrainingOutcome> outcomes;
};

TrainingSettings tiny(int epochs = 2)
{
    TrainingSettings settings;
    settings.data = "moons";
    settings.samples = {200, 50, 100};
    settings.layers = {{12, Activation::Relu}, {2, Activation::Softmax}};
    settings.batchSize = 16;
    settings.learningRate = 0.2;
    settings.epochs = epochs;
    return settings;
}

void load(Workbench& bench)
{
    bench.begin();
    QTRY_VERIFY_WITH_TIMEOUT(bench.store().data() && !bench.store().isLoading(), 60'000);
}

void runToItsEnd(Workbench& bench)
{
    bench.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
}

/// One epoch, measured, and `batches` of the next.
void runAnEpoch(Workbench& bench, int batches = 0)
{
    bench.stepEpoch();
    QTRY_COMPARE_WITH_TIMEOUT(bench.presentEpoch(), 1.0, 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(bench.shownRun() && !bench.shownRun()->history.epochs.empty(), 60'000);
    for (int i = 0; i < batches; ++i) {
        const double before = bench.presentEpoch();
        bench.stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > before, 60'000);
    }
}

/// What is kept of a window in which a run with these settings was cut off within its second epoch.
Session cutOff(const TrainingSettings& settings)
{
    Session session;
    Workbench bench(settings);
    load(bench);
    runAnEpoch(bench, 1);
    bench.putInto(session);
    return session;
}

std::vector<double> valuesOf(const Workbench& bench)
{
    return bench.presentParameters()->parameters;
}

std::vector<double> valuesInOneGo(const TrainingSettings& settings)
{
    Workbench bench(settings);
    load(bench);
    runToItsEnd(bench);
    return valuesOf(bench);
}

} // namespace

class TestWorkbenchRuns : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    /// A table of three columns and two classes, whose numbers are about `around`.
    [[nodiscard]] std::string table(const QString& name, double around, const QByteArray& classes) const
    {
        QByteArray rows;
        for (int i = 0; i < 300; ++i) {
            const int kind = i % 2;
            for (int column = 0; column < 3; ++column)
                rows += QByteArray::number(around + kind + (i * 7 + column * 3) % 11 / 10.0) + ',';
            rows += classes + QByteArray::number(kind) + '\n';
        }
        const QString path = m_folder.filePath(name);
        if (!idxbytes::write(path, rows))
            qFatal("cannot write");
        return path.toStdString();
    }

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        qputenv("XDG_DATA_HOME", m_folder.filePath(QStringLiteral("nothing")).toUtf8());
    }

    void whatWasPutAwayComesBack_data()
    {
        QTest::addColumn<bool>("finished");
        QTest::addColumn<bool>("newWeights");
        for (const bool finished : {true, false}) {
            for (const bool newWeights : {true, false})
                QTest::addRow("%s, %s", finished ? "finished" : "paused",
                              newWeights ? "new weights" : "reset")
                    << finished << newWeights;
        }
    }
    void whatWasPutAwayComesBack()
    {
        QFETCH(const bool, finished);
        QFETCH(const bool, newWeights);
        Workbench bench(tiny(3));
        const Listener listener(bench);
        QSignalSpy away(&bench, &Workbench::putAway);
        bench.begin();
        QTRY_VERIFY_WITH_TIMEOUT(bench.store().data(), 60'000);
        if (finished) {
            bench.run();
            QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        } else {
            bench.stepEpoch();
            QTRY_COMPARE_WITH_TIMEOUT(bench.presentEpoch(), 1.0, 60'000);
            QTRY_VERIFY_WITH_TIMEOUT(bench.shownRun() && !bench.shownRun()->history.epochs.empty(), 60'000);
        }
        const auto weights = bench.presentParameters();
        const TrainingSettings settings = bench.document().settings();
        if (newWeights)
            bench.newWeights();
        else
            bench.reset();
        QCOMPARE(away.size(), 1);
        QCOMPARE(listener.left.size(),
                 finished ? std::size_t{0} : std::size_t{1}); // finished ones are listed anyway
        QCOMPARE(bench.training().state(), TrainingState::Idle);
        QVERIFY(bench.presentParameters()->parameters != weights->parameters);
        bench.bringBack();
        QVERIFY(bench.presentParameters()->parameters == weights->parameters);
        QVERIFY(bench.document().settings() == settings);
        QVERIFY(bench.isModified());
        QCOMPARE(bench.training().state(), finished ? TrainingState::Finished : TrainingState::Paused);
        QCOMPARE(listener.shown.epochs.size(), finished ? std::size_t{3} : std::size_t{1});
        if (finished)
            return;
        // It is the very same run: to its end it gives what it would have given.
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        Workbench other(tiny(3));
        other.begin();
        other.run();
        QTRY_COMPARE_WITH_TIMEOUT(other.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(bench.presentParameters()->parameters == other.presentParameters()->parameters);
    }

    void aSavedNetworkIsPutAwayWithoutAWord()
    {
        Workbench bench(tiny());
        QSignalSpy away(&bench, &Workbench::putAway);
        bench.begin();
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("away.safetensors"))));
        bench.reset();
        QCOMPARE(away.size(), 0);
    }

    void aRunsNetworkIsOpenedAgain()
    {
        Workbench bench(tiny());
        bench.begin();
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        const auto run = bench.shownRun();
        QVERIFY(run && run->network && run->history.test);
        bench.newWeights();
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(bench.presentParameters()->parameters != run->network->parameters);
        QVERIFY(bench.openRun(*run));
        QVERIFY(bench.presentParameters()->parameters == run->network->parameters);
        QVERIFY(bench.document().settings() == run->settings);
        QVERIFY(bench.isModified() && bench.startsFromUnsaved());
        const QString path = m_folder.filePath(QStringLiteral("run.safetensors"));
        QVERIFY(bench.saveModel(path));
        QCOMPARE(bench.initialModel(), path); // the command can name it now
        QVERIFY(!bench.isModified());
        const auto saved = loadModel(path.toStdString());
        QVERIFY(saved && historyFromJson(saved->history)->test->accuracy == run->history.test->accuracy);
    }

    // A session that was kept in the middle of a run goes on there, to the same end.
    void aRunThatWasCutOffGoesOn()
    {
        Session session;
        {
            Workbench bench(tiny(3));
            bench.begin();
            bench.stepEpoch();
            QTRY_COMPARE_WITH_TIMEOUT(bench.presentEpoch(), 1.0, 60'000);
            bench.stepBatch();
            QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 1.0, 60'000);
            QTRY_COMPARE_WITH_TIMEOUT(bench.shownRun()->history.epochs.size(), std::size_t{1}, 60'000);
            bench.putInto(session);
        }
        QVERIFY(session.unfinished && session.epoch > 1.0 && !session.points.empty());
        Workbench bench(tiny());
        const Listener listener(bench);
        QSignalSpy curves(&bench, &Workbench::curveOpened);
        bench.begin();
        QTRY_VERIFY_WITH_TIMEOUT(bench.store().data(), 60'000);
        QVERIFY(bench.restore(session));
        QCOMPARE(curves.size(), 1);
        QCOMPARE(curves.first().first().value<FeedContent>().points.size(), session.points.size());
        QVERIFY(bench.continuesRun());
        Session again;
        bench.putInto(again);
        QVERIFY(again.unfinished && again.epoch == session.epoch);
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QCOMPARE(listener.outcomes.back().history.epochs.size(), std::size_t{3});
        Workbench whole(tiny(3));
        whole.begin();
        whole.run();
        QTRY_COMPARE_WITH_TIMEOUT(whole.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(bench.presentParameters()->parameters == whole.presentParameters()->parameters);
        QVERIFY(!bench.shownNetwork().initial);
    }

    void aCutOffRunOfAdamIsNoLongerTheCommands()
    {
        TrainingSettings settings = tiny(3);
        settings.optimizer = OptimizerKind::Adam;
        settings.learningRate = 0.01;
        const Session session = cutOff(settings);
        Workbench bench(settings);
        load(bench);
        QVERIFY(bench.restore(session));
        runToItsEnd(bench);
        QVERIFY(valuesOf(bench) != valuesInOneGo(settings));
        const TrainedNetwork network = bench.shownNetwork();
        QVERIFY(!commandRepeats(network));
        QVERIFY(provenanceOf(network).find("resumed without the optimizer's state") != std::string::npos);

        // The file says so too; one that ran in one go has nothing to say.
        const QString path = m_folder.filePath(QStringLiteral("adam.safetensors"));
        QVERIFY(bench.saveModel(path));
        Workbench opened(tiny());
        QVERIFY(opened.openModel(path));
        QVERIFY(!commandRepeats(opened.shownNetwork()));
        QVERIFY(opened.shownNetwork().history.resumedAt == network.history.resumedAt);
        bench.newWeights();
        runToItsEnd(bench);
    }

    void aRateChangedBeforeGoingOnIsTold()
    {
        const Session session = cutOff(tiny(3));
        Workbench bench(tiny(3));
        load(bench);
        QVERIFY(bench.restore(session));
        TrainingSettings edited = bench.document().settings();
        edited.learningRate = 0.05;
        bench.document().edit(edited, QStringLiteral("Learning rate"));
        QVERIFY(bench.continuesRun());
        runToItsEnd(bench);
        const TrainedNetwork network = bench.shownNetwork();
        QCOMPARE(network.settings.learningRate, 0.2); // that it began with
        const auto changes = rateChanges(network);
        QCOMPARE(changes.size(), std::size_t{1});
        QCOMPARE(changes.front().epoch, 2);
        QCOMPARE(changes.front().rate, 0.05);
        QVERIFY(!commandRepeats(network));
    }

    void aNetworkOfOtherLayersIsInTheList()
    {
        Session session = cutOff(tiny(3));
        session.settings.layers.insert(session.settings.layers.begin(), {7, Activation::Tanh});
        Workbench bench(tiny());
        const Listener listener(bench);
        load(bench);
        QVERIFY(bench.restore(session));
        QCOMPARE(bench.document().settings().layers.size(), std::size_t{3}); // as it was edited
        QCOMPARE(listener.left.size(), std::size_t{1});
        const RunPointer run = listener.left.front();
        QVERIFY(run->network->parameters == session.parameters->parameters);
        QCOMPARE(run->history.epochs.size(), std::size_t{1});
        QVERIFY(bench.openRun(*run));
        QVERIFY(valuesOf(bench) == session.parameters->parameters);
    }

    void whatIsNotMeasuredYetIsNotKept()
    {
        // Looked at whenever anything comes: no epoch before the kept weights may lack its record.
        TrainingSettings settings = tiny(400);
        settings.samples = {2000, 2000, 100}; // measuring takes as long as training
        Workbench bench(settings);
        load(bench);
        int looks = 0;
        int missing = 0;
        int behind = 0;
        connect(&bench.training(), &TrainingController::news, this, [&] {
            Session session;
            bench.putInto(session);
            if (!session.unfinished || session.epoch < 1.0)
                return;
            ++looks;
            const int measured = session.history.epochs.empty() ? 0 : session.history.epochs.back().epoch;
            missing += session.epoch >= measured + 1.0;
            behind += session.epoch < bench.presentEpoch();
        });
        bench.run();
        QTRY_VERIFY_WITH_TIMEOUT(looks >= 20 || bench.training().state() == TrainingState::Finished, 60'000);
        QVERIFY(looks > 0);
        QCOMPARE(missing, 0);
        qInfo("%d looks, of which %d were behind", looks, behind);
    }

    void aRunThatGoesOnShowsWhatItHasBehindIt()
    {
        const Session session = cutOff(tiny(3));
        Workbench bench(tiny());
        const Listener listener(bench);
        load(bench);
        QVERIFY(bench.restore(session));
        bench.stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > session.epoch, 60'000);
        QCOMPARE(listener.shown.epochs.size(), std::size_t{1});
        QCOMPARE(listener.points, session.points.size());
        QCOMPARE(bench.shownRun()->history.epochs.size(), std::size_t{1});
    }

    void aRunStartsFromOneModelWithItsOwnScaleAndNames()
    {
        const auto trainedOn = [this](const std::string& data, const QString& name) {
            TrainingSettings settings = tiny();
            settings.data = data;
            Workbench bench(settings);
            load(bench);
            runToItsEnd(bench);
            const QString path = m_folder.filePath(name);
            QVERIFY(bench.saveModel(path));
        };
        trainedOn(table(QStringLiteral("low.csv"), 1.0, "low "), QStringLiteral("low.safetensors"));
        trainedOn(table(QStringLiteral("high.csv"), 100.0, "high "), QStringLiteral("high.safetensors"));
        Workbench bench(tiny());
        load(bench);
        const auto opened = [&](const char* name) {
            QVERIFY(bench.openModel(m_folder.filePath(QLatin1String(name))));
            QTRY_VERIFY_WITH_TIMEOUT(bench.store().data() && !bench.store().isLoading() &&
                                         bench.store().data()->width == 3,
                                     60'000);
        };
        opened("low.safetensors");
        const auto scale = bench.shownNetwork().scale;
        QVERIFY(scale.front().mean < 10.0);
        opened("high.safetensors");
        runToItsEnd(bench);
        QVERIFY(bench.shownNetwork().scale.front().mean > 90.0);
        bench.document().undoStack().undo(); // the first model again
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        runToItsEnd(bench);
        QVERIFY(bench.shownNetwork().scale == scale);
        QCOMPARE(bench.shownNetwork().classNames.front(), std::string("low 0"));
    }

    void aStartDoesNotOutliveWhatItWaitedFor()
    {
        const std::string other = table(QStringLiteral("other.csv"), 1.0, "kind ");
        Workbench bench(tiny());
        const Listener listener(bench);
        load(bench);
        runAnEpoch(bench);
        const std::vector<double> weights = valuesOf(bench);
        bench.reset();
        bench.openData(other);
        bench.run();
        QVERIFY(bench.isStartPending());
        bench.bringBack();
        QVERIFY(!bench.isStartPending());
        QTRY_COMPARE_WITH_TIMEOUT(bench.document().settings().data, other, 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        QCOMPARE(bench.training().state(), TrainingState::Paused);
        QVERIFY(valuesOf(bench) == weights);

        bench.openData("xor");
        bench.run();
        bench.stopOpening();
        QVERIFY(!bench.isStartPending());
    }

    void aRestoredRunThatIsLeftIsInTheList()
    {
        const Session session = cutOff(tiny(3));
        Workbench bench(tiny());
        const Listener listener(bench);
        load(bench);
        QVERIFY(bench.restore(session));
        QCOMPARE(listener.left.size(), std::size_t{0});
        bench.newWeights();
        QCOMPARE(listener.left.size(), std::size_t{1});
        QVERIFY(listener.left.front()->network->parameters == session.parameters->parameters);
        QVERIFY(bench.openRun(*listener.left.front()));
        QCOMPARE(listener.left.size(), std::size_t{1}); // a run of the list is in it already
    }

    void closingWouldLoseWhatWasPutAway()
    {
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.isModified() && !bench.losesAway());
        bench.reset();
        QVERIFY(!bench.isModified() && bench.losesAway());
        bench.bringBack();
        QVERIFY(bench.isModified() && !bench.losesAway());
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("kept.safetensors"))));
        bench.reset();
        QVERIFY(!bench.losesAway());
    }

    // The same of a network that was opened: out of a session, or from the list.
    void anOpenedNetworkThatIsInNoFileMayBeBroughtBack()
    {
        const Session session = cutOff(tiny(3));
        Workbench bench(tiny());
        Listener listener(bench);
        std::vector<double> told;
        connect(&bench, &Workbench::putAway, this, [&told](double epoch) { told.push_back(epoch); });
        load(bench);
        QVERIFY(bench.restore(session));
        const std::vector<double> weights = valuesOf(bench);
        QVERIFY(!bench.canBringBack());

        // An edit of its layers leaves no place for it.
        TrainingSettings edited = bench.document().settings();
        std::get<DenseLayer>(edited.layers.front()).units = 13;
        bench.document().edit(edited, QStringLiteral("Units"));
        QVERIFY(!bench.isModified() && bench.losesAway());
        QCOMPARE(listener.left.size(), std::size_t{1});
        QCOMPARE(told, std::vector<double>{session.epoch});
        QVERIFY(listener.shown.epochs.empty()); // nor do its curves stand there any more
        bench.bringBack();
        QVERIFY(valuesOf(bench) == weights && bench.isModified() && bench.continuesRun());
        QVERIFY(listener.listed == listener.left.front());
        QVERIFY(!listener.shown.epochs.empty());

        // Undoing what took it away does so, too.
        bench.newWeights();
        QVERIFY(bench.losesAway());
        bench.document().undoStack().undo();
        QVERIFY(valuesOf(bench) == weights && !bench.losesAway());
        QVERIFY(listener.listed == listener.left.back());

        // One from the list is there already, but not in any file.
        runToItsEnd(bench);
        const auto run = bench.shownRun();
        QVERIFY(run && bench.openRun(*run));
        bench.newWeights();
        QVERIFY(bench.losesAway());
        QVERIFY(listener.left.back()->network->parameters == run->network->parameters);
        const std::uint64_t seed = bench.document().settings().seed;
        bench.newWeights(); // once more: what was put away stays so
        QVERIFY(bench.losesAway());
        bench.bringBack();
        QVERIFY(valuesOf(bench) == run->network->parameters);
        QCOMPARE(bench.document().settings().seed, seed + 1); // which was edited since
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("listed.safetensors"))));
        bench.newWeights();
        QVERIFY(!bench.losesAway());
    }

    // A run that has learned next to nothing, from a network that is in no file.
    void aStepHidesNoUnsavedNetwork()
    {
        std::vector<double> weights;
        const auto openAndStep = [&weights](Workbench& bench) {
            load(bench);
            runToItsEnd(bench);
            const auto run = bench.shownRun();
            if (!run || !bench.openRun(*run))
                qFatal("not opened");
            bench.stepBatch();
            QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 0.0, 60'000);
            weights = run->network->parameters;
        };
        const auto editLayers = [](Workbench& bench) {
            TrainingSettings edited = bench.document().settings();
            std::get<DenseLayer>(edited.layers.front()).units += 1;
            bench.document().edit(edited, QStringLiteral("Units"));
        };
        {
            Workbench bench(tiny());
            openAndStep(bench);
            QVERIFY(bench.isModified());
            bench.reset();
            QVERIFY(bench.isModified() && valuesOf(bench) == weights);
            bench.newWeights(); // the step that was put away is worth less
            QVERIFY(bench.losesAway());
            bench.bringBack();
            QVERIFY(valuesOf(bench) == weights);
        }
        {
            Workbench bench(tiny());
            openAndStep(bench);
            bench.reset();
            editLayers(bench);
            QVERIFY(bench.losesAway());
            bench.bringBack();
            QVERIFY(valuesOf(bench) == weights);
        }
        Workbench bench(tiny());
        const Listener listener(bench);
        openAndStep(bench);
        editLayers(bench); // while the step is shown
        QVERIFY(listener.left.back()->network->parameters == weights);
        QVERIFY(bench.isModified());
        bench.reset();
        QVERIFY(bench.losesAway());
        bench.bringBack();
        QVERIFY(valuesOf(bench) == weights);
    }

    // Whatever takes its place.
    void anUnsavedNetworkIsNotUndoneSilently()
    {
        const QString path = m_folder.filePath(QStringLiteral("undone.safetensors"));
        const Session session = cutOff(tiny(3));
        Workbench bench(tiny());
        const Listener listener(bench);
        std::size_t gone = 0;
        connect(&bench, &Workbench::awayGone, this, [&gone] { ++gone; });
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path) && bench.openModel(path) && bench.restore(session));
        const std::vector<double> weights = valuesOf(bench);
        bench.document().undoStack().undo();
        QCOMPARE(bench.document().file().path, path);
        QVERIFY(bench.losesAway());
        QCOMPARE(listener.left.size(), std::size_t{1});
        bench.document().undoStack().redo();
        QVERIFY(!bench.losesAway() && valuesOf(bench) == weights);
        QCOMPARE(gone, std::size_t{1}); // nothing is offered any more

        // One that was saved meanwhile is in a file, whichever the window is about then.
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("redone.safetensors"))));
        bench.document().undoStack().undo();
        QVERIFY(!bench.losesAway());
        bench.document().undoStack().redo();

        // What another is opened over is in the list.
        QVERIFY(bench.restore(session) && bench.openModel(path));
        QCOMPARE(listener.left.back()->network->parameters, weights);
    }

    void whatWasBeingWrittenWhenItWasPutAwayIsInAFile()
    {
        const QString path = m_folder.filePath(QStringLiteral("late.safetensors"));
        Workbench bench(tiny());
        std::size_t gone = 0;
        connect(&bench, &Workbench::awayGone, this, [&gone] { ++gone; });
        load(bench);
        runToItsEnd(bench);
        const ModelToSave model = bench.modelToSave();
        bench.reset();
        QVERIFY(bench.losesAway());
        QVERIFY(Workbench::writeModel(model, path));
        bench.setSaved(model, path);
        QVERIFY(!bench.losesAway());
        QCOMPARE(gone, std::size_t{1});
        bench.bringBack();
        QVERIFY(!bench.isModified() && !bench.replacesAnother());
    }

    void aSessionWithoutANetworkClearsTheCurves()
    {
        Session session;
        session.settings = tiny();
        session.expression = "a*b";
        Workbench bench(tiny());
        int cleared = 0;
        connect(&bench, &Workbench::cleared, this, [&cleared](bool byEdit) { cleared += !byEdit; });
        load(bench);
        runToItsEnd(bench);
        const int before = cleared;
        QVERIFY(bench.restore(session));
        QVERIFY(cleared > before && !bench.hasRun());
    }

    // An edit while a run is being prepared shows nothing: the run is what is shown next.
    void editsOfAStartingRunShowNothingElse()
    {
        Workbench bench(tiny());
        Listener listener(bench);
        int cleared = 0;
        bool told = false;
        connect(&bench, &Workbench::cleared, this, [&cleared] { ++cleared; });
        connect(&bench, &Workbench::putAway, this, [&told] { told = true; });
        load(bench);
        runToItsEnd(bench);
        const auto run = bench.shownRun();
        QVERIFY(run && bench.openRun(*run));
        bench.run();
        const int before = cleared;
        TrainingSettings edited = bench.document().settings();
        std::get<DenseLayer>(edited.layers.front()).units += 1;
        bench.document().edit(edited, QStringLiteral("Units"));
        bench.document().undoStack().undo();
        bench.document().undoStack().redo();
        QVERIFY(!bench.hasRun());
        QCOMPARE(cleared, before);
        QVERIFY(!told);
        QTRY_COMPARE_WITH_TIMEOUT(bench.training().state(), TrainingState::Finished, 60'000);
        QVERIFY(listener.shown.epochs.empty());
        QVERIFY(listener.left.back()->network->parameters ==
                run->network->parameters); // which was edited away
    }

    void aSlipOfTheHandLosesNothing()
    {
        Workbench bench(tiny());
        std::size_t told = 0;
        connect(&bench, &Workbench::putAway, this, [&told] { ++told; });
        load(bench);
        runToItsEnd(bench);
        const std::vector<double> weights = valuesOf(bench);
        const auto step = [&bench] {
            bench.stepBatch();
            QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 0.0 && bench.presentEpoch() < 1.0, 60'000);
        };
        step(); // of a new run
        QCOMPARE(told, std::size_t{1});
        QVERIFY(bench.losesAway());
        bench.reset();
        QVERIFY(bench.losesAway()); // the step is worth less
        step();
        bench.bringBack();
        QVERIFY(valuesOf(bench) == weights);
        QCOMPARE(bench.training().state(), TrainingState::Finished);
        step();
        bench.stepEpoch(); // from here on it is another run, and the first is in the list
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shownRun()->history.epochs.empty(), 60'000);
        QTRY_VERIFY(!bench.losesAway() && !bench.canBringBack());

        // One that had not ended gives its engine's memory back, but not its weights.
        const std::vector<double> half = valuesOf(bench);
        const double epoch = bench.presentEpoch();
        bench.reset();
        step();
        QVERIFY(bench.losesAway());
        bench.bringBack();
        QVERIFY(valuesOf(bench) == half && bench.continuesRun());
        runToItsEnd(bench);
        QCOMPARE(bench.shownRun()->history.resumedAt, epoch);
    }

    void layersOfTheNextNetworkAreNotSaved()
    {
        const QString path = m_folder.filePath(QStringLiteral("next-layers.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        TrainingSettings edited = bench.document().settings();
        edited.learningRate = 0.05;
        bench.document().edit(edited, QStringLiteral("Learning rate"));
        QVERIFY(bench.saveModel(path));
        QVERIFY(!bench.isModified());
        std::get<DenseLayer>(edited.layers.front()).units = 33;
        bench.document().edit(edited, QStringLiteral("Units"));
        QVERIFY(bench.saveModel(path));
        QVERIFY(bench.isModified());
    }

    void putAwayTwiceItIsStillThere()
    {
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        const std::vector<double> weights = valuesOf(bench);
        bench.reset();
        bench.reset();
        bench.newWeights();
        bench.newWeights();
        QVERIFY(bench.losesAway());
        bench.bringBack();
        QVERIFY(valuesOf(bench) == weights);
        QCOMPARE(bench.training().state(), TrainingState::Finished);
        bench.reset();
        runToItsEnd(bench); // another one
        QVERIFY(!bench.canBringBack());
    }

    // What was put away while it was under way goes on after a run that could not begin.
    void aRefusedRunTakesNothingAway()
    {
        Workbench bench(tiny());
        Listener listener(bench);
        std::vector<Problem> problems;
        connect(&bench, &Workbench::problem, this,
                [&problems](const Error&, Problem kind) { problems.push_back(kind); });
        load(bench);
        runToItsEnd(bench);
        const auto weights = bench.presentParameters();
        const QString path = m_folder.filePath(QStringLiteral("no-drawings.jsonl"));
        QVERIFY(idxbytes::write(path, {}));
        TrainingSettings edited = bench.document().settings();
        edited.data = "digits";
        bench.document().edit(edited, QStringLiteral("Data set"));
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading() && bench.store().data()->width == 28, 60'000);
        edited = bench.document().settings();
        edited.drawings = path.toStdString();
        bench.document().edit(edited, QStringLiteral("Drawings"));
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), std::size_t{1}, 60'000);
        QVERIFY(problems.front() == Problem::Other); // new weights would mend nothing
        QVERIFY(bench.presentParameters() == weights && bench.isModified());
        QVERIFY(!listener.shown.epochs.empty());
        QCOMPARE(bench.training().state(), TrainingState::Finished);
    }

    // A run that goes on gives way to nothing, and begins anew once it has come to its end.
    void aResumedRunIsTrainedAnewAtItsEnd()
    {
        const Session session = cutOff(tiny(3));
        Workbench bench(tiny());
        const Listener listener(bench);
        load(bench);
        QVERIFY(bench.restore(session));
        QVERIFY(bench.continuesRun());
        runToItsEnd(bench);
        QCOMPARE(listener.left.size(), std::size_t{0});
        QCOMPARE(bench.shownRun()->history.resumedAt, session.epoch);
        const QString path = m_folder.filePath(QStringLiteral("resumed.safetensors"));
        QVERIFY(bench.saveModel(path)); // which tells it, too
        const auto saved = historyFromJson(loadModel(path.toStdString())->history);
        QVERIFY(saved);
        QCOMPARE(saved->resumedAt, session.epoch);
        QVERIFY(!bench.continuesRun());
        bench.run();
        QTRY_COMPARE_WITH_TIMEOUT(listener.outcomes.size(), std::size_t{2}, 60'000);
        QVERIFY(!bench.shownRun()->history.resumedAt);
        QCOMPARE(bench.shownRun()->history.epochs.size(), std::size_t{3});
    }

    void bringingBackUndoesNothingElse()
    {
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        bench.newWeights();
        bench.document().undoStack().undo();
        TrainingSettings edited = bench.document().settings();
        edited.epochs = 77;
        bench.document().edit(edited, QStringLiteral("Epochs"));
        bench.bringBack();
        QCOMPARE(bench.document().settings().epochs, 77);
    }

    void savingAsksBeforeAnotherNetworkGoes()
    {
        const QString path = m_folder.filePath(QStringLiteral("good.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(!bench.replacesAnother()); // there is no file yet
        QVERIFY(bench.saveModel(path));
        QVERIFY(!bench.replacesAnother());
        runToItsEnd(bench); // from the seed's weights again: it is the same to the last bit
        QVERIFY(!bench.replacesAnother());
        bench.newWeights();
        runToItsEnd(bench); // a run that knows nothing of the file's
        QVERIFY(bench.replacesAnother());
        QVERIFY(bench.saveModel(path));
        QVERIFY(!bench.replacesAnother());
        const auto run = bench.shownRun();

        // Trained from the file's weights it is the same network, further on.
        QVERIFY(bench.openModel(path));
        QVERIFY(!bench.replacesAnother());
        runAnEpoch(bench);
        QVERIFY(!bench.replacesAnother());
        QVERIFY(bench.saveModel(path));
        bench.stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 1.0, 60'000);
        QVERIFY(!bench.replacesAnother());
        bench.newWeights();
        QVERIFY(!bench.replacesAnother()); // no weights to save
        bench.stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 0.0, 60'000);
        QVERIFY(bench.replacesAnother());
        QVERIFY(bench.openRun(*run));
        QVERIFY(bench.replacesAnother());
    }

    void anotherFileIsNotTheRuns()
    {
        const QString first = m_folder.filePath(QStringLiteral("first.safetensors"));
        const QString second = m_folder.filePath(QStringLiteral("second.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(first));
        bench.newWeights();
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(second));
        QVERIFY(bench.openModel(second) && bench.openModel(first));
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(first));
        bench.document().undoStack().undo(); // it is about the second file again, and shows the same run
        QCOMPARE(bench.document().file().path, second);
        QVERIFY(bench.isModified() && bench.replacesAnother());

        // A file that is written while that is undone is the one that it was begun for.
        bench.document().undoStack().redo();
        const ModelToSave model = bench.modelToSave();
        const QString third = m_folder.filePath(QStringLiteral("third.safetensors"));
        QVERIFY(Workbench::writeModel(model, third));
        bench.document().undoStack().undo();
        bench.setSaved(model, third);
        QCOMPARE(bench.document().file().path, second);
        QVERIFY(bench.replacesAnother());
        bench.document().undoStack().redo();
        QCOMPARE(bench.document().file().path, third);
        QVERIFY(!bench.isModified() && !bench.replacesAnother());
    }

    // A network is in a file only as long as the file has not been given another.
    void whatAFileHeldIsNotInItForEver()
    {
        const QString path = m_folder.filePath(QStringLiteral("held.safetensors"));
        const QString before = QDir::currentPath();
        QVERIFY(QDir::setCurrent(m_folder.path()));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path) && bench.openModel(QStringLiteral("held.safetensors")));
        QVERIFY(QDir::setCurrent(before));
        const std::vector<double> weights = valuesOf(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path)); // over what it began from
        bench.reset();
        bench.newWeights();
        QVERIFY(bench.losesAway());
        bench.bringBack();
        QVERIFY(valuesOf(bench) == weights);

        // The same of one that was saved there from the list.
        const auto run = std::make_shared<Run>();
        run->settings = tiny();
        run->network = std::make_shared<const Network>(Network{{2, tiny().layers}, weights});
        QVERIFY(bench.openRun(*run) && bench.saveModel(path));
        bench.newWeights();
        QVERIFY(!bench.losesAway()); // the file has it
        bench.document().undoStack().undo();
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path));
        bench.reset();
        bench.newWeights();
        QVERIFY(bench.losesAway());
    }

    void savedRunsOfTheListAreInTheirFiles()
    {
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        const auto first = bench.shownRun();
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("listed-a.safetensors"))));
        bench.newWeights();
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("listed-b.safetensors"))));
        QVERIFY(first && bench.openRun(*first));
        bench.newWeights();
        QVERIFY(!bench.losesAway());
        // One that was opened first and saved then is in its file as well when it is opened again.
        const auto third = std::make_shared<Run>(*first);
        third->network = std::make_shared<const Network>(*first->network);
        QVERIFY(bench.openRun(*third));
        QVERIFY(bench.saveModel(m_folder.filePath(QStringLiteral("listed-c.safetensors"))));
        QVERIFY(bench.openRun(*first) && bench.openRun(*third));
        bench.newWeights();
        QVERIFY(!bench.losesAway());
    }

    // What a step began from is shown, not what was put away before it.
    void whatIsAskedAboutIsShown()
    {
        for (const bool finished : {true, false}) {
            Workbench bench(tiny());
            load(bench);
            runToItsEnd(bench);
            const auto run = bench.shownRun();
            QVERIFY(run && bench.openRun(*run));
            if (finished)
                runToItsEnd(bench);
            else
                runAnEpoch(bench);
            const std::vector<double> other = valuesOf(bench);
            bench.reset();
            QVERIFY(bench.losesAway());
            bench.stepBatch();
            QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 0.0 && bench.presentEpoch() < 1.0, 60'000);
            TrainingSettings edited = bench.document().settings();
            std::get<DenseLayer>(edited.layers.front()).units += 1;
            bench.document().edit(edited, QStringLiteral("Units"));
            QVERIFY(bench.isModified() && bench.hasUnsavedStart());
            bench.showUnsaved();
            QVERIFY(valuesOf(bench) == run->network->parameters);
            QVERIFY(bench.losesAway());
            QVERIFY(bench.awayRun()->network->parameters == other);
            const QString path = m_folder.filePath(QStringLiteral("asked-%1.safetensors").arg(finished));
            QVERIFY(bench.saveModel(path) && !bench.isModified());
            bench.bringBack();
            QVERIFY(valuesOf(bench) == other);
        }
    }

    // What an undo has here again is not offered, too.
    void whatIsShownIsNotOffered()
    {
        Workbench bench(tiny());
        bool told = false;
        connect(&bench, &Workbench::putAway, this, [&told] { told = true; });
        load(bench);
        runToItsEnd(bench);
        const auto run = bench.shownRun();
        QVERIFY(run && bench.openRun(*run));
        bench.stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 0.0, 60'000);
        TrainingSettings edited = bench.document().settings();
        std::get<DenseLayer>(edited.layers.front()).units += 1;
        bench.document().edit(edited, QStringLiteral("Units"));
        bench.document().undoStack().undo();
        told = false;
        bench.reset();
        QVERIFY(!bench.losesAway() && bench.isModified());
        QVERIFY(valuesOf(bench) == run->network->parameters);

        bench.document().undoStack().redo();
        QVERIFY(bench.losesAway());
        bench.stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(bench.presentEpoch() > 0.0, 60'000);
        bench.document().undoStack().undo();
        bench.reset();
        QVERIFY(!bench.losesAway() && bench.isModified());
        QVERIFY(valuesOf(bench) == run->network->parameters);
    }

    // A run's file is not its own any more once another network was saved over it.
    void aFileThatWasReplacedIsNotTheRuns()
    {
        const QString path = m_folder.filePath(QStringLiteral("replaced.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        const auto first = bench.shownRun();
        bench.newWeights();
        runToItsEnd(bench);
        const auto second = bench.shownRun();
        QVERIFY(first && second && bench.openRun(*second) && bench.openRun(*first));
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path));
        QVERIFY(!bench.replacesAnother());
        bench.reset();
        bench.document().undoStack().undo();
        QVERIFY(valuesOf(bench) == second->network->parameters);
        QVERIFY(bench.replacesAnother()); // which is asked, and answered by Replace
        QVERIFY(bench.saveModel(path));
        bench.bringBack();
        QVERIFY(bench.replacesAnother());
    }

    // What a window knew of its file, the one after a crash knows.
    void afterACrashSavingAsksAsBefore()
    {
        const QString path = m_folder.filePath(QStringLiteral("crashed.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path));
        const auto restored = [this](const Workbench& from) {
            Session session;
            from.putInto(session);
            const std::string bytes = encodeSession(session);
            auto next = std::make_unique<Workbench>(tiny());
            load(*next);
            const auto read = decodeSession({bytes.data(), bytes.size()}, "kept");
            if (!read || !next->restore(*read))
                qFatal("not restored");
            return next;
        };
        // The file's own weights, with settings that it does not have.
        TrainingSettings edited = bench.document().settings();
        edited.epochs = 3;
        bench.document().edit(edited, QStringLiteral("Epochs"));
        auto next = restored(bench);
        QVERIFY(next->isModified() && !next->replacesAnother());
        QCOMPARE(next->initialModel(), path);
        next->newWeights();
        QVERIFY(!next->losesAway()); // the file has them

        // Trained on from them.
        QVERIFY(bench.openModel(path));
        runToItsEnd(bench);
        QVERIFY(bench.isModified() && !bench.replacesAnother());
        next = restored(bench);
        QVERIFY(next->isModified() && !next->replacesAnother());
        QCOMPARE(next->initialModel(), QString());
        runAnEpoch(*next);
        QVERIFY(!next->replacesAnother());
        next->newWeights();
        runAnEpoch(*next);
        QVERIFY(next->replacesAnother());

        // Another network than the file's.
        bench.newWeights();
        runToItsEnd(bench);
        QVERIFY(bench.replacesAnother());
        next = restored(bench);
        QVERIFY(next->isModified() && next->replacesAnother());
        runAnEpoch(*next);
        QVERIFY(next->replacesAnother());

        // The very weights, but the file has been changed since.
        QVERIFY(bench.saveModel(path));
        Session session;
        bench.putInto(session);
        QVERIFY(!session.modified && session.fileHolds == FileHolds::These);
        QVERIFY(QFile::remove(path));
        Workbench late(tiny());
        load(late);
        QVERIFY(late.restore(session));
        QVERIFY(late.isModified());
    }

    void dataThatTheNetworkDoesNotReadAreSaid()
    {
        const std::string three = table(QStringLiteral("three.csv"), 1.0, "kind ");
        const QString path = m_folder.filePath(QStringLiteral("two.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path));
        QVERIFY(bench.openModel(path));
        std::vector<std::pair<Error, Problem>> problems;
        connect(&bench, &Workbench::problem, this,
                [&problems](const Error& error, Problem kind) { problems.emplace_back(error, kind); });
        bench.openData(three);
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), std::size_t{1}, 60'000);
        QVERIFY(problems.front().second == Problem::Model);
        QVERIFY(problems.front().first.why.english().find("3 numbers, and the network reads 2") !=
                std::string::npos);
        // Its own settings are still those that it was trained with.
        const QString again = m_folder.filePath(QStringLiteral("two-again.safetensors"));
        QVERIFY(bench.saveModel(again));
        QCOMPARE(settingsFromJson(loadModel(again.toStdString())->settings)->data, std::string("moons"));
        bench.newWeights();
        runToItsEnd(bench);
        QCOMPARE(bench.shownNetwork().parameters->stack.input.size(), 3);
    }

    void smallDataLeaveNoCountsBehind()
    {
        const std::string small = table(QStringLiteral("small.csv"), 1.0, "kind ");
        TrainingSettings settings = tiny();
        settings.samples = {2000, 500, 1000};
        Workbench bench(settings);
        load(bench);
        bench.openData(small);
        QTRY_COMPARE_WITH_TIMEOUT(bench.document().settings().data, small, 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        QVERIFY(bench.document().settings().samples.training < 300);
        bench.openData("circles");
        QTRY_COMPARE_WITH_TIMEOUT(bench.document().settings().data, std::string("circles"), 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        QVERIFY(bench.document().settings().samples == settings.samples);

        // What is typed meanwhile is wanted from then on.
        bench.openData(small);
        QTRY_COMPARE_WITH_TIMEOUT(bench.document().settings().data, small, 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        TrainingSettings edited = bench.document().settings();
        edited.samples = {100, 20, 30};
        bench.document().edit(edited, QStringLiteral("Samples"));
        bench.openData("moons");
        QTRY_COMPARE_WITH_TIMEOUT(bench.document().settings().data, std::string("moons"), 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        QVERIFY(bench.document().settings().samples == edited.samples);
    }

    void aModelWithoutItsDataShowsNobodysPredictions()
    {
        const std::string gone = table(QStringLiteral("gone.csv"), 1.0, "kind ");
        const QString path = m_folder.filePath(QStringLiteral("gone.safetensors"));
        TrainingSettings settings = tiny();
        settings.data = gone;
        {
            Workbench bench(settings);
            load(bench);
            runToItsEnd(bench);
            QVERIFY(bench.saveModel(path));
        }
        QVERIFY(QFile::remove(QString::fromStdString(gone)));
        Workbench bench(tiny());
        GridAnswer grid;
        connect(&bench, &Workbench::gridChanged, this, [&grid](const GridAnswer& answer) { grid = answer; });
        load(bench);
        QTRY_VERIFY_WITH_TIMEOUT(!grid.samples.empty(), 60'000);
        QVERIFY(bench.openModel(path));
        QVERIFY(grid.samples.empty() && !grid.setup);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.store().isLoading(), 60'000);
        QTest::qWait(100);
        QVERIFY(grid.samples.empty());
    }

    // Another program's file says nothing of a run; what is set at the side is no word about its weights.
    void weightsOfUnknownOriginKeepTheirPrecision()
    {
        const QString path = m_folder.filePath(QStringLiteral("foreign.safetensors"));
        const QString again = m_folder.filePath(QStringLiteral("foreign-again.safetensors"));
        const LayerStack stack{2, tiny().layers};
        ModelFile model;
        model.network = {stack, std::vector<double>(layerSpans(stack).back().bias + 2, 0.25)};
        model.network.precision = Precision::Double;
        const std::string bytes = encodeModel(model);
        QVERIFY(idxbytes::write(path, QByteArray::fromStdString(bytes)));
        Workbench bench(tiny());
        load(bench);
        QVERIFY(bench.openModel(path));
        TrainingSettings edited = bench.document().settings();
        edited.precision = Precision::Float;
        bench.document().edit(edited, QStringLiteral("Precision"));
        QVERIFY(bench.saveModel(again));
        const auto saved = loadModel(again.toStdString());
        QVERIFY(saved && saved->network.precision == Precision::Double && !saved->recorded);
    }

    void theCommandNamesNoFileThatHoldsOtherWeights()
    {
        const QString path = m_folder.filePath(QStringLiteral("from.safetensors"));
        Workbench bench(tiny());
        load(bench);
        runToItsEnd(bench);
        QVERIFY(bench.saveModel(path));
        QVERIFY(bench.openModel(path));
        QCOMPARE(bench.initialModel(), path);
        load(bench);
        runToItsEnd(bench);
        QCOMPARE(bench.initialModel(), path);
        QVERIFY(bench.saveModel(path)); // over the weights that it began from
        QCOMPARE(bench.initialModel(), QString());
        QVERIFY(bench.startsFromUnsaved());
    }
};

QTEST_GUILESS_MAIN(TestWorkbenchRuns)
#include "tst_workbenchruns.moc"
