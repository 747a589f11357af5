// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/matrix/network.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include <QtTest>

#include <cmath>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

LayerStack stackWith(Activation activation)
{
    return {5, {{4, activation}, {3, activation}, {3, Activation::Softmax}}};
}

void addActivationRows()
{
    QTest::addColumn<int>("activation");
    for (const ActivationRow& row : activationTable)
        QTest::newRow(row.name.data()) << static_cast<int>(row.activation);
}

struct Sample {
    std::vector<double> x;
    int target = 0;
};

/// Fills the batch and computes the mean loss of these samples and its gradients.
template <typename T>
double runBatch(matrix::Recording<T>& recording, const std::vector<Sample>& samples)
{
    auto& graph = recording.graph;
    graph.samples = static_cast<Eigen::Index>(samples.size());
    graph.lossScale = T(1) / static_cast<T>(samples.size());
    auto inputs = matrix::value(graph, recording.inputs);
    auto targets = matrix::value(graph, recording.targets);
    targets.setZero();
    for (std::size_t s = 0; s < samples.size(); ++s) {
        const auto column = static_cast<Eigen::Index>(s);
        for (std::size_t i = 0; i < samples[s].x.size(); ++i)
            inputs(static_cast<Eigen::Index>(i), column) = static_cast<T>(samples[s].x[i]);
        targets(samples[s].target, column) = T(1);
    }
    matrix::replay(graph);
    matrix::zeroGradients(graph);
    matrix::backward(graph, recording.loss);
    return static_cast<double>(matrix::value(graph, recording.loss)(0, 0));
}

std::vector<double> normals(std::size_t count, Random& random, double deviation = 1.0)
{
    std::vector<double> values(count);
    for (double& value : values)
        value = deviation * normal(random);
    return values;
}

/// Weights and biases small enough that no probability comes near the floor under the plain loss.
std::vector<double> randomValues(const LayerStack& stack, Random& random)
{
    return normals(static_cast<std::size_t>(parameterCount(stack)), random, 0.6);
}

std::vector<Sample> randomSamples(int count, Random& random)
{
    std::vector<Sample> samples;
    for (int i = 0; i < count; ++i)
        samples.push_back({normals(5, random), i % 3});
    return samples;
}

/// Loss and gradients of a network over the samples, in the layout of Network.
template <typename T>
struct Outcome {
    double loss = 0.0;
    std::vector<double> gradients;
};

template <typename T>
Outcome<T> run(const LayerStack& stack, const std::vector<double>& values, const std::vector<Sample>& samples,
               int capacity)
{
    auto parameters = matrix::toEngine<T>({.stack = stack, .parameters = values});
    matrix::Buffer<T> gradients(parameters.size(), T(0));
    auto recording =
        matrix::recordNetwork<T>(stack, Loss::CrossEntropy, parameters.data(), gradients.data(), capacity);
    Outcome<T> outcome;
    outcome.loss = runBatch(recording, samples);
    outcome.gradients = matrix::fromEngine<T>(stack, gradients).parameters;
    return outcome;
}

/// A network with dropout at every place that may have it.
LayerStack droppingStack(Activation hidden, Activation output)
{
    return {5,
            {DropoutLayer{0.2}, DenseLayer{6, hidden}, DropoutLayer{0.5}, DropoutLayer{0.1},
             DenseLayer{4, hidden}, DropoutLayer{0.3}, DenseLayer{3, output}}};
}

} // namespace

class TestMatrixNetwork : public QObject {
    Q_OBJECT

private slots:
    void noGradientWhereNoneIsWanted();
    void aShortBatchEqualsAFullOne_data();
    void aShortBatchEqualsAFullOne();
    void replayAllocatesNothingNew();
    void parametersThereAndBack();
    void networksMatchCentralDifferences_data();
    void networksMatchCentralDifferences();
    void networksMatchTheTextbook_data();
    void networksMatchTheTextbook();
    void everyLossMatchesCentralDifferences();
    void dropoutChangesNothingOutsideTraining();
};

void TestMatrixNetwork::noGradientWhereNoneIsWanted()
{
    const LayerStack stack = stackWith(Activation::Relu);
    matrix::Buffer<float> parameters(static_cast<std::size_t>(parameterCount(stack)), 0.1f);
    const auto recording =
        matrix::recordNetwork<float>(stack, Loss::CrossEntropy, parameters.data(), nullptr, 4);
    for (const auto& node : recording.graph.nodes)
        QVERIFY(node.grad == nullptr);
    QCOMPARE(recording.layers.size(), stack.layers.size());
}

void TestMatrixNetwork::aShortBatchEqualsAFullOne_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {1, 2, 5, 12, 13})
        QTest::addRow("%d of 13", size) << size;
}

void TestMatrixNetwork::aShortBatchEqualsAFullOne()
{
    QFETCH(const int, size);
    for (const ActivationRow& row : activationTable) {
        const Activation activation = row.activation;
        Random random = makeRandom(25);
        const LayerStack stack = stackWith(activation);
        const auto values = randomValues(stack, random);
        const auto all = randomSamples(13, random);
        const std::vector<Sample> some(all.begin(), all.begin() + size);

        auto parameters = matrix::toEngine<double>({.stack = stack, .parameters = values});
        matrix::Buffer<double> gradients(parameters.size(), 0.0);
        auto recording =
            matrix::recordNetwork<double>(stack, Loss::CrossEntropy, parameters.data(), gradients.data(), 13);
        runBatch(recording, all); // leaves numbers in the columns that the short batch does not use
        const double loss = runBatch(recording, some);
        QCOMPARE(matrix::value(recording.graph, recording.outputs).cols(), Eigen::Index(size));

        const auto exact = run<double>(stack, values, some, size);
        QVERIFY(loss == exact.loss);
        QVERIFY(largestDifference(matrix::fromEngine<double>(stack, gradients).parameters, exact.gradients) <
                1e-15);
    }
}

void TestMatrixNetwork::replayAllocatesNothingNew()
{
    Random random = makeRandom(26);
    const LayerStack stack = stackWith(Activation::Tanh);
    auto parameters = matrix::toEngine<double>({.stack = stack, .parameters = randomValues(stack, random)});
    matrix::Buffer<double> gradients(parameters.size(), 0.0);
    auto recording =
        matrix::recordNetwork<double>(stack, Loss::CrossEntropy, parameters.data(), gradients.data(), 8);
    const auto buffers = recording.graph.buffers.size();
    const auto nodes = recording.graph.nodes.size();
    const double* data = recording.graph.nodes.back().data;
    for (int i = 1; i <= 8; ++i)
        runBatch(recording, randomSamples(i, random));
    QCOMPARE(recording.graph.buffers.size(), buffers);
    QCOMPARE(recording.graph.nodes.size(), nodes);
    QVERIFY(recording.graph.nodes.back().data == data);
}

void TestMatrixNetwork::parametersThereAndBack()
{
    const LayerStack stack{3, {{2, Activation::Relu}, {2, Activation::Softmax}}};
    const std::vector<double> values = {1, 2, 3, 4, 5, 6, 10, 20, 7, 8, 9, 11, 30, 40};
    const auto buffer = matrix::toEngine<float>({.stack = stack, .parameters = values});
    // Weights column after column.
    QVERIFY((buffer == matrix::Buffer<float>{1, 4, 2, 5, 3, 6, 10, 20, 7, 9, 8, 11, 30, 40}));
    const Network back = matrix::fromEngine<float>(stack, buffer);
    QVERIFY(back.parameters == values);
    QCOMPARE(back.stack, stack);
}

void TestMatrixNetwork::networksMatchCentralDifferences_data()
{
    addActivationRows();
}

void TestMatrixNetwork::networksMatchCentralDifferences()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    Random random = makeRandom(28);
    int networks = 0;
    for (int tries = 0; networks < 2 && tries < 5000; ++tries) {
        const auto values = randomValues(stack, random);
        const auto samples = randomSamples(4, random);
        if (distanceFromKinks(stack, values, {samples[0].x, samples[1].x, samples[2].x, samples[3].x}) < 0.05)
            continue;
        ++networks;
        const auto outcome = run<double>(stack, values, samples, 6);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto lossOf = [&](double value) {
                auto moved = values;
                moved[i] = value;
                return run<double>(stack, moved, samples, 6).loss;
            };
            VERIFY_AGREE(outcome.gradients[i], derivative(lossOf, values[i], 1e-3), 1e-6, 1e-9);
        }
    }
    QCOMPARE(networks, 2);
}

void TestMatrixNetwork::networksMatchTheTextbook_data()
{
    addActivationRows();
}

void TestMatrixNetwork::networksMatchTheTextbook()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    Random random = makeRandom(29);
    for (int repeat = 0; repeat < 20; ++repeat) {
        const auto values = randomValues(stack, random);
        const auto samples = randomSamples(9, random);
        std::vector<double> expected(values.size(), 0.0);
        double loss = 0.0;
        for (const Sample& sample : samples)
            loss += addPlainGradients(stack, values, sample.x, sample.target, 1.0 / 9.0, expected) / 9.0;
        const auto doubles = run<double>(stack, values, samples, 10);
        VERIFY_AGREE(doubles.loss, loss, 1e-12);
        const auto floats = run<float>(stack, values, samples, 10);
        VERIFY_AGREE(floats.loss, loss, 1e-5);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            VERIFY_AGREE(doubles.gradients[i], expected[i], 1e-10, 1e-13);
            VERIFY_AGREE(floats.gradients[i], expected[i], 1e-3, 1e-5);
        }
    }
}

// Every activation with every loss and output that fit, dropout included: the masks are those of a step, and
// stay while a parameter is moved.
void TestMatrixNetwork::everyLossMatchesCentralDifferences()
{
    Random random = makeRandom(30);
    for (const ActivationRow& hidden : activationTable)
        for (const ActivationRow& output : activationTable)
            for (const LossRow& loss : lossTable) {
                if (!lossFits(loss.loss, output.activation))
                    continue;
                const LayerStack stack = droppingStack(hidden.activation, output.activation);
                auto parameters =
                    matrix::toEngine<double>({.stack = stack, .parameters = randomValues(stack, random)});
                matrix::Buffer<double> gradients(parameters.size(), 0.0);
                auto recording = matrix::recordNetwork<double>(stack, loss.loss, parameters.data(),
                                                               gradients.data(), 4, {.dropout = true});
                QCOMPARE(recording.dropouts.size(), std::size_t(4));
                matrix::drawDropout(recording, 7, 3);
                const auto samples = randomSamples(4, random);
                runBatch(recording, samples);
                const matrix::Buffer<double> expected = gradients;
                int kinks = 0;
                for (std::size_t i = 0; i < parameters.size(); ++i) {
                    const double before = parameters[i];
                    const auto lossOf = [&](double value) {
                        parameters[i] = value;
                        matrix::replay(recording.graph);
                        return matrix::value(recording.graph, recording.loss)(0, 0);
                    };
                    const double coarse = derivative(lossOf, before, 1e-3);
                    const double fine = derivative(lossOf, before, 1e-4);
                    parameters[i] = before;
                    if (!agree(coarse, fine, 1e-6, 1e-8)) {
                        ++kinks; // a unit's kink lies within the steps
                        continue;
                    }
                    VERIFY_AGREE(expected[i], fine, 1e-6, 1e-8);
                }
                QVERIFY2(kinks < static_cast<int>(parameters.size()) / 4, hidden.name.data());
            }
}

void TestMatrixNetwork::dropoutChangesNothingOutsideTraining()
{
    const LayerStack with = droppingStack(Activation::Tanh, Activation::Softmax);
    const LayerStack without = {5, {{6, Activation::Tanh}, {4, Activation::Tanh}, {3, Activation::Softmax}}};
    Random random = makeRandom(31);
    const auto values = randomValues(with, random);
    const auto samples = randomSamples(4, random);
    const auto a = run<double>(with, values, samples, 4);
    const auto b = run<double>(without, values, samples, 4);
    QVERIFY(a.loss == b.loss && a.gradients == b.gradients);
}

QTEST_GUILESS_MAIN(TestMatrixNetwork)
#include "tst_matrixnetwork.moc"
