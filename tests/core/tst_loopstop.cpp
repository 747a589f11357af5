// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint.h"
#include "tests/support/looprun.h"

#include <QtTest>

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <thread>

using namespace chainrule;
using namespace chainrule::tests;
using namespace std::chrono_literals;

namespace {

TrainingOutcome runFrom(const Setup& setup, RunStart start, std::optional<Measuring> measuring = std::nullopt)
{
    start.measuring = measuring;
    Control control(setup.settings.learningRate);
    Feed feed;
    return train(borrowedRun(setup), control, feed, {}, start);
}

/// Waits until the curve has come to this place in the run. False where it does not.
bool pointComesAt(Feed& feed, double epoch)
{
    for (int i = 0; i < 60'000; ++i) {
        const auto points = feed.take().points;
        if (!points.empty() && points.back().epoch > epoch - 1e-9)
            return true;
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

} // namespace

class TestLoopStop : public QObject {
    Q_OBJECT

private slots:
    void stopsSoon_data();
    void stopsSoon();
    void stopsWhilePaused();
    void stopsWhileMeasuring();
    void stopsInTheLastTestMeasurement();
    void stoppedBeforeTheFirstStep();
    void aMeasurementThatAStopGaveUpIsRepeated_data();
    void aMeasurementThatAStopGaveUpIsRepeated();
};

void TestLoopStop::stopsSoon_data()
{
    addKindRows();
}

void TestLoopStop::stopsSoon()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.settings.epochs = maximumEpochs;
    setup.settings.threads = 2;
    setup.settings.learningRate = 1e-3;
    Running running(setup);
    bool stepped = false;
    QTRY_VERIFY_WITH_TIMEOUT(stepped = stepped || !running.feed.take().points.empty(), 60'000);
    const auto begin = std::chrono::steady_clock::now();
    running.requestStop();
    const TrainingOutcome outcome = running.join();
    // In truth a millisecond; the bound finds a stop that is not noticed.
    QVERIFY(std::chrono::steady_clock::now() - begin < 10s);
    QVERIFY(outcome.reason == EndReason::Stopped);
    QVERIFY(!outcome.error && !outcome.history.test);
    QVERIFY(allFinite(outcome.network));
    QVERIFY(outcome.network.parameters != setup.initial.parameters);
}

void TestLoopStop::stopsWhilePaused()
{
    const Setup setup = makeSetup(allKinds[1]);
    Running running(setup, true);
    running.control.stepBatch();
    QVERIFY(running.snapshotAt(4.0 / 30.0));
    const auto begin = std::chrono::steady_clock::now();
    running.requestStop();
    const TrainingOutcome outcome = running.join();
    QVERIFY(std::chrono::steady_clock::now() - begin < 1s);
    QVERIFY(outcome.reason == EndReason::Stopped);
    QVERIFY(outcome.history.epochs.empty());
    QVERIFY(outcome.network.parameters != setup.initial.parameters);
}

void TestLoopStop::stopsWhileMeasuring()
{
    // Far more samples to measure than a machine gets through in the time.
    for (const Kind& kind : allKinds) {
        Setup setup = makeSetup(kind);
        setup.settings.layers = {{64, Activation::Relu}, {64, Activation::Relu}, {3, Activation::Softmax}};
        setup.initial = initialNetwork(setup.settings, 4);
        setup.split.validation.assign(1'000'000, 5);
        Running running(setup);
        std::this_thread::sleep_for(20ms);
        const auto begin = std::chrono::steady_clock::now();
        running.requestStop();
        const TrainingOutcome outcome = running.join();
        QVERIFY(std::chrono::steady_clock::now() - begin < 2s);
        QVERIFY(outcome.reason == EndReason::Stopped);
        QVERIFY(allFinite(outcome.network));
    }
}

void TestLoopStop::stopsInTheLastTestMeasurement()
{
    for (const Kind& kind : allKinds) {
        Setup setup = makeSetup(kind);
        setup.split.validation.clear();
        const TrainingOutcome whole = run(setup);
        Setup slow = setup;
        slow.split.test.assign(3'000'000, 5);
        Control control(slow.settings.learningRate);
        Feed feed;
        std::optional<TrainingOutcome> stopped;
        std::jthread training([&](const std::stop_token& stop) {
            RunStart start;
            start.measuring = Measuring::InTurn; // the last epoch's record comes before the test measurement
            stopped = train(borrowedRun(slow), control, feed, stop, start);
        });
        for (std::size_t epochs = 0; epochs < 3; epochs += feed.take().epochs.size())
            std::this_thread::sleep_for(1ms);
        training.request_stop();
        training.join();
        QVERIFY(stopped->reason == EndReason::Stopped);
        QVERIFY(!stopped->history.test && !stopped->error);
        QVERIFY(stopped->checkpoint);
        RunStart on;
        on.checkpoint = &*stopped->checkpoint;
        on.epochs = stopped->history.epochs;
        const TrainingOutcome rest = runFrom(setup, on);
        QVERIFY(sameOutcome(rest, whole));
    }
}

void TestLoopStop::stoppedBeforeTheFirstStep()
{
    const Setup setup = makeSetup(allKinds[1]);
    std::stop_source source;
    source.request_stop();
    Control control(0.1);
    Feed feed;
    const TrainingOutcome outcome = train(borrowedRun(setup), control, feed, source.get_token());
    QVERIFY(outcome.reason == EndReason::Stopped);
    QVERIFY(outcome.network.parameters == setup.initial.parameters);
    QVERIFY(outcome.history.epochs.empty());
}

void TestLoopStop::aMeasurementThatAStopGaveUpIsRepeated_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("epochs");
    QTest::addColumn<int>("steps");
    for (int kind = 0; kind < 3; ++kind) {
        QTest::addRow("%s, within the next epoch", allKinds[kind].name) << kind << 3 << 40;
        QTest::addRow("%s, at the end of the next", allKinds[kind].name) << kind << 3 << 60;
        QTest::addRow("%s, after the last", allKinds[kind].name) << kind << 1 << 30;
    }
}

// The first epoch's end is measured so slowly that it is not done when the run is stopped after so many
// steps. What is gone on with has that epoch's record all the same, and the rest is as it would have been.
void TestLoopStop::aMeasurementThatAStopGaveUpIsRepeated()
{
    QFETCH(const int, kind);
    QFETCH(const int, epochs);
    QFETCH(const int, steps);
    Setup setup = makeSetup(allKinds[kind]);
    setup.settings.layers = {{64, Activation::Tanh}, {64, Activation::Tanh}, {3, Activation::Softmax}};
    setup.settings.optimizer = OptimizerKind::Adam;
    setup.settings.learningRate = 0.01;
    setup.settings.batchSize = 1; // thirty steps an epoch, and a point of the curve after each
    setup.settings.epochs = epochs;
    setup.initial = initialNetwork(setup.settings, 4);
    // Changes before the epoch's last step, at it, and while its end is being measured.
    RunStart start;
    start.planned = {{3, LiveField::LearningRate, 0.02},
                     {29, LiveField::L2, 0.01},
                     {35, LiveField::LearningRate, 0.005},
                     {38, LiveField::L1, 0.001}};
    const TrainingOutcome whole = runFrom(setup, start);
    QVERIFY(whole.reason == EndReason::Finished);

    start.stopAt = 1; // from there on nothing measures the validation samples before the first epoch's end
    const TrainingOutcome begun = runFrom(setup, start);
    QVERIFY(begun.checkpoint);
    Setup slow = setup;
    slow.split.validation.assign(3'000'000, 5);
    start.checkpoint = &*begun.checkpoint;
    start.measuring = Measuring::Beside;
    start.stopAt = steps; // there it waits for the measurement
    Control control(setup.settings.learningRate);
    Feed feed;
    std::optional<TrainingOutcome> stopped;
    std::jthread training(
        [&](const std::stop_token& stop) { stopped = train(borrowedRun(slow), control, feed, stop, start); });
    QVERIFY(pointComesAt(feed, steps / 30.0));
    training.request_stop();
    training.join();
    QVERIFY(stopped->reason == EndReason::Stopped && stopped->checkpoint);
    QVERIFY(stopped->history.epochs.empty());
    QCOMPARE(stopped->epoch, steps / 30.0);

    const auto loaded = decodeCheckpoint(encodeCheckpoint(*stopped->checkpoint), "test");
    QVERIFY2(loaded, loaded ? "" : loaded.error().message().c_str());
    QVERIFY(checkCheckpoint(*loaded, setup.settings, 30));
    QCOMPARE(loaded->epochsMeasured, 0);
    for (const Measuring measuring : {Measuring::InTurn, Measuring::Beside}) {
        RunStart on; // without the plan: the checkpoint knows what was changed
        on.checkpoint = &*loaded;
        on.epochs = stopped->history.epochs;
        const TrainingOutcome rest = runFrom(setup, on, measuring);
        QCOMPARE(rest.history.epochs.size(), static_cast<std::size_t>(epochs));
        QVERIFY(sameOutcome(rest, whole));
        QVERIFY(rest.journal == whole.journal);
    }
}

QTEST_GUILESS_MAIN(TestLoopStop)
#include "tst_loopstop.moc"
