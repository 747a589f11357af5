// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/loop.h"

#include "core/training/engine.h"
#include "core/training/evaluation.h"
#include "core/training/runsetup.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
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

// Nothing where there are no samples, or the run was stopped meanwhile.
std::optional<Metrics> measure(Run& run, std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    const auto predictions = predict(run.engine, run.data, samples, stop);
    if (predictions.empty())
        return std::nullopt;
    return metricsOf(predictions, run.data, samples);
}

void postSnapshot(Run& run)
{
    run.feed.post(
        Snapshot{std::make_shared<const Parameters>(parametersOf(run.engine)), run.epochPosition()});
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
    const auto done = static_cast<double>(run.samplesDone);
    if (run.samplesDone > 0) {
        progress.samplesPerSecond = run.trainSeconds > 0.0 ? done / run.trainSeconds : 0.0;
        progress.secondsLeft = active / done * static_cast<double>(progress.samplesTotal - run.samplesDone);
    }
    run.feed.post(progress);
}

Error divergence(const Run& run, int layer, int epoch)
{
    const auto& layers = run.settings.layers;
    const bool known = layer < static_cast<int>(layers.size());
    std::string where = "in the loss";
    if (known) {
        const DenseLayer& dense = layers[static_cast<std::size_t>(layer)];
        where = "in layer " + std::to_string(layer + 1) + " (" + std::to_string(dense.units) + " " +
                std::string(activationName(dense.activation)) + ")";
    }
    const double rate = run.control.learningRate();
    return {"training stopped at step " + std::to_string(run.step) + ", in epoch " + std::to_string(epoch),
            "numbers grew beyond all bounds " + where + ", with a learning rate of " + shortNumber(rate),
            "Lower the learning rate, for instance to " + shortNumber(rate > 1.0 ? 0.1 : rate / 10.0) +
                "; the weights from before this step are kept"};
}

enum class EpochEnd { Completed, Stopped, Diverged };

void postPoint(Run& run)
{
    PointSum& sum = run.point;
    const auto count = static_cast<double>(sum.samples);
    run.feed.post(
        CurvePoint{run.epochPosition(), sum.loss / count, 100.0 * sum.correct / count, sum.samples});
    sum = {};
}

EpochEnd trainEpoch(Run& run, std::span<const std::uint32_t> order, EpochRecord& record, Error& error,
                    const std::stop_token& stop)
{
    const auto batchSize = static_cast<std::size_t>(run.settings.batchSize);
    const std::size_t pointSamples = std::max<std::size_t>(1, order.size() / pointsPerEpoch);
    const double secondsBefore = run.trainSeconds;
    double lossSum = 0.0;
    PointSum& point = run.point;
    for (std::size_t begin = 0; begin < order.size(); begin += batchSize) {
        if (run.control.takeSnapshotRequest())
            postSnapshot(run);
        auto started = Clock::now();
        Control::Turn turn = run.control.takeTurn(stop);
        if (turn == Control::Turn::Wait) {
            if (point.samples > 0)
                postPoint(run);
            postSnapshot(run);
            postProgress(run, true);
            turn = run.control.waitForTurn(stop);
            run.idleSeconds += secondsSince(started);
            started = Clock::now();
        }
        if (turn == Control::Turn::Stop)
            return EpochEnd::Stopped;

        const auto batch = order.subspan(begin, std::min(batchSize, order.size() - begin));
        record.learningRate = run.control.learningRate();
        ++run.step;
        const BatchResult result =
            trainBatch(run.engine, run.optimizer, run.data, batch, record.learningRate);
        run.trainSeconds += secondsSince(started);
        if (result.brokenLayer) {
            error = divergence(run, *result.brokenLayer, record.epoch);
            return EpochEnd::Diverged;
        }
        run.samplesDone += batch.size();
        lossSum += result.lossSum;
        point.loss += result.lossSum;
        point.correct += result.correct;
        point.samples += batch.size();
        if (point.samples >= pointSamples) {
            postPoint(run);
            postProgress(run, false);
        }
    }
    record.trainLoss = lossSum / static_cast<double>(order.size());
    record.trainSeconds = run.trainSeconds - secondsBefore;
    return EpochEnd::Completed;
}

} // namespace

Parameters initialParameters(const TrainingSettings& settings, int inputs)
{
    Random random = makeRandom(settings.seed, weightStream);
    return initializeParameters({inputs, settings.layers}, initializationOf(settings.engine), random);
}

namespace {

TrainingOutcome trainUnguarded(const TrainingSettings& settings, const Parameters& initial,
                               const Dataset& data, const Split& split, Control& control, Feed& feed,
                               std::stop_token stop)
{
    const int batchSize = std::min(settings.batchSize, static_cast<int>(split.training.size()));
    Engine engine = makeEngine(initial, settings.engine, settings.precision, batchSize, settings.threads);
    Optimizer optimizer = makeOptimizer(engine, settings.optimizer);
    Run run{settings, data, split, control, feed, std::move(engine), std::move(optimizer), {}};

    TrainingOutcome outcome;
    if (const auto start = measure(run, split.validation, stop))
        feed.postStart(*start);

    Random random = makeRandom(settings.seed, shuffleStream);
    std::vector<std::uint32_t> order = split.training;
    for (int epoch = 1; epoch <= settings.epochs; ++epoch) {
        if (settings.shuffle)
            shuffle(std::span(order), random);
        EpochRecord record;
        record.epoch = epoch;
        Error error;
        const EpochEnd end = trainEpoch(run, order, record, error, stop);
        if (end != EpochEnd::Completed) {
            outcome.reason = end == EpochEnd::Stopped ? EndReason::Stopped : EndReason::Diverged;
            if (end == EpochEnd::Diverged)
                outcome.error = std::move(error);
            break;
        }
        // In the training file's order, so that shuffling does not change how the sum is rounded.
        const auto training = measure(run, split.training, stop);
        record.validation = measure(run, split.validation, stop);
        if (!training || stop.stop_requested()) {
            outcome.reason = EndReason::Stopped;
            break;
        }
        record.trainAccuracy = training->accuracy;
        run.history.epochs.push_back(record);
        feed.post(record);
        postSnapshot(run);
        postProgress(run, true);
        control.epochEnded();
    }

    outcome.parameters = parametersOf(run.engine);
    outcome.epoch = run.epochPosition();
    outcome.history = std::move(run.history);
    outcome.history.trainSeconds = run.trainSeconds;
    outcome.history.samplesPerSecond =
        run.trainSeconds > 0.0 ? static_cast<double>(run.samplesDone) / run.trainSeconds : 0.0;
    if (outcome.reason == EndReason::Finished)
        outcome.history.test = measure(run, split.test, stop);
    return outcome;
}

} // namespace

TrainingOutcome train(const TrainingSettings& settings, const Parameters& initial, const Dataset& data,
                      const Split& split, Control& control, Feed& feed, std::stop_token stop)
{
    try {
        return trainUnguarded(settings, initial, data, split, control, feed, std::move(stop));
    } catch (const std::bad_alloc&) {
        TrainingOutcome outcome;
        outcome.reason = EndReason::Failed;
        outcome.parameters = initial;
        outcome.error = notEnoughMemory(initial.stack);
        return outcome;
    }
}

} // namespace chainrule
