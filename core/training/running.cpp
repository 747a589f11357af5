// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/running.h"

#include "core/base/text.h"

#include <charconv>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace chainrule {

namespace {

// How often a watcher hears of the progress at the most, in seconds.
constexpr double progressInterval = 0.03;

std::string shortNumber(double value)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 3).ptr;
    return plainExponent({text, end});
}

double& valueIn(LiveValues& values, LiveField field)
{
    return values[static_cast<std::size_t>(field)];
}

// Below 0: each dropout layer's own rate.
double ownValue(const TrainingSettings& settings, const LiveFieldRow& row)
{
    return row.own ? settings.*row.own : -1.0;
}

Error divergence(const Running& run, int layer, int epoch)
{
    const std::vector<LayerSpan> layers = layerSpans(run.stack);
    Message where = MessageId::inTheLoss;
    if (layer < static_cast<int>(layers.size())) {
        const LayerSpan& dense = layers[static_cast<std::size_t>(layer)];
        where = {MessageId::inLayer, std::to_string(dense.layer + 1), std::to_string(dense.units),
                 activationName(dense.activation)};
    }
    const double rate = run.live[static_cast<std::size_t>(LiveField::LearningRate)];
    const double lower = rate > 1.0 ? 0.1 : rate / 10.0;
    Error error{{MessageId::trainingStoppedAt, std::to_string(run.step), std::to_string(epoch)},
                {MessageId::numbersGrew, where, shortNumber(rate)},
                {MessageId::lowerTheRate, shortNumber(lower)}};
    error.action = MendAction::LowerLearningRate;
    error.actionValue = lower;
    return error;
}

// A checkpoint without the weights, what the optimizer remembers of each of them, and the best epoch.
Checkpoint positionOf(const Running& run)
{
    Checkpoint position;
    std::visit(
        [&](const auto& state) {
            position.optimizer.kind = state.kind;
            position.optimizer.steps = state.steps;
        },
        run.optimizer);
    position.step = run.step;
    position.samplesDone = run.samplesDone;
    position.epochLossSum = run.epochLossSum;
    position.epochsMeasured = run.epochsMeasured;
    position.journal = run.journal;
    return position;
}

} // namespace

std::size_t Running::samplesTotal() const
{
    return split.training.size() * static_cast<std::size_t>(settings.epochs);
}

std::int64_t Running::stepsTotal() const
{
    return stepCount(settings, split.training.size());
}

double Running::epochPosition() const
{
    return static_cast<double>(samplesDone) / static_cast<double>(split.training.size());
}

void postSnapshot(Running& run, std::shared_ptr<const Network> network)
{
    run.feed.post(Snapshot{std::move(network), run.epochPosition()});
}

void postSnapshot(Running& run)
{
    postSnapshot(run, std::make_shared<const Network>(networkOf(run.engine)));
}

void postProgress(Running& run, bool always)
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

void postCheckpoint(Running& run, bool epochEnded)
{
    // Copying 109,000 weights takes about 0.1 ms, an epoch of the preset matrix about 12 ms.
    constexpr std::size_t earlyEpochs = 16;
    constexpr double betweenEpochs = 0.05; // seconds
    constexpr double betweenSteps = 1.0;   // seconds
    if (!run.start.postsCheckpoints || (run.open && !epochEnded))
        return;
    const double now = secondsSince(run.begin);
    const bool early = epochEnded && run.samplesDone <= earlyEpochs * run.split.training.size();
    if (!early && now - run.lastCheckpoint < (epochEnded ? betweenEpochs : betweenSteps))
        return;
    run.lastCheckpoint = now;
    run.feed.post(std::make_shared<const Checkpoint>(checkpointOf(run)));
}

void storeCheckpoint(Running& run)
{
    // So that copies of large networks take at most a twentieth of the training.
    constexpr double leastPerCopy = 20.0;
    CheckpointStore* const store = run.start.store;
    if (!store || !store->wants(run.step))
        return;
    const double between = store->secondsBetween() > 0.0 // else every step is wanted
                               ? std::max(store->secondsBetween(), leastPerCopy * run.storeSeconds)
                               : 0.0;
    if (run.trainSeconds - run.lastStored < between)
        return;
    const auto begin = Clock::now();
    if (!store->add(positionOf(run), run.best, run.engine, run.optimizer))
        return;
    run.lastStored = run.trainSeconds;
    run.storeSeconds = secondsSince(begin);
}

void postPoint(Running& run)
{
    PointSum& sum = run.point;
    const auto count = static_cast<double>(sum.samples);
    run.feed.post(
        CurvePoint{run.epochPosition(), sum.loss / count, 100.0 * sum.correct / count, sum.samples});
    sum = {};
}

void diverge(const Running& run, int layer, int epoch, TrainingOutcome& outcome)
{
    outcome.reason = EndReason::Diverged;
    outcome.error = divergence(run, layer, epoch);
}

int lossLayer(const Running& run)
{
    return static_cast<int>(layerSpans(run.stack).size());
}

Checkpoint checkpointOf(const Running& run)
{
    Checkpoint checkpoint = positionOf(run);
    checkpoint.network = networkOf(run.engine);
    checkpoint.optimizer = memoryOf(run.engine, run.optimizer);
    if (run.best)
        checkpoint.best = *run.best;
    return checkpoint;
}

void restoreLive(Control& control, const Journal& journal)
{
    for (const JournalEvent& event : journal)
        control.set(event.field, event.value);
}

LiveValues liveBefore(const TrainingSettings& settings, const Journal& journal)
{
    LiveValues live{};
    for (const LiveFieldRow& row : liveFieldTable)
        valueIn(live, row.field) = ownValue(settings, row);
    for (const JournalEvent& event : journal)
        valueIn(live, event.field) = event.value;
    return live;
}

void followPlan(Running& run)
{
    const Journal& plan = run.plan;
    for (; run.planned < plan.size() && plan[run.planned].step <= run.step; ++run.planned) {
        if (plan[run.planned].step == run.step)
            run.control.set(plan[run.planned].field, plan[run.planned].value);
    }
}

double rateOf(const Running& run, std::int64_t step)
{
    return run.live[static_cast<std::size_t>(LiveField::LearningRate)] *
           rateFactor(run.settings.schedule, step, run.stepsTotal(), run.settings.warmup);
}

StepRule nextRule(Running& run)
{
    for (const LiveFieldRow& row : liveFieldTable) {
        const double chosen = run.control.value(row.field);
        const double now = chosen < 0.0 ? ownValue(run.settings, row) : chosen;
        double& before = valueIn(run.live, row.field);
        if (before != now) {
            run.journal.push_back({run.step, row.field, now});
            run.feed.post(run.journal.back());
        }
        before = now;
    }
    StepRule rule;
    rule.learningRate = rateOf(run, run.step);
    rule.l1 = valueIn(run.live, LiveField::L1);
    rule.l2 = valueIn(run.live, LiveField::L2);
    rule.clip = run.settings.clip;
    rule.seed = run.settings.seed;
    rule.step = run.step;
    rule.dropout = valueIn(run.live, LiveField::Dropout);
    return rule;
}

} // namespace chainrule
