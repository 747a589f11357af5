// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/network.h"
#include "core/scalar/network.h"
#include "tests/core/numeric.h"
#include "tests/core/trainingcases.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

// Gradients of both engines and of both lessons for every activation and loss: against central differences of
// the mean loss, and the lessons against the engines.
using namespace chainrule;
using namespace chainrule::tests;

class TestEngineGradients : public QObject {
    Q_OBJECT

private slots:
    void centralDifferences_data();
    void centralDifferences();
    void plainStepGoesAlongTheGradients_data();
    void plainStepGoesAlongTheGradients();
    void lessonsAgreeWithTheirEngines_data();
    void lessonsAgreeWithTheirEngines();
};

namespace {

void addRows()
{
    QTest::addColumn<int>("activation");
    QTest::addColumn<int>("kind");
    QTest::addColumn<EngineKind>("engine");
    for (const ActivationRow& row : activationTable) {
        for (std::size_t kind = 0; kind < targetKinds.size(); ++kind) {
            for (const EngineKind engine : {EngineKind::Scalar, EngineKind::Matrix})
                QTest::addRow("%s, %s, %s", row.name.data(), targetKinds[kind].name.data(),
                              engine == EngineKind::Scalar ? "scalar" : "matrix")
                    << static_cast<int>(row.activation) << static_cast<int>(kind) << engine;
        }
    }
}

// A row's network, its data and an engine with it.
struct Fixture {
    TargetKind kind;
    Network network;
    Dataset data;
    Engine engine;
};

Fixture fixtureOf(int activation, int kind, EngineKind engine)
{
    const TargetKind& target = targetKinds[static_cast<std::size_t>(kind)];
    Network network = caseNetwork(plainStack(static_cast<Activation>(activation), target), target.loss);
    Engine made = makeEngine(network, engine, Precision::Double, static_cast<int>(caseBatch), 1);
    return {target, std::move(network), caseData(target), std::move(made)};
}

// d mean loss / d parameters of the first batch: what momentum remembers after its first step, exactly.
std::vector<double> gradientsOf(Fixture& fixture)
{
    setNetwork(fixture.engine, fixture.network);
    Optimizer optimizer = makeOptimizer(fixture.engine, OptimizerKind::Momentum);
    const BatchResult result = trainBatch(fixture.engine, optimizer, fixture.data, caseBatchOf(0), {});
    return result.brokenLayer ? std::vector<double>() : memoryOf(fixture.engine, optimizer).first;
}

double meanLoss(Fixture& fixture, const Network& network)
{
    setNetwork(fixture.engine, network);
    double sum = 0.0;
    for (const SamplePrediction& prediction : predict(fixture.engine, fixture.data, caseBatchOf(0)))
        sum += prediction.loss;
    return sum / static_cast<double>(caseBatch);
}

// By scalar/graph.h, a graph for each sample.
std::vector<double> scalarLesson(const Fixture& fixture)
{
    std::vector<double> gradients(fixture.network.parameters.size(), 0.0);
    for (const std::uint32_t sample : caseBatchOf(0)) {
        scalar::Graph graph;
        const scalar::NetworkLeaves leaves = scalar::createModel(graph, fixture.network);
        std::vector<double> x(caseInputs);
        copySample(fixture.data, sample, x.data());
        const std::vector<scalar::NodeId> outputs = scalar::forward(graph, leaves, x);
        std::vector<double> numbers(outputs.size());
        copyTargets(fixture.data, sample, std::span(numbers));
        std::vector<scalar::NodeId> targets;
        for (const double number : numbers)
            targets.push_back(scalar::createValue(graph, number));
        switch (fixture.network.loss) {
        case Loss::CrossEntropy:
            scalar::backward(graph, scalar::crossEntropyLoss(graph, outputs, fixture.data.labels[sample]));
            break;
        case Loss::Binary:
            scalar::backward(graph, scalar::binaryLoss(graph, outputs, targets));
            break;
        case Loss::Squared:
            scalar::backward(graph, scalar::squaredLoss(graph, outputs, targets));
            break;
        }
        for (std::size_t i = 0; i < gradients.size(); ++i)
            gradients[i] += graph.nodes[scalar::index(leaves.firstParameter) + i].grad / caseBatch;
    }
    return gradients;
}

// By matrix/graph.h, one graph that is replayed for each sample.
std::vector<double> matrixLesson(const Fixture& fixture)
{
    const LayerStack& stack = fixture.network.stack;
    matrix::Buffer<double> values = matrix::toEngine<double>(fixture.network);
    matrix::Buffer<double> gradients(values.size(), 0.0);
    auto recording =
        matrix::recordNetwork<double>(stack, fixture.network.loss, values.data(), gradients.data(), 1);
    std::vector<double> mean(fixture.network.parameters.size(), 0.0);
    for (const std::uint32_t sample : caseBatchOf(0)) {
        copySample(fixture.data, sample, matrix::value(recording.graph, recording.inputs).data());
        auto targets = matrix::value(recording.graph, recording.targets);
        copyTargets(fixture.data, sample,
                    std::span(targets.data(), static_cast<std::size_t>(fixture.kind.outputs)));
        matrix::replay(recording.graph);
        std::fill(gradients.begin(), gradients.end(), 0.0);
        matrix::zeroGradients(recording.graph);
        matrix::backward(recording.graph, recording.loss);
        const std::vector<double> own = matrix::fromEngine<double>(stack, gradients).parameters;
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += own[i] / caseBatch;
    }
    return mean;
}

} // namespace

void TestEngineGradients::centralDifferences_data()
{
    addRows();
}

void TestEngineGradients::centralDifferences()
{
    QFETCH(const int, activation);
    QFETCH(const int, kind);
    QFETCH(const EngineKind, engine);
    Fixture fixture = fixtureOf(activation, kind, engine);
    const std::vector<double> gradients = gradientsOf(fixture);
    QCOMPARE(gradients.size(), fixture.network.parameters.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        const auto lossAt = [&](double value) {
            Network moved = fixture.network;
            moved.parameters[i] = value;
            return meanLoss(fixture, moved);
        };
        const double numeric = derivative(lossAt, fixture.network.parameters[i], 1e-4);
        VERIFY_AGREE(gradients[i], numeric, 1e-6, 1e-10);
        largest = std::max(largest, std::abs(numeric));
    }
    QVERIFY(largest > 1e-3); // else nothing was compared
}

void TestEngineGradients::plainStepGoesAlongTheGradients_data()
{
    addRows();
}

void TestEngineGradients::plainStepGoesAlongTheGradients()
{
    // Plain descent goes ways of its own in both engines.
    QFETCH(const int, activation);
    QFETCH(const int, kind);
    QFETCH(const EngineKind, engine);
    Fixture fixture = fixtureOf(activation, kind, engine);
    const std::vector<double> gradients = gradientsOf(fixture);
    setNetwork(fixture.engine, fixture.network);
    Optimizer optimizer = makeOptimizer(fixture.engine, OptimizerKind::Sgd);
    StepRule rule;
    rule.learningRate = 1.0;
    trainBatch(fixture.engine, optimizer, fixture.data, caseBatchOf(0), rule);
    std::vector<double> way = networkOf(fixture.engine).parameters;
    for (std::size_t i = 0; i < way.size(); ++i)
        way[i] = fixture.network.parameters[i] - way[i];
    QVERIFY(largestDifference(way, gradients) <= 1e-14);
}

void TestEngineGradients::lessonsAgreeWithTheirEngines_data()
{
    addRows();
}

void TestEngineGradients::lessonsAgreeWithTheirEngines()
{
    QFETCH(const int, activation);
    QFETCH(const int, kind);
    QFETCH(const EngineKind, engine);
    Fixture fixture = fixtureOf(activation, kind, engine);
    const std::vector<double> lesson =
        engine == EngineKind::Scalar ? scalarLesson(fixture) : matrixLesson(fixture);
    QVERIFY(largestDifference(lesson, gradientsOf(fixture)) <= 1e-14);
}

QTEST_GUILESS_MAIN(TestEngineGradients)
#include "tst_enginegradients.moc"
