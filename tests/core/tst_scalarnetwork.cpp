// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/network.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include <QtTest>

#include <cmath>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;
using scalar::Graph;
using scalar::NodeId;

namespace {

double dataOf(const Graph& graph, NodeId node)
{
    return graph.nodes[scalar::index(node)].data;
}

double gradOf(const Graph& graph, NodeId node)
{
    return graph.nodes[scalar::index(node)].grad;
}

std::vector<double> normals(std::size_t count, Random& random, double deviation = 1.0)
{
    std::vector<double> values(count);
    for (double& value : values)
        value = deviation * normal(random);
    return values;
}

/// Weights and biases large enough that no part of the network is out of work, and small enough that no
/// probability falls below the logarithm's floor.
Network randomParameters(const LayerStack& stack, Random& random)
{
    return {stack, normals(static_cast<std::size_t>(parameterCount(stack)), random, 0.6)};
}

void addActivationRows()
{
    QTest::addColumn<int>("activation");
    for (const ActivationRow& row : activationTable) {
        const Activation activation = row.activation;
        QTest::newRow(std::string(activationName(activation)).c_str()) << static_cast<int>(activation);
    }
}

/// Two hidden layers with the activation, then softmax.
LayerStack stackWith(Activation activation)
{
    return {5, {{4, activation}, {3, activation}, {3, Activation::Softmax}}};
}

} // namespace

class TestScalarNetwork : public QObject {
    Q_OBJECT

private slots:
    void passesTheAssignmentsChecks();
    void initializationIsTheAssignments();
    void theSameSeedGivesTheSameNumbers();
    void createModelTakesTheParametersAsTheyAre();
    void parametersComeNeuronByNeuron();
    void forwardIsBitEqualToPlainLoops_data();
    void forwardIsBitEqualToPlainLoops();
    void forwardRecordsTheAssignmentsGraph();
    void layersRecordTheirEnds();
    void dropoutMultipliesByItsMask();
    void lossIsTheNegativeLogarithm();
    void gradientsMatchCentralDifferences_data();
    void gradientsMatchCentralDifferences();
    void gradientsMatchTheTextbook_data();
    void gradientsMatchTheTextbook();
    void gradientsOfTwoSamplesAddUp();
};

void TestScalarNetwork::passesTheAssignmentsChecks()
{
    Random random = makeRandom(42);
    Graph graph;
    const auto network =
        scalar::initializeModel(graph, {3, {{4, Activation::Relu}, {2, Activation::Softmax}}}, random);
    QCOMPARE(network.layers.size(), std::size_t(2));
    QCOMPARE(network.layers[0].neurons.size(), std::size_t(4));
    QCOMPARE(network.layers[1].neurons.size(), std::size_t(2));
    QCOMPARE(network.layers[0].neurons[0].weights.size(), std::size_t(3));
    QCOMPARE(network.layers[1].neurons[0].weights.size(), std::size_t(4));
    const auto out = scalar::forward(graph, network, std::vector<double>{1.0, 2.0, 3.0});
    QCOMPARE(out.size(), std::size_t(2));
    QVERIFY(std::abs(dataOf(graph, out[0]) + dataOf(graph, out[1]) - 1.0) < 1e-6);
    QCOMPARE(scalar::getParameters(network).size(), std::size_t(3 * 4 + 4 + 4 * 2 + 2));
}

void TestScalarNetwork::initializationIsTheAssignments()
{
    Random random = makeRandom(7);
    Graph graph;
    const auto network =
        scalar::initializeModel(graph, {784, {{64, Activation::Relu}, {50, Activation::Softmax}}}, random);
    QCOMPARE(graph.nodes.size(), std::size_t(785 * 64 + 65 * 50));
    std::size_t inputs = 784;
    for (const scalar::Layer& layer : network.layers) {
        double sum = 0.0;
        double squares = 0.0;
        double fourths = 0.0;
        double count = 0.0;
        for (const scalar::Neuron& neuron : layer.neurons) {
            QCOMPARE(neuron.weights.size(), inputs);
            QCOMPARE(dataOf(graph, neuron.bias), 0.0);
            for (const NodeId weight : neuron.weights) {
                const double w = dataOf(graph, weight);
                sum += w;
                squares += w * w;
                fourths += w * w * w * w;
                count += 1.0;
            }
        }
        // Five standard errors of the mean, the variance and the kurtosis of a Gaussian.
        const double variance = 1.0 / static_cast<double>(inputs);
        QVERIFY(std::abs(sum / count) < 5.0 * std::sqrt(variance / count));
        QVERIFY(std::abs(squares / count / variance - 1.0) < 5.0 * std::sqrt(2.0 / count));
        QVERIFY(std::abs(fourths / count / (variance * variance) - 3.0) < 5.0 * std::sqrt(96.0 / count));
        inputs = layer.neurons.size();
    }
}

void TestScalarNetwork::theSameSeedGivesTheSameNumbers()
{
    const auto valuesFor = [](std::uint64_t seed) {
        Random random = makeRandom(seed);
        Graph graph;
        const auto network = scalar::initializeModel(graph, stackWith(Activation::Relu), random);
        std::vector<double> values;
        for (const NodeId node : scalar::getParameters(network))
            values.push_back(dataOf(graph, node));
        return values;
    };
    QVERIFY(valuesFor(3) == valuesFor(3));
    QVERIFY(valuesFor(3) != valuesFor(4));
}

void TestScalarNetwork::createModelTakesTheParametersAsTheyAre()
{
    Random random = makeRandom(8);
    const LayerStack stack = stackWith(Activation::Tanh);
    const Network parameters = randomParameters(stack, random);
    Graph graph;
    scalar::createValue(graph, 1.0); // the network need not come first
    const auto network = scalar::createModel(graph, parameters);
    QCOMPARE(network.stack, stack);
    const std::size_t first = scalar::index(network.firstParameter);
    QCOMPARE(first, std::size_t(1));
    QCOMPARE(graph.nodes.size(), first + parameters.parameters.size());
    for (std::size_t i = 0; i < parameters.parameters.size(); ++i) {
        QVERIFY(graph.nodes[first + i].data == parameters.parameters[i]);
        QVERIFY(graph.nodes[first + i].op == scalar::Op::Leaf);
    }
}

void TestScalarNetwork::parametersComeNeuronByNeuron()
{
    // 2 inputs, 2 units, 1 unit: Network has both units' weights and then both biases.
    const LayerStack stack{2, {{2, Activation::Relu}, {1, Activation::Softmax}}};
    Graph graph;
    const auto network = scalar::createModel(graph, {stack, {1, 2, 3, 4, 10, 20, 5, 6, 30}});
    std::vector<double> values;
    for (const NodeId node : scalar::getParameters(network))
        values.push_back(dataOf(graph, node));
    QVERIFY(values == (std::vector<double>{1, 2, 10, 3, 4, 20, 5, 6, 30}));
}

void TestScalarNetwork::forwardIsBitEqualToPlainLoops_data()
{
    addActivationRows();
}

void TestScalarNetwork::forwardIsBitEqualToPlainLoops()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    // A composition of operations rounds more often than the formula.
    const auto kind = static_cast<Activation>(activation);
    const bool composed = kind == Activation::Elu || kind == Activation::Gelu || kind == Activation::Silu ||
                          kind == Activation::Softplus;
    Random random = makeRandom(9);
    for (int repeat = 0; repeat < 20; ++repeat) {
        const Network parameters = randomParameters(stack, random);
        const auto x = normals(5, random);
        Graph graph;
        const auto network = scalar::createModel(graph, parameters);
        const auto out = scalar::forward(graph, network, x);
        const auto expected = plainForward(stack, parameters.parameters, x).back().output;
        QCOMPARE(out.size(), expected.size());
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (composed)
                VERIFY_AGREE(dataOf(graph, out[i]), expected[i], 1e-13, 1e-14);
            else
                QVERIFY(dataOf(graph, out[i]) == expected[i]);
        }
    }
}

void TestScalarNetwork::forwardRecordsTheAssignmentsGraph()
{
    // 2 inputs, 1 linear unit: two leaves, then a product and a sum for each input, bias first.
    const LayerStack stack{2, {{1, Activation::Linear}}};
    Graph graph;
    const auto network = scalar::createModel(graph, {stack, {3.0, 5.0, 0.5}});
    const auto out = scalar::forward(graph, network, std::vector<double>{2.0, -1.0});
    QCOMPARE(graph.nodes.size(), std::size_t(3 + 2 + 2 * 2));
    QCOMPARE(dataOf(graph, out.at(0)), 1.5);
    const auto node = [&graph](NodeId id) { return graph.nodes[scalar::index(id)]; };
    const scalar::Node second = node(out[0]);
    QCOMPARE(second.op, scalar::Op::Add);
    QCOMPARE(node(second.parents[1]).op, scalar::Op::Multiply);
    QCOMPARE(node(second.parents[1]).parents[0], network.layers[0].neurons[0].weights[1]);
    const scalar::Node first = node(second.parents[0]);
    QCOMPARE(first.parents[0], network.layers[0].neurons[0].bias);
    QCOMPARE(node(first.parents[1]).parents[0], network.layers[0].neurons[0].weights[0]);
}

void TestScalarNetwork::layersRecordTheirEnds()
{
    const LayerStack stack{2, {{3, Activation::Relu}, {2, Activation::Softmax}}};
    Random random = makeRandom(10);
    Graph graph;
    const auto network = scalar::createModel(graph, randomParameters(stack, random));
    const std::size_t parameters = graph.nodes.size();
    const std::vector<NodeId> inputs{scalar::createValue(graph, 1.0), scalar::createValue(graph, 2.0)};
    const auto layers = scalar::forwardLayers(graph, network, inputs);
    QCOMPARE(layers.size(), std::size_t(2));
    QCOMPARE(layers[0].end, parameters + 2 + 3 * (2 * 2 + 1));
    QCOMPARE(layers[1].end, graph.nodes.size());
}

// In training the lesson multiplies what goes into the layer after a dropout layer by that one's mask;
// without masks nothing is recorded for it.
void TestScalarNetwork::dropoutMultipliesByItsMask()
{
    const LayerStack stack{
        2,
        {DropoutLayer{0.5}, Layer(1, Activation::Linear), DropoutLayer{0.25}, Layer(1, Activation::Linear)}};
    Graph graph;
    const auto network = scalar::createModel(graph, {.stack = stack, .parameters = {3, 5, 1, 2, 7}});
    const auto leaves = [&](const std::vector<double>& values) {
        std::vector<NodeId> nodes;
        for (const double value : values)
            nodes.push_back(scalar::createValue(graph, value));
        return nodes;
    };
    const auto inputs = leaves({10.0, 100.0});
    const auto masks = leaves({0.0, 2.0, 4.0});
    const auto outputOf = [&](std::span<const NodeId> factors) {
        const auto layers = scalar::forwardLayers(graph, network, inputs, factors);
        return graph.nodes[scalar::index(layers.back().outputs.front())].data;
    };
    QCOMPARE(outputOf(masks), 7.0 + 2.0 * 4.0 * (1.0 + 5.0 * 200.0));
    const std::size_t before = graph.nodes.size();
    QCOMPARE(outputOf({}), 7.0 + 2.0 * (1.0 + 3.0 * 10.0 + 5.0 * 100.0));
    QCOMPARE(graph.nodes.size(), before + 2 * 2 + 2 * 1);
}

void TestScalarNetwork::lossIsTheNegativeLogarithm()
{
    Graph graph;
    const std::vector<NodeId> probabilities = {
        scalar::createValue(graph, 0.9), scalar::createValue(graph, 0.1), scalar::createValue(graph, 0.0)};
    const NodeId right = scalar::crossEntropyLoss(graph, probabilities, 0);
    const NodeId wrong = scalar::crossEntropyLoss(graph, probabilities, 1);
    const NodeId hopeless = scalar::crossEntropyLoss(graph, probabilities, 2);
    VERIFY_AGREE(dataOf(graph, right), 0.10536051565782628, 1e-14);  // -ln 0.9
    VERIFY_AGREE(dataOf(graph, wrong), 2.302585092994046, 1e-14);    // ln 10
    VERIFY_AGREE(dataOf(graph, hopeless), 23.02585092994046, 1e-14); // at the logarithm's floor
    scalar::backward(graph, wrong);
    VERIFY_AGREE(gradOf(graph, probabilities[1]), -10.0, 1e-14);
    QCOMPARE(gradOf(graph, probabilities[0]), 0.0);
}

void TestScalarNetwork::gradientsMatchCentralDifferences_data()
{
    addActivationRows();
}

void TestScalarNetwork::gradientsMatchCentralDifferences()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    constexpr double step = 1e-3;
    Random random = makeRandom(11);
    int networks = 0;
    for (int tries = 0; networks < 3 && tries < 1000; ++tries) {
        const Network parameters = randomParameters(stack, random);
        const auto x = normals(5, random);
        // Two steps in a weight move a sum behind it by less than this.
        if (distanceFromKinks(stack, parameters.parameters, {x}) < 0.1)
            continue;
        ++networks;
        const int target = networks % 3;
        const auto lossAt = [&](const std::vector<double>& values) {
            Graph graph;
            const auto network = scalar::createModel(graph, {stack, values});
            const auto out = scalar::forward(graph, network, x);
            return dataOf(graph, scalar::crossEntropyLoss(graph, out, target));
        };
        Graph graph;
        const auto network = scalar::createModel(graph, parameters);
        const auto out = scalar::forward(graph, network, x);
        scalar::backward(graph, scalar::crossEntropyLoss(graph, out, target));
        for (std::size_t i = 0; i < parameters.parameters.size(); ++i) {
            const auto lossOf = [&](double value) {
                auto values = parameters.parameters;
                values[i] = value;
                return lossAt(values);
            };
            VERIFY_AGREE(graph.nodes[i].grad, derivative(lossOf, parameters.parameters[i], step), 1e-6, 1e-9);
        }
    }
    QCOMPARE(networks, 3);
}

void TestScalarNetwork::gradientsMatchTheTextbook_data()
{
    addActivationRows();
}

void TestScalarNetwork::gradientsMatchTheTextbook()
{
    QFETCH(const int, activation);
    const LayerStack stack = stackWith(static_cast<Activation>(activation));
    Random random = makeRandom(12);
    for (int repeat = 0; repeat < 50; ++repeat) {
        const Network parameters = randomParameters(stack, random);
        const auto x = normals(5, random);
        const int target = repeat % 3;
        Graph graph;
        const auto network = scalar::createModel(graph, parameters);
        const auto out = scalar::forward(graph, network, x);
        const NodeId loss = scalar::crossEntropyLoss(graph, out, target);
        scalar::backward(graph, loss);
        std::vector<double> expected(parameters.parameters.size(), 0.0);
        const double plain = addPlainGradients(stack, parameters.parameters, x, target, 1.0, expected);
        VERIFY_AGREE(dataOf(graph, loss), plain, 1e-14);
        for (std::size_t i = 0; i < expected.size(); ++i)
            VERIFY_AGREE(graph.nodes[i].grad, expected[i], 1e-9, 1e-13);
    }
}

void TestScalarNetwork::gradientsOfTwoSamplesAddUp()
{
    const LayerStack stack = stackWith(Activation::Sigmoid);
    Random random = makeRandom(13);
    const Network parameters = randomParameters(stack, random);
    Graph graph;
    const auto network = scalar::createModel(graph, parameters);
    std::vector<double> expected(parameters.parameters.size(), 0.0);
    for (int sample = 0; sample < 2; ++sample) {
        const auto x = normals(5, random);
        addPlainGradients(stack, parameters.parameters, x, sample, 1.0, expected);
        const auto out = scalar::forward(graph, network, x);
        scalar::backward(graph, scalar::crossEntropyLoss(graph, out, sample));
    }
    for (std::size_t i = 0; i < expected.size(); ++i)
        VERIFY_AGREE(graph.nodes[i].grad, expected[i], 1e-10, 1e-13);
}

QTEST_GUILESS_MAIN(TestScalarNetwork)
#include "tst_scalarnetwork.moc"
