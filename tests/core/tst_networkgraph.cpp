// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/initialweights.h"
#include "core/scalar/gradientcheck.h"
#include "core/scalar/network.h"
#include "core/scalar/networkgraph.h"
#include "core/training/engines/samplegradient.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include <QtTest>

#include <map>
#include <set>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::scalar;

namespace {

Network initialFor(const LayerStack& stack, std::uint64_t seed = 1)
{
    Random random = makeRandom(seed);
    Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    // Biases of 0 would hide one that went to the wrong place.
    for (double& value : parameters.parameters) {
        if (value == 0.0)
            value = 0.2 * normal(random);
    }
    return parameters;
}

std::vector<double> sampleFor(const LayerStack& stack, std::uint64_t seed = 2)
{
    Random random = makeRandom(seed);
    std::vector<double> x;
    for (int i = 0; i < stack.input.size(); ++i)
        x.push_back(normal(random));
    return x;
}

NamedGraph recorded(const Network& parameters, const std::vector<double>& x, int target,
                    Loss loss = Loss::CrossEntropy)
{
    auto named = recordSample(parameters, x, target, loss);
    if (!named)
        qFatal("%s", named.error().message().c_str());
    return std::move(*named);
}

struct Case {
    const char* name;
    LayerStack stack;
    Loss loss = Loss::CrossEntropy;
};

constexpr DenseLayer soft(int units)
{
    return {units, Activation::Softmax};
}

/// Stacks with every activation, in the middle and at the end.
std::vector<Case> allCases()
{
    using enum Activation;
    return {
        {"softmax alone", {3, {soft(4)}}},
        {"relu", {5, {{6, Relu}, {4, Relu}, soft(3)}}},
        {"sigmoid", {2, {{3, Sigmoid}, soft(2)}}},
        {"tanh", {3, {{4, Tanh}, {4, Tanh}, {3, Tanh}, soft(2)}}},
        {"linear", {3, {{4, Linear}, soft(3)}}},
        {"softmax in the middle", {3, {{4, Tanh}, soft(3), {4, Relu}, soft(2)}}},
        {"one input, one unit", {1, {{1, Tanh}, soft(2)}}},
        {"single sigmoid", {2, {{4, Tanh}, {1, Sigmoid}}}, Loss::Binary},
        {"single sigmoid alone", {1, {{1, Sigmoid}}}, Loss::Binary},
        {"squared error of linear", {2, {{3, Relu}, {2, Linear}}}, Loss::Squared},
        {"squared error of one tanh", {2, {{3, Tanh}, {1, Tanh}}}, Loss::Squared},
        {"squared error of one linear", {4, {{1, Linear}}}, Loss::Squared},
        {"squared error of sigmoids", {2, {{3, Sigmoid}}}, Loss::Squared},
        {"binary cross-entropy", {2, {{3, Tanh}, {3, Sigmoid}}}, Loss::Binary},
        {"binary cross-entropy of one", {2, {{3, Relu}, {1, Sigmoid}}}, Loss::Binary},
    };
}

int targetCount(const LayerStack& stack)
{
    return std::max(2, outputCount(stack));
}

/// The loss in plain arithmetic, from the outputs of the plain network.
double plainLossOf(const LayerStack& stack, const std::vector<double>& values, const std::vector<double>& x,
                   int target, Loss loss)
{
    const std::vector<double> out = tests::plainForward(stack, values, x).back().output;
    const auto place = static_cast<std::size_t>(target);
    if (loss == Loss::CrossEntropy)
        return -std::log(out[place]);
    double sum = 0.0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double wanted = out.size() == 1 ? target : (i == place ? 1.0 : 0.0);
        sum += loss == Loss::Binary ? -std::log(wanted == 1.0 ? out[i] : 1.0 - out[i])
                                    : (out[i] - wanted) * (out[i] - wanted);
    }
    return sum / static_cast<double>(out.size());
}

std::map<std::string, NodeId> nodesByName(const NamedGraph& named)
{
    std::map<std::string, NodeId> nodes;
    for (std::size_t i = 0; i < named.names.size(); ++i) {
        if (!named.names[i].empty() && !nodes.emplace(named.names[i], NodeId(i)).second)
            qFatal("two nodes are called %s", named.names[i].c_str());
    }
    return nodes;
}

/// How many groups lie around this one.
int depthOf(const NamedGraph& named, int group)
{
    int depth = 0;
    while ((group = named.groups[static_cast<std::size_t>(group)].parent) >= 0)
        ++depth;
    return depth;
}

/// The node's group of at most this depth.
int contracted(const NamedGraph& named, int group, int depth)
{
    while (group >= 0 && depthOf(named, group) > depth)
        group = named.groups[static_cast<std::size_t>(group)].parent;
    return group;
}

/// Whether some order of the groups has no edge backward (Kahn).
bool hasNoCycle(const std::set<std::pair<int, int>>& edges)
{
    std::map<int, int> incoming;
    for (const auto& [from, to] : edges) {
        incoming.try_emplace(from, 0);
        ++incoming[to];
    }
    std::vector<int> free;
    for (const auto& [group, count] : incoming) {
        if (count == 0)
            free.push_back(group);
    }
    std::size_t done = 0;
    for (; !free.empty(); ++done) {
        const int group = free.back();
        free.pop_back();
        for (const auto& [from, to] : edges) {
            if (from == group && --incoming[to] == 0)
                free.push_back(to);
        }
    }
    return done == incoming.size();
}

} // namespace

class TestNetworkGraph : public QObject {
    Q_OBJECT

private:
    void addCases()
    {
        QTest::addColumn<int>("number");
        const auto cases = allCases();
        for (std::size_t i = 0; i < cases.size(); ++i)
            QTest::newRow(cases[i].name) << static_cast<int>(i);
    }
    static Case fetched()
    {
        QFETCH(const int, number);
        return allCases()[static_cast<std::size_t>(number)];
    }

private slots:
    void valuesAreThoseOfThePlainNetwork_data() { addCases(); }
    void valuesAreThoseOfThePlainNetwork();
    void gradientsAreTheMatrixEngines_data() { addCases(); }
    void gradientsAreTheMatrixEngines();
    void gradientsAreCentralDifferences_data() { addCases(); }
    void gradientsAreCentralDifferences();
    void aSigmoidNeuronByHand();
    void everyNodeHasItsGroup_data() { addCases(); }
    void everyNodeHasItsGroup();
    void groupsHaveNoCycles_data() { addCases(); }
    void groupsHaveNoCycles();
    void namesAndGroupsOfASmallNetwork();
    void linearNeuronsAndSquaredError();
    void itIsTheEnginesOwnGraph();
    void inputsAreVariablesWhereTheyAreFew();
    void aDigit();
    void refusals_data();
    void refusals();
};

void TestNetworkGraph::valuesAreThoseOfThePlainNetwork()
{
    const auto [name, stack, loss] = fetched();
    const Network parameters = initialFor(stack);
    const auto x = sampleFor(stack);
    const auto layers = tests::plainForward(stack, parameters.parameters, x);
    for (int target = 0; target < targetCount(stack); ++target) {
        const NamedGraph named = recorded(parameters, x, target, loss);
        const auto& nodes = named.graph.nodes;
        const auto byName = nodesByName(named);
        const auto value = [&](const std::string& node) {
            return byName.contains(node) ? nodes[index(byName.at(node))].data : NAN;
        };
        VERIFY_AGREE(nodes[index(named.root)].data,
                     plainLossOf(stack, parameters.parameters, x, target, loss), 1e-13);
        QVERIFY(byName.at("loss") == named.root);
        for (std::size_t i = 0; i < x.size(); ++i)
            QCOMPARE(value("x[" + std::to_string(i) + "]"), x[i]);
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const std::string number = std::to_string(l + 1);
            for (std::size_t unit = 0; unit < layers[l].sum.size(); ++unit) {
                const std::string place = "[" + std::to_string(unit) + "]";
                if (layerSpans(stack)[l].activation != Activation::Linear)
                    VERIFY_AGREE(value("z" + number + place), layers[l].sum[unit], 1e-14, 1e-14);
                const std::string output = l + 1 == layers.size() ? "p" : "h" + number;
                VERIFY_AGREE(value(output + place), layers[l].output[unit], 1e-14, 1e-14);
            }
        }
        // Nothing has a gradient yet.
        for (const Node& node : nodes)
            QCOMPARE(node.grad, 0.0);
        QCOMPARE(sampleNodeCount(stack, loss), nodes.size());
    }
}

void TestNetworkGraph::gradientsAreTheMatrixEngines()
{
    const auto [name, stack, loss] = fetched();
    Network parameters = initialFor(stack, 3);
    parameters.loss = loss;
    const auto x = sampleFor(stack, 4);
    for (int target = 0; target < targetCount(stack); ++target) {
        NamedGraph named = recorded(parameters, x, target, loss);
        backward(named.graph, named.root);
        const auto expected = matrixGradients(parameters, x, target);
        QCOMPARE(expected.size(), parameters.parameters.size());
        QCOMPARE(named.parameters.count, expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const Node& node = named.graph.nodes[index(named.parameters.first) + i];
            QCOMPARE(node.data, parameters.parameters[i]);
            VERIFY_AGREE(node.grad, expected[i], 1e-10, 1e-15);
        }
    }
}

void TestNetworkGraph::gradientsAreCentralDifferences()
{
    const auto [name, stack, loss] = fetched();
    const Network parameters = initialFor(stack, 5);
    const auto x = sampleFor(stack, 6);
    for (int target = 0; target < targetCount(stack); ++target) {
        NamedGraph named = recorded(parameters, x, target, loss);
        backward(named.graph, named.root);
        // By the check that people see, for every node,
        for (std::size_t i = 0; i < named.graph.nodes.size(); ++i) {
            const GradientCheck check = checkGradient(named.graph, named.root, NodeId(i));
            QVERIFY2(check.verdict == Verdict::Agrees,
                     qPrintable(QString("%1: %2").arg(labelOf(named, NodeId(i)).c_str(),
                                                      std::string(verdictName(check.verdict)).c_str())));
        }
        // and through the plain network, without the graph.
        for (std::size_t i = 0; i < parameters.parameters.size(); ++i) {
            const auto moved = [&, &layers = stack, kind = loss](double value) {
                std::vector<double> values = parameters.parameters;
                values[i] = value;
                return plainLossOf(layers, values, x, target, kind);
            };
            const double numeric = tests::derivative(moved, parameters.parameters[i], 1e-4);
            VERIFY_AGREE(named.graph.nodes[index(named.parameters.first) + i].grad, numeric, 1e-6, 1e-9);
        }
    }
}

void TestNetworkGraph::aSigmoidNeuronByHand()
{
    // z = 0.5 * 2 - 1 = 0, p = 1/2: the loss has the slope p - target by z, so -1/2 and 1/2.
    const LayerStack stack{1, {{1, Activation::Sigmoid}}};
    const Network parameters{stack, {0.5, -1.0}};
    for (const int target : {0, 1}) {
        NamedGraph named = recorded(parameters, {2.0}, target, Loss::Binary);
        const auto byName = nodesByName(named);
        const auto node = [&](const char* name) { return named.graph.nodes[index(byName.at(name))]; };
        QCOMPARE(node("p[0]").data, 0.5);
        QCOMPARE(node("target[0]").data, static_cast<double>(target));
        QCOMPARE(node("loss").data, std::log(2.0));
        backward(named.graph, named.root);
        const double slope = target == 1 ? -0.5 : 0.5;
        QCOMPARE(node("z1[0]").grad, slope);
        QCOMPARE(node("b1[0]").grad, slope);
        QCOMPARE(node("w1[0,0]").grad, 2.0 * slope);
        QCOMPARE(node("x[0]").grad, 0.5 * slope);
    }
}

void TestNetworkGraph::everyNodeHasItsGroup()
{
    const auto [name, stack, loss] = fetched();
    const NamedGraph named = recorded(initialFor(stack), sampleFor(stack), 0, loss);
    const auto& nodes = named.graph.nodes;
    QCOMPARE(named.groupOf.size(), nodes.size());
    QCOMPARE(named.names.size(), nodes.size());
    const auto groupCount = static_cast<int>(named.groups.size());

    // What each group sends out, as the edges have it.
    std::vector<std::set<NodeId>> sent(named.groups.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const int own = groupOf(named, NodeId(i));
        QVERIFY(own >= 0 && own < groupCount);
        std::set<int> around;
        for (int group = own; group >= 0; group = named.groups[static_cast<std::size_t>(group)].parent)
            around.insert(group);
        for (const NodeId parent : nodes[i].parents) {
            if (parent == noNode)
                continue;
            for (int group = groupOf(named, parent); group >= 0;
                 group = named.groups[static_cast<std::size_t>(group)].parent) {
                if (!around.contains(group))
                    sent[static_cast<std::size_t>(group)].insert(parent);
            }
        }
    }
    const bool takesAll = lossRow(loss).meanOverOutputs;
    for (std::size_t g = 0; g < named.groups.size(); ++g) {
        const Group& group = named.groups[g];
        QVERIFY(group.parent < static_cast<int>(g));
        if (group.kind == GroupKind::Loss) {
            QVERIFY(sent[g].empty());
            QCOMPARE(group.outputs, std::vector{named.root});
            continue;
        }
        const std::set<NodeId> outputs(group.outputs.begin(), group.outputs.end());
        QCOMPARE(outputs.size(), group.outputs.size());
        const bool last = group.layer == static_cast<int>(stack.layers.size());
        const bool allTaken = !last || group.kind == GroupKind::Neuron || takesAll;
        if (allTaken) {
            QVERIFY(sent[g] == outputs);
        } else { // cross-entropy takes the target's probability only
            QCOMPARE(sent[g].size(), std::size_t(1));
            QVERIFY(outputs.contains(*sent[g].begin()));
            QCOMPARE(outputs.size(), static_cast<std::size_t>(outputCount(stack)));
        }
        // Units come in order: so do the values of the plain network.
        if (group.kind == GroupKind::Layer || group.kind == GroupKind::Softmax) {
            const auto plain = tests::plainForward(stack, initialFor(stack).parameters, sampleFor(stack));
            const auto& out = plain[static_cast<std::size_t>(group.layer) - 1].output;
            for (std::size_t i = 0; i < out.size(); ++i)
                VERIFY_AGREE(nodes[index(group.outputs[i])].data, out[i], 1e-13, 1e-14);
            QVERIFY(group.activation ==
                    layerSpans(stack)[static_cast<std::size_t>(group.layer) - 1].activation);
        }
    }
}

void TestNetworkGraph::groupsHaveNoCycles()
{
    const auto [name, stack, loss] = fetched();
    const NamedGraph named = recorded(initialFor(stack), sampleFor(stack), 0, loss);
    const auto& nodes = named.graph.nodes;
    for (int depth = 0; depth < 3; ++depth) {
        std::set<std::pair<int, int>> edges;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const int to = contracted(named, groupOf(named, NodeId(i)), depth);
            for (const NodeId parent : nodes[i].parents) {
                const int from = parent == noNode ? to : contracted(named, groupOf(named, parent), depth);
                if (from != to)
                    edges.insert({from, to});
            }
        }
        QVERIFY(edges.size() >= 2);
        QVERIFY2(hasNoCycle(edges), qPrintable(QString("depth %1").arg(depth)));
    }
    // One layer opened, the others closed.
    for (int open = 0; open < static_cast<int>(named.groups.size()); ++open) {
        std::set<std::pair<int, int>> edges;
        const auto shown = [&](NodeId node) {
            const int inner = groupOf(named, node);
            const int outer = contracted(named, inner, 0);
            return outer == open ? inner : outer;
        };
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (const NodeId parent : nodes[i].parents) {
                if (parent != noNode && shown(parent) != shown(NodeId(i)))
                    edges.insert({shown(parent), shown(NodeId(i))});
            }
        }
        QVERIFY(hasNoCycle(edges));
    }
    QVERIFY(!hasNoCycle({{0, 1}, {1, 2}, {2, 1}})); // the check itself
}

void TestNetworkGraph::namesAndGroupsOfASmallNetwork()
{
    const LayerStack stack{2, {{2, Activation::Tanh}, {2, Activation::Softmax}}};
    const Network parameters{stack, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    const NamedGraph named = recorded(parameters, {0.25, 0.5}, 1);
    const std::vector<std::string> first{"w1[0,0]", "w1[0,1]", "w1[1,0]", "w1[1,1]", "b1[0]",
                                         "b1[1]",   "w2[0,0]", "w2[0,1]", "w2[1,0]", "w2[1,1]",
                                         "b2[0]",   "b2[1]",   "x[0]",    "x[1]"};
    for (std::size_t i = 0; i < first.size(); ++i) {
        QCOMPARE(named.names[i], first[i]);
        QVERIFY(named.graph.nodes[i].op == Op::Leaf);
    }
    for (std::size_t i = 0; i < 12; ++i)
        QCOMPARE(named.graph.nodes[i].data, static_cast<double>(i + 1));
    QVERIFY(named.parameters.first == NodeId(0) && named.inputs.first == NodeId(12));
    QCOMPARE(named.parameters.count, std::size_t(12));
    QCOMPARE(named.inputs.count, std::size_t(2));
    const auto byName = nodesByName(named);
    QCOMPARE(byName.size(), first.size() + 9); // z1, h1, z2 and p twice, loss
    for (const char* name : {"z1[0]", "z1[1]", "h1[0]", "h1[1]", "z2[0]", "z2[1]", "p[0]", "p[1]", "loss"})
        QVERIFY2(byName.contains(name), name);
    QVERIFY(named.graph.nodes[index(byName.at("h1[1]"))].op == Op::Tanh);
    QVERIFY(named.graph.nodes[index(byName.at("h1[1]"))].parents[0] == byName.at("z1[1]"));

    const auto groupNamed = [&](const char* name) -> const Group& {
        return named.groups[static_cast<std::size_t>(groupOf(named, byName.at(name)))];
    };
    // Inputs; layer and two neurons; layer, two neurons and softmax; loss.
    QCOMPARE(named.groups.size(), std::size_t(1 + 3 + 4 + 1));
    QVERIFY(groupNamed("x[1]").kind == GroupKind::Inputs);
    QVERIFY(groupNamed("loss").kind == GroupKind::Loss);
    QVERIFY(groupNamed("p[0]").kind == GroupKind::Softmax);
    for (const char* name : {"w1[1,0]", "w1[1,1]", "b1[1]", "z1[1]", "h1[1]"}) {
        const Group& group = groupNamed(name);
        QVERIFY2(group.kind == GroupKind::Neuron, name);
        QCOMPARE(group.layer, 1);
        QCOMPARE(group.unit, 1);
        QVERIFY(group.activation == Activation::Tanh);
        QCOMPARE(group.outputs, std::vector{byName.at("h1[1]")});
        const Group& layer = named.groups[static_cast<std::size_t>(group.parent)];
        QVERIFY(layer.kind == GroupKind::Layer && layer.layer == 1 && layer.parent == -1);
    }
    QCOMPARE(groupNamed("w2[0,1]").outputs, std::vector{byName.at("z2[0]")});
    // A neuron of two inputs: 3 parameters, 2 products, 2 sums and the activation.
    QCOMPARE(std::count(named.groupOf.begin(), named.groupOf.end(), groupOf(named, byName.at("b1[0]"))), 8);
    QCOMPARE(std::count(named.groupOf.begin(), named.groupOf.end(), groupOf(named, byName.at("b2[0]"))), 7);
}

void TestNetworkGraph::linearNeuronsAndSquaredError()
{
    const LayerStack stack{1, {{1, Activation::Linear}, {2, Activation::Linear}}};
    const Network parameters{stack, {2, 1, 3, -1, 0, 4}};
    NamedGraph named = recorded(parameters, {5.0}, 1, Loss::Squared);
    const auto byName = nodesByName(named);
    const auto node = [&](const char* name) { return named.graph.nodes[index(byName.at(name))]; };
    QCOMPARE(node("h1[0]").data, 11.0);
    QCOMPARE(node("p[0]").data, 33.0);
    QCOMPARE(node("p[1]").data, -7.0);
    QCOMPARE(node("target[0]").data, 0.0);
    QCOMPARE(node("target[1]").data, 1.0);
    QVERIFY(node("target[1]").op == Op::Leaf);
    QVERIFY(!byName.contains("z1[0]") && !byName.contains("z2[1]"));
    QCOMPARE(node("loss").data, (33.0 * 33.0 + 8.0 * 8.0) / 2.0);
    backward(named.graph, named.root);
    QCOMPARE(node("p[0]").grad, 33.0);
    QCOMPARE(node("p[1]").grad, -8.0);
    QCOMPARE(node("w2[1,0]").grad, -8.0 * 11.0);
    QCOMPARE(node("h1[0]").grad, 33.0 * 3.0 + 8.0);
}

void TestNetworkGraph::itIsTheEnginesOwnGraph()
{
    // Node for node what createModel(), forward() and crossEntropyLoss() record.
    const LayerStack stack{3, {{4, Activation::Relu}, soft(3)}};
    const Network parameters = initialFor(stack);
    const auto x = sampleFor(stack);
    Graph graph;
    const NetworkLeaves network = createModel(graph, parameters);
    const auto outputs = scalar::forward(graph, network, x);
    const NodeId loss = crossEntropyLoss(graph, outputs, 2);
    const NamedGraph named = recorded(parameters, x, 2);
    QVERIFY(named.root == loss);
    QCOMPARE(named.graph.nodes.size(), graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        QVERIFY(named.graph.nodes[i].op == graph.nodes[i].op);
        QVERIFY(named.graph.nodes[i].parents == graph.nodes[i].parents);
        QVERIFY(named.graph.nodes[i].data == graph.nodes[i].data);
    }
}

void TestNetworkGraph::inputsAreVariablesWhereTheyAreFew()
{
    for (const int inputs : {1, 2, 3, 4}) {
        const LayerStack stack{inputs, {soft(2)}};
        const auto x = sampleFor(stack);
        const NamedGraph named = recorded(initialFor(stack), x, 0);
        QCOMPARE(named.variables.size(), inputs > 3 ? std::size_t(0) : x.size());
        for (std::size_t i = 0; i < named.variables.size(); ++i) {
            const Variable& variable = named.variables[i];
            QCOMPARE(variable.name, "x[" + std::to_string(i) + "]");
            QCOMPARE(variable.value, x[i]);
            QVERIFY(index(variable.node) == index(named.inputs.first) + i);
            QVERIFY(variable.given);
        }
    }
}

void TestNetworkGraph::aDigit()
{
    const LayerStack stack{784, {{16, Activation::Relu}, soft(10)}};
    const Network parameters = initialFor(stack);
    const auto x = sampleFor(stack);
    NamedGraph named = recorded(parameters, x, 7);
    // Weights twice more for products and sums, biases; 16 relus; 6 * 10 + 1 of softmax; 3 of the loss.
    QCOMPARE(named.graph.nodes.size(), std::size_t(784 + 3 * (784 * 16 + 160) + 26 + 16 + 61 + 3));
    QCOMPARE(nodesByName(named).at("w1[15,783]"), NodeId(784 * 16 - 1));
    backward(named.graph, named.root);
    const auto expected = matrixGradients(parameters, x, 7);
    for (std::size_t i = 0; i < expected.size(); ++i)
        VERIFY_AGREE(named.graph.nodes[i].grad, expected[i], 1e-10, 1e-15);

    // The largest network that people usually train here.
    const LayerStack large{784, {{128, Activation::Relu}, {64, Activation::Relu}, soft(10)}};
    const NamedGraph all = recorded(initialFor(large), sampleFor(large), 0);
    QCOMPARE(all.graph.nodes.size(), sampleNodeCount(large, Loss::CrossEntropy));
    VERIFY_AGREE(all.graph.nodes[index(all.root)].data,
                 plainLossOf(large, initialFor(large).parameters, sampleFor(large), 0, Loss::CrossEntropy),
                 1e-12);
}

void TestNetworkGraph::refusals_data()
{
    using enum Activation;
    QTest::addColumn<QString>("layers");
    QTest::addColumn<int>("inputs");
    QTest::addColumn<bool>("squared");
    QTest::addColumn<QStringList>("said");
    const auto row = [](const char* layers, int inputs, bool squared, const QStringList& said) {
        QTest::addRow("%s, %d inputs%s", layers, inputs, squared ? ", squared" : "")
            << QString(layers) << inputs << squared << said;
    };
    row("3:tanh,1:softmax", 2, false, {"softmax of a single output", "always 1", "sigmoid"});
    row("3:tanh,1:softmax", 2, true, {"softmax, which the loss squared does not accept"});
    row("2:sigmoid", 2, false, {"sigmoid, which the loss cross-entropy does not accept", "2:softmax"});
    row("1:sigmoid", 2, false, {"sigmoid, which the loss cross-entropy does not accept"});
    row("3:tanh", 2, false, {"tanh, which the loss cross-entropy does not accept", "another loss"});
    row("1:linear", 2, false, {"linear, which the loss cross-entropy does not accept"});
    row("1000:relu,10:softmax", 784, false, {"2,38", "at most 2,000,000 are possible", "fewer weights"});
    row("1000:relu,10:softmax", 784, true, {"at most 2,000,000 are possible"});
    row("3:tanh,2:softmax", 0, false, {"no inputs"});
    row("0:tanh,2:softmax", 2, false, {"layer 1 has no units"});
    row("", 2, false, {"no layers"});
}

void TestNetworkGraph::refusals()
{
    QFETCH(const QString, layers);
    QFETCH(const int, inputs);
    QFETCH(const bool, squared);
    QFETCH(const QStringList, said);
    Network parameters{{inputs, {}}, {}};
    for (const QString& layer : layers.split(',', Qt::SkipEmptyParts)) {
        const auto activation = activationFromName(layer.section(':', 1).toStdString());
        QVERIFY(activation.has_value());
        parameters.stack.layers.push_back({layer.section(':', 0, 0).toInt(), *activation});
    }
    const std::vector<double> x(static_cast<std::size_t>(inputs), 0.5);
    const auto named = recordSample(parameters, x, 0, squared ? Loss::Squared : Loss::CrossEntropy);
    QVERIFY(!named.has_value());
    const QString message = QString::fromStdString(named.error().message());
    for (const QString& words : said)
        QVERIFY2(message.contains(words), qPrintable(message));
    QVERIFY(!named.error().mend.empty());
}

QTEST_GUILESS_MAIN(TestNetworkGraph)
#include "tst_networkgraph.moc"
