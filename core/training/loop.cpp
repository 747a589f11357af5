// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/loop.h"

#include "core/base/workers.h"
#include "core/training/augmentedbatches.h"
#include "core/training/engine.h"
#include "core/training/epochmeasuring.h"
#include "core/training/runsetup.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Points of the training curves within one epoch.
constexpr std::size_t pointsPerEpoch = 40;
// How often a watcher hears of the progress at the most.
constexpr double progressInterval = 0.03;

// Streams of the seed: what one of them draws changes nothing for the others.
constexpr std::uint64_t weightStream = 2;
constexpr std::uint64_t shuffleStream = 3;

std::string shortNumber(double value)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 3).ptr;
    return {text, end};
}

struct PointSum {
    double loss = 0.0;
    int correct = 0;
    std::size_t samples = 0;
};

// An epoch whose end is being measured beside the training of the next, and the state to come back to where
// the measured loss is not finite.
struct OpenEpoch {
    EpochRecord record;
    Network before; ///< the last step
    std::size_t samplesDone = 0;
    std::int64_t step = 0;
    double trainSeconds = 0.0;
};

// One run's bookkeeping, so that the loop itself reads as a loop.
struct Run {
    const TrainingSettings& settings;
    const Dataset& data;
    const Split& split;
    Control& control;
    Feed& feed;
    Engine engine;
    Optimizer optimizer;
    History history;
    Clock::time_point begin = Clock::now();
    double trainSeconds = 0.0;
    double idleSeconds = 0.0; ///< paused
    std::size_t samplesDone = 0;
    double lastProgress = -1.0;
    std::int64_t step = 0;
    std::unique_ptr<EpochMeasuring> measuring{}; ///< null: epochs are measured in turn
    std::optional<OpenEpoch> open{};
    std::size_t samplesBefore = 0; ///< that an earlier part of the run has done
    double secondsBefore = 0.0;    ///< of its training
    PointSum point{}; ///< of the next curve point; it may span two epochs, so that no point has few samples

    [[nodiscard]] std::size_t samplesTotal() const
    {
        return split.training.size() * static_cast<std::size_t>(settings.epochs);
    }
    [[nodiscard]] double epochPosition() const
    {
        return static_cast<double>(samplesDone) / static_cast<double>(split.training.size());
    }
};

void postSnapshot(Run& run, std::shared_ptr<const Network> parameters)
{
    run.feed.post(Snapshot{std::move(parameters), run.epochPosition()});
}

void postSnapshot(Run& run)
{
    postSnapshot(run, std::make_shared<const Network>(networkOf(run.engine)));
}

void postProgress(Run& run, bool always)
{
    const double active = secondsSince(run.begin) - run.idleSeconds;
    if (!always && active - run.lastProgress < progressInterval)
        return;
    run.lastProgress = active;
    Progress progress;
    progress.samplesDone = run.samplesDone;
    progress.samplesTotal = run.samplesTotal();
    const auto done = static_cast<double>(run.samplesDone - run.samplesBefore);
    if (done > 0.0) {
        const double seconds = run.trainSeconds - run.secondsBefore;
        progress.samplesPerSecond = seconds > 0.0 ? done / seconds : 0.0;
        progress.secondsLeft = active / done * static_cast<double>(progress.samplesTotal - run.samplesDone);
    }
    run.feed.post(progress);
}

Error divergence(const Run& run, int layer, int epoch)
{
    const std::vector<LayerSpan> layers = layerSpans({1, run.settings.layers});
    const bool known = layer < static_cast<int>(layers.size());
    std::string where = "in the loss";
    if (known) {
        const LayerSpan& dense = layers[static_cast<std::size_t>(layer)];
        where = "in layer " + std::to_string(layer + 1) + " (" + std::to_string(dense.units) + " " +
                std::string(activationName(dense.activation)) + ")";
    }
    const double rate = run.control.learningRate();
    return {"training stopped at step " + std::to_string(run.step) + ", in epoch " + std::to_string(epoch),
            "numbers grew beyond all bounds " + where + ", with a learning rate of " + shortNumber(rate),
            "Lower the learning rate, for instance to " + shortNumber(rate > 1.0 ? 0.1 : rate / 10.0) +
                "; the weights from before the numbers broke are kept"};
}

void postPoint(Run& run)
{
    PointSum& sum = run.point;
    const auto count = static_cast<double>(sum.samples);
    run.feed.post(
        CurvePoint{run.epochPosition(), sum.loss / count, 100.0 * sum.correct / count, sum.samples});
    sum = {};
}

void diverge(Run& run, int layer, int epoch, TrainingOutcome& outcome)
{
    outcome.reason = EndReason::Diverged;
    outcome.error = divergence(run, layer, epoch);
}

int lossLayer(const Run& run)
{
    return static_cast<int>(layerSpans({1, run.settings.layers}).size());
}

bool isFinite(const std::optional<Metrics>& metrics)
{
    return !metrics || std::isfinite(metrics->loss);
}

// False: the run ended meanwhile, and the outcome says how.
bool closeEpoch(Run& run, EpochRecord& record, const EpochMetrics& metrics, TrainingOutcome& outcome)
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
    run.feed.post(record);
    return true;
}

// Closes the epoch that is being measured, if there is one. False as in closeEpoch(): then training has gone
// on from weights that are of no use, and is taken back.
bool closeOpenEpoch(Run& run, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (!run.open)
        return true;
    OpenEpoch open = *std::exchange(run.open, std::nullopt);
    const EpochMetrics metrics = run.measuring->take(stop);
    if (metrics.training && !(isFinite(metrics.training) && isFinite(metrics.validation))) {
        setParameters(run.engine, open.before);
        run.samplesDone = open.samplesDone;
        run.step = open.step;
        run.trainSeconds = open.trainSeconds;
    }
    return closeEpoch(run, open.record, metrics, outcome);
}

// Where the epoch's batches come from: the data, or deformed images of it.
struct Batches {
    std::unique_ptr<AugmentedBatches> augmented; ///< null: the data as they are
    std::vector<std::uint32_t> numbers;          ///< of an augmented batch's samples
};

BatchResult trainNext(Run& run, Batches& batches, std::span<const std::uint32_t> samples, double learningRate,
                      const std::stop_token& stop)
{
    if (!batches.augmented)
        return trainBatch(run.engine, run.optimizer, run.data, samples, learningRate, stop);
    return trainBatch(run.engine, run.optimizer, batches.augmented->next(),
                      std::span(batches.numbers).first(samples.size()), learningRate, stop);
}

// Trains on the samples once, from the sample `from` of their order. False: the run ended meanwhile, and the
// outcome says how.
bool trainEpoch(Run& run, Batches& batches, std::span<const std::uint32_t> order, std::size_t from,
                EpochRecord& record, TrainingOutcome& outcome, const std::stop_token& stop)
{
    const auto batchSize = static_cast<std::size_t>(run.settings.batchSize);
    const std::size_t pointSamples = std::max<std::size_t>(1, order.size() / pointsPerEpoch);
    const double secondsBefore = run.trainSeconds;
    double lossSum = 0.0;
    PointSum& point = run.point;
    for (std::size_t begin = from; begin < order.size(); begin += batchSize) {
        if (run.control.takeSnapshotRequest())
            postSnapshot(run);
        auto started = Clock::now();
        Control::Turn turn = run.control.takeTurn(stop);
        if (turn == Control::Turn::Wait) {
            if (!closeOpenEpoch(run, outcome, stop))
                return false;
            if (point.samples > 0)
                postPoint(run);
            postSnapshot(run);
            postProgress(run, true);
            turn = run.control.waitForTurn(stop);
            run.idleSeconds += secondsSince(started);
            started = Clock::now();
        }
        if (turn == Control::Turn::Stop) {
            if (closeOpenEpoch(run, outcome, stop))
                outcome.reason = EndReason::Stopped;
            return false;
        }

        const auto batch = order.subspan(begin, std::min(batchSize, order.size() - begin));
        record.learningRate = run.control.learningRate();
        ++run.step;
        const BatchResult result = trainNext(run, batches, batch, record.learningRate, stop);
        run.trainSeconds += secondsSince(started);
        if (result.stopped) {
            if (closeOpenEpoch(run, outcome, stop))
                outcome.reason = EndReason::Stopped;
            return false;
        }
        if (result.brokenLayer) {
            if (closeOpenEpoch(run, outcome, stop)) {
                undoStep(run.engine);
                diverge(run, *result.brokenLayer, record.epoch, outcome);
            }
            return false;
        }
        run.samplesDone += batch.size();
        lossSum += result.lossSum;
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
    record.trainLoss = lossSum / static_cast<double>(order.size() - from);
    record.trainSeconds = run.trainSeconds - secondsBefore;
    return true;
}

} // namespace

Network initialParameters(const TrainingSettings& settings, int inputs)
{
    Random random = makeRandom(settings.seed, weightStream);
    return makeNetwork({inputs, settings.layers}, settings.initialWeights, random, settings.loss);
}

namespace {

// Has training and validation samples measured with the weights at the epoch's end. False as in trainEpoch().
bool finishEpoch(Run& run, EpochRecord& record, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (run.measuring) {
        if (!closeOpenEpoch(run, outcome, stop))
            return false;
        auto weights = std::make_shared<const Network>(networkOf(run.engine));
        run.open = {record, networkBefore(run.engine), run.samplesDone, run.step, run.trainSeconds};
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
        postSnapshot(run);
    }
    postProgress(run, true);
    run.control.epochEnded();
    return true;
}

void trainEpochs(Run& run, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (run.samplesDone == 0) {
        if (const auto start = measure(run.engine, run.data, run.split.validation, stop);
            start && isFinite(start))
            run.feed.postStart(*start);
    }

    Random random = makeRandom(run.settings.seed, shuffleStream);
    std::vector<std::uint32_t> order = run.split.training;
    Batches batches; // looks at the order, and so must end before it
    if (run.settings.augment) {
        batches.numbers.resize(std::min(static_cast<std::size_t>(run.settings.batchSize), order.size()));
        std::iota(batches.numbers.begin(), batches.numbers.end(), 0U);
        batches.augmented =
            std::make_unique<AugmentedBatches>(run.data, run.settings.seed, batches.numbers.size());
    }
    const auto begun = static_cast<int>(run.samplesDone / order.size()); // epochs that an earlier part did
    for (int epoch = 1; epoch <= run.settings.epochs; ++epoch) {
        if (run.settings.shuffle)
            shuffle(std::span(order), random);
        if (epoch <= begun)
            continue;
        const std::size_t from = epoch == begun + 1 ? run.samplesDone % order.size() : 0;
        if (batches.augmented) {
            batches.augmented->startEpoch(epoch, order);
            for (std::size_t done = 0; done < from; done += batches.numbers.size())
                static_cast<void>(batches.augmented->next());
        }
        EpochRecord record;
        record.epoch = epoch;
        if (!trainEpoch(run, batches, order, from, record, outcome, stop) ||
            !finishEpoch(run, record, outcome, stop))
            return;
    }
    // While the last epoch is still being measured.
    const auto test = measure(run.engine, run.data, run.split.test, stop);
    if (!closeOpenEpoch(run, outcome, stop))
        return;
    if (isFinite(test)) {
        run.history.test = test;
    } else {
        undoStep(run.engine);
        diverge(run, lossLayer(run), run.settings.epochs, outcome);
    }
}

} // namespace

namespace {

void goOn(Run& run, const RunStart& start)
{
    const std::size_t all = run.split.training.size();
    const auto batch = std::min(static_cast<std::size_t>(run.settings.batchSize), all);
    const std::size_t epochs = start.samplesDone / all;
    run.samplesDone = std::min(start.samplesDone - start.samplesDone % all % batch, run.samplesTotal());
    run.step =
        static_cast<std::int64_t>(epochs * ((all + batch - 1) / batch) + run.samplesDone % all / batch);
    for (const EpochRecord& record : start.epochs) {
        if (record.epoch > static_cast<int>(epochs))
            break;
        run.history.epochs.push_back(record);
        run.trainSeconds += record.trainSeconds;
    }
    run.history.resumedAt = static_cast<double>(run.samplesDone) / static_cast<double>(all);
    run.samplesBefore = run.samplesDone;
    run.secondsBefore = run.trainSeconds;
}

} // namespace

Measuring bestMeasuring(const TrainingSettings& settings)
{
    const int busy = settings.engine == EngineKind::Matrix ? settings.threads : 1;
    return usableProcessors() > busy ? Measuring::Beside : Measuring::InTurn;
}

TrainingOutcome train(const TrainingSettings& settings, const Network& initial, const Dataset& data,
                      const Split& split, Control& control, Feed& feed, std::stop_token stop,
                      std::optional<Measuring> measuring, const RunStart& start)
{
    TrainingOutcome outcome;
    outcome.history.epochs = start.epochs; // where there is no memory to go on, they are not lost
    if (!split.training.empty())
        outcome.epoch = static_cast<double>(start.samplesDone) / static_cast<double>(split.training.size());
    std::optional<Run> run;
    try {
        const int batchSize = std::min(settings.batchSize, static_cast<int>(split.training.size()));
        Engine engine = makeEngine(initial, settings.engine, settings.precision, batchSize, settings.threads);
        Optimizer optimizer = makeOptimizer(engine, settings.optimizer);
        run.emplace(Run{settings, data, split, control, feed, std::move(engine), std::move(optimizer), {}});
        if (start.samplesDone > 0)
            goOn(*run, start);
        if (measuring.value_or(bestMeasuring(settings)) == Measuring::Beside)
            run->measuring = std::make_unique<EpochMeasuring>(settings, initial, data, split);
        trainEpochs(*run, outcome, stop);
    } catch (const std::bad_alloc&) {
        outcome.reason = EndReason::Failed;
        outcome.error = notEnoughMemory(initial.stack);
    }
    if (!run)
        return outcome;
    try {
        outcome.parameters = networkOf(run->engine);
    } catch (const std::bad_alloc&) {
        outcome.parameters = {};
    }
    outcome.epoch = run->epochPosition();
    outcome.history = std::move(run->history);
    outcome.history.trainSeconds = run->trainSeconds;
    if (const double seconds = run->trainSeconds - run->secondsBefore; seconds > 0.0)
        outcome.history.samplesPerSecond =
            static_cast<double>(run->samplesDone - run->samplesBefore) / seconds;
    return outcome;
}

} // namespace chainrule
