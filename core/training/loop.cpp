// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/loop.h"

#include "core/base/workers.h"
#include "core/data/augmentedbatches.h"
#include "core/training/running.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <memory>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

// Streams of the seed: what one of them draws changes nothing for the others.
constexpr std::uint64_t weightStream = 2;
constexpr std::uint64_t shuffleStream = 3;

bool isFinite(const std::optional<Metrics>& metrics)
{
    return !metrics || std::isfinite(metrics->loss);
}

// False: the run ended meanwhile, and the outcome says how.
bool closeEpoch(Running& run, EpochRecord& record, const EpochMetrics& metrics, TrainingOutcome& outcome)
{
    if (!metrics.training) {
        outcome.reason = EndReason::Stopped;
        return false;
    }
    if (!isFinite(metrics.training) || !isFinite(metrics.validation)) {
        diverge(run, lossLayer(run), record.epoch, outcome);
        return false;
    }
    record.trainAccuracy = metrics.training->accuracy;
    record.validation = metrics.validation;
    run.history.epochs.push_back(record);
    run.epochsMeasured = record.epoch;
    run.feed.post(record);
    return true;
}

bool looksForBest(const TrainingSettings& settings)
{
    return settings.patience > 0 || settings.keep == Keep::Best;
}

// Remembers the epoch that was just measured in turn, where it is the best so far.
void noteBest(Running& run, const EpochRecord& record)
{
    if (!looksForBest(run.settings) || !record.validation ||
        (run.best && !(record.validation->loss < run.best->validationLoss)))
        return;
    BestEpoch best{record.epoch, record.validation->loss, {}};
    if (run.settings.keep == Keep::Best)
        best.parameters = networkOf(run.engine).parameters;
    run.best = std::make_shared<const BestEpoch>(std::move(best));
    run.history.bestEpoch = record.epoch;
}

bool patienceIsOver(const Running& run)
{
    return run.settings.patience > 0 && run.whoMeasures != Measuring::Never && run.best &&
           run.epochsMeasured - run.best->epoch >= run.settings.patience;
}

// Where a run goes on whose stop gave up the measurement of this epoch's end. The weights of that end are
// reached once more, and so are measured as if there had been no stop. What was changed since then is changed
// again, each at its step.
Checkpoint withChangesSince(Checkpoint checkpoint, const Running& run)
{
    std::ranges::copy_if(run.journal, std::back_inserter(checkpoint.journal),
                         [&](const JournalEvent& event) { return event.step >= checkpoint.step; });
    return checkpoint;
}

// Closes the epoch that is being measured, if there is one. False as in closeEpoch(): then training has gone
// on from weights that are of no use, and is taken back; or the run was stopped, and goes on from before the
// epoch's end.
bool closeOpenEpoch(Running& run, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (!run.open)
        return true;
    OpenEpoch open = *std::exchange(run.open, std::nullopt);
    const EpochMetrics metrics = run.measuring->take(stop);
    if (metrics.training && !(isFinite(metrics.training) && isFinite(metrics.validation))) {
        setNetwork(run.engine, open.before.network);
        run.samplesDone = open.samplesDone;
        run.step = open.step;
        run.trainSeconds = open.trainSeconds;
        std::erase_if(run.journal, [&](const JournalEvent& event) { return event.step >= open.step; });
    }
    if (!metrics.training)
        outcome.checkpoint = withChangesSince(std::move(open.before), run);
    return closeEpoch(run, open.record, metrics, outcome);
}

bool isWhereToStop(const Running& run)
{
    return run.start.stopAt && run.step >= *run.start.stopAt;
}

// Where the epoch's batches come from: the data, or deformed images of it.
struct Batches {
    std::unique_ptr<AugmentedBatches> augmented; ///< null: the data as they are
    std::vector<std::uint32_t> numbers;          ///< of an augmented batch's samples
};

BatchResult trainNext(Running& run, Batches& batches, std::span<const std::uint32_t> samples,
                      const StepRule& rule, const std::stop_token& stop)
{
    if (!batches.augmented)
        return trainBatch(run.engine, run.optimizer, run.data, samples, rule, stop);
    return trainBatch(run.engine, run.optimizer, batches.augmented->next(),
                      std::span(batches.numbers).first(samples.size()), rule, stop);
}

// Trains on the samples once, from the sample `from` of their order. False: the run ended meanwhile, and the
// outcome says how.
bool trainEpoch(Running& run, Batches& batches, std::span<const std::uint32_t> order, std::size_t from,
                EpochRecord& record, TrainingOutcome& outcome, const std::stop_token& stop)
{
    const auto batchSize = static_cast<std::size_t>(run.settings.batchSize);
    // A point has at least a batch, so that a short last batch makes no spike.
    const std::size_t leastSamples = std::min(batchSize, order.size());
    const std::size_t pointSamples = std::max(leastSamples, order.size() / pointsPerEpoch);
    const double secondsBefore = run.trainSeconds;
    PointSum& point = run.point;
    for (std::size_t begin = from; begin < order.size(); begin += batchSize) {
        if (run.control.takeSnapshotRequest())
            postSnapshot(run);
        postCheckpoint(run, false);
        storeCheckpoint(run);
        if (run.measuring && order.size() - begin <= batchSize)
            run.beforeLastStep = checkpointOf(run);
        auto started = Clock::now();
        Control::Turn turn = run.control.takeTurn(stop);
        if (turn == Control::Turn::Wait) {
            if (!closeOpenEpoch(run, outcome, stop))
                return false;
            if (point.samples >= leastSamples)
                postPoint(run);
            postSnapshot(run);
            postProgress(run, true);
            turn = run.control.waitForTurn(stop);
            run.idleSeconds += secondsSince(started);
            started = Clock::now();
        }
        if (turn == Control::Turn::Stop || isWhereToStop(run)) {
            if (closeOpenEpoch(run, outcome, stop))
                outcome.reason = EndReason::Stopped;
            return false;
        }

        const auto batch = order.subspan(begin, std::min(batchSize, order.size() - begin));
        followPlan(run);
        const StepRule rule = nextRule(run);
        record.learningRate = rule.learningRate;
        const BatchResult result = trainNext(run, batches, batch, rule, stop);
        run.trainSeconds += secondsSince(started);
        if (result.stopped) {
            if (closeOpenEpoch(run, outcome, stop))
                outcome.reason = EndReason::Stopped;
            return false;
        }
        ++run.step;
        if (result.brokenLayer) {
            if (closeOpenEpoch(run, outcome, stop)) {
                undoStep(run.engine);
                diverge(run, *result.brokenLayer, record.epoch, outcome);
            }
            return false;
        }
        run.samplesDone += batch.size();
        if (begin == 0) // not sooner: a checkpoint before this step tells of the epoch that just ended
            run.epochLossSum = 0.0;
        run.epochLossSum += result.lossSum;
        point.loss += result.lossSum;
        point.correct += result.correct;
        point.samples += batch.size();
        if (point.samples >= pointSamples) {
            postPoint(run);
            postProgress(run, false);
            if (run.open && run.measuring->isReady() && !closeOpenEpoch(run, outcome, stop))
                return false;
        }
    }
    record.trainLoss = run.epochLossSum / static_cast<double>(order.size());
    record.trainSeconds = run.trainSeconds - secondsBefore;
    return true;
}

} // namespace

void shuffleFor(SampleOrder& order, const TrainingSettings& settings,
                const std::vector<std::uint32_t>& trainingSamples, int epoch)
{
    if (order.samples.empty() || order.epochs > epoch)
        order = {trainingSamples, makeRandom(settings.seed, shuffleStream), 0};
    for (; order.epochs < epoch; ++order.epochs) {
        if (settings.shuffle)
            shuffle(std::span(order.samples), order.random);
    }
}

Network initialNetwork(const TrainingSettings& settings, Shape input)
{
    Random random = makeRandom(settings.seed, weightStream);
    return makeNetwork({input, settings.layers}, settings.initialWeights, random, settings.loss);
}

namespace {

// Has training and validation samples measured with the weights at the epoch's end. False as in trainEpoch().
bool finishEpoch(Running& run, EpochRecord& record, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (run.whoMeasures == Measuring::Never) {
        run.epochsMeasured = record.epoch;
        run.control.epochEnded();
        return true;
    }
    if (run.measuring) {
        if (!closeOpenEpoch(run, outcome, stop))
            return false;
        // None in a run that goes on exactly here: then it can come back to here.
        Checkpoint before =
            run.beforeLastStep ? *std::exchange(run.beforeLastStep, std::nullopt) : checkpointOf(run);
        before.epochsMeasured = run.epochsMeasured; // the epoch before may have been open at the last step
        auto weights = std::make_shared<const Network>(networkOf(run.engine));
        run.open = {record, std::move(before), run.samplesDone, run.step, run.trainSeconds};
        run.measuring->start(weights);
        postSnapshot(run, std::move(weights));
    } else {
        EpochMetrics metrics;
        metrics.training = measure(run.engine, run.data, run.split.training, stop);
        metrics.validation = measure(run.engine, run.data, run.split.validation, stop);
        if (stop.stop_requested())
            metrics.training.reset();
        else if (!isFinite(metrics.training) || !isFinite(metrics.validation))
            undoStep(run.engine);
        if (!closeEpoch(run, record, metrics, outcome))
            return false;
        noteBest(run, record);
        postSnapshot(run);
    }
    postCheckpoint(run, true);
    postProgress(run, true);
    run.control.epochEnded();
    return true;
}

EpochRecord newRecord(const Running& run, int epoch)
{
    EpochRecord record;
    record.epoch = epoch;
    record.learningRate = rateOf(run, run.step - 1);
    return record;
}

void trainEpochs(Running& run, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (run.samplesDone == 0 && run.whoMeasures != Measuring::Never) {
        if (const auto start = measure(run.engine, run.data, run.split.validation, stop);
            start && isFinite(start))
            run.feed.postStart(*start);
    }

    const std::size_t perEpoch = run.split.training.size();
    const auto begun = static_cast<int>(run.samplesDone / perEpoch); // epochs that an earlier part did
    SampleOrder own;
    SampleOrder& order = run.start.order ? *run.start.order : own;
    shuffleFor(order, run.settings, run.split.training, begun);
    Batches batches; // looks at the order, and so must end before it
    if (run.settings.augment) {
        batches.numbers.resize(std::min(static_cast<std::size_t>(run.settings.batchSize), perEpoch));
        std::iota(batches.numbers.begin(), batches.numbers.end(), 0U);
        batches.augmented =
            std::make_unique<AugmentedBatches>(run.data, run.settings.seed, batches.numbers.size());
    }
    // All of that epoch but the measurement was done before. Within the next epoch its weights would be gone,
    // so no stop leaves a checkpoint there.
    if (begun > run.epochsMeasured && run.samplesDone % perEpoch == 0) {
        EpochRecord record = newRecord(run, begun);
        record.trainLoss = run.epochLossSum / static_cast<double>(perEpoch);
        if (!finishEpoch(run, record, outcome, stop))
            return;
    }
    for (int epoch = begun + 1; epoch <= run.settings.epochs && !patienceIsOver(run); ++epoch) {
        shuffleFor(order, run.settings, run.split.training, epoch);
        EpochRecord record = newRecord(run, epoch);
        const std::size_t from = epoch == begun + 1 ? run.samplesDone % perEpoch : 0;
        if (batches.augmented)
            batches.augmented->startEpoch(epoch, order.samples, from / batches.numbers.size());
        if (!trainEpoch(run, batches, order.samples, from, record, outcome, stop) ||
            !finishEpoch(run, record, outcome, stop))
            return;
    }
    if (isWhereToStop(run)) {
        if (closeOpenEpoch(run, outcome, stop))
            outcome.reason = EndReason::Stopped;
        return;
    }
    // While the last epoch is still being measured.
    std::optional<Network> last;
    if (run.best && run.settings.keep == Keep::Best) {
        last = networkOf(run.engine);
        Network best = *last;
        best.parameters = run.best->parameters;
        setNetwork(run.engine, best);
    }
    const auto test = measure(run.engine, run.data, run.split.test, stop);
    if (!closeOpenEpoch(run, outcome, stop))
        return;
    if (last && !test && !run.split.test.empty())
        setNetwork(run.engine, *last);      // stopped: it goes on from where it was
    if (!test && !run.split.test.empty()) { // stopped while it was measured
        outcome.reason = EndReason::Stopped;
    } else if (isFinite(test)) {
        run.history.test = test;
        if (run.start.postsCheckpoints) {
            Checkpoint end = checkpointOf(run);
            if (last)
                end.network = std::move(*last);
            run.feed.post(std::make_shared<const Checkpoint>(std::move(end)));
        }
    } else {
        if (!last) // the best epoch's weights were measured before
            undoStep(run.engine);
        diverge(run, lossLayer(run), run.settings.epochs, outcome);
    }
}

void goOn(Running& run, const Checkpoint& from, const std::vector<EpochRecord>& epochs)
{
    setMemory(run.engine, run.optimizer, from.optimizer);
    run.samplesDone = from.samplesDone;
    run.step = from.step;
    run.epochLossSum = from.epochLossSum;
    run.epochsMeasured = from.epochsMeasured;
    if (from.best)
        run.best = std::make_shared<const BestEpoch>(*from.best);
    run.history.bestEpoch = from.best ? from.best->epoch : 0;
    for (const JournalEvent& event : from.journal)
        (event.step < from.step ? run.journal : run.plan).push_back(event);
    restoreLive(run.control, run.journal);
    for (const EpochRecord& record : epochs) {
        if (record.epoch > from.epochsMeasured)
            break;
        run.history.epochs.push_back(record);
        run.trainSeconds += record.trainSeconds;
    }
    run.history.resumedAt = run.epochPosition();
    run.samplesBefore = run.samplesDone;
    run.secondsBefore = run.trainSeconds;
}

} // namespace

Measuring bestMeasuring(const TrainingSettings& settings)
{
    const int busy = settings.engine == EngineKind::Matrix ? settings.threads : 1;
    return usableProcessors() > busy && !looksForBest(settings) ? Measuring::Beside : Measuring::InTurn;
}

TrainingOutcome train(const RunSetup& setup, Control& control, Feed& feed, const std::stop_token& stop,
                      const RunStart& start)
{
    const TrainingSettings& settings = setup.settings;
    const Split& split = setup.split;
    TrainingOutcome outcome;
    outcome.history.epochs = start.epochs; // where there is no memory to go on, they are not lost
    if (start.checkpoint && !split.training.empty())
        outcome.epoch =
            static_cast<double>(start.checkpoint->samplesDone) / static_cast<double>(split.training.size());
    assert(!start.checkpoint || checkCheckpoint(*start.checkpoint, settings, split.training.size()));
    std::optional<Running> run;
    try {
        const int batchSize = std::min(settings.batchSize, static_cast<int>(split.training.size()));
        const Network& first = start.checkpoint ? start.checkpoint->network : setup.initial;
        std::optional<Engine> engine;
        if (start.engine)
            engine = std::exchange(*start.engine, std::nullopt);
        if (engine)
            setNetwork(*engine, first);
        else
            engine = makeEngine(first, settings.engine, settings.precision, batchSize, settings.threads,
                                settings.kernels);
        Optimizer optimizer = makeOptimizer(*engine, settings.optimizer);
        run.emplace(Running{settings, *setup.data, split, setup.initial.stack, control, feed, start,
                            std::move(*engine), std::move(optimizer)});
        run->history.kernels = settings.kernels.empty() ? kernelNames().back() : settings.kernels;
        if (start.checkpoint)
            goOn(*run, *start.checkpoint, start.epochs);
        run->plan.insert(run->plan.end(), start.planned.begin(), start.planned.end());
        std::ranges::stable_sort(run->plan, {}, &JournalEvent::step);
        run->live = liveBefore(settings, run->journal);
        run->whoMeasures = start.measuring.value_or(bestMeasuring(settings));
        // A run that looks for its best epoch must know the measurement before it goes on.
        if (looksForBest(settings) && run->whoMeasures == Measuring::Beside)
            run->whoMeasures = Measuring::InTurn;
        if (run->whoMeasures == Measuring::Beside)
            run->measuring = std::make_unique<EpochMeasuring>(settings, first, *setup.data, split);
        trainEpochs(*run, outcome, stop);
        if (outcome.reason == EndReason::Stopped && !outcome.checkpoint)
            outcome.checkpoint = checkpointOf(*run);
    } catch (const std::bad_alloc&) {
        outcome.reason = EndReason::Failed;
        outcome.error = notEnoughMemory(setup.initial.stack);
    }
    if (!run)
        return outcome;
    try {
        outcome.network = networkOf(run->engine);
    } catch (const std::bad_alloc&) {
        outcome.network = {};
    }
    if (start.engine && outcome.reason != EndReason::Failed)
        *start.engine = std::move(run->engine);
    outcome.epoch = run->epochPosition();
    outcome.journal = std::move(run->journal);
    outcome.history = std::move(run->history);
    outcome.history.trainSeconds = run->trainSeconds;
    if (const double seconds = run->trainSeconds - run->secondsBefore; seconds > 0.0)
        outcome.history.samplesPerSecond =
            static_cast<double>(run->samplesDone - run->samplesBefore) / seconds;
    return outcome;
}

} // namespace chainrule
