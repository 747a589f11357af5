// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/loop.h"

#include "core/base/text.h"
#include "core/base/workers.h"
#include "core/training/augmentedbatches.h"
#include "core/training/engine.h"
#include "core/training/epochmeasuring.h"
#include "core/training/runsetup.h"

#include <algorithm>
#include <cassert>
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

// What can be changed while a run goes on, as the last step had it.
struct LiveValues {
    double learningRate = 0.0;
    double l1 = 0.0;
    double l2 = 0.0;
    double dropout = -1.0; ///< below 0: each layer's own
};

// One run's bookkeeping, so that the loop itself reads as a loop.
struct Running {
    const TrainingSettings& settings;
    const Dataset& data;
    const Split& split;
    Control& control;
    Feed& feed;
    const RunStart& start;
    Engine engine;
    Optimizer optimizer;
    History history;
    Clock::time_point begin = Clock::now();
    double trainSeconds = 0.0;
    double idleSeconds = 0.0; ///< paused
    std::size_t samplesDone = 0;
    double lastProgress = -1.0;
    std::int64_t step = 0; ///< steps done
    double epochLossSum = 0.0;
    int epochsMeasured = 0;
    LiveValues live{};
    Journal journal{};
    std::size_t planned = 0; ///< events of the plan that are behind
    std::optional<BestEpoch> best{};
    std::unique_ptr<EpochMeasuring> measuring{}; ///< null: epochs are measured in turn
    std::optional<OpenEpoch> open{};
    std::size_t samplesBefore = 0; ///< that an earlier part of the run has done
    double secondsBefore = 0.0;    ///< of its training
    PointSum point{}; ///< of the next curve point; it may span two epochs, so that no point has few samples

    [[nodiscard]] std::size_t samplesTotal() const
    {
        return split.training.size() * static_cast<std::size_t>(settings.epochs);
    }
    [[nodiscard]] std::int64_t stepsTotal() const
    {
        const auto batch = static_cast<std::size_t>(settings.batchSize);
        const std::size_t perEpoch = (split.training.size() + batch - 1) / batch;
        return static_cast<std::int64_t>(perEpoch) * settings.epochs;
    }
    [[nodiscard]] double epochPosition() const
    {
        return static_cast<double>(samplesDone) / static_cast<double>(split.training.size());
    }
};

void postSnapshot(Running& run, std::shared_ptr<const Network> parameters)
{
    run.feed.post(Snapshot{std::move(parameters), run.epochPosition()});
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

Error divergence(const Running& run, int layer, int epoch)
{
    const std::vector<LayerSpan> layers = layerSpans({1, run.settings.layers});
    Message where = MessageId::inTheLoss;
    if (layer < static_cast<int>(layers.size())) {
        const LayerSpan& dense = layers[static_cast<std::size_t>(layer)];
        where = {MessageId::inLayer, std::to_string(dense.layer + 1), std::to_string(dense.units),
                 activationName(dense.activation)};
    }
    const double rate = run.live.learningRate;
    const double lower = rate > 1.0 ? 0.1 : rate / 10.0;
    Error error{{MessageId::trainingStoppedAt, std::to_string(run.step), std::to_string(epoch)},
                {MessageId::numbersGrew, where, shortNumber(rate)},
                {MessageId::lowerTheRate, shortNumber(lower)}};
    error.action = MendAction::LowerLearningRate;
    error.actionValue = lower;
    return error;
}

void postPoint(Running& run)
{
    PointSum& sum = run.point;
    const auto count = static_cast<double>(sum.samples);
    run.feed.post(
        CurvePoint{run.epochPosition(), sum.loss / count, 100.0 * sum.correct / count, sum.samples});
    sum = {};
}

void diverge(Running& run, int layer, int epoch, TrainingOutcome& outcome)
{
    outcome.reason = EndReason::Diverged;
    outcome.error = divergence(run, layer, epoch);
}

int lossLayer(const Running& run)
{
    return static_cast<int>(layerSpans({1, run.settings.layers}).size());
}

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
    run.best = BestEpoch{record.epoch, record.validation->loss, {}};
    if (run.settings.keep == Keep::Best)
        run.best->parameters = networkOf(run.engine).parameters;
    run.history.bestEpoch = record.epoch;
}

bool patienceIsOver(const Running& run)
{
    return run.settings.patience > 0 && run.best &&
           run.epochsMeasured - run.best->epoch >= run.settings.patience;
}

// Closes the epoch that is being measured, if there is one. False as in closeEpoch(): then training has gone
// on from weights that are of no use, and is taken back.
bool closeOpenEpoch(Running& run, TrainingOutcome& outcome, const std::stop_token& stop)
{
    if (!run.open)
        return true;
    OpenEpoch open = *std::exchange(run.open, std::nullopt);
    const EpochMetrics metrics = run.measuring->take(stop);
    if (metrics.training && !(isFinite(metrics.training) && isFinite(metrics.validation))) {
        setNetwork(run.engine, open.before);
        run.samplesDone = open.samplesDone;
        run.step = open.step;
        run.trainSeconds = open.trainSeconds;
        std::erase_if(run.journal, [&](const JournalEvent& event) { return event.step >= open.step; });
    }
    return closeEpoch(run, open.record, metrics, outcome);
}

// Where the epoch's batches come from: the data, or deformed images of it.
struct Batches {
    std::unique_ptr<AugmentedBatches> augmented; ///< null: the data as they are
    std::vector<std::uint32_t> numbers;          ///< of an augmented batch's samples
};

void apply(Control& control, const JournalEvent& event)
{
    if (event.field == "lr")
        control.setLearningRate(event.value);
    else if (event.field == "l1")
        control.setL1(event.value);
    else if (event.field == "l2")
        control.setL2(event.value);
    else if (event.field == "dropout")
        control.setDropout(event.value);
}

// Sets in the control what the plan changes from this step on.
void followPlan(Running& run)
{
    const Journal& plan = run.start.planned;
    for (; run.planned < plan.size() && plan[run.planned].step <= run.step; ++run.planned) {
        if (plan[run.planned].step == run.step)
            apply(run.control, plan[run.planned]);
    }
}

// What the next step goes by. What was changed since the last one is noted in the journal.
StepRule nextRule(Running& run)
{
    const auto chosen = [](double live, double own) { return live >= 0.0 ? live : own; };
    const LiveValues now{run.control.learningRate(), chosen(run.control.l1(), run.settings.l1),
                         chosen(run.control.l2(), run.settings.l2), run.control.dropout()};
    const auto note = [&](const char* field, double before, double value) {
        if (before != value)
            run.journal.push_back({run.step, field, value});
    };
    note("lr", run.live.learningRate, now.learningRate);
    note("l1", run.live.l1, now.l1);
    note("l2", run.live.l2, now.l2);
    note("dropout", run.live.dropout, now.dropout);
    run.live = now;
    StepRule rule;
    rule.learningRate =
        now.learningRate * rateFactor(run.settings.schedule, run.step, run.stepsTotal(), run.settings.warmup);
    rule.l1 = now.l1;
    rule.l2 = now.l2;
    rule.clip = run.settings.clip;
    rule.seed = run.settings.seed;
    rule.step = run.step;
    rule.dropout = now.dropout;
    return rule;
}

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
    const std::size_t pointSamples = std::max<std::size_t>(1, order.size() / pointsPerEpoch);
    const double secondsBefore = run.trainSeconds;
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
        if (turn == Control::Turn::Stop || (run.start.stopAt && run.step >= *run.start.stopAt)) {
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

Network initialNetwork(const TrainingSettings& settings, Shape input)
{
    Random random = makeRandom(settings.seed, weightStream);
    return makeNetwork({input, settings.layers}, settings.initialWeights, random, settings.loss);
}

namespace {

// Has training and validation samples measured with the weights at the epoch's end. False as in trainEpoch().
bool finishEpoch(Running& run, EpochRecord& record, TrainingOutcome& outcome, const std::stop_token& stop)
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
        noteBest(run, record);
        postSnapshot(run);
    }
    postProgress(run, true);
    run.control.epochEnded();
    return true;
}

void trainEpochs(Running& run, TrainingOutcome& outcome, const std::stop_token& stop)
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
    for (int epoch = 1; epoch <= run.settings.epochs && !patienceIsOver(run); ++epoch) {
        if (run.settings.shuffle)
            shuffle(std::span(order), random);
        EpochRecord record;
        record.epoch = epoch;
        record.learningRate = run.live.learningRate * rateFactor(run.settings.schedule, run.step - 1,
                                                                 run.stepsTotal(), run.settings.warmup);
        if (epoch < begun || (epoch == begun && epoch <= run.epochsMeasured))
            continue;
        const std::size_t from = epoch == begun + 1 ? run.samplesDone % order.size() : 0;
        if (epoch == begun) { // all of it but the measurement was done before
            if (run.samplesDone % order.size() > 0)
                continue; // and its weights are gone: the record of that epoch is missing
            record.trainLoss = run.epochLossSum / static_cast<double>(order.size());
            if (!finishEpoch(run, record, outcome, stop))
                return;
            continue;
        }
        if (batches.augmented) {
            batches.augmented->startEpoch(epoch, order);
            for (std::size_t done = 0; done < from; done += batches.numbers.size())
                static_cast<void>(batches.augmented->next());
        }
        if (!trainEpoch(run, batches, order, from, record, outcome, stop) ||
            !finishEpoch(run, record, outcome, stop))
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
    } else {
        if (!last) // the best epoch's weights were measured before
            undoStep(run.engine);
        diverge(run, lossLayer(run), run.settings.epochs, outcome);
    }
}

// The last values of a journal, put into the control.
void restore(Control& control, const Journal& journal)
{
    for (const JournalEvent& event : journal)
        apply(control, event);
}

void goOn(Running& run, const Checkpoint& from, const std::vector<EpochRecord>& epochs)
{
    setMemory(run.engine, run.optimizer, from.optimizer);
    run.samplesDone = from.samplesDone;
    run.step = from.step;
    run.epochLossSum = from.epochLossSum;
    run.epochsMeasured = from.epochsMeasured;
    run.best = from.best;
    run.history.bestEpoch = from.best ? from.best->epoch : 0;
    restore(run.control, from.journal);
    run.journal = from.journal;
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

// The values that the steps done so far went by: the settings', and what the journal says.
LiveValues liveBefore(const Running& run)
{
    LiveValues live{run.settings.learningRate, run.settings.l1, run.settings.l2, -1.0};
    for (const JournalEvent& event : run.journal) {
        if (event.field == "lr")
            live.learningRate = event.value;
        else if (event.field == "l1")
            live.l1 = event.value;
        else if (event.field == "l2")
            live.l2 = event.value;
        else if (event.field == "dropout")
            live.dropout = event.value;
    }
    return live;
}

Checkpoint checkpointOf(Running& run)
{
    return {networkOf(run.engine),
            memoryOf(run.engine, run.optimizer),
            run.step,
            run.samplesDone,
            run.epochLossSum,
            run.epochsMeasured,
            run.best,
            run.journal};
}

} // namespace

Measuring bestMeasuring(const TrainingSettings& settings)
{
    const int busy = settings.engine == EngineKind::Matrix ? settings.threads : 1;
    return usableProcessors() > busy && !looksForBest(settings) ? Measuring::Beside : Measuring::InTurn;
}

Checkpoint checkpointAt(const TrainingSettings& settings, const Network& network, std::size_t trainingSamples,
                        double epoch)
{
    Checkpoint checkpoint;
    checkpoint.network = network;
    checkpoint.optimizer.kind = settings.optimizer;
    const auto batch = std::min(static_cast<std::size_t>(settings.batchSize), trainingSamples);
    const auto done = std::min(static_cast<std::size_t>(epoch * static_cast<double>(trainingSamples) + 0.5),
                               trainingSamples * static_cast<std::size_t>(settings.epochs));
    const std::size_t epochs = done / trainingSamples;
    const std::size_t batches = done % trainingSamples / batch;
    checkpoint.samplesDone = epochs * trainingSamples + batches * batch;
    checkpoint.step = static_cast<std::int64_t>(epochs * ((trainingSamples + batch - 1) / batch) + batches);
    checkpoint.epochsMeasured = static_cast<int>(epochs);
    return checkpoint;
}

namespace {

bool isPossible(const JournalEvent& event)
{
    const bool isRate = event.field == "lr";
    const double most = isRate ? maximumLearningRate : event.field == "dropout" ? 1.0 : maximumPenalty;
    const bool known = isRate || event.field == "l1" || event.field == "l2" || event.field == "dropout";
    const bool above = isRate ? event.value > 0.0 : event.value >= 0.0;
    return known && event.step >= 0 && above &&
           (event.field == "dropout" ? event.value < most : event.value <= most);
}

} // namespace

Result<void> checkCheckpoint(const Checkpoint& checkpoint, const TrainingSettings& settings,
                             std::size_t trainingSamples)
{
    const auto otherThan = [](std::string_view its, std::string_view own) {
        return Error{MessageId::theCheckpoint,
                     {MessageId::checkpointOfOther, its, own},
                     MessageId::useThisRunsCheckpoint};
    };
    if (checkpoint.network.stack.layers != settings.layers)
        return otherThan(formatLayers(checkpoint.network.stack.layers), formatLayers(settings.layers));
    if (checkpoint.network.loss != settings.loss)
        return otherThan(lossName(checkpoint.network.loss), lossName(settings.loss));
    if (checkpoint.optimizer.kind != settings.optimizer)
        return otherThan(optimizerName(checkpoint.optimizer.kind), optimizerName(settings.optimizer));

    const auto batch = std::min(static_cast<std::size_t>(settings.batchSize), trainingSamples);
    const std::size_t perEpoch = (trainingSamples + batch - 1) / batch;
    const std::size_t epochs = checkpoint.samplesDone / trainingSamples;
    const std::size_t rest = checkpoint.samplesDone % trainingSamples;
    const bool within = epochs < static_cast<std::size_t>(settings.epochs) ||
                        (epochs == static_cast<std::size_t>(settings.epochs) && rest == 0);
    if (!within || rest % batch != 0 || checkpoint.epochsMeasured < 0 ||
        static_cast<std::size_t>(checkpoint.epochsMeasured) > epochs ||
        checkpoint.step != static_cast<std::int64_t>(epochs * perEpoch + rest / batch)) {
        return Error{MessageId::theCheckpoint,
                     {MessageId::checkpointPosition, std::to_string(checkpoint.step),
                      std::to_string(checkpoint.samplesDone)},
                     MessageId::useThisRunsCheckpoint};
    }
    const std::size_t parameters = checkpoint.network.parameters.size();
    const auto fits = [&](const std::vector<double>& numbers) {
        return numbers.empty() || numbers.size() == parameters;
    };
    const bool bestFits =
        !checkpoint.best || (settings.keep == Keep::Best ? checkpoint.best->parameters.size() == parameters
                                                         : fits(checkpoint.best->parameters));
    if (!fits(checkpoint.optimizer.first) || !fits(checkpoint.optimizer.second) || !bestFits ||
        checkpoint.optimizer.steps < 0 || checkpoint.optimizer.steps > checkpoint.step)
        return Error{MessageId::theCheckpoint, MessageId::checkpointMemories,
                     MessageId::useThisRunsCheckpoint};
    for (const JournalEvent& event : checkpoint.journal) {
        if (!isPossible(event)) {
            return Error{MessageId::theCheckpoint,
                         {MessageId::checkpointJournal, event.field, shortestNumber(event.value),
                          std::to_string(event.step)},
                         MessageId::useThisRunsCheckpoint};
        }
    }
    return {};
}

TrainingOutcome train(const TrainingSettings& settings, const Network& initial, const Dataset& data,
                      const Split& split, Control& control, Feed& feed, std::stop_token stop,
                      std::optional<Measuring> measuring, const RunStart& start)
{
    TrainingOutcome outcome;
    outcome.history.epochs = start.epochs; // where there is no memory to go on, they are not lost
    if (start.checkpoint && !split.training.empty())
        outcome.epoch =
            static_cast<double>(start.checkpoint->samplesDone) / static_cast<double>(split.training.size());
    assert(!start.checkpoint || checkCheckpoint(*start.checkpoint, settings, split.training.size()));
    std::optional<Running> run;
    try {
        const int batchSize = std::min(settings.batchSize, static_cast<int>(split.training.size()));
        const Network& first = start.checkpoint ? start.checkpoint->network : initial;
        Engine engine = makeEngine(first, settings.engine, settings.precision, batchSize, settings.threads,
                                   settings.kernels);
        Optimizer optimizer = makeOptimizer(engine, settings.optimizer);
        run.emplace(Running{
            settings, data, split, control, feed, start, std::move(engine), std::move(optimizer), {}});
        run->history.kernels = settings.kernels.empty() ? kernelNames().back() : settings.kernels;
        if (start.checkpoint)
            goOn(*run, *start.checkpoint, start.epochs);
        run->live = liveBefore(*run);
        // A run that looks for its best epoch must know the measurement before it goes on.
        if (measuring.value_or(bestMeasuring(settings)) == Measuring::Beside && !looksForBest(settings))
            run->measuring = std::make_unique<EpochMeasuring>(settings, first, data, split);
        trainEpochs(*run, outcome, stop);
        if (outcome.reason == EndReason::Stopped)
            outcome.checkpoint = checkpointOf(*run);
    } catch (const std::bad_alloc&) {
        outcome.reason = EndReason::Failed;
        outcome.error = notEnoughMemory(initial.stack);
    }
    if (!run)
        return outcome;
    try {
        outcome.network = networkOf(run->engine);
    } catch (const std::bad_alloc&) {
        outcome.network = {};
    }
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
