// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint.h"
#include "tests/support/looprun.h"

using namespace chainrule;
using namespace chainrule::tests;

// The checkpoints that a run posts while it goes on.

namespace {

struct Watched {
    TrainingOutcome outcome;
    FeedContent content;
};

Watched watched(const Setup& setup, Measuring measuring)
{
    Control control(setup.settings.learningRate);
    Feed feed;
    RunStart start;
    start.postsCheckpoints = true;
    start.measuring = measuring;
    Watched all;
    all.outcome = train(borrowedRun(setup), control, feed, {}, start);
    all.content = feed.take();
    return all;
}

} // namespace

class TestLoopCheckpoints : public QObject {
    Q_OBJECT

private slots:
    void ofEveryEpoch_data() { addKindRows(); }

    // Each goes on to the outcome of the run that posted it, to the last bit.
    void ofEveryEpoch()
    {
        QFETCH(int, kind);
        for (const Measuring measuring : {Measuring::InTurn, Measuring::Beside}) {
            Setup setup = makeSetup(allKinds[kind]);
            setup.settings.optimizer = OptimizerKind::Adam;
            const Watched all = watched(setup, measuring);
            QCOMPARE(all.content.checkpoints.size(), std::size_t{4}); // three epochs and the run's end
            for (std::size_t i = 0; i < 4; ++i) {
                const Checkpoint& checkpoint = *all.content.checkpoints[i];
                QCOMPARE(checkpoint.step,
                         std::int64_t{8} * static_cast<std::int64_t>(std::min<std::size_t>(i + 1, 3)));
                const auto read = decodeCheckpoint(encodeCheckpoint(checkpoint), "test");
                QVERIFY(read && checkCheckpoint(*read, setup.settings, setup.split.training.size()));
                Control control(setup.settings.learningRate);
                Feed feed;
                RunStart start;
                start.checkpoint = &*read;
                start.epochs = all.outcome.history.epochs;
                QVERIFY(sameOutcome(train(borrowedRun(setup), control, feed, {}, start), all.outcome));
            }
            QVERIFY(all.content.checkpoints.back()->network.parameters == all.outcome.network.parameters);
            QCOMPARE(all.content.checkpoints.back()->epochsMeasured, 3);
        }
    }

    void changeNothing()
    {
        const Setup setup = makeSetup(allKinds[2]);
        QVERIFY(sameOutcome(watched(setup, bestMeasuring(setup.settings)).outcome, run(setup)));
    }

    // The last one has the last weights, and the best epoch's beside them.
    void ofARunThatKeepsTheBest()
    {
        Setup setup = makeSetup(allKinds[1]);
        setup.settings.keep = Keep::Best;
        setup.settings.epochs = 30;
        setup.settings.learningRate = 2.0;
        const Watched all = watched(setup, Measuring::InTurn);
        const Checkpoint& last = *all.content.checkpoints.back();
        QVERIFY(last.best && last.best->parameters == all.outcome.network.parameters);
        QVERIFY(last.network.parameters != all.outcome.network.parameters);
        QCOMPARE(last.step, 30 * 8);
    }

    void areFewWhereNobodyTakesThem()
    {
        Feed feed;
        for (int step = 1; step <= 1000; ++step) {
            Checkpoint checkpoint;
            checkpoint.step = step;
            feed.post(std::make_shared<const Checkpoint>(checkpoint));
        }
        const auto waiting = feed.take().checkpoints;
        QVERIFY(waiting.size() > Feed::maximumCheckpoints / 2 && waiting.size() <= Feed::maximumCheckpoints);
        QCOMPARE(waiting.back()->step, 1000);
        QVERIFY(std::ranges::is_sorted(waiting, {}, [](const auto& each) { return each->step; }));
    }

    void changesAreTold()
    {
        const Setup setup = makeSetup(allKinds[1]);
        Control control(setup.settings.learningRate);
        control.set(LiveField::L2, 0.25);
        Feed feed;
        const TrainingOutcome outcome = runWith(setup, control, feed);
        QCOMPARE(outcome.journal.size(), std::size_t{1});
        QVERIFY(feed.take().events == outcome.journal);
    }

    void areNotPostedUnasked()
    {
        const Setup setup = makeSetup(allKinds[1]);
        Control control(setup.settings.learningRate);
        Feed feed;
        static_cast<void>(runWith(setup, control, feed));
        QVERIFY(feed.take().checkpoints.empty());
    }
};

QTEST_APPLESS_MAIN(TestLoopCheckpoints)
#include "tst_loopcheckpoints.moc"
