// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/sources.h"
#include "core/network/initialweights.h"
#include "core/training/engine.h"
#include "core/training/evaluation.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;
using namespace std::chrono_literals;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Kind {
    const char* name;
    EngineKind engine;
    Precision precision;
};
constexpr Kind allKinds[] = {{"scalar", EngineKind::Scalar, Precision::Double},
                             {"matrix double", EngineKind::Matrix, Precision::Double},
                             {"matrix float", EngineKind::Matrix, Precision::Float}};

void addKindRows()
{
    QTest::addColumn<int>("kind");
    for (int i = 0; i < 3; ++i)
        QTest::newRow(allKinds[i].name) << i;
}

/// A run of a small network on clouds of points.
struct Setup {
    TrainingSettings settings;
    Dataset data = makeClouds(60, 4, 3, 51);
    Split split{indices(0, 30), indices(30, 12), indices(42, 18)};
    Network initial;
};

Setup makeSetup(const Kind& kind, Activation activation = Activation::Tanh)
{
    Setup setup;
    setup.settings.engine = kind.engine;
    setup.settings.precision = kind.precision;
    setup.settings.layers = {{6, activation}, {3, Activation::Softmax}};
    setup.settings.learningRate = 0.1;
    setup.settings.batchSize = 4; // thirty samples: the last batch has two
    setup.settings.epochs = 3;
    setup.initial = initialNetwork(setup.settings, 4);
    return setup;
}

TrainingOutcome runWith(const Setup& setup, Control& control, Feed& feed)
{
    return train(setup.settings, setup.initial, setup.data, setup.split, control, feed, {});
}

TrainingOutcome run(const Setup& setup)
{
    Control control(setup.settings.learningRate);
    Feed feed;
    return runWith(setup, control, feed);
}

/// A run in a thread of its own, steered by the test.
class Running {
public:
    explicit Running(const Setup& setup, bool paused = false)
        : control(setup.settings.learningRate, paused)
        , m_thread([this, &setup](const std::stop_token& stop) {
            m_outcome = train(setup.settings, setup.initial, setup.data, setup.split, control, feed, stop);
        })
    {
    }

    Control control;
    Feed feed;

    void requestStop() { m_thread.request_stop(); }
    TrainingOutcome join()
    {
        m_thread.join();
        return std::move(*m_outcome);
    }
    /// Waits for a snapshot at this place in the run; null where it does not come.
    std::shared_ptr<const Network> snapshotAt(double epoch)
    {
        for (int i = 0; i < 10'000; ++i) {
            const Snapshot snapshot = feed.take().snapshot;
            if (snapshot.parameters && std::abs(snapshot.epoch - epoch) < 1e-9)
                return snapshot.parameters;
            std::this_thread::sleep_for(1ms);
        }
        return nullptr;
    }

private:
    std::optional<TrainingOutcome> m_outcome;
    std::jthread m_thread;
};

bool sameMetrics(const std::optional<Metrics>& a, const std::optional<Metrics>& b)
{
    return a.has_value() == b.has_value() && (!a || (a->loss == b->loss && a->accuracy == b->accuracy));
}

/// Bit for bit, but for the times.
bool sameOutcome(const TrainingOutcome& a, const TrainingOutcome& b)
{
    const auto sameEpoch = [](const EpochRecord& x, const EpochRecord& y) {
        return x.epoch == y.epoch && x.trainLoss == y.trainLoss && x.trainAccuracy == y.trainAccuracy &&
               sameMetrics(x.validation, y.validation) && x.learningRate == y.learningRate;
    };
    return a.reason == b.reason && a.network.parameters == b.network.parameters &&
           std::equal(a.history.epochs.begin(), a.history.epochs.end(), b.history.epochs.begin(),
                      b.history.epochs.end(), sameEpoch) &&
           sameMetrics(a.history.test, b.history.test);
}

bool allFinite(const Network& parameters)
{
    return std::all_of(parameters.parameters.begin(), parameters.parameters.end(),
                       [](double value) { return std::isfinite(value); });
}

/// One step of plain SGD in the textbook's formulas; returns the sum of the losses before it.
double plainStep(const Setup& setup, std::vector<double>& values, const std::vector<std::uint32_t>& batch,
                 double rate)
{
    std::vector<double> gradients(values.size(), 0.0);
    double loss = 0.0;
    for (const std::uint32_t sample : batch)
        loss +=
            addPlainGradients(setup.initial.stack, values, sampleInputs(setup.data, sample),
                              setup.data.labels[sample], 1.0 / static_cast<double>(batch.size()), gradients);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] -= rate * gradients[i];
    return loss;
}

Metrics plainMetrics(const Setup& setup, const std::vector<double>& values,
                     const std::vector<std::uint32_t>& samples)
{
    double loss = 0.0;
    double correct = 0.0;
    for (const std::uint32_t sample : samples) {
        const auto out =
            plainForward(setup.initial.stack, values, sampleInputs(setup.data, sample)).back().output;
        loss -= std::log(out[setup.data.labels[sample]]);
        correct += std::max_element(out.begin(), out.end()) - out.begin() == setup.data.labels[sample];
    }
    const auto count = static_cast<double>(samples.size());
    return {loss / count, 100.0 * correct / count};
}

bool contains(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestLoop : public QObject {
    Q_OBJECT

private slots:
    void matchesAPlainLoop_data();
    void matchesAPlainLoop();
    void theSameSeedGivesTheSameRun_data();
    void theSameSeedGivesTheSameRun();
    void watchingChangesNothing_data();
    void watchingChangesNothing();
    void threadsChangeNothing();
    void whoMeasuresChangesNothing_data();
    void whoMeasuresChangesNothing();
    void everyEpochTakesEverySampleOnce();
    void measuresWithTheEndWeights_data();
    void measuresWithTheEndWeights();
    void withoutValidationAndTest();
    void aBatchLargerThanTheTrainingSet();
    void postsPointsAndProgress();
    void pointsHaveEnoughSamples();
    void theLearningRateActsAtOnce_data();
    void theLearningRateActsAtOnce();
    void stepsOneBatchAndOneEpoch();
    void stopsSoon_data();
    void stopsSoon();
    void stopsWhilePaused();
    void stopsWhileMeasuring();
    void stoppedBeforeTheFirstStep();
    void aRateWithoutBoundsStopsTheRun_data();
    void aRateWithoutBoundsStopsTheRun();
    void divergesInTheMiddle_data();
    void divergesInTheMiddle();
    void brokenSamplesStopTheRun();
    void initialWeightsHaveTheRulesDeviation();
    void learnsMnist_data();
    void learnsMnist();
};

void TestLoop::matchesAPlainLoop_data()
{
    addKindRows();
}

void TestLoop::matchesAPlainLoop()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.settings.shuffle = false;
    const TrainingOutcome outcome = run(setup);
    const bool isFloat = setup.settings.precision == Precision::Float;
    const double tolerance = isFloat ? 1e-4 : 1e-11;

    std::vector<double> values = setup.initial.parameters;
    QVERIFY(outcome.reason == EndReason::Finished && !outcome.error);
    QCOMPARE(outcome.history.epochs.size(), std::size_t(3));
    for (int epoch = 1; epoch <= 3; ++epoch) {
        double loss = 0.0;
        for (std::size_t begin = 0; begin < 30; begin += 4)
            loss += plainStep(setup, values, indices(begin, std::min<std::size_t>(4, 30 - begin)), 0.1);
        const EpochRecord& record = outcome.history.epochs[static_cast<std::size_t>(epoch - 1)];
        QCOMPARE(record.epoch, epoch);
        QCOMPARE(record.learningRate, 0.1);
        VERIFY_AGREE(record.trainLoss, loss / 30.0, tolerance);
        VERIFY_AGREE(record.trainAccuracy, plainMetrics(setup, values, setup.split.training).accuracy, 1e-14);
        QVERIFY(record.validation.has_value());
        const Metrics validation = plainMetrics(setup, values, setup.split.validation);
        VERIFY_AGREE(record.validation->loss, validation.loss, tolerance);
        VERIFY_AGREE(record.validation->accuracy, validation.accuracy, 1e-14);
    }
    QVERIFY(largestDifference(outcome.network.parameters, values) < tolerance);
    const Metrics test = plainMetrics(setup, values, setup.split.test);
    QVERIFY(outcome.history.test.has_value());
    VERIFY_AGREE(outcome.history.test->loss, test.loss, tolerance);
    VERIFY_AGREE(outcome.history.test->accuracy, test.accuracy, 1e-14);
}

void TestLoop::theSameSeedGivesTheSameRun_data()
{
    addKindRows();
}

void TestLoop::theSameSeedGivesTheSameRun()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    const TrainingOutcome first = run(setup);
    QVERIFY(sameOutcome(first, run(setup)));
    setup.settings.seed = 43; // the same weights, in another order
    const TrainingOutcome other = run(setup);
    QVERIFY(!sameOutcome(first, other));
    setup.settings.seed = 42;
    setup.settings.shuffle = false;
    QVERIFY(!sameOutcome(first, run(setup)));
}

void TestLoop::watchingChangesNothing_data()
{
    addKindRows();
}

void TestLoop::watchingChangesNothing()
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

void TestLoop::threadsChangeNothing()
{
    Setup setup = makeSetup(allKinds[2]);
    setup.data = makeClouds(1000, 4, 3, 53);
    setup.split = {indices(0, 700), indices(700, 200), indices(900, 100)};
    setup.settings.batchSize = 300;
    const TrainingOutcome one = run(setup);
    for (const int threads : {2, 3}) {
        setup.settings.threads = threads;
        QVERIFY(sameOutcome(one, run(setup)));
    }
}

void TestLoop::whoMeasuresChangesNothing_data()
{
    addKindRows();
}

void TestLoop::whoMeasuresChangesNothing()
{
    QFETCH(const int, kind);
    int diverged = 0;
    for (const OptimizerKind optimizer : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
        for (const double rate : {0.1, 1e3, 1e6, 1e30}) {
            for (const bool brokenValidation : {false, true}) {
                Setup setup = makeSetup(allKinds[kind], Activation::Linear);
                setup.settings.optimizer = optimizer;
                setup.settings.epochs = 6;
                if (brokenValidation) // seen by no step, only when the first epoch's end is measured
                    setup.data.features[4 * setup.split.validation.front()] =
                        std::numeric_limits<float>::quiet_NaN();
                const auto runMeasuring = [&](Measuring measuring) {
                    Control control(rate);
                    Feed feed;
                    return train(setup.settings, setup.initial, setup.data, setup.split, control, feed, {},
                                 measuring);
                };
                const TrainingOutcome inTurn = runMeasuring(Measuring::InTurn);
                const TrainingOutcome beside = runMeasuring(Measuring::Beside);
                QVERIFY(sameOutcome(inTurn, beside));
                QCOMPARE(beside.epoch, inTurn.epoch);
                QCOMPARE(beside.error.has_value(), inTurn.error.has_value());
                if (inTurn.error)
                    QCOMPARE(beside.error->message(), inTurn.error->message());
                if (brokenValidation)
                    QVERIFY(inTurn.reason == EndReason::Diverged && inTurn.history.epochs.empty());
                diverged += inTurn.reason == EndReason::Diverged;
            }
        }
    }
    // Not only those whose validation samples are broken; clipped scalar operations stay finite.
    QVERIFY(diverged >= 12 && (diverged > 12 || kind == 0));
}

void TestLoop::everyEpochTakesEverySampleOnce()
{
    // At a rate that moves nothing, with one sample a batch, each point of the curve is one sample's loss.
    Setup setup = makeSetup(allKinds[0]);
    setup.settings.batchSize = 1;
    std::vector<double> losses;
    for (const std::uint32_t sample : setup.split.training)
        losses.push_back(plainLoss(setup.initial.stack, setup.initial.parameters,
                                   sampleInputs(setup.data, sample), setup.data.labels[sample]));
    const auto ordersOf = [&](std::uint64_t seed, bool shuffled) {
        setup.settings.seed = seed;
        setup.settings.shuffle = shuffled;
        Control control(1e-100);
        Feed feed;
        (void)runWith(setup, control, feed);
        std::vector<std::vector<std::size_t>> orders;
        const auto points = feed.take().points;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (i % 30 == 0)
                orders.emplace_back();
            const auto nearest = std::min_element(losses.begin(), losses.end(), [&](double a, double b) {
                return std::abs(a - points[i].loss) < std::abs(b - points[i].loss);
            });
            orders.back().push_back(static_cast<std::size_t>(nearest - losses.begin()));
        }
        return orders;
    };
    std::vector<std::size_t> inFileOrder(30);
    for (std::size_t i = 0; i < 30; ++i)
        inFileOrder[i] = i;

    const auto orders = ordersOf(42, true);
    QCOMPARE(orders.size(), std::size_t(3));
    for (auto order : orders) {
        QVERIFY(order != inFileOrder);
        std::sort(order.begin(), order.end());
        QVERIFY(order == inFileOrder);
    }
    QVERIFY(orders[0] != orders[1] && orders[1] != orders[2]);
    QVERIFY(ordersOf(42, true) == orders);
    QVERIFY(ordersOf(43, true)[0] != orders[0]);
    for (const auto& order : ordersOf(42, false))
        QVERIFY(order == inFileOrder);
}

void TestLoop::measuresWithTheEndWeights_data()
{
    addKindRows();
}

void TestLoop::measuresWithTheEndWeights()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    const auto metricsWith = [&](const Network& parameters, const std::vector<std::uint32_t>& samples) {
        Engine engine = makeEngine(parameters, setup.settings.engine, setup.settings.precision, 0, 1);
        return metricsOf(predict(engine, setup.data, samples), setup.data, samples);
    };
    // As many epochs as there are; the last one's weights are the outcome.
    for (int epochs = 1; epochs <= 3; ++epochs) {
        setup.settings.epochs = epochs;
        Control control(0.1);
        Feed feed;
        const TrainingOutcome outcome = runWith(setup, control, feed);
        const EpochRecord& record = outcome.history.epochs.back();
        QVERIFY(record.trainAccuracy == metricsWith(outcome.network, setup.split.training).accuracy);
        QVERIFY(sameMetrics(record.validation, metricsWith(outcome.network, setup.split.validation)));
        QVERIFY(sameMetrics(outcome.history.test, metricsWith(outcome.network, setup.split.test)));
        const FeedContent content = feed.take();
        QVERIFY(sameMetrics(content.startValidation, metricsWith(setup.initial, setup.split.validation)));
        QVERIFY(content.snapshot.parameters->parameters == outcome.network.parameters);
        QCOMPARE(content.snapshot.epoch, static_cast<double>(epochs));
    }
}

void TestLoop::withoutValidationAndTest()
{
    Setup setup = makeSetup(allKinds[1]);
    const TrainingOutcome full = run(setup);
    setup.split.validation.clear();
    setup.split.test.clear();
    Control control(0.1);
    Feed feed;
    const TrainingOutcome outcome = runWith(setup, control, feed);
    QVERIFY(outcome.reason == EndReason::Finished);
    QVERIFY(outcome.network.parameters == full.network.parameters);
    QVERIFY(!outcome.history.test);
    for (const EpochRecord& record : outcome.history.epochs)
        QVERIFY(!record.validation);
    QVERIFY(!feed.take().startValidation);
}

void TestLoop::aBatchLargerThanTheTrainingSet()
{
    for (const Kind& kind : allKinds) {
        Setup setup = makeSetup(kind);
        setup.settings.batchSize = maximumBatch;
        std::vector<double> values = setup.initial.parameters;
        for (int epoch = 0; epoch < 3; ++epoch)
            plainStep(setup, values, setup.split.training, 0.1);
        const double tolerance = kind.precision == Precision::Float ? 1e-5 : 1e-12;
        QVERIFY(largestDifference(run(setup).network.parameters, values) < tolerance);
    }
}

void TestLoop::postsPointsAndProgress()
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

void TestLoop::pointsHaveEnoughSamples()
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

void TestLoop::theLearningRateActsAtOnce_data()
{
    addKindRows();
}

void TestLoop::theLearningRateActsAtOnce()
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

void TestLoop::stepsOneBatchAndOneEpoch()
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

void TestLoop::stopsSoon_data()
{
    addKindRows();
}

void TestLoop::stopsSoon()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.settings.epochs = maximumEpochs;
    setup.settings.threads = 2;
    setup.settings.learningRate = 1e-3;
    Running running(setup);
    std::this_thread::sleep_for(30ms);
    const auto begin = std::chrono::steady_clock::now();
    running.requestStop();
    const TrainingOutcome outcome = running.join();
    // In truth a millisecond; the bound leaves room for sanitizers and busy machines.
    QVERIFY(std::chrono::steady_clock::now() - begin < 1s);
    QVERIFY(outcome.reason == EndReason::Stopped);
    QVERIFY(!outcome.error && !outcome.history.test);
    QVERIFY(allFinite(outcome.network));
    QVERIFY(outcome.network.parameters != setup.initial.parameters);
}

void TestLoop::stopsWhilePaused()
{
    const Setup setup = makeSetup(allKinds[1]);
    Running running(setup, true);
    running.control.stepBatch();
    QVERIFY(running.snapshotAt(4.0 / 30.0));
    const auto begin = std::chrono::steady_clock::now();
    running.requestStop();
    const TrainingOutcome outcome = running.join();
    QVERIFY(std::chrono::steady_clock::now() - begin < 1s);
    QVERIFY(outcome.reason == EndReason::Stopped);
    QVERIFY(outcome.history.epochs.empty());
    QVERIFY(outcome.network.parameters != setup.initial.parameters);
}

void TestLoop::stopsWhileMeasuring()
{
    // Far more samples to measure than a machine gets through in the time.
    for (const Kind& kind : allKinds) {
        Setup setup = makeSetup(kind);
        setup.settings.layers = {{64, Activation::Relu}, {64, Activation::Relu}, {3, Activation::Softmax}};
        setup.initial = initialNetwork(setup.settings, 4);
        setup.split.validation.assign(1'000'000, 5);
        Running running(setup);
        std::this_thread::sleep_for(20ms);
        const auto begin = std::chrono::steady_clock::now();
        running.requestStop();
        const TrainingOutcome outcome = running.join();
        QVERIFY(std::chrono::steady_clock::now() - begin < 2s);
        QVERIFY(outcome.reason == EndReason::Stopped);
        QVERIFY(allFinite(outcome.network));
    }
}

void TestLoop::stoppedBeforeTheFirstStep()
{
    const Setup setup = makeSetup(allKinds[1]);
    std::stop_source source;
    source.request_stop();
    Control control(0.1);
    Feed feed;
    const TrainingOutcome outcome =
        train(setup.settings, setup.initial, setup.data, setup.split, control, feed, source.get_token());
    QVERIFY(outcome.reason == EndReason::Stopped);
    QVERIFY(outcome.network.parameters == setup.initial.parameters);
    QVERIFY(outcome.history.epochs.empty());
}

void TestLoop::aRateWithoutBoundsStopsTheRun_data()
{
    addKindRows();
}

void TestLoop::aRateWithoutBoundsStopsTheRun()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.initial =
        networkOf(makeEngine(setup.initial, setup.settings.engine, setup.settings.precision, 1, 1)); // floats
    for (const OptimizerKind optimizer : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
        setup.settings.optimizer = optimizer;
        for (const double rate : {infinity, -infinity, std::nan("")}) {
            Control control(rate);
            Feed feed;
            const TrainingOutcome outcome = runWith(setup, control, feed);
            QVERIFY(outcome.reason == EndReason::Diverged);
            QVERIFY(outcome.network.parameters == setup.initial.parameters);
            QVERIFY(outcome.error.has_value());
            QVERIFY2(contains(outcome.error->what.english(), "step 1,"),
                     outcome.error->what.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), "layer 1"), outcome.error->why.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), std::isnan(rate) ? "nan" : "inf"),
                     outcome.error->why.english().c_str());
            QVERIFY(!outcome.history.test);
        }
    }
}

void TestLoop::divergesInTheMiddle_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("activation");
    QTest::addColumn<int>("optimizer");
    for (int kind = 0; kind < 3; ++kind) {
        for (const ActivationRow& row : activationTable) {
            const Activation activation = row.activation;
            for (const OptimizerKind optimizer :
                 {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
                QTest::addRow("%s, %s, %s", allKinds[kind].name,
                              std::string(activationName(activation)).c_str(),
                              std::string(optimizerName(optimizer)).c_str())
                    << kind << static_cast<int>(activation) << static_cast<int>(optimizer);
            }
        }
    }
}

void TestLoop::divergesInTheMiddle()
{
    QFETCH(const int, kind);
    QFETCH(const int, activation);
    QFETCH(const int, optimizer);
    Setup setup = makeSetup(allKinds[kind], static_cast<Activation>(activation));
    // Two hidden layers, so that each step multiplies weights with weights.
    setup.settings.layers.insert(setup.settings.layers.begin(), {6, static_cast<Activation>(activation)});
    setup.settings.optimizer = static_cast<OptimizerKind>(optimizer);
    setup.settings.epochs = 20;
    setup.initial = initialNetwork(setup.settings, 4);
    for (const double rate : {1e3, 1e6, maximumLearningRate, 1e30}) {
        Control control(rate);
        Feed feed;
        const TrainingOutcome outcome = runWith(setup, control, feed);
        QVERIFY(allFinite(outcome.network));
        QCOMPARE(outcome.reason == EndReason::Diverged, outcome.error.has_value());
        if (outcome.error) {
            QVERIFY2(contains(outcome.error->what.english(), "step "), outcome.error->what.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), "layer ") ||
                         contains(outcome.error->why.english(), "in the loss"),
                     outcome.error->why.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), rate == 1e3    ? "1e+03"
                                                            : rate == 1e6  ? "1e+06"
                                                            : rate == 1e30 ? "1e+30"
                                                                           : "1e+09"),
                     outcome.error->why.english().c_str());
            QVERIFY(!outcome.error->mend.empty());
        }
        // Linear layers have nothing to hold them back.
        const bool linear = activation == static_cast<int>(Activation::Linear);
        if (linear && optimizer == static_cast<int>(OptimizerKind::Sgd) && rate >= 1e6 && kind == 2)
            QVERIFY(outcome.reason == EndReason::Diverged);
        for (const EpochRecord& record : outcome.history.epochs)
            QVERIFY(std::isfinite(record.trainLoss));
    }
}

void TestLoop::brokenSamplesStopTheRun()
{
    for (const Kind& kind : allKinds) {
        Setup setup = makeSetup(kind);
        setup.settings.shuffle = false;
        setup.data.features[4 * 13 + 1] = std::numeric_limits<float>::quiet_NaN(); // in the fourth batch
        const TrainingOutcome outcome = run(setup);
        QVERIFY(outcome.reason == EndReason::Diverged);
        QVERIFY2(contains(outcome.error->message(), "step 4, in epoch 1"), outcome.error->message().c_str());
        QVERIFY2(contains(outcome.error->message(), "layer 1 (6 tanh)"), outcome.error->message().c_str());
        QVERIFY2(contains(outcome.error->message(), "learning rate of 0.1"),
                 outcome.error->message().c_str());
        std::vector<double> values = setup.initial.parameters;
        // The fourth batch breaks the loss of the weights that the third step made: those from before it are
        // kept.
        for (std::size_t i = 0; i < 2; ++i)
            plainStep(setup, values, indices(4 * i, 4), 0.1);
        QVERIFY(largestDifference(outcome.network.parameters, values) <
                (kind.precision == Precision::Float ? 1e-5 : 1e-12));
    }
}

void TestLoop::initialWeightsHaveTheRulesDeviation()
{
    TrainingSettings settings;
    settings.layers = {{100, Activation::Relu}, {10, Activation::Softmax}};
    for (const WeightRule rule : {WeightRule::Xavier, WeightRule::Glorot}) {
        settings.initialWeights = {rule};
        const Network parameters = initialNetwork(settings, 400);
        double squares = 0.0;
        for (std::size_t i = 0; i < 40'000; ++i)
            squares += parameters.parameters[i] * parameters.parameters[i];
        const double variance = rule == WeightRule::Xavier ? 1.0 / 400.0 : 2.0 / 500.0;
        QVERIFY(std::abs(squares / 40'000 / variance - 1.0) < 5.0 * std::sqrt(2.0 / 40'000));
        QVERIFY(initialNetwork(settings, 400).parameters == parameters.parameters);
        settings.seed = 1;
        QVERIFY(initialNetwork(settings, 400).parameters != parameters.parameters);
        settings.seed = 42;
    }
}

void TestLoop::learnsMnist_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("epochs");
    QTest::addColumn<double>("accuracy");
    QTest::newRow("scalar") << "scalar" << 5 << 70.0;
    QTest::newRow("matrix, two epochs") << "matrix" << 2 << 85.0;
}

void TestLoop::learnsMnist()
{
    QFETCH(const QString, preset);
    QFETCH(const int, epochs);
    QFETCH(const double, accuracy);
    const auto folder = mnistFolder();
    if (!folder)
        QSKIP("MNIST (train-images-idx3-ubyte.gz) not found");
    auto data = loadDataset(*folder);
    QVERIFY2(data, data ? "" : data.error().message().c_str());
    TrainingSettings settings = presetSettings(preset.toStdString()).value();
    settings.epochs = epochs;
    settings.seed = 1;
    settings.threads = 2;
    const auto setup = prepareRun(settings, {}, std::make_shared<const Dataset>(std::move(*data)));
    QVERIFY2(setup, setup ? "" : setup.error().message().c_str());
    Control control(settings.learningRate);
    Feed feed;
    const TrainingOutcome outcome =
        train(setup->settings, setup->initial, *setup->data, setup->split, control, feed, {});
    QVERIFY(outcome.history.test.has_value());
    qInfo("%.1f %% in %.1f s", outcome.history.test->accuracy, outcome.history.trainSeconds);
    QVERIFY(outcome.history.test->accuracy > accuracy);
    QVERIFY(outcome.history.epochs.back().trainLoss < outcome.history.epochs.front().trainLoss);
}

QTEST_GUILESS_MAIN(TestLoop)
#include "tst_loop.moc"
