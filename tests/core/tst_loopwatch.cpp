// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/numeric.h"
#include "tests/support/looprun.h"

#include <QtTest>

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;
using namespace std::chrono_literals;

class TestLoopWatch : public QObject {
    Q_OBJECT

private slots:
    void watchingChangesNothing_data();
    void watchingChangesNothing();
    void postsPointsAndProgress();
    void pointsHaveEnoughSamples();
    void aShortBatchMakesNoPoint();
    void theLearningRateActsAtOnce_data();
    void theLearningRateActsAtOnce();
    void stepsOneBatchAndOneEpoch();
};

void TestLoopWatch::watchingChangesNothing_data()
{
    addKindRows();
}

void TestLoopWatch::watchingChangesNothing()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.settings.epochs = 40;
    setup.settings.optimizer = OptimizerKind::Adam;
    setup.settings.threads = 2;
    const TrainingOutcome undisturbed = run(setup);

    Running running(setup, true);
    Random random = makeRandom(52);
    std::size_t epochs = 0;
    for (int i = 0; i < 300; ++i) {
        running.control.requestSnapshot();
        switch (uniformBelow(random, 5)) {
        case 0:
            running.control.pause();
            break;
        case 1:
            running.control.stepBatch();
            break;
        case 2:
            running.control.stepEpoch();
            break;
        case 3:
            running.control.resume();
            running.control.pause();
            break;
        default:
            std::this_thread::sleep_for(100us);
        }
        epochs += running.feed.take().epochs.size();
    }
    running.control.resume();
    const TrainingOutcome watched = running.join();
    epochs += running.feed.take().epochs.size();
    QVERIFY(sameOutcome(undisturbed, watched));
    QCOMPARE(epochs, std::size_t(40));
}

void TestLoopWatch::postsPointsAndProgress()
{
    Setup setup = makeSetup(allKinds[1]);
    setup.data = makeClouds(1000, 4, 3, 54);
    setup.split = {indices(0, 1000), {}, {}};
    setup.settings.batchSize = 5; // forty points an epoch, of five batches each
    Control control(0.1);
    Feed feed;
    const TrainingOutcome outcome = runWith(setup, control, feed);
    const FeedContent content = feed.take();
    QCOMPARE(content.epochs.size(), std::size_t(3));
    QCOMPARE(content.points.size(), std::size_t(3 * 40));
    for (std::size_t i = 0; i < content.points.size(); ++i) {
        const CurvePoint& point = content.points[i];
        VERIFY_AGREE(point.epoch, static_cast<double>(i + 1) / 40.0, 1e-12);
        QCOMPARE(point.samples, std::size_t(25));
        QVERIFY(point.accuracy >= 0.0 && point.accuracy <= 100.0);
    }
    for (std::size_t epoch = 0; epoch < 3; ++epoch) { // the points of an epoch are the epoch
        double loss = 0.0;
        for (std::size_t i = 40 * epoch; i < 40 * (epoch + 1); ++i)
            loss += content.points[i].loss / 40.0;
        VERIFY_AGREE(outcome.history.epochs[epoch].trainLoss, loss, 1e-12);
        QVERIFY(outcome.history.epochs[epoch].trainSeconds > 0.0);
    }
    QVERIFY(content.progress.has_value());
    QCOMPARE(content.progress->samplesDone, std::size_t(3 * 1000));
    QCOMPARE(content.progress->samplesTotal, std::size_t(3 * 1000));
    QCOMPARE(content.progress->secondsLeft, 0.0);
    QVERIFY(outcome.history.trainSeconds > 0.0);
    VERIFY_AGREE(outcome.history.samplesPerSecond, 3 * 1000 / outcome.history.trainSeconds, 1e-12);
}

void TestLoopWatch::pointsHaveEnoughSamples()
{
    Setup setup = makeSetup(allKinds[1]);
    setup.data = makeClouds(1003, 4, 3, 55); // in batches of four, points do not end with the epochs
    setup.split = {indices(0, 1003), {}, {}};
    Control control(0.1);
    Feed feed;
    (void)runWith(setup, control, feed);
    const auto points = feed.take().points;
    QVERIFY(points.size() >= 3 * 35 && points.size() <= 3 * 41);
    double last = 0.0;
    std::size_t samples = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        QVERIFY(points[i].epoch > last);
        last = points[i].epoch;
        samples += points[i].samples;
        VERIFY_AGREE(last, static_cast<double>(samples) / 1003.0, 1e-12); // none left out, none twice
        QVERIFY(points[i].samples >= 25 || i + 1 == points.size());
        QVERIFY(points[i].samples <= 28);
    }
    QVERIFY(samples > 3 * 1003 - 25 && samples <= 3 * 1003);
}

// The last batch of each epoch has three samples, as many as a fortieth of the epoch would need.
void TestLoopWatch::aShortBatchMakesNoPoint()
{
    Setup setup = makeSetup(allKinds[1]);
    setup.data = makeClouds(135, 4, 3, 55);
    setup.split = {indices(0, 135), {}, {}};
    setup.settings.batchSize = 33;
    Control control(0.1);
    Feed feed;
    (void)runWith(setup, control, feed);
    const auto points = feed.take().points;
    QCOMPARE(points.size(), std::size_t(3 * 4));
    for (std::size_t i = 0; i < points.size(); ++i)
        QCOMPARE(points[i].samples, std::size_t(i > 0 && i % 4 == 0 ? 36 : 33));
}

void TestLoopWatch::theLearningRateActsAtOnce_data()
{
    addKindRows();
}

void TestLoopWatch::theLearningRateActsAtOnce()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.settings.shuffle = false;
    setup.settings.epochs = 1;
    const double rates[] = {0.1, 0.5, 0.01};
    std::vector<double> values = setup.initial.parameters;
    Running running(setup, true);
    QVERIFY(running.snapshotAt(0.0));
    for (std::size_t i = 0; i < 3; ++i) {
        running.control.setLearningRate(rates[i]);
        running.control.stepBatch();
        const auto snapshot = running.snapshotAt(static_cast<double>(i + 1) * 4.0 / 30.0);
        QVERIFY(snapshot);
        plainStep(setup, values, indices(4 * i, 4), rates[i]);
        QVERIFY(largestDifference(snapshot->parameters, values) <
                (setup.settings.precision == Precision::Float ? 1e-5 : 1e-12));
    }
    running.control.setLearningRate(1e-100); // nothing moves from here
    const auto before = running.feed.take();
    running.control.resume();
    const TrainingOutcome outcome = running.join();
    QVERIFY(largestDifference(outcome.network.parameters, values) <
            (setup.settings.precision == Precision::Float ? 1e-5 : 1e-12));
    QCOMPARE(outcome.history.epochs.at(0).learningRate, 1e-100);
}

void TestLoopWatch::stepsOneBatchAndOneEpoch()
{
    const Setup setup = makeSetup(allKinds[1]);
    const TrainingOutcome whole = run(setup);
    Running running(setup, true);
    QVERIFY(running.snapshotAt(0.0)->parameters == setup.initial.parameters);
    running.control.stepBatch();
    QVERIFY(running.snapshotAt(4.0 / 30.0));
    running.control.stepBatch();
    QVERIFY(running.snapshotAt(8.0 / 30.0));
    running.control.stepEpoch();
    QVERIFY(running.snapshotAt(1.0)); // the rest of the first epoch
    running.control.stepEpoch();
    QVERIFY(running.snapshotAt(2.0));
    QVERIFY(running.control.isPaused());
    running.control.stepBatch();
    QVERIFY(running.snapshotAt(2.0 + 4.0 / 30.0));
    running.control.resume();
    QVERIFY(sameOutcome(running.join(), whole));
}

QTEST_GUILESS_MAIN(TestLoopWatch)
#include "tst_loopwatch.moc"
