// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/sources.h"
#include "core/network/initialweights.h"
#include "core/training/engines/engine.h"
#include "core/training/evaluation.h"
#include "core/training/runsetup.h"
#include "tests/core/numeric.h"
#include "tests/support/looprun.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

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

} // namespace

class TestLoop : public QObject {
    Q_OBJECT

private slots:
    void matchesAPlainLoop_data();
    void matchesAPlainLoop();
    void theSameSeedGivesTheSameRun_data();
    void theSameSeedGivesTheSameRun();
    void threadsChangeNothing();
    void everyEpochTakesEverySampleOnce();
    void aKeptOrderChangesNothing();
    void measuresWithTheEndWeights_data();
    void measuresWithTheEndWeights();
    void withoutValidationAndTest();
    void aBatchLargerThanTheTrainingSet();
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

void TestLoop::aKeptOrderChangesNothing()
{
    Setup setup = makeSetup(allKinds[1]);
    setup.settings.epochs = 6;
    const TrainingOutcome whole = run(setup);
    SampleOrder order;
    const auto piece = [&](const RunStart& start) {
        Control control(0.1);
        Feed feed;
        return train(borrowedRun(setup), control, feed, {}, start);
    };
    // One epoch after the other, each with weights alone; then once more from the second: the order, which is
    // further by then, is made anew.
    Network second;
    const auto pieces = [&](Network network, int done) {
        for (int epoch = done; epoch < 6; ++epoch) {
            if (epoch == 2)
                second = network;
            setup.settings.epochs = epoch + 1;
            const Checkpoint checkpoint = checkpointAt(setup.settings, network, 30, epoch);
            RunStart start;
            start.checkpoint = &checkpoint;
            start.order = &order;
            network = piece(start).network;
            if (order.epochs != epoch + 1)
                return false;
        }
        return network.parameters == whole.network.parameters;
    };
    QVERIFY(pieces(setup.initial, 0));
    QVERIFY(pieces(second, 2));

    // Stopped within an epoch, whose order is needed again.
    setup.settings.epochs = 6;
    RunStart start;
    start.order = &order;
    start.stopAt = 20; // of eight an epoch
    const TrainingOutcome stopped = piece(start);
    QCOMPARE(order.epochs, 3);
    start.checkpoint = &*stopped.checkpoint;
    start.epochs = stopped.history.epochs;
    start.stopAt.reset();
    QVERIFY(sameOutcome(piece(start), whole));
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
    const TrainingOutcome outcome = train(*setup, control, feed, {});
    QVERIFY(outcome.history.test.has_value());
    qInfo("%.1f %% in %.1f s", outcome.history.test->accuracy, outcome.history.trainSeconds);
    QVERIFY(outcome.history.test->accuracy > accuracy);
    QVERIFY(outcome.history.epochs.back().trainLoss < outcome.history.epochs.front().trainLoss);
}

QTEST_GUILESS_MAIN(TestLoop)
#include "tst_loop.moc"
