// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/training/control.h"
#include "core/training/feed.h"
#include "tests/core/numeric.h"

#include <QtTest>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

using namespace chainrule;
using namespace std::chrono_literals;
using Turn = Control::Turn;

namespace {

/// A loop as the training's, which counts instead: epochs of five batches, without end.
class Loop {
public:
    explicit Loop(Control& control)
        : m_thread([this, &control](const std::stop_token& stop) { run(control, stop); })
    {
    }

    [[nodiscard]] int batches() const { return m_batches; }
    [[nodiscard]] int waits() const { return m_waits; }
    /// Waits until the loop has come to wait for its turn so many times.
    [[nodiscard]] bool waitedTimes(int times) const
    {
        return comesTrue([&] { return m_waits >= times; });
    }
    [[nodiscard]] bool reaches(int batches) const
    {
        return comesTrue([&] { return m_batches >= batches; });
    }
    void stop()
    {
        m_thread.request_stop();
        m_thread.join();
    }

private:
    template <typename F>
    static bool comesTrue(F condition)
    {
        for (int i = 0; i < 10'000 && !condition(); ++i)
            std::this_thread::sleep_for(1ms);
        return condition();
    }

    void run(Control& control, const std::stop_token& stop)
    {
        for (;;) {
            for (int batch = 0; batch < 5; ++batch) {
                Turn turn = control.takeTurn(stop);
                if (turn == Turn::Wait) {
                    ++m_waits;
                    turn = control.waitForTurn(stop);
                }
                if (turn == Turn::Stop)
                    return;
                ++m_batches;
            }
            control.epochEnded();
        }
    }

    std::atomic<int> m_batches = 0;
    std::atomic<int> m_waits = 0;
    std::jthread m_thread;
};

CurvePoint point(double epoch, double loss, double accuracy, std::size_t samples)
{
    return {epoch, loss, accuracy, samples};
}

} // namespace

class TestControl : public QObject {
    Q_OBJECT

private slots:
    void runsFreely();
    void startsPaused();
    void stopComesFirst();
    void stepsBatchesOneByOne();
    void stepsToTheEpochsEnd();
    void aStepWhileRunningPauses();
    void pauseTakesStepsBack();
    void resumeGoesOn();
    void stopEndsAWait();
    void snapshotsAreTakenOncePerRequest();
    void theLearningRateIsShared();
    void manyPausesAndResumes();
    void feedKeepsTheOrder();
    void feedIsEmptyAfterATake();
    void feedKeepsTheNewestProgressAndSnapshot();
    void thinnedPointsKeepTheirHeight();
    void feedStaysBounded();
    void feedAcrossThreads();
};

void TestControl::runsFreely()
{
    Control control(0.1);
    QVERIFY(!control.isPaused());
    Loop loop(control);
    QVERIFY(loop.reaches(1000));
    loop.stop();
    QCOMPARE(loop.waits(), 0);
}

void TestControl::startsPaused()
{
    Control control(0.1, true);
    QVERIFY(control.isPaused());
    Loop loop(control);
    QVERIFY(loop.waitedTimes(1));
    QCOMPARE(loop.batches(), 0);
    control.resume();
    QVERIFY(!control.isPaused());
    QVERIFY(loop.reaches(10));
}

void TestControl::stopComesFirst()
{
    std::stop_source source;
    Control running(0.1);
    Control paused(0.1, true);
    paused.stepBatch();
    QVERIFY(running.takeTurn(source.get_token()) == Turn::Go);
    source.request_stop();
    QVERIFY(running.takeTurn(source.get_token()) == Turn::Stop);
    QVERIFY(paused.takeTurn(source.get_token()) == Turn::Stop);
    QVERIFY(paused.waitForTurn(source.get_token()) == Turn::Stop);
}

void TestControl::stepsBatchesOneByOne()
{
    Control control(0.1, true);
    Loop loop(control);
    for (int i = 1; i <= 7; ++i) { // over an epoch's end too
        QVERIFY(loop.waitedTimes(i));
        QCOMPARE(loop.batches(), i - 1);
        control.stepBatch();
    }
    QVERIFY(loop.waitedTimes(8));
    QCOMPARE(loop.batches(), 7);
    QVERIFY(control.isPaused());

    // Three at once are three.
    const std::stop_token never;
    Control other(0.1, true);
    other.stepBatch();
    other.stepBatch();
    other.stepBatch();
    for (int i = 0; i < 3; ++i)
        QVERIFY(other.takeTurn(never) == Turn::Go);
    QVERIFY(other.takeTurn(never) == Turn::Wait);
}

void TestControl::stepsToTheEpochsEnd()
{
    Control control(0.1, true);
    Loop loop(control);
    QVERIFY(loop.waitedTimes(1));
    control.stepBatch();
    control.stepBatch();
    QVERIFY(loop.reaches(2));
    control.stepEpoch(); // the three that are left of this epoch
    QVERIFY(loop.reaches(5));
    std::this_thread::sleep_for(20ms);
    QCOMPARE(loop.batches(), 5);
    control.stepEpoch();
    control.stepEpoch();
    QVERIFY(loop.reaches(15));
    std::this_thread::sleep_for(20ms);
    QCOMPARE(loop.batches(), 15);
    QVERIFY(control.isPaused());
}

void TestControl::aStepWhileRunningPauses()
{
    const std::stop_token never;
    Control control(0.1);
    QVERIFY(control.takeTurn(never) == Turn::Go);
    control.stepBatch();
    QVERIFY(control.isPaused());
    QVERIFY(control.takeTurn(never) == Turn::Go);
    QVERIFY(control.takeTurn(never) == Turn::Wait);

    Control other(0.1);
    other.stepEpoch();
    for (int i = 0; i < 4; ++i)
        QVERIFY(other.takeTurn(never) == Turn::Go);
    other.epochEnded();
    QVERIFY(other.takeTurn(never) == Turn::Wait);
}

void TestControl::pauseTakesStepsBack()
{
    const std::stop_token never;
    Control control(0.1, true);
    control.stepBatch();
    control.stepEpoch();
    control.pause();
    QVERIFY(control.takeTurn(never) == Turn::Wait);
}

void TestControl::resumeGoesOn()
{
    const std::stop_token never;
    Control control(0.1, true);
    control.stepBatch();
    control.resume();
    for (int i = 0; i < 10; ++i)
        QVERIFY(control.takeTurn(never) == Turn::Go);
    control.epochEnded(); // of an epoch that no step asked for
    QVERIFY(control.takeTurn(never) == Turn::Go);
    control.pause();
    QVERIFY(control.takeTurn(never) == Turn::Wait);
}

void TestControl::stopEndsAWait()
{
    Control control(0.1, true);
    Loop loop(control);
    QVERIFY(loop.waitedTimes(1));
    const auto begin = std::chrono::steady_clock::now();
    loop.stop();
    QVERIFY(std::chrono::steady_clock::now() - begin < 2s);
    QCOMPARE(loop.batches(), 0);
}

void TestControl::snapshotsAreTakenOncePerRequest()
{
    Control control(0.1);
    QVERIFY(!control.takeSnapshotRequest());
    control.requestSnapshot();
    control.requestSnapshot();
    QVERIFY(control.takeSnapshotRequest());
    QVERIFY(!control.takeSnapshotRequest());
}

void TestControl::theLearningRateIsShared()
{
    Control control(0.25);
    QCOMPARE(control.learningRate(), 0.25);
    std::jthread setter([&control] {
        for (int i = 0; i <= 1000; ++i)
            control.setLearningRate(i);
    });
    double last = 0.25;
    while (last != 1000.0) {
        const double rate = control.learningRate();
        QVERIFY(rate == 0.25 || rate == std::floor(rate)); // never a torn number
        last = rate;
    }
}

void TestControl::manyPausesAndResumes()
{
    Control control(0.1);
    Loop loop(control);
    std::jthread other([&control] {
        for (int i = 0; i < 500; ++i) {
            control.pause();
            control.stepBatch();
            control.stepEpoch();
            control.resume();
        }
    });
    for (int i = 0; i < 500; ++i) {
        control.stepEpoch();
        control.resume();
        (void)control.isPaused();
    }
    other.join();
    control.resume();
    QVERIFY(loop.reaches(loop.batches() + 100));
    control.pause();
    loop.stop();
}

void TestControl::feedKeepsTheOrder()
{
    Feed feed;
    feed.postStart({2.3, 10.0});
    for (int i = 1; i <= 5; ++i) {
        feed.post(point(i, 10.0 * i, i, 3));
        EpochRecord record;
        record.epoch = i;
        feed.post(record);
    }
    const FeedContent content = feed.take();
    QVERIFY(content.startValidation && content.startValidation->loss == 2.3);
    QCOMPARE(content.points.size(), std::size_t(5));
    QCOMPARE(content.epochs.size(), std::size_t(5));
    for (int i = 1; i <= 5; ++i) {
        QCOMPARE(content.points[static_cast<std::size_t>(i - 1)].loss, 10.0 * i);
        QCOMPARE(content.epochs[static_cast<std::size_t>(i - 1)].epoch, i);
    }
}

void TestControl::feedIsEmptyAfterATake()
{
    Feed feed;
    feed.postStart({1.0, 1.0});
    feed.post(point(1, 1, 1, 1));
    feed.post(EpochRecord{});
    feed.post(Progress{});
    feed.post(Snapshot{std::make_shared<const Network>(), 1.0});
    (void)feed.take();
    const FeedContent content = feed.take();
    QVERIFY(!content.startValidation && content.points.empty() && content.epochs.empty());
    QVERIFY(!content.progress && !content.snapshot.parameters);
}

void TestControl::feedKeepsTheNewestProgressAndSnapshot()
{
    Feed feed;
    for (std::size_t i = 1; i <= 3; ++i) {
        feed.post(Progress{i, 10, 1.0, 1.0});
        feed.post(Snapshot{std::make_shared<const Network>(), static_cast<double>(i)});
    }
    const FeedContent content = feed.take();
    QVERIFY(content.progress.has_value());
    QCOMPARE(content.progress->samplesDone, std::size_t(3));
    QCOMPARE(content.snapshot.epoch, 3.0);
}

void TestControl::thinnedPointsKeepTheirHeight()
{
    constexpr std::size_t most = 100;
    Random random = makeRandom(41);
    std::vector<CurvePoint> points;
    std::size_t samples = 0;
    for (int i = 1; i <= 20'000; ++i) { // thinned on the way, as a run's curve is
        const bool spike = i == 77 || i == 15'003;
        points.push_back(point(i, spike ? 9.0 : uniform(random, 0.0, 1.0), spike ? 3.0 : 50.0,
                               1 + static_cast<std::size_t>(uniformBelow(random, 100))));
        samples += points.back().samples;
        if (points.size() > 2 * most)
            thinPoints(points, most);
    }
    thinPoints(points, most);
    QVERIFY(points.size() <= most && points.size() > most / 2);
    QCOMPARE(points.back().epoch, 20'000.0); // the newest is never behind
    int high = 0;
    int low = 0;
    double before = 0.0;
    for (const CurvePoint& p : points) {
        samples -= p.samples;
        high += p.loss == 9.0 ? 1 : 0;
        low += p.accuracy == 3.0 ? 1 : 0;
        QVERIFY(p.epoch > before && p.epoch - before < 1000.0); // the old part is as dense as the new one
        before = p.epoch;
    }
    QCOMPARE(high, 2);
    QCOMPARE(low, 2);
    QCOMPARE(samples, std::size_t(0));
}

void TestControl::feedStaysBounded()
{
    Feed feed;
    for (std::size_t i = 0; i < Feed::maximumPoints; ++i)
        feed.post(point(static_cast<double>(i), 1.0, 1.0, 1));
    QCOMPARE(feed.take().points.size(), Feed::maximumPoints); // as many as that are left alone
    for (int i = 0; i < 200'000; ++i)
        feed.post(point(i, 1.0, 1.0, 1));
    const auto points = feed.take().points;
    QVERIFY(points.size() <= Feed::maximumPoints);
    for (const CurvePoint& p : points)
        QCOMPARE(p.loss, 1.0);
}

void TestControl::feedAcrossThreads()
{
    Feed feed;
    constexpr int count = 20'000;
    std::jthread poster([&feed] {
        for (int i = 1; i <= count; ++i) {
            feed.post(point(i, i, 0.0, 1));
            if (i % 100 == 0) {
                EpochRecord record;
                record.epoch = i / 100;
                feed.post(record);
                feed.post(Snapshot{std::make_shared<const Network>(), static_cast<double>(i)});
                feed.post(Progress{static_cast<std::size_t>(i), count, 0.0, 0.0});
            }
        }
    });
    std::size_t samples = 0;
    int epochs = 0;
    double last = 0.0;
    while (samples < count) {
        const FeedContent content = feed.take();
        for (const CurvePoint& p : content.points) {
            QVERIFY(p.epoch > last);
            last = p.epoch;
            samples += p.samples;
        }
        for (const EpochRecord& record : content.epochs)
            QCOMPARE(record.epoch, ++epochs);
        std::this_thread::sleep_for(1ms);
    }
    poster.join();
    epochs += static_cast<int>(feed.take().epochs.size());
    QCOMPARE(samples, std::size_t(count));
    QCOMPARE(epochs, count / 100);
}

QTEST_GUILESS_MAIN(TestControl)
#include "tst_control.moc"
