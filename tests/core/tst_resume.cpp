// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/formats/checkpoint.h"
#include "core/formats/historyjson.h"
#include "core/training/loop.h"
#include "tests/support/drawnrun.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

// A run that is stopped at any step goes on from its checkpoint with the bits of a run that never stopped.

namespace {

using Setup = DrawnRun;

TrainingOutcome run(const Setup& setup, const RunStart& start = {})
{
    Control control(setup.settings.learningRate);
    Feed feed;
    return train(borrowedRun(setup), control, feed, {}, start);
}

/// From a stopped run, through the bytes of files, as after another start of the program.
struct Stored {
    Checkpoint checkpoint;
    RunStart start; ///< from the checkpoint
};

std::unique_ptr<Stored> storedAndRead(const TrainingOutcome& stopped)
{
    auto checkpoint = decodeCheckpoint(encodeCheckpoint(*stopped.checkpoint), "test");
    auto history = historyFromJson(historyToJson(stopped.history));
    if (!checkpoint || !history)
        return nullptr;
    auto stored = std::make_unique<Stored>();
    stored->checkpoint = std::move(*checkpoint);
    stored->start.checkpoint = &stored->checkpoint;
    stored->start.epochs = std::move(history->epochs);
    return stored;
}

} // namespace

class TestResume : public QObject {
    Q_OBJECT

private slots:
    void stopAndGoOnEqualsOneGo();
    void stoppedManyTimes();
    void changesAreJournalledAndReplayed();
    void everyOptimizerRemembers();
    void weightsAloneGoOnAtABatch();
    void aStopWhileAnEpochIsMeasured();
    void checkpointsOfOtherRunsAreRefused();
    void patienceEndsARun();
    void theBestEpochIsTheResult();
};

void TestResume::stopAndGoOnEqualsOneGo()
{
    Random random = makeRandom(2024);
    for (int compared = 0; compared < 200;) {
        const Setup setup = drawnRun(random);
        const TrainingOutcome whole = run(setup);
        RunStart until;
        until.stopAt =
            static_cast<std::int64_t>(uniformBelow(random, static_cast<std::uint64_t>(stepsOf(setup))));
        const TrainingOutcome first = run(setup, until);
        const std::string what = describe(setup.settings) + " stopped at " + std::to_string(*until.stopAt);
        if (first.reason == EndReason::Finished) // patience was over before
            continue;
        QVERIFY2(first.reason == EndReason::Stopped && first.checkpoint, what.c_str());
        ++compared;
        QCOMPARE(first.checkpoint->step, *until.stopAt);
        const auto stored = storedAndRead(first);
        QVERIFY2(stored, what.c_str());
        const TrainingOutcome rest = run(setup, stored->start);
        QVERIFY2(rest.reason == EndReason::Finished, what.c_str());
        QVERIFY2(rest.network.parameters == whole.network.parameters, what.c_str());
        QCOMPARE(rest.history.epochs.size(), whole.history.epochs.size());
        for (std::size_t e = 0; e < rest.history.epochs.size(); ++e) {
            const EpochRecord& a = rest.history.epochs[e];
            const EpochRecord& b = whole.history.epochs[e];
            QVERIFY2(a.trainLoss == b.trainLoss && a.trainAccuracy == b.trainAccuracy &&
                         a.learningRate == b.learningRate && a.validation->loss == b.validation->loss,
                     what.c_str());
        }
        QCOMPARE(rest.history.test->loss, whole.history.test->loss);
        QCOMPARE(rest.history.bestEpoch, whole.history.bestEpoch);
    }
}

void TestResume::stoppedManyTimes()
{
    Random random = makeRandom(7);
    for (int i = 0; i < 10; ++i) {
        const Setup setup = drawnRun(random);
        const TrainingOutcome whole = run(setup);
        RunStart start;
        start.stopAt = 0;
        TrainingOutcome part = run(setup, start);
        while (part.reason != EndReason::Finished) {
            const auto stored = storedAndRead(part);
            QVERIFY(stored);
            stored->start.stopAt = stored->checkpoint.step + 3;
            part = run(setup, stored->start);
        }
        QVERIFY2(part.network.parameters == whole.network.parameters, describe(setup.settings).c_str());
    }
}

void TestResume::changesAreJournalledAndReplayed()
{
    Random random = makeRandom(11);
    for (int i = 0; i < 20; ++i) {
        Setup setup = drawnRun(random);
        setup.settings.patience = 0;
        RunStart planned;
        planned.planned = {{3, LiveField::LearningRate, 0.02},
                           {5, LiveField::L2, 0.1},
                           {9, LiveField::Dropout, 0.5},
                           {9, LiveField::L1, 0.01},
                           {14, LiveField::LearningRate, 0.005}};
        const TrainingOutcome changed = run(setup, planned);
        QVERIFY(changed.reason == EndReason::Finished);
        QVERIFY(changed.network.parameters != run(setup).network.parameters);
        RunStart again;
        again.planned = changed.journal;
        QVERIFY(run(setup, again).network.parameters == changed.network.parameters);
        // Stopped after some of the changes: the checkpoint knows them, the rest of the plan follows.
        planned.stopAt = 10;
        const TrainingOutcome first = run(setup, planned);
        RunStart on;
        on.checkpoint = &*first.checkpoint;
        on.planned = changed.journal;
        on.epochs = first.history.epochs;
        const TrainingOutcome rest = run(setup, on);
        QVERIFY2(rest.network.parameters == changed.network.parameters, describe(setup.settings).c_str());
        QVERIFY(rest.journal == changed.journal);
    }
}

void TestResume::everyOptimizerRemembers()
{
    // Without its memory an optimizer that has one goes another way: the test above could not pass by chance.
    for (const OptimizerRow& row : optimizerTable) {
        Random random = makeRandom(3);
        Setup setup = drawnRun(random);
        setup.settings.optimizer = row.kind;
        setup.settings.patience = 0;
        RunStart until;
        until.stopAt = 7;
        TrainingOutcome first = run(setup, until);
        QCOMPARE(first.checkpoint->optimizer.first.empty(), row.memories < 1);
        QCOMPARE(first.checkpoint->optimizer.second.empty(), row.memories < 2);
        const auto stored = storedAndRead(first);
        QVERIFY(stored);
        const Network whole = run(setup).network;
        QVERIFY(run(setup, stored->start).network.parameters == whole.parameters);
        OptimizerMemory& memory = stored->checkpoint.optimizer;
        memory.first.assign(memory.first.size(), 0.0);
        memory.second.assign(memory.second.size(), 0.0);
        QCOMPARE(run(setup, stored->start).network.parameters == whole.parameters, row.memories == 0);
    }
}

void TestResume::weightsAloneGoOnAtABatch()
{
    for (const OptimizerRow& row : optimizerTable) {
        for (const EngineKind engine : {EngineKind::Scalar, EngineKind::Matrix}) {
            Random random = makeRandom(5);
            Setup setup = drawnRun(random);
            setup.settings.engine = engine;
            setup.settings.precision = Precision::Double;
            setup.settings.batchSize = 4;
            setup.settings.optimizer = row.kind;
            setup.settings.patience = 0;
            setup.settings.keep = Keep::Last;
            RunStart until;
            until.stopAt = 11; // eight steps of the first epoch, three of the second
            const TrainingOutcome first = run(setup, until);
            const Checkpoint alone = checkpointAt(setup.settings, first.network, 30, first.epoch);
            QCOMPARE(alone.step, std::int64_t{11});
            QCOMPARE(alone.samplesDone, std::size_t{42});
            RunStart on;
            on.checkpoint = &alone;
            on.epochs = first.history.epochs;
            const TrainingOutcome rest = run(setup, on);
            QVERIFY(rest.reason == EndReason::Finished);
            // With a fresh optimizer: the same way only where it remembers nothing.
            QCOMPARE(rest.network.parameters == run(setup).network.parameters, row.memories == 0);
            // A little further than a batch's begin is that batch's begin.
            QCOMPARE(checkpointAt(setup.settings, first.network, 30, 43.0 / 30.0).samplesDone,
                     std::size_t{42});
        }
    }
}

// A stop gives up a measurement that takes long: it is repeated when the run goes on.
void TestResume::aStopWhileAnEpochIsMeasured()
{
    Setup setup;
    setup.data = makeClouds(70, 4, 3, 51);
    setup.split = {indices(0, 30), std::vector<std::uint32_t>(3'000'000, 5), indices(50, 20)};
    setup.settings.layers = {{32, Activation::Tanh}, {3, Activation::Softmax}};
    setup.settings.precision = Precision::Double;
    setup.settings.epochs = 3;
    setup.settings.batchSize = 1;
    setup.initial = initialNetwork(setup.settings, 4);
    Control control(setup.settings.learningRate);
    Feed feed;
    std::stop_source source;
    std::optional<TrainingOutcome> stopped;
    std::jthread training([&] {
        RunStart start;
        start.measuring = Measuring::Beside;
        stopped = train(borrowedRun(setup), control, feed, source.get_token(), start);
    });
    while (!feed.take().progress)
        std::this_thread::yield();
    source.request_stop();
    training.join();
    QVERIFY(stopped->reason == EndReason::Stopped && stopped->checkpoint);
    setup.split.validation = indices(30, 20);
    RunStart on;
    on.checkpoint = &*stopped->checkpoint;
    on.epochs = stopped->history.epochs;
    const TrainingOutcome rest = run(setup, on);
    const TrainingOutcome whole = run(setup);
    QVERIFY(rest.network.parameters == whole.network.parameters);
    QCOMPARE(rest.history.epochs.size(), whole.history.epochs.size());
    for (const EpochRecord& record : rest.history.epochs) {
        const EpochRecord& same = whole.history.epochs[static_cast<std::size_t>(record.epoch - 1)];
        QCOMPARE(record.trainAccuracy, same.trainAccuracy);
        QCOMPARE(record.trainLoss, same.trainLoss);
    }
}

void TestResume::checkpointsOfOtherRunsAreRefused()
{
    Random random = makeRandom(3);
    Setup setup = drawnRun(random);
    setup.settings.optimizer = OptimizerKind::Adam;
    setup.settings.batchSize = 4;
    setup.settings.patience = 0;
    setup.settings.keep = Keep::Best;
    setup.initial = initialNetwork(setup.settings, inputCount(setup.data));
    RunStart until;
    until.stopAt = 10;
    const TrainingOutcome stopped = run(setup, until);
    const Checkpoint& good = *stopped.checkpoint;
    QVERIFY(checkCheckpoint(good, setup.settings, 30));
    using Change = void (*)(Checkpoint&);
    for (const Change change : std::initializer_list<Change>{
             [](Checkpoint& c) { c.network.stack.layers.pop_back(); },
             [](Checkpoint& c) { c.network.loss = Loss::Squared; },
             [](Checkpoint& c) { c.optimizer.kind = OptimizerKind::Momentum; },
             [](Checkpoint& c) { c.optimizer.first.pop_back(); },
             [](Checkpoint& c) { c.optimizer.second.push_back(0.0); },
             [](Checkpoint& c) { c.optimizer.first.clear(); },
             [](Checkpoint& c) {
                 c.optimizer.first.clear();
                 c.optimizer.second.clear();
             },
             [](Checkpoint& c) { c.optimizer.steps = std::numeric_limits<std::int64_t>::max(); },
             [](Checkpoint& c) { c.best->parameters.clear(); }, [](Checkpoint& c) { ++c.step; },
             [](Checkpoint& c) { ++c.samplesDone; },
             [](Checkpoint& c) { c.samplesDone = std::numeric_limits<std::size_t>::max(); },
             [](Checkpoint& c) { c.epochsMeasured = 3; },
             [](Checkpoint& c) {
                 c.journal = {{2, LiveField::Dropout, 1.0}};
             },
             [](Checkpoint& c) {
                 c.journal = {{2, LiveField::Dropout, 1e300}};
             },
             [](Checkpoint& c) {
                 c.journal = {{2, LiveField::LearningRate, 0.0}};
             },
             [](Checkpoint& c) {
                 c.journal = {{2, LiveField::LearningRate, std::nan("")}};
             },
             [](Checkpoint& c) {
                 c.journal = {{-1, LiveField::L1, 0.1}};
             }}) {
        Checkpoint bad = good;
        change(bad);
        const auto refused = checkCheckpoint(bad, setup.settings, 30);
        QVERIFY(!refused);
        QVERIFY(!refused.error().message().empty());
    }
}

void TestResume::patienceEndsARun()
{
    Setup setup;
    setup.data = makeClouds(70, 4, 3, 51);
    setup.split = {indices(0, 30), indices(30, 20), indices(50, 20)};
    setup.settings.layers = {{3, Activation::Softmax}};
    setup.settings.learningRate = 30.0; // it leaps about instead of learning
    setup.settings.epochs = 200;
    setup.settings.patience = 3;
    setup.initial = initialNetwork(setup.settings, 4);
    const TrainingOutcome outcome = run(setup);
    QVERIFY(outcome.reason == EndReason::Finished);
    const auto& epochs = outcome.history.epochs;
    QVERIFY(epochs.size() < 200);
    const auto best = std::min_element(epochs.begin(), epochs.end(), [](const auto& a, const auto& b) {
        return a.validation->loss < b.validation->loss;
    });
    QCOMPARE(outcome.history.bestEpoch, best->epoch);
    QCOMPARE(epochs.back().epoch, best->epoch + 3);
}

void TestResume::theBestEpochIsTheResult()
{
    Random random = makeRandom(9);
    Setup setup = drawnRun(random);
    setup.settings.patience = 0;
    setup.settings.keep = Keep::Best;
    setup.settings.learningRate = 0.5;
    setup.settings.optimizer = OptimizerKind::Momentum;
    setup.settings.schedule = RateSchedule::Constant;
    setup.settings.epochs = 12;
    const TrainingOutcome best = run(setup);
    QVERIFY(best.history.bestEpoch > 0 && best.history.bestEpoch < 12);
    // A run that ends there has the same weights, and is measured on the same test samples.
    setup.settings.keep = Keep::Last;
    RunStart until;
    until.stopAt = stepsOf(setup) / 12 * best.history.bestEpoch;
    const TrainingOutcome there = run(setup, until);
    QVERIFY(best.network.parameters == there.network.parameters);
}

QTEST_GUILESS_MAIN(TestResume)
#include "tst_resume.moc"
