// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digits.h"
#include "core/data/readers/sources.h"
#include "core/formats/modelfile.h"
#include "core/network/initialweights.h"
#include "core/training/engines/engine.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

constexpr OptimizerKind allOptimizers[] = {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam};

LayerStack stackWith(Activation activation)
{
    return {6, {{7, activation}, {5, activation}, {4, Activation::Softmax}}};
}

Network initialFor(const LayerStack& stack, std::uint64_t seed)
{
    Random random = makeRandom(seed);
    return makeNetwork(stack, {WeightRule::Xavier}, random);
}

/// Trains in file order, batch after batch, `epochs` times through; the last batch of each may be short.
void trainInOrder(Engine& engine, OptimizerKind kind, const Dataset& data,
                  std::span<const std::uint32_t> samples, std::size_t batchSize, double rate, int epochs = 1)
{
    Optimizer optimizer = makeOptimizer(engine, kind);
    for (int epoch = 0; epoch < epochs; ++epoch) {
        for (std::size_t begin = 0; begin < samples.size(); begin += batchSize) {
            const auto batch = samples.subspan(begin, std::min(batchSize, samples.size() - begin));
            const BatchResult result = trainBatch(engine, optimizer, data, batch, {rate});
            QVERIFY(!result.brokenLayer);
        }
    }
}

Network trained(const Network& initial, EngineKind engineKind, Precision precision, OptimizerKind kind,
                const Dataset& data, std::span<const std::uint32_t> samples, std::size_t batchSize,
                double rate, int epochs = 1, int threads = 1)
{
    Engine engine = makeEngine(initial, engineKind, precision, static_cast<int>(batchSize), threads);
    trainInOrder(engine, kind, data, samples, batchSize, rate, epochs);
    return networkOf(engine);
}

/// The largest difference between two engines' predictions; infinite where a label differs.
double largestDifference(const std::vector<SamplePrediction>& a, const std::vector<SamplePrediction>& b)
{
    if (a.size() != b.size() || a.empty())
        return INFINITY;
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].label != b[i].label)
            return INFINITY;
        for (const double difference : {a[i].confidence - b[i].confidence,
                                        a[i].trueProbability - b[i].trueProbability, a[i].loss - b[i].loss}) {
            if (!(std::abs(difference) <= 1e300))
                return INFINITY;
            largest = std::max(largest, std::abs(difference));
        }
    }
    return largest;
}

bool bitEqual(const std::vector<SamplePrediction>& a, const std::vector<SamplePrediction>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.label == y.label && x.confidence == y.confidence && x.trueProbability == y.trueProbability &&
               x.loss == y.loss;
    });
}

struct Kind {
    const char* name;
    EngineKind engine;
    Precision precision;
};
constexpr Kind allKinds[] = {{"scalar", EngineKind::Scalar, Precision::Double},
                             {"matrix double", EngineKind::Matrix, Precision::Double},
                             {"matrix float", EngineKind::Matrix, Precision::Float}};

} // namespace

class TestEngines : public QObject {
    Q_OBJECT

private slots:
    void parametersComeBackUnchanged();
    void oneStepMatchesTheTextbook_data();
    void oneStepMatchesTheTextbook();
    void batchResultsAreThoseOfThePlainNetwork();
    void enginesAgreeOnImages_data();
    void enginesAgreeOnImages();
    void enginesAgree_data();
    void enginesAgree();
    void predictionsAreThoseOfThePlainNetwork();
    void predictionsDoNotDependOnTraining();
    void threadsDoNotChangeTheNumbers_data();
    void threadsDoNotChangeTheNumbers();
    void manyThreadsAndFewSamples();
    void modelsMoveBetweenTheEngines();
    void stoppedPredictionsAreNone();
    void brokenInputLeavesTheWeightsAlone_data();
    void brokenInputLeavesTheWeightsAlone();
    void aStepTooLargeIsNotTaken();
    void aRefusedStepLeavesNothingToUndo_data();
    void aRefusedStepLeavesNothingToUndo();
    void aScalarNetworkAsksForItsMemoryFirst();
};

void TestEngines::parametersComeBackUnchanged()
{
    const Network initial = initialFor(stackWith(Activation::Relu), 1);
    for (const Kind& kind : allKinds) {
        const Network back = networkOf(makeEngine(initial, kind.engine, kind.precision, 3, 1));
        QCOMPARE(back.stack, initial.stack);
        QCOMPARE(back.parameters.size(), initial.parameters.size());
        for (std::size_t i = 0; i < back.parameters.size(); ++i) {
            const double expected = kind.precision == Precision::Float
                                        ? static_cast<double>(static_cast<float>(initial.parameters[i]))
                                        : initial.parameters[i];
            QVERIFY(back.parameters[i] == expected);
        }
    }
}

void TestEngines::oneStepMatchesTheTextbook_data()
{
    // Batches of one shard, several, all eight, and of shards that take more than one chunk of 256.
    QTest::addColumn<int>("batch");
    for (const int batch : {1, 2, 31, 63, 64, 100, 300, 2500})
        QTest::addRow("batch of %d", batch) << batch;
}

void TestEngines::oneStepMatchesTheTextbook()
{
    QFETCH(const int, batch);
    const auto count = static_cast<std::size_t>(batch);
    const Dataset data = makeClouds(count, 6, 4, 2);
    const auto samples = indices(0, count);
    for (const Activation activation : {Activation::Tanh, Activation::Relu}) {
        const Network initial = initialFor(stackWith(activation), 3);
        std::vector<double> gradients(initial.parameters.size(), 0.0);
        for (std::size_t i = 0; i < count; ++i)
            addPlainGradients(initial.stack, initial.parameters, sampleInputs(data, i), data.labels[i],
                              1.0 / static_cast<double>(count), gradients);
        std::vector<double> expected = initial.parameters;
        for (std::size_t i = 0; i < expected.size(); ++i)
            expected[i] -= 0.5 * gradients[i];
        for (const Kind& kind : allKinds) {
            const Network result =
                trained(initial, kind.engine, kind.precision, OptimizerKind::Sgd, data, samples, count, 0.5);
            const double difference = tests::largestDifference(result.parameters, expected);
            QVERIFY2(difference < (kind.precision == Precision::Float ? 1e-5 : 1e-13),
                     qPrintable(QString("%1: %2").arg(kind.name).arg(difference)));
        }
    }
}

void TestEngines::batchResultsAreThoseOfThePlainNetwork()
{
    const Dataset data = makeClouds(90, 6, 4, 4);
    const auto samples = indices(0, 90);
    const Network initial = initialFor(stackWith(Activation::Sigmoid), 5);
    double loss = 0.0;
    int correct = 0;
    for (std::size_t i = 0; i < 90; ++i) {
        const auto out = plainForward(initial.stack, initial.parameters, sampleInputs(data, i)).back().output;
        loss -= std::log(out[data.labels[i]]);
        correct += std::max_element(out.begin(), out.end()) - out.begin() == data.labels[i];
    }
    for (const Kind& kind : allKinds) {
        Engine engine = makeEngine(initial, kind.engine, kind.precision, 90, 2);
        Optimizer optimizer = makeOptimizer(engine, OptimizerKind::Sgd);
        const BatchResult result = trainBatch(engine, optimizer, data, samples, {0.1});
        VERIFY_AGREE(result.lossSum, loss, kind.precision == Precision::Float ? 1e-5 : 1e-12);
        QCOMPARE(result.correct, correct);
        QVERIFY(!result.brokenLayer);
    }
}

void TestEngines::enginesAgreeOnImages_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("built-in digits") << QString();
    QTest::newRow("MNIST") << "mnist";
}

void TestEngines::enginesAgreeOnImages()
{
    QFETCH(const QString, source);
    Dataset data;
    if (source.isEmpty()) {
        data = makeDigits(500, 6);
    } else {
        const auto folder = mnistFolder();
        if (!folder)
            QSKIP("MNIST (train-images-idx3-ubyte.gz) not found");
        auto loaded = loadDataset(*folder);
        QVERIFY2(loaded, loaded ? "" : loaded.error().message().c_str());
        data = std::move(*loaded);
    }
    const LayerStack stack{784, {{16, Activation::Relu}, {10, Activation::Softmax}}};
    const Network initial = initialFor(stack, 7);
    Engine scalarEngine = makeEngine(initial, EngineKind::Scalar, Precision::Double, 1, 1);
    Engine matrixEngine = makeEngine(initial, EngineKind::Matrix, Precision::Double, 1, 1);
    trainInOrder(scalarEngine, OptimizerKind::Sgd, data, indices(0, 400), 1, 0.01);
    trainInOrder(matrixEngine, OptimizerKind::Sgd, data, indices(0, 400), 1, 0.01);
    const double difference =
        tests::largestDifference(networkOf(scalarEngine).parameters, networkOf(matrixEngine).parameters);
    QVERIFY2(difference < 1e-10, qPrintable(QString::number(difference)));
    // It has learned something, so that there was something to differ in.
    QVERIFY(tests::largestDifference(networkOf(scalarEngine).parameters, initial.parameters) > 0.01);
    const auto unseen = indices(400, 100);
    QVERIFY(largestDifference(predict(scalarEngine, data, unseen), predict(matrixEngine, data, unseen)) <
            1e-9);
}

void TestEngines::enginesAgree_data()
{
    QTest::addColumn<int>("activation");
    QTest::addColumn<int>("optimizer");
    QTest::addColumn<int>("batch");
    for (const ActivationRow& row : activationTable) {
        const Activation activation = row.activation;
        for (const OptimizerKind kind : allOptimizers) {
            for (const int batch : {1, 7, 70}) {
                QTest::addRow("%s, %s, batches of %d", std::string(activationName(activation)).c_str(),
                              std::string(optimizerName(kind)).c_str(), batch)
                    << static_cast<int>(activation) << static_cast<int>(kind) << batch;
            }
        }
    }
}

void TestEngines::enginesAgree()
{
    QFETCH(const int, activation);
    QFETCH(const int, optimizer);
    QFETCH(const int, batch);
    const auto kind = static_cast<OptimizerKind>(optimizer);
    const double rate = kind == OptimizerKind::Sgd ? 0.05 : 0.005;
    const Dataset data = makeClouds(200, 6, 4, 8); // in batches of 7 and 70 the last one is short
    const auto samples = indices(0, 200);
    const Network initial = initialFor(stackWith(static_cast<Activation>(activation)), 9);
    const auto batchSize = static_cast<std::size_t>(batch);
    const int epochs = 2 * std::min(batch, 10);
    const Network scalarResult =
        trained(initial, EngineKind::Scalar, Precision::Double, kind, data, samples, batchSize, rate, epochs);
    const Network matrixResult =
        trained(initial, EngineKind::Matrix, Precision::Double, kind, data, samples, batchSize, rate, epochs);
    const double difference = tests::largestDifference(scalarResult.parameters, matrixResult.parameters);
    QVERIFY2(difference < 1e-10, qPrintable(QString::number(difference)));
    QVERIFY(tests::largestDifference(scalarResult.parameters, initial.parameters) > 0.01);
}

void TestEngines::predictionsAreThoseOfThePlainNetwork()
{
    const Dataset data = makeClouds(300, 6, 4, 10);
    std::vector<std::uint32_t> samples = {299, 0, 17, 17, 5}; // in any order, also more than once
    for (const std::uint32_t i : indices(20, 250))
        samples.push_back(i);
    for (const ActivationRow& row : activationTable) {
        const Activation activation = row.activation;
        const Network initial = initialFor(stackWith(activation), 11);
        for (const Kind& kind : allKinds) {
            Engine engine = makeEngine(initial, kind.engine, kind.precision, 0, 1); // predicts only
            const auto predictions = predict(engine, data, samples);
            QCOMPARE(predictions.size(), samples.size());
            const double tolerance = kind.precision == Precision::Float ? 1e-5 : 1e-13;
            for (std::size_t i = 0; i < samples.size(); ++i) {
                const auto out =
                    plainForward(initial.stack, initial.parameters, sampleInputs(data, samples[i]))
                        .back()
                        .output;
                const auto best = std::max_element(out.begin(), out.end());
                QCOMPARE(predictions[i].label, static_cast<int>(best - out.begin()));
                VERIFY_AGREE(predictions[i].confidence, *best, tolerance);
                VERIFY_AGREE(predictions[i].trueProbability, out[data.labels[samples[i]]], tolerance);
                VERIFY_AGREE(predictions[i].loss, -std::log(out[data.labels[samples[i]]]), tolerance);
            }
            QVERIFY(predict(engine, data, {}).empty());
        }
    }
}

void TestEngines::predictionsDoNotDependOnTraining()
{
    // Weights trained in an engine predict as the same weights do in a new one.
    const Dataset data = makeClouds(150, 6, 4, 12);
    const auto samples = indices(0, 150);
    for (const Kind& kind : allKinds) {
        Engine engine =
            makeEngine(initialFor(stackWith(Activation::Relu), 13), kind.engine, kind.precision, 20, 1);
        (void)predict(engine, data, samples);
        trainInOrder(engine, OptimizerKind::Momentum, data, samples, 20, 0.05, 2);
        Engine fresh = makeEngine(networkOf(engine), kind.engine, kind.precision, 0, 1);
        QVERIFY2(bitEqual(predict(engine, data, samples), predict(fresh, data, samples)), kind.name);
    }
}

void TestEngines::threadsDoNotChangeTheNumbers_data()
{
    QTest::addColumn<int>("batch");
    for (const int batch : {1, 31, 64, 100, 300, 700})
        QTest::addRow("batch of %d", batch) << batch;
}

void TestEngines::threadsDoNotChangeTheNumbers()
{
    QFETCH(const int, batch);
    const auto batchSize = static_cast<std::size_t>(batch);
    // After batches of 700 or 300 there remain 63: fewer shards than before, and larger ones.
    const Dataset data = makeClouds(763, 6, 4, 14);
    const auto samples = indices(0, batch == 300 ? 663 : 763);
    const Network initial = initialFor(stackWith(Activation::Tanh), 15);
    for (const Precision precision : {Precision::Float, Precision::Double}) {
        Network first;
        std::vector<SamplePrediction> firstPredictions;
        for (const int threads : {1, 2, 3}) {
            Engine engine = makeEngine(initial, EngineKind::Matrix, precision, batch, threads);
            trainInOrder(engine, OptimizerKind::Adam, data, samples, batchSize, 0.01, batch == 1 ? 1 : 2);
            const Network result = networkOf(engine);
            const auto predictions = predict(engine, data, samples);
            if (threads == 1) {
                first = result;
                firstPredictions = predictions;
            }
            QVERIFY(result.parameters == first.parameters);
            QVERIFY(bitEqual(predictions, firstPredictions));
        }
        QVERIFY(first.parameters != initial.parameters);
    }
}

void TestEngines::manyThreadsAndFewSamples()
{
    const Dataset data = makeClouds(3, 6, 4, 16);
    const Network initial = initialFor(stackWith(Activation::Relu), 17);
    const auto one = trained(initial, EngineKind::Matrix, Precision::Double, OptimizerKind::Sgd, data,
                             indices(0, 3), 2, 0.1, 5, 1);
    const auto many = trained(initial, EngineKind::Matrix, Precision::Double, OptimizerKind::Sgd, data,
                              indices(0, 3), 2, 0.1, 5, 16);
    QVERIFY(one.parameters == many.parameters);
    // Made and let go at once: no thread is left waiting.
    for (int i = 0; i < 50; ++i)
        (void)makeEngine(initial, EngineKind::Matrix, Precision::Float, 4, 1 + i % 5);
}

void TestEngines::modelsMoveBetweenTheEngines()
{
    const Dataset data = makeClouds(260, 6, 4, 18);
    const auto samples = indices(0, 260);
    const Network initial = initialFor(stackWith(Activation::Tanh), 19);
    for (const Kind& from : allKinds) {
        Engine trainedEngine = makeEngine(initial, from.engine, from.precision, 20, 1);
        trainInOrder(trainedEngine, OptimizerKind::Sgd, data, samples, 20, 0.1, 3);
        const auto expected = predict(trainedEngine, data, samples);
        const std::string bytes = encodeModel(ModelFile{networkOf(trainedEngine), {}, {}});
        const auto model = decodeModel(std::span(bytes.data(), bytes.size()), "model");
        QVERIFY2(model, model ? "" : model.error().message().c_str());
        QVERIFY(model->network.precision == from.precision);
        QVERIFY(model->network.parameters == networkOf(trainedEngine).parameters);
        for (const Kind& to : allKinds) {
            Engine engine = makeEngine(model->network, to.engine, to.precision, 0, 1);
            const auto predictions = predict(engine, data, samples);
            const bool anyFloat = from.precision == Precision::Float || to.precision == Precision::Float;
            const double difference = largestDifference(predictions, expected);
            QVERIFY2(difference < (anyFloat ? 1e-4 : 1e-12),
                     qPrintable(QString("%1 to %2: %3").arg(from.name, to.name).arg(difference)));
        }
    }
}

void TestEngines::stoppedPredictionsAreNone()
{
    const Dataset data = makeClouds(300, 6, 4, 20);
    std::stop_source source;
    source.request_stop();
    for (const Kind& kind : allKinds) {
        Engine engine =
            makeEngine(initialFor(stackWith(Activation::Relu), 21), kind.engine, kind.precision, 0, 2);
        QVERIFY(predict(engine, data, indices(0, 300), source.get_token()).empty());
        QCOMPARE(predict(engine, data, indices(0, 300)).size(), std::size_t(300));
    }
}

void TestEngines::brokenInputLeavesTheWeightsAlone_data()
{
    QTest::addColumn<int>("activation");
    for (const ActivationRow& row : activationTable)
        QTest::newRow(std::string(row.name).c_str()) << static_cast<int>(row.activation);
}

void TestEngines::brokenInputLeavesTheWeightsAlone()
{
    QFETCH(const int, activation);
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Dataset data = makeClouds(80, 6, 4, 22);
        data.features[6 * 50 + 2] = bad;
        const Network initial = initialFor(stackWith(static_cast<Activation>(activation)), 23);
        for (const Kind& kind : allKinds) {
            Engine engine = makeEngine(initial, kind.engine, kind.precision, 80, 2);
            Optimizer optimizer = makeOptimizer(engine, OptimizerKind::Momentum);
            const Network before = networkOf(engine);
            const BatchResult result = trainBatch(engine, optimizer, data, indices(0, 80), {0.1});
            QVERIFY2(result.brokenLayer.has_value(), kind.name);
            QCOMPARE(*result.brokenLayer, 0);
            QVERIFY(networkOf(engine).parameters == before.parameters);
            // The engine lives on.
            QVERIFY(!trainBatch(engine, optimizer, data, indices(0, 40), {0.1}).brokenLayer);
        }
    }
}

void TestEngines::aStepTooLargeIsNotTaken()
{
    const Dataset data = makeClouds(20, 6, 4, 24);
    const double infinite = std::numeric_limits<double>::infinity();
    for (const Kind& kind : allKinds) {
        for (const OptimizerKind optimizerKind : allOptimizers) {
            for (const double rate : {infinite, -infinite, std::nan(""), 1e308}) {
                Engine engine = makeEngine(initialFor(stackWith(Activation::Relu), 25), kind.engine,
                                           kind.precision, 20, 1);
                Optimizer optimizer = makeOptimizer(engine, optimizerKind);
                const Network before = networkOf(engine);
                const BatchResult result = trainBatch(engine, optimizer, data, indices(0, 20), {rate});
                QVERIFY(result.brokenLayer.has_value());
                QVERIFY(networkOf(engine).parameters == before.parameters);
            }
        }
    }
}

void TestEngines::aRefusedStepLeavesNothingToUndo_data()
{
    QTest::addColumn<int>("optimizer");
    QTest::addColumn<int>("batch");
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
        for (const int batch : {1, 6}) {
            const QString name = QString("%1, batch %2").arg(static_cast<int>(kind)).arg(batch);
            QTest::newRow(qPrintable(name)) << static_cast<int>(kind) << batch;
        }
    }
}

// Two good steps, then one whose loss is finite and whose gradients are not: the weights after the second
// step have shown that finite loss, and stay.
void TestEngines::aRefusedStepLeavesNothingToUndo()
{
    QFETCH(int, optimizer);
    QFETCH(int, batch);
    const LayerStack stack{6, {{5, Activation::Relu}, {3, Activation::Softmax}}};
    const Dataset data = makeClouds(24, 6, 3, 4);
    const std::vector<std::uint32_t> all = indices(0, 24);
    const std::span<const std::uint32_t> samples(all);
    const auto count = static_cast<std::size_t>(batch);
    Random random = makeRandom(9);
    Engine engine = makeEngine(makeNetwork(stack, {WeightRule::Xavier}, random), EngineKind::Scalar,
                               Precision::Double, batch, 1);
    Optimizer state = makeOptimizer(engine, static_cast<OptimizerKind>(optimizer));
    QVERIFY(!trainBatch(engine, state, data, samples.subspan(0, count), {0.01}).brokenLayer);
    const auto first = networkOf(engine).parameters;
    QVERIFY(!trainBatch(engine, state, data, samples.subspan(count, count), {0.01}).brokenLayer);
    const auto second = networkOf(engine).parameters;
    QVERIFY(first != second);
    QVERIFY(networkBefore(engine).parameters == first);
    const BatchResult refused =
        trainBatch(engine, state, data, samples.subspan(2 * count, count), {INFINITY});
    QVERIFY(refused.brokenLayer.has_value() && std::isfinite(refused.lossSum));
    undoStep(engine);
    QVERIFY(networkOf(engine).parameters == second);
    QVERIFY(networkBefore(engine).parameters == second);
    // The next step can be undone again.
    QVERIFY(!trainBatch(engine, state, data, samples.subspan(0, count), {0.01}).brokenLayer);
    QVERIFY(networkOf(engine).parameters != second);
    undoStep(engine);
    QVERIFY(networkOf(engine).parameters == second);
}

void TestEngines::aScalarNetworkAsksForItsMemoryFirst()
{
    const Network initial = initialFor(stackWith(Activation::Relu), 26);
    const auto parameters = static_cast<std::uint64_t>(parameterCount(initial.stack));
    // A parameter's node alone takes that much, and its product with an input as much again.
    const std::uint64_t least = 2 * parameters * sizeof(scalar::Node);
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, ScalarMemory(initial.stack, least));
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, static_cast<void>(makeScalarEngine(initial, {}, least)));
    {
        // What one has claimed is not there for another, until it is done.
        const ScalarMemory claim(initial.stack, 1000 * parameters);
        QVERIFY_THROWS_EXCEPTION(std::bad_alloc, ScalarMemory(initial.stack, 1000 * parameters));
    }
    const ScalarEngine engine = makeScalarEngine(initial, {}, 1000 * parameters);
    QVERIFY(networkOf(engine).parameters == initial.parameters);
}

QTEST_GUILESS_MAIN(TestEngines)
#include "tst_engines.moc"
