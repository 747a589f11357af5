// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/trainingcontroller.h"

#include "core/base/random.h"
#include "core/data/toydata.h"
#include "core/training/engines/engine.h"
#include "tests/core/sanitized.h"

#include <QDir>
#include <QElapsedTimer>
#include <QPointer>
#include <QtTest>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <sys/resource.h>

using namespace chainrule;

namespace {

constexpr int longRun = 1'000'000; // epochs: as good as endless

std::shared_ptr<const Dataset> moons()
{
    static const auto data = std::make_shared<const Dataset>(makeToySet(ToySet::Moons, 120, 0.1, 5));
    return data;
}

TrainingSettings tinySettings(int epochs = 3)
{
    TrainingSettings settings;
    settings.data = "moons";
    settings.samples = {80, 20, 20};
    settings.layers = {{6, Activation::Tanh}, {2, Activation::Softmax}};
    settings.batchSize = 8;
    settings.epochs = epochs;
    settings.seed = 7;
    return settings;
}

bool sameBits(const std::vector<double>& a, const std::vector<double>& b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

bool sameBits(double a, double b)
{
    return std::memcmp(&a, &b, sizeof a) == 0;
}

bool sameBits(const std::optional<Metrics>& a, const std::optional<Metrics>& b)
{
    if (!a || !b)
        return !a && !b;
    return sameBits(a->loss, b->loss) && sameBits(a->accuracy, b->accuracy);
}

// Times are what may differ.
bool sameNumbers(const EpochRecord& a, const EpochRecord& b)
{
    return a.epoch == b.epoch && sameBits(a.trainLoss, b.trainLoss) &&
           sameBits(a.trainAccuracy, b.trainAccuracy) && sameBits(a.validation, b.validation) &&
           sameBits(a.learningRate, b.learningRate);
}

bool sameNumbers(const TrainingOutcome& a, const TrainingOutcome& b)
{
    if (a.reason != b.reason || !sameBits(a.network.parameters, b.network.parameters) ||
        !sameBits(a.history.test, b.history.test) || a.history.epochs.size() != b.history.epochs.size())
        return false;
    for (std::size_t i = 0; i < a.history.epochs.size(); ++i) {
        if (!sameNumbers(a.history.epochs[i], b.history.epochs[i]))
            return false;
    }
    return true;
}

RunSetup prepared(const TrainingSettings& settings, const std::shared_ptr<const Dataset>& data = moons())
{
    auto setup = prepareRun(settings, {}, data);
    if (!setup)
        qFatal("%s", setup.error().message().c_str());
    return std::move(*setup);
}

/// What core's own loop makes of the settings, in this thread.
TrainingOutcome reference(const TrainingSettings& settings)
{
    const RunSetup setup = prepared(settings);
    Control control(settings.learningRate);
    Feed feed;
    return train(setup, control, feed, {});
}

/// Everything that a controller says.
struct Listener {
    explicit Listener(TrainingController& controller)
    {
        QObject::connect(&controller, &TrainingController::stateChanged, &context,
                         [this](TrainingState state) { states.push_back(state); });
        QObject::connect(&controller, &TrainingController::prepared, &context, [this, &controller] {
            ++preparations;
            preparedSeed = controller.setup() ? controller.setup()->settings.seed : 0;
        });
        QObject::connect(&controller, &TrainingController::news, &context,
                         [this, &controller](const FeedContent& content) {
                             ++newsCount;
                             newsBeforePrepared = newsBeforePrepared || preparations == 0;
                             newsWithoutSetup = newsWithoutSetup || !controller.setup();
                             starts += content.startValidation.has_value();
                             points.insert(points.end(), content.points.begin(), content.points.end());
                             epochs.insert(epochs.end(), content.epochs.begin(), content.epochs.end());
                             if (content.progress)
                                 progress.push_back(*content.progress);
                             if (content.snapshot.parameters)
                                 snapshots.push_back(content.snapshot);
                         });
        QObject::connect(&controller, &TrainingController::ended, &context,
                         [this, &controller](const TrainingOutcome& outcome) {
                             outcomes.push_back(outcome);
                             stateAtEnd = controller.state();
                         });
        QObject::connect(&controller, &TrainingController::refused, &context,
                         [this](const Error& error) { errors.push_back(error); });
    }

    [[nodiscard]] std::size_t samplesDone() const
    {
        return progress.empty() ? 0 : progress.back().samplesDone;
    }

    QObject context;
    std::vector<TrainingState> states;
    int preparations = 0;
    std::uint64_t preparedSeed = 0;
    int newsCount = 0;
    bool newsBeforePrepared = false;
    bool newsWithoutSetup = false;
    int starts = 0;
    std::vector<CurvePoint> points;
    std::vector<EpochRecord> epochs;
    std::vector<Progress> progress;
    std::vector<Snapshot> snapshots;
    std::vector<TrainingOutcome> outcomes;
    std::vector<Error> errors;
    TrainingState stateAtEnd = TrainingState::Idle;
};

int threadCount()
{
    return static_cast<int>(
        QDir(QStringLiteral("/proc/self/task")).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size());
}

/// Lets a run finish without the controller hearing of it: its timer needs the event loop.
void sleepUnheard()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
}

/// The most that this process has held at once, in KB.
qint64 mostMemory()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

} // namespace

class TestTrainingController : public QObject {
    Q_OBJECT

private slots:
    void startsIdle()
    {
        TrainingController controller;
        Listener heard(controller);
        QCOMPARE(controller.state(), TrainingState::Idle);
        QVERIFY(!controller.isActive());
        QVERIFY(!controller.setup());
        // Nothing to act on: nothing happens.
        controller.pause();
        controller.resume();
        controller.stepBatch();
        controller.stepEpoch();
        controller.setLearningRate(0.5);
        controller.requestSnapshot();
        controller.reset();
        QTest::qWait(60);
        QCOMPARE(controller.state(), TrainingState::Idle);
        QVERIFY(heard.states.empty());
        QCOMPARE(heard.newsCount, 0);
    }

    void trainsToTheEnd()
    {
        const TrainingSettings settings = tinySettings();
        TrainingController controller;
        Listener heard(controller);
        controller.start({settings, moons(), nullptr, false});
        QCOMPARE(controller.state(), TrainingState::Running);
        QVERIFY(controller.isActive());
        QTRY_COMPARE(heard.outcomes.size(), 1U);

        QCOMPARE(heard.states, (std::vector{TrainingState::Running, TrainingState::Finished}));
        QCOMPARE(heard.stateAtEnd, TrainingState::Finished);
        QVERIFY(!controller.isActive());
        QCOMPARE(heard.preparations, 1);
        QVERIFY(!heard.newsBeforePrepared);
        QVERIFY(!heard.newsWithoutSetup);
        QCOMPARE(heard.starts, 1);
        QVERIFY(heard.errors.empty());

        QCOMPARE(heard.epochs.size(), 3U);
        const TrainingOutcome& outcome = heard.outcomes.front();
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(heard.epochs[i].epoch, static_cast<int>(i) + 1);
            QVERIFY(sameNumbers(heard.epochs[i], outcome.history.epochs.at(i)));
        }
        std::size_t samples = 0;
        double before = 0.0;
        for (const CurvePoint& point : heard.points) {
            QVERIFY(point.epoch > before);
            before = point.epoch;
            samples += point.samples;
        }
        QCOMPARE(samples, 3U * 80U);
        QCOMPARE(before, 3.0);
        QCOMPARE(heard.samplesDone(), 3U * 80U);
        QCOMPARE(heard.progress.back().samplesTotal, 3U * 80U);
        QVERIFY(!heard.snapshots.empty());
        QVERIFY(sameBits(heard.snapshots.back().parameters->parameters, outcome.network.parameters));
        QCOMPARE(heard.snapshots.back().epoch, 3.0);
        QVERIFY(outcome.history.test.has_value());
        QVERIFY(sameNumbers(outcome, reference(settings)));
        QVERIFY(controller.setup());
        QVERIFY(sameBits(controller.setup()->initial.parameters, prepared(settings).initial.parameters));
    }

    void startsFromGivenWeights()
    {
        const TrainingSettings settings = tinySettings();
        TrainingSettings otherSeed = settings;
        otherSeed.seed = 99;
        const auto initial = std::make_shared<const Network>(prepared(otherSeed).initial);

        TrainingController controller;
        Listener heard(controller);
        controller.start({settings, moons(), initial, false});
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QVERIFY(sameBits(controller.setup()->initial.parameters, initial->parameters));

        RunSetup setup = prepared(settings);
        setup.initial = *initial;
        Control control(settings.learningRate);
        Feed feed;
        const TrainingOutcome expected = train(setup, control, feed, {});
        QVERIFY(sameNumbers(heard.outcomes.front(), expected));
        QVERIFY(!sameBits(heard.outcomes.front().network.parameters, reference(settings).network.parameters));
    }

    void pausesAndResumes()
    {
        TrainingController controller;
        Listener heard(controller);
        controller.start({tinySettings(longRun), moons(), nullptr, false});
        QTRY_VERIFY(heard.samplesDone() > 0);

        controller.pause();
        QCOMPARE(controller.state(), TrainingState::Paused);
        QVERIFY(controller.isActive());
        // The batch under way still ends; then all is still, and the weights of that moment are there.
        QTRY_VERIFY(!heard.snapshots.empty() && std::abs(heard.snapshots.back().epoch * 80.0 -
                                                         static_cast<double>(heard.samplesDone())) < 1e-3);
        QTest::qWait(100);
        const std::size_t still = heard.samplesDone();
        const std::size_t points = heard.points.size();
        QTest::qWait(150);
        QCOMPARE(heard.samplesDone(), still);
        QCOMPARE(heard.points.size(), points);
        controller.pause(); // twice is once
        QCOMPARE(controller.state(), TrainingState::Paused);

        controller.resume();
        QCOMPARE(controller.state(), TrainingState::Running);
        QTRY_VERIFY(heard.samplesDone() > still);
        controller.resume();
        QCOMPARE(controller.state(), TrainingState::Running);
        QCOMPARE(heard.states,
                 (std::vector{TrainingState::Running, TrainingState::Paused, TrainingState::Running}));
        QVERIFY(heard.outcomes.empty());
    }

    void stepsByBatchAndEpoch()
    {
        TrainingSettings settings = tinySettings(4);
        settings.shuffle = false;
        settings.samples = {78, 20, 20}; // nine batches of 8 and one of 6
        TrainingController controller;
        Listener heard(controller);
        controller.start({settings, moons(), nullptr, true});
        QCOMPARE(controller.state(), TrainingState::Paused);
        QTRY_COMPARE(heard.snapshots.size(), 1U);
        QCOMPARE(heard.samplesDone(), 0U);
        const RunSetup setup = prepared(settings);

        // The engine by hand, one batch after the other.
        Engine engine = makeEngine(setup.initial, settings.engine, settings.precision, 8, 1);
        Optimizer optimizer = makeOptimizer(engine, settings.optimizer);
        const std::span<const std::uint32_t> order(setup.split.training);
        QCOMPARE(order.size(), 78U);
        QVERIFY(sameBits(heard.snapshots.back().parameters->parameters, networkOf(engine).parameters));
        for (std::size_t batch = 0; batch < 3; ++batch) {
            controller.stepBatch();
            QCOMPARE(controller.state(), TrainingState::Paused);
            QTRY_COMPARE(heard.samplesDone(), 8 * (batch + 1));
            trainBatch(engine, optimizer, *moons(), order.subspan(batch * 8, 8), {settings.learningRate});
            QTRY_COMPARE(heard.snapshots.back().epoch, static_cast<double>(8 * (batch + 1)) / 78.0);
            QVERIFY(sameBits(heard.snapshots.back().parameters->parameters, networkOf(engine).parameters));
        }
        QTest::qWait(80);
        QCOMPARE(heard.samplesDone(), 24U);
        QVERIFY(heard.epochs.empty());

        controller.stepEpoch(); // the rest of this one
        QTRY_COMPARE(heard.epochs.size(), 1U);
        QTest::qWait(80);
        QCOMPARE(heard.samplesDone(), 78U);
        controller.stepEpoch(); // a whole one
        QTRY_COMPARE(heard.epochs.size(), 2U);
        QTest::qWait(80);
        QCOMPARE(heard.samplesDone(), 2U * 78U);
        QCOMPARE(heard.epochs.size(), 2U);
        QVERIFY(heard.outcomes.empty());

        controller.stepEpoch();
        controller.stepEpoch(); // two at once: to the end of the run
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(controller.state(), TrainingState::Finished);
        QVERIFY(sameNumbers(heard.outcomes.front(), reference(settings)));
    }

    void stepsPauseARunUnderWay()
    {
        for (const bool epoch : {false, true}) {
            TrainingController controller;
            Listener heard(controller);
            controller.start({tinySettings(longRun), moons(), nullptr, false});
            QTRY_VERIFY(heard.samplesDone() > 0);
            if (epoch)
                controller.stepEpoch();
            else
                controller.stepBatch();
            QCOMPARE(controller.state(), TrainingState::Paused);
            QTest::qWait(150);
            const std::size_t still = heard.samplesDone();
            if (epoch)
                QCOMPARE(still % 80, 0U);
            QTest::qWait(100);
            QCOMPARE(heard.samplesDone(), still);
        }
    }

    void resetForgets()
    {
        TrainingController controller;
        Listener heard(controller);
        controller.start({tinySettings(longRun), moons(), nullptr, false});
        QTRY_VERIFY(heard.samplesDone() > 0);
        controller.reset();
        QCOMPARE(controller.state(), TrainingState::Idle);
        QVERIFY(!controller.setup());
        const int before = heard.newsCount;
        QTest::qWait(150);
        QCOMPARE(heard.newsCount, before);
        QVERIFY(heard.outcomes.empty()); // nobody asked what became of it
        QCOMPARE(heard.states, (std::vector{TrainingState::Running, TrainingState::Idle}));

        // A finished run goes as well.
        controller.start({tinySettings(), moons(), nullptr, false});
        QTRY_COMPARE(controller.state(), TrainingState::Finished);
        QVERIFY(controller.setup());
        controller.reset();
        QCOMPARE(controller.state(), TrainingState::Idle);
        QVERIFY(!controller.setup());
    }

    // Also where nothing has asked about any run for a while.
    void whatWasResetLetsItsDataGo()
    {
        TrainingController controller;
        auto data = std::make_shared<const Dataset>(makeToySet(ToySet::Moons, 120, 0.1, 5));
        const std::weak_ptr<const Dataset> seen = data;
        controller.start({tinySettings(longRun), std::move(data), nullptr, false});
        QTRY_VERIFY(controller.setup());
        controller.reset();
        QTRY_VERIFY(seen.expired());
    }

    void outcomeIsCoresOwn_data()
    {
        QTest::addColumn<int>("engine");
        QTest::addColumn<int>("precision");
        QTest::addColumn<int>("optimizer");
        QTest::addColumn<int>("threads");
        const auto row = [](const char* name, EngineKind engine, Precision precision, OptimizerKind optimizer,
                            int threads) {
            QTest::newRow(name) << static_cast<int>(engine) << static_cast<int>(precision)
                                << static_cast<int>(optimizer) << threads;
        };
        row("scalar", EngineKind::Scalar, Precision::Double, OptimizerKind::Sgd, 1);
        row("float", EngineKind::Matrix, Precision::Float, OptimizerKind::Adam, 1);
        row("double", EngineKind::Matrix, Precision::Double, OptimizerKind::Momentum, 1);
        row("two threads", EngineKind::Matrix, Precision::Float, OptimizerKind::Sgd, 2);
    }

    void outcomeIsCoresOwn()
    {
        QFETCH(int, engine);
        QFETCH(int, precision);
        QFETCH(int, optimizer);
        QFETCH(int, threads);
        TrainingSettings settings = tinySettings(12);
        settings.engine = static_cast<EngineKind>(engine);
        settings.precision = static_cast<Precision>(precision);
        settings.optimizer = static_cast<OptimizerKind>(optimizer);
        settings.learningRate = 0.02;
        const TrainingOutcome expected = reference(settings);
        settings.threads = threads; // the reference has one: their number changes nothing

        Random random = makeRandom(11);
        for (int repetition = 0; repetition < 3; ++repetition) {
            TrainingController controller;
            Listener heard(controller);
            controller.start({settings, moons(), nullptr, repetition == 1});
            QElapsedTimer time;
            time.start();
            while (heard.outcomes.empty() && time.elapsed() < 60'000) {
                switch (uniformBelow(random, 6)) {
                case 0:
                    controller.pause();
                    break;
                case 1:
                    controller.resume();
                    break;
                case 2:
                    controller.stepBatch();
                    break;
                case 3:
                    controller.stepEpoch();
                    break;
                default:
                    controller.requestSnapshot();
                    break;
                }
                QTest::qWait(static_cast<int>(uniformBelow(random, 4)));
            }
            QCOMPARE(heard.outcomes.size(), 1U);
            QCOMPARE(controller.state(), TrainingState::Finished);
            QVERIFY(sameNumbers(heard.outcomes.front(), expected));
            std::size_t samples = 0;
            for (const CurvePoint& point : heard.points)
                samples += point.samples;
            QCOMPARE(samples, 12U * 80U);
        }
    }

    void givesSnapshotsWhileRunning()
    {
        TrainingController controller;
        Listener heard(controller);
        TrainingSettings settings = tinySettings(longRun);
        settings.batchSize = 1;
        controller.start({settings, moons(), nullptr, false});
        QTRY_VERIFY(heard.samplesDone() > 0);
        // Those of the epochs' ends come anyway; one asked for comes from within an epoch before long.
        const auto within = [&heard] {
            for (const Snapshot& snapshot : heard.snapshots) {
                if (snapshot.epoch != std::floor(snapshot.epoch))
                    return true;
            }
            return false;
        };
        QVERIFY(!within());
        QElapsedTimer time;
        time.start();
        while (!within() && time.elapsed() < 20'000) {
            controller.requestSnapshot();
            QTest::qWait(5);
            controller.pause(); // holds the weights of the moment until they are fetched
            QTest::qWait(40);
            controller.resume();
        }
        QVERIFY(within());
    }

    void learningRateActsOnTheRun()
    {
        TrainingSettings settings = tinySettings(3);
        settings.shuffle = false;
        TrainingController controller;
        Listener heard(controller);
        controller.start({settings, moons(), nullptr, true});
        QTRY_COMPARE(heard.snapshots.size(), 1U);
        controller.stepBatch();
        QTRY_COMPARE(heard.samplesDone(), 8U);
        controller.setLearningRate(0.625);
        controller.stepBatch();
        QTRY_COMPARE(heard.samplesDone(), 16U);
        QTRY_COMPARE(heard.snapshots.back().epoch, 0.2);

        const RunSetup setup = prepared(settings);
        Engine engine = makeEngine(setup.initial, settings.engine, settings.precision, 8, 1);
        Optimizer optimizer = makeOptimizer(engine, settings.optimizer);
        const std::span<const std::uint32_t> order(setup.split.training);
        trainBatch(engine, optimizer, *moons(), order.subspan(0, 8), {0.1});
        trainBatch(engine, optimizer, *moons(), order.subspan(8, 8), {0.625});
        QVERIFY(sameBits(heard.snapshots.back().parameters->parameters, networkOf(engine).parameters));

        controller.resume();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        for (const EpochRecord& record : heard.outcomes.front().history.epochs)
            QCOMPARE(record.learningRate, 0.625);
        QVERIFY(!sameBits(heard.outcomes.front().network.parameters, reference(settings).network.parameters));

        // The next run takes its settings' rate again.
        controller.start({settings, moons(), nullptr, false});
        QTRY_COMPARE(heard.outcomes.size(), 2U);
        QVERIFY(sameNumbers(heard.outcomes.back(), reference(settings)));
    }

    void divergenceIsSaid()
    {
        for (const bool whileRunning : {false, true}) {
            TrainingSettings settings = tinySettings(longRun);
            settings.layers = {{6, Activation::Relu}, {6, Activation::Linear}, {2, Activation::Softmax}};
            if (!whileRunning)
                settings.learningRate = 1e9;
            TrainingController controller;
            Listener heard(controller);
            controller.start({settings, moons(), nullptr, false});
            if (whileRunning) {
                QTRY_VERIFY(heard.samplesDone() > 0);
                controller.setLearningRate(1e9);
            }
            QTRY_COMPARE(heard.outcomes.size(), 1U);
            QCOMPARE(controller.state(), TrainingState::Diverged);
            QCOMPARE(heard.stateAtEnd, TrainingState::Diverged);
            QVERIFY(!controller.isActive());
            const TrainingOutcome& outcome = heard.outcomes.front();
            QCOMPARE(outcome.reason, EndReason::Diverged);
            QVERIFY(outcome.error.has_value());
            QVERIFY(outcome.error->what.english().find("step") != std::string::npos);
            QVERIFY(outcome.error->mend.english().find("learning rate") != std::string::npos);
            QVERIFY(!outcome.network.parameters.empty());
            for (const double value : outcome.network.parameters)
                QVERIFY(std::isfinite(value));
            QVERIFY(!outcome.history.test.has_value());
        }
    }

    void refusesWhatDoesNotFit()
    {
        TrainingController controller;
        Listener heard(controller);
        const auto refusal = [&](const RunRequest& request, const char* what) {
            heard.errors.clear();
            heard.states.clear();
            controller.start(request);
            QTRY_COMPARE(heard.errors.size(), 1U);
            QCOMPARE(controller.state(), TrainingState::Failed);
            QCOMPARE(heard.states, (std::vector{TrainingState::Running, TrainingState::Failed}));
            QVERIFY(!controller.setup());
            QVERIFY2(heard.errors.front().what.english().find(what) != std::string::npos,
                     heard.errors.front().message().c_str());
            QVERIFY(!heard.errors.front().why.empty());
            QVERIFY(!heard.errors.front().mend.empty());
        };
        TrainingSettings settings = tinySettings();
        settings.batchSize = 0;
        refusal({settings, moons(), nullptr, false}, "--batch");
        settings = tinySettings();
        settings.learningRate = std::numeric_limits<double>::quiet_NaN();
        refusal({settings, moons(), nullptr, false}, "--lr");
        settings = tinySettings();
        std::get<DenseLayer>(settings.layers.front()).units = 1'000'000'000;
        refusal({settings, moons(), nullptr, false}, "--layers");
        settings = tinySettings();
        settings.layers.clear();
        refusal({settings, moons(), nullptr, false}, "--layers");
        settings = tinySettings();
        auto misfit = std::make_shared<Network>();
        misfit->stack = {3, settings.layers};
        misfit->parameters.assign(static_cast<std::size_t>(parameterCount(misfit->stack)), 0.0);
        refusal({settings, moons(), misfit, false}, "initial weights");
        QCOMPARE(heard.preparations, 0);
        QCOMPARE(heard.newsCount, 0);
        QVERIFY(heard.outcomes.empty());

        // A refusal is not the end of the controller; steps after it find no run.
        controller.stepBatch();
        controller.resume();
        QCOMPARE(controller.state(), TrainingState::Failed);
        controller.start({tinySettings(), moons(), nullptr, false});
        QTRY_COMPARE(controller.state(), TrainingState::Finished);
    }

    void staleRunsAreSilent()
    {
        TrainingController controller;
        Listener heard(controller);
        controller.start({tinySettings(longRun), moons(), nullptr, false});
        QTRY_VERIFY(heard.samplesDone() > 0);
        sleepUnheard(); // plenty waits to be told

        TrainingSettings second = tinySettings(2);
        second.seed = 8;
        controller.start({second, moons(), nullptr, false});
        QVERIFY(!controller.setup());
        QCOMPARE(controller.state(), TrainingState::Running);
        heard.progress.clear();
        heard.points.clear();
        heard.epochs.clear();
        heard.starts = 0;
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QTest::qWait(100);
        QCOMPARE(heard.preparedSeed, 8U);
        QCOMPARE(heard.starts, 1);
        QCOMPARE(heard.epochs.size(), 2U);
        for (const Progress& progress : heard.progress)
            QCOMPARE(progress.samplesTotal, 160U);
        std::size_t samples = 0;
        for (const CurvePoint& point : heard.points)
            samples += point.samples;
        QCOMPARE(samples, 160U);
        QVERIFY(sameNumbers(heard.outcomes.front(), reference(second)));

        // A run whose end nobody has heard of is stale too.
        controller.start({tinySettings(1), moons(), nullptr, false});
        sleepUnheard();
        controller.reset();
        const int news = heard.newsCount;
        QTest::qWait(100);
        QCOMPARE(heard.newsCount, news);
        QCOMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(controller.state(), TrainingState::Idle);
    }

    void slotsMayStartAndReset_data()
    {
        QTest::addColumn<int>("where");
        QTest::addColumn<bool>("resets");
        const char* names[] = {"prepared", "news", "stateChanged", "ended"};
        for (int where = 0; where < 4; ++where) {
            QTest::addRow("start in %s", names[where]) << where << false;
            QTest::addRow("reset in %s", names[where]) << where << true;
        }
    }

    // The run has ended before its first news is heard, so all of its words come in one go; after what the
    // slot does in the middle of them, the rest must not be said.
    void slotsMayStartAndReset()
    {
        QFETCH(int, where);
        QFETCH(bool, resets);
        TrainingSettings second = tinySettings(longRun);
        second.seed = 8;
        TrainingController controller;
        Listener heard(controller);
        bool acted = false;
        int later = 0;
        const auto act = [&](int place) {
            if (acted) {
                later += controller.state() == TrainingState::Running ? 0 : 1;
                return;
            }
            if (place != where)
                return;
            acted = true;
            if (resets)
                controller.reset();
            else
                controller.start({second, moons(), nullptr, false});
        };
        connect(&controller, &TrainingController::prepared, this, [&] { act(0); });
        connect(&controller, &TrainingController::news, this, [&] { act(1); });
        connect(&controller, &TrainingController::stateChanged, this, [&](TrainingState state) {
            if (state == TrainingState::Finished || acted)
                act(2);
        });
        connect(&controller, &TrainingController::ended, this, [&] { act(3); });

        controller.start({tinySettings(1), moons(), nullptr, false});
        sleepUnheard();
        QTRY_VERIFY(acted);
        QTest::qWait(150);
        QCOMPARE(controller.state(), resets ? TrainingState::Idle : TrainingState::Running);
        QCOMPARE(heard.states.back(), controller.state());
        if (resets) {
            QVERIFY(!controller.setup());
        } else {
            QCOMPARE(later, 0);
            QCOMPARE(controller.setup()->settings.seed, 8U);
            QVERIFY(heard.samplesDone() > 160U);
        }
        // Only a slot of ended() itself has had the first run's end said before.
        QCOMPARE(heard.outcomes.size(), where == 3 ? 1U : 0U);
    }

    void slotsMaySteerAFinishedRun()
    {
        TrainingController controller;
        Listener heard(controller);
        connect(&controller, &TrainingController::news, &controller, [&controller] {
            controller.pause();
            controller.resume();
            controller.stepBatch();
            controller.stepEpoch();
            controller.setLearningRate(0.5);
            controller.requestSnapshot();
        });
        controller.start({tinySettings(1), moons(), nullptr, false});
        sleepUnheard();
        QTRY_COMPARE(heard.outcomes.size(), 1U);
        QCOMPARE(controller.state(), TrainingState::Finished);
        QVERIFY(sameNumbers(heard.outcomes.front(), reference(tinySettings(1))));
    }

    void thousandCyclesLeaveNothing()
    {
        QTest::qWait(10);
        const int before = threadCount();
        Random random = makeRandom(2024);
        qint64 slowest = 0;
        const auto timed = [&slowest](const std::function<void()>& act) {
            QElapsedTimer time;
            time.start();
            act();
            slowest = std::max(slowest, time.elapsed());
        };
        auto controller = std::make_unique<TrainingController>();
        for (int cycle = 0; cycle < 1000; ++cycle) {
            TrainingSettings settings = tinySettings(uniformBelow(random, 4) == 0 ? 1 : longRun);
            settings.seed = static_cast<std::uint64_t>(cycle);
            settings.threads = 1 + static_cast<int>(uniformBelow(random, 2));
            if (uniformBelow(random, 4) == 0) {
                settings.engine = EngineKind::Scalar;
                settings.precision = Precision::Double;
            }
            if (uniformBelow(random, 20) == 0)
                settings.batchSize = 0; // refused
            const bool paused = uniformBelow(random, 4) == 0;
            timed([&] { controller->start({settings, moons(), nullptr, paused}); });
            const auto steps = uniformBelow(random, 6);
            for (std::uint64_t step = 0; step < steps; ++step) {
                timed([&] {
                    switch (uniformBelow(random, 8)) {
                    case 0:
                        return controller->pause();
                    case 1:
                        return controller->resume();
                    case 2:
                        return controller->stepBatch();
                    case 3:
                        return controller->stepEpoch();
                    case 4:
                        return controller->requestSnapshot();
                    case 5:
                        return controller->setLearningRate(uniform(random, 0.01, 0.2));
                    case 6:
                        return std::this_thread::yield();
                    default:
                        return QCoreApplication::processEvents();
                    }
                });
            }
            if (uniformBelow(random, 16) == 0)
                QTest::qWait(2);
            if (uniformBelow(random, 4) == 0)
                timed([&] { controller = std::make_unique<TrainingController>(); });
            else if (uniformBelow(random, 2) == 0)
                timed([&] { controller->reset(); });
        }
        // Runs that were put away end by themselves, while their controller lives on.
        controller->reset();
        QTRY_COMPARE_WITH_TIMEOUT(threadCount(), before, 10'000);
        controller->start({tinySettings(), moons(), nullptr, false});
        QTRY_COMPARE(controller->state(), TrainingState::Finished);
        controller.reset();
        QTRY_COMPARE(threadCount(), before);
        QVERIFY2(slowest < 2000, qPrintable(QStringLiteral("one call took %1 ms").arg(slowest)));
    }

    void runsThatWerePutAwayTakeNoMemoryTogether()
    {
        if (tests::hasSanitizer)
            QSKIP("sanitizers keep what was given back");
        // The engine of one takes about 200 MB, and nothing stops its making.
        TrainingSettings settings = tinySettings();
        settings.engine = EngineKind::Scalar;
        settings.precision = Precision::Double;
        settings.layers = {{600, Activation::Relu}, {600, Activation::Relu}, {2, Activation::Softmax}};
        constexpr qint64 engine = 200'000; // KB
        const qint64 before = mostMemory();
        TrainingController controller;
        for (int i = 0; i < 20; ++i) {
            controller.start({settings, moons(), nullptr, false});
            QTest::qWait(20);
        }
        controller.start({tinySettings(), moons(), nullptr, false});
        QTRY_COMPARE_WITH_TIMEOUT(controller.state(), TrainingState::Finished, 60'000);
        const qint64 taken = mostMemory() - before;
        // Training's own and the one that measures beside it.
        QVERIFY2(taken < 2 * engine, qPrintable(QStringLiteral("%1 KB").arg(taken)));
    }

    void endsWhileTraining()
    {
        const int before = threadCount();
        for (int i = 0; i < 20; ++i) {
            TrainingSettings settings = tinySettings(longRun);
            settings.threads = 2;
            auto controller = std::make_unique<TrainingController>();
            Listener heard(*controller);
            controller->start({settings, moons(), nullptr, false});
            if (i % 2 == 0)
                QTRY_VERIFY(heard.samplesDone() > 0);
            if (i % 4 == 0)
                controller->pause();
            const int news = heard.newsCount;
            QElapsedTimer time;
            time.start();
            controller.reset();
            QVERIFY(time.elapsed() < 10'000); // it does not wait for an end that never comes
            QCOMPARE(threadCount(), before);
            QTest::qWait(1);
            QCOMPARE(heard.newsCount, news);
        }
    }
};

QTEST_GUILESS_MAIN(TestTrainingController)
#include "tst_trainingcontroller.moc"
