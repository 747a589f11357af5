// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/checkpointstore.h"
#include "core/training/fork.h"
#include "core/training/replay.h"
#include "core/training/settings/settingsfields.h"
#include "tests/support/drawnrun.h"

#include <QtTest>

#include <algorithm>
#include <memory>
#include <optional>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

TrainingOutcome run(const RunSetup& setup, const RunStart& start)
{
    Control control(setup.settings.learningRate);
    Feed feed;
    return train(setup, control, feed, {}, start);
}

/// What somebody changes while the run goes on.
Journal drawnJournal(Random& random, std::int64_t steps)
{
    Journal journal;
    for (int i = 0; i < 3; ++i) {
        const auto step = static_cast<std::int64_t>(uniformBelow(random, static_cast<std::uint64_t>(steps)));
        journal.push_back({step, LiveField::LearningRate, 0.001 + 0.02 * uniform(random)});
        journal.push_back({step, LiveField::L2, 0.01 * uniform(random)});
        journal.push_back({step, LiveField::L1, 0.001 * uniform(random)});
        journal.push_back({step, LiveField::Dropout, 0.5 * uniform(random)});
    }
    std::ranges::stable_sort(journal, {}, &JournalEvent::step);
    return journal;
}

bool sameRun(const Checkpoint& a, const Checkpoint& b)
{
    return a.network.parameters == b.network.parameters && a.optimizer == b.optimizer && a.step == b.step &&
           a.samplesDone == b.samplesDone && a.epochLossSum == b.epochLossSum && a.journal == b.journal;
}

Checkpoint emptyAt(std::int64_t step, std::size_t numbers)
{
    Checkpoint checkpoint;
    checkpoint.step = step;
    checkpoint.network.parameters.assign(numbers, 0.5);
    return checkpoint;
}

} // namespace

/// Any step of a run again, and runs that go on from there.
class TestReplay : public QObject {
    Q_OBJECT

private slots:
    // A replay with any number of threads, from whatever checkpoint there is, gives what a run had that was
    // stopped there. With CHAINRULE_LONG_TESTS a thousand steps.
    void everyStepAgain()
    {
        const int wanted = qEnvironmentVariableIsSet("CHAINRULE_LONG_TESTS") ? 1000 : 120;
        Random random = makeRandom(1612);
        int fromStored = 0;
        for (int compared = 0; compared < wanted;) {
            DrawnRun drawn = drawnRun(random);
            const RunSetup setup = borrowedRun(drawn);
            const Journal journal = drawnJournal(random, stepsOf(drawn));
            CheckpointStore store(20'000, 0.0);
            RunStart whole;
            whole.planned = journal;
            whole.store = &store;
            const TrainingOutcome outcome = run(setup, whole);
            QVERIFY(outcome.reason == EndReason::Finished);
            const auto last = static_cast<std::int64_t>(
                std::llround(outcome.epoch * static_cast<double>(stepsOf(drawn)) / drawn.settings.epochs));

            DrawnRun again = drawn;
            again.settings.threads = 1 + static_cast<int>(uniformBelow(random, 3));
            Replay replay(std::make_shared<const RunSetup>(borrowedRun(again)));
            for (int seek = 0; seek < 8; ++seek, ++compared) {
                const auto step =
                    static_cast<std::int64_t>(uniformBelow(random, static_cast<std::uint64_t>(last) + 1));
                const auto from = uniform(random) < 0.3 ? nullptr : store.before(step);
                fromStored += from ? 1 : 0;
                const auto seen = replay.to(step, from.get(), journal);
                RunStart until;
                until.planned = journal;
                until.stopAt = step;
                const TrainingOutcome stopped = run(setup, until);
                const std::string what = describe(drawn.settings) + " step " + std::to_string(step);
                QVERIFY2(seen && stopped.checkpoint, what.c_str());
                QVERIFY2(sameRun(*seen, *stopped.checkpoint), what.c_str());
            }
        }
        QVERIFY2(fromStored > wanted / 2, qPrintable(QString::number(fromStored)));
    }

    void aStepThatTheRunDoesNotHave()
    {
        Random random = makeRandom(3);
        DrawnRun drawn = drawnRun(random);
        drawn.settings.patience = 0;
        drawn.settings.keep = Keep::Last;
        Replay replay(std::make_shared<const RunSetup>(borrowedRun(drawn)));
        QVERIFY(replay.to(stepsOf(drawn), nullptr, {}));
        const auto beyond = replay.to(stepsOf(drawn) + 1, nullptr, {});
        QVERIFY(!beyond);
        QVERIFY(beyond.error().message().starts_with("step " + std::to_string(stepsOf(drawn) + 1)));
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!replay.to(stepsOf(drawn), nullptr, {}, stop.get_token()));
    }

    // The best epoch is there where it is asked for: a fork needs it.
    void theBestEpoch()
    {
        Random random = makeRandom(4);
        DrawnRun drawn = drawnRun(random);
        drawn.settings.patience = 0;
        drawn.settings.keep = Keep::Best;
        Replay replay(std::make_shared<const RunSetup>(borrowedRun(drawn)));
        RunStart until;
        until.stopAt = stepsOf(drawn) - 1;
        const TrainingOutcome stopped = run(*replay.setup(), until);
        QVERIFY(replay.to(*until.stopAt, nullptr, {}, {}, true)->best == stopped.checkpoint->best);
        QVERIFY(!replay.to(*until.stopAt, nullptr, {})->best);
    }

    void aForkEqualsItsParent()
    {
        Random random = makeRandom(99);
        for (int i = 0; i < 40; ++i) {
            DrawnRun drawn = drawnRun(random);
            drawn.settings.patience = 0; // so that it has all of its steps
            const RunSetup setup = borrowedRun(drawn);
            const std::int64_t steps = stepsOf(drawn);
            const auto step =
                static_cast<std::int64_t>(uniformBelow(random, static_cast<std::uint64_t>(steps)));
            Journal journal = drawnJournal(random, steps);
            std::erase_if(journal, [&](const JournalEvent& event) { return event.step >= step; });
            RunStart whole;
            whole.planned = journal;
            const TrainingOutcome parent = run(setup, whole);
            Replay replay(std::make_shared<const RunSetup>(setup));
            const auto there = replay.to(step, nullptr, journal, {}, true);
            QVERIFY(there);
            RunSetup fork = setup;
            fork.settings = settingsAfter(setup.settings, *there);
            const auto from = forkFrom(*there, fork.settings, fork.settings, setup.split.training.size());
            QVERIFY(from && checkCheckpoint(*from, fork.settings, setup.split.training.size()));
            RunStart start;
            start.checkpoint = &*from;
            start.epochs = parent.history.epochs;
            const TrainingOutcome child = run(fork, start);
            const std::string what = describe(drawn.settings) + " forked at " + std::to_string(step);
            QVERIFY2(child.network.parameters == parent.network.parameters, what.c_str());
            QCOMPARE(child.history.epochs.size(), parent.history.epochs.size());
            for (std::size_t e = 0; e < child.history.epochs.size(); ++e)
                QVERIFY2(child.history.epochs[e].trainLoss == parent.history.epochs[e].trainLoss,
                         what.c_str());
            QCOMPARE(child.history.test->loss, parent.history.test->loss);
        }
    }

    void anotherOptimizerBeginsAfresh()
    {
        Random random = makeRandom(5);
        DrawnRun drawn = drawnRun(random);
        drawn.settings.optimizer = OptimizerKind::Adam;
        Replay replay(std::make_shared<const RunSetup>(borrowedRun(drawn)));
        const auto there = replay.to(6, nullptr, {});
        QVERIFY(there && there->optimizer.steps == 6);
        TrainingSettings edited = drawn.settings;
        edited.optimizer = OptimizerKind::Rmsprop;
        const auto from = forkFrom(*there, drawn.settings, edited, drawn.split.training.size());
        QVERIFY(from);
        QCOMPARE(from->optimizer.steps, 0);
        QVERIFY(from->optimizer.first.empty() && from->network.parameters == there->network.parameters);
        QVERIFY(checkCheckpoint(*from, edited, drawn.split.training.size()));
    }

    void whatAForkCannotChange_data()
    {
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("value");
        for (const auto& [option, value] :
             {std::pair("layers", "7:relu,3:softmax"), std::pair("batch", "9"), std::pair("seed", "5"),
              std::pair("data", "moons"), std::pair("train", "20")})
            QTest::newRow(option) << option << value;
    }
    void whatAForkCannotChange()
    {
        QFETCH(QString, option);
        QFETCH(QString, value);
        TrainingSettings edited = presets().front().settings;
        const auto& field =
            *std::ranges::find(settingsFields(), option.toStdString(), &SettingsField::option);
        QVERIFY(setText(field, edited, value.toStdString()));
        const auto refused = checkFork(presets().front().settings, edited);
        QVERIFY(!refused);
        QVERIFY(refused.error().message().starts_with("--" + option.toStdString() + ": "));
        const auto atEnd = forkFrom(emptyAt(1'000'000, 1), edited, edited, 10'000);
        QVERIFY(!atEnd && atEnd.error().message().find("no steps are left") != std::string::npos);
    }

    void storesAreThinned()
    {
        Random random = makeRandom(8);
        const LayerStack stack{50, {{20, Activation::Relu}, {3, Activation::Softmax}}};
        const Engine engine = makeEngine(makeNetwork(stack, {WeightRule::Glorot}, random), EngineKind::Matrix,
                                         Precision::Float, 1, 1);
        const Optimizer optimizer = makeOptimizer(engine, OptimizerKind::Adam);
        CheckpointStore large;
        QVERIFY(large.add(emptyAt(0, 0), {}, engine, optimizer));
        const std::size_t one = large.bytes();
        CheckpointStore store(10 * one);
        std::int64_t added = 0;
        for (std::int64_t step = 0; step < 10'000; ++step) {
            if (!store.wants(step))
                continue;
            ++added;
            QVERIFY(store.add(emptyAt(step, 0), {}, engine, optimizer));
            QVERIFY(store.bytes() <= 10 * one);
            QCOMPARE(store.bytes(), store.count() * one);
            QCOMPARE(store.before(0)->step, 0); // the first stays
        }
        QVERIFY2(added < 200, qPrintable(QString::number(added))); // it does not copy what it will not keep
        QVERIFY(store.count() >= 5);
        std::int64_t widest = 0;
        std::int64_t narrowest = 10'000;
        for (std::int64_t step = 9'999; step > 0;) {
            const std::int64_t at = store.before(step)->step;
            if (at < 9'000 && at > 0) {
                const std::int64_t gap = at - store.before(at - 1)->step;
                widest = std::max(widest, gap);
                narrowest = std::min(narrowest, gap);
            }
            step = at - 1;
        }
        QVERIFY2(widest <= 2 * narrowest, qPrintable(QString("%1 %2").arg(widest).arg(narrowest)));
        QVERIFY(!CheckpointStore().before(5));
    }

    void theCheckpointThatARunGoesOnFrom()
    {
        CheckpointStore store;
        const auto first = std::make_shared<const Checkpoint>(emptyAt(7, 3));
        store.beginAt(first);
        QVERIFY(store.before(7) == first && store.before(1'000) == first && !store.before(6));
        QVERIFY(!store.wants(7) && store.wants(8));
    }

    // Each is to the last bit that of a run which was stopped at its step.
    void whatIsStored()
    {
        Random random = makeRandom(31);
        int ofFloats = 0;
        int withBest = 0;
        for (int i = 0; i < 30; ++i) {
            DrawnRun drawn = drawnRun(random);
            const RunSetup setup = borrowedRun(drawn);
            CheckpointStore store(CheckpointStore::defaultBytes, 0.0);
            RunStart start;
            start.planned = drawnJournal(random, stepsOf(drawn));
            start.store = &store;
            start.measuring = Measuring::InTurn; // so that a stop ends no measurement
            static_cast<void>(run(setup, start));
            start.store = nullptr;
            for (std::int64_t step = 1; step < static_cast<std::int64_t>(store.count()); step += 3) {
                start.stopAt = step;
                const auto wanted = run(setup, start).checkpoint;
                const auto stored = store.before(step);
                const std::string what = describe(drawn.settings) + " step " + std::to_string(step);
                QVERIFY2(stored && wanted && sameRun(*stored, *wanted), what.c_str());
                QVERIFY2(stored->best == wanted->best, what.c_str());
                QVERIFY2(stored->network.stack == wanted->network.stack, what.c_str());
                QVERIFY2(stored->network.precision == wanted->network.precision, what.c_str());
                QCOMPARE(stored->epochsMeasured, wanted->epochsMeasured);
                ofFloats += stored->network.precision == Precision::Float ? 1 : 0;
                withBest += stored->best && !stored->best->parameters.empty() ? 1 : 0;
            }
        }
        QVERIFY2(ofFloats > 10 && withBest > 10, qPrintable(QString("%1 %2").arg(ofFloats).arg(withBest)));
    }
};

QTEST_GUILESS_MAIN(TestReplay)
#include "tst_replay.moc"
