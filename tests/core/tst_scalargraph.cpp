// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/graph.h"
#include "tests/core/numeric.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace chainrule;
using namespace chainrule::scalar;

namespace {

double dataOf(const Graph& graph, NodeId node)
{
    return graph.nodes[index(node)].data;
}

double gradOf(const Graph& graph, NodeId node)
{
    return graph.nodes[index(node)].grad;
}

} // namespace

class TestScalarGraph : public QObject {
    Q_OBJECT

private slots:
    void passesTheAssignmentsChecks();
    void softmaxIsTheAssignments();
    void softmaxOfOneLogit();
    void softmaxGradientIsItsJacobian();
    void softmaxOfExtremes();
    void theAssignmentsExample();
    void aValueUsedTwice();
    void gradientsAccumulate();
    void zeroGradientsOfSome();
    void theBackwardOrderIsThatOfTheRoot();
    void aSecondRootDoesNotPushTheFirstsGradients();
    void whatTheRootDoesNotNeedIsLeftAlone();
    void aMillionNodes();
};

void TestScalarGraph::passesTheAssignmentsChecks()
{
    Graph graph;
    const NodeId two = createValue(graph, 2.0);
    const NodeId three = createValue(graph, 3.0);
    QCOMPARE(gradOf(graph, two), 0.0);
    QCOMPARE(dataOf(graph, add(graph, two, three)), 5.0);
    QCOMPARE(dataOf(graph, multiply(graph, two, three)), 6.0);
    QCOMPARE(dataOf(graph, power(graph, three, 2.0)), 9.0);
    QCOMPARE(dataOf(graph, relu(graph, createValue(graph, -3.0))), 0.0);
    QCOMPARE(dataOf(graph, relu(graph, three)), 3.0);
    QVERIFY(std::abs(dataOf(graph, sigmoid(graph, createValue(graph, 0.0))) - 0.5) < 1e-6);
}

void TestScalarGraph::softmaxIsTheAssignments()
{
    Graph graph;
    const std::vector<NodeId> logits = {createValue(graph, 1.0), createValue(graph, 3.0),
                                        createValue(graph, 2.0)};
    const auto probabilities = softmax(graph, logits);
    QCOMPARE(probabilities.size(), std::size_t(3));

    // The maximum; for each logit -1, max * -1, logit + that, exp; two sums; one power; three products.
    const auto count = [&graph](Op op) {
        return std::count_if(graph.nodes.begin(), graph.nodes.end(),
                             [op](const Node& node) { return node.op == op; });
    };
    QCOMPARE(graph.nodes.size(), std::size_t(3 + 1 + 3 * 4 + 2 + 1 + 3));
    QCOMPARE(count(Op::Leaf), 3 + 1 + 3);
    QCOMPARE(count(Op::Multiply), 3 + 3);
    QCOMPARE(count(Op::Add), 3 + 2);
    QCOMPARE(count(Op::Exp), 3);
    QCOMPARE(count(Op::Power), 1);

    const auto node = [&graph](NodeId id) { return graph.nodes[index(id)]; };
    const NodeId inverse = node(probabilities[0]).parents[1];
    QCOMPARE(node(inverse).op, Op::Power);
    QCOMPARE(node(inverse).exponent, -1.0);
    NodeId maximum = noNode;
    std::vector<NodeId> exponentials;
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(node(probabilities[i]).op, Op::Multiply);
        QCOMPARE(node(probabilities[i]).parents[1], inverse); // one inverse for all
        exponentials.push_back(node(probabilities[i]).parents[0]);
        QCOMPARE(node(exponentials[i]).op, Op::Exp);
        const Node shifted = node(node(exponentials[i]).parents[0]);
        QCOMPARE(shifted.op, Op::Add);
        QCOMPARE(shifted.parents[0], logits[i]);
        const Node shift = node(shifted.parents[1]);
        QCOMPARE(shift.op, Op::Multiply);
        QVERIFY(i == 0 || shift.parents[0] == maximum); // one maximum for all
        maximum = shift.parents[0];
        QCOMPARE(node(shift.parents[1]).op, Op::Leaf);
        QCOMPARE(node(shift.parents[1]).data, -1.0);
    }
    QCOMPARE(node(maximum).op, Op::Leaf); // a constant of its own, not the logit
    QCOMPARE(node(maximum).data, 3.0);
    QVERIFY(std::find(logits.begin(), logits.end(), maximum) == logits.end());

    const Node sum = node(node(inverse).parents[0]); // (e0 + e1) + e2
    QCOMPARE(sum.op, Op::Add);
    QCOMPARE(sum.parents[1], exponentials[2]);
    QCOMPARE(node(sum.parents[0]).parents[0], exponentials[0]);
    QCOMPARE(node(sum.parents[0]).parents[1], exponentials[1]);
}

void TestScalarGraph::softmaxOfOneLogit()
{
    Graph graph;
    const std::vector<NodeId> logits = {createValue(graph, -7.0)};
    const auto probabilities = softmax(graph, logits);
    QCOMPARE(dataOf(graph, probabilities.at(0)), 1.0);
    backward(graph, probabilities[0]);
    QCOMPARE(gradOf(graph, logits[0]), 0.0);
}

void TestScalarGraph::softmaxGradientIsItsJacobian()
{
    // Also for the largest logit: through the maximum nothing flows.
    const std::vector<double> z = {0.3, 2.0, -1.1, 1.9};
    double sum = 0.0;
    for (const double value : z)
        sum += std::exp(value);
    for (std::size_t i = 0; i < z.size(); ++i) {
        Graph graph;
        std::vector<NodeId> logits;
        for (const double value : z)
            logits.push_back(createValue(graph, value));
        const auto probabilities = softmax(graph, logits);
        VERIFY_AGREE(dataOf(graph, probabilities[i]), std::exp(z[i]) / sum, 1e-14);
        backward(graph, probabilities[i]);
        for (std::size_t j = 0; j < z.size(); ++j) {
            const double p = std::exp(z[i]) / sum;
            const double q = std::exp(z[j]) / sum;
            VERIFY_AGREE(gradOf(graph, logits[j]), p * ((i == j ? 1.0 : 0.0) - q), 1e-12, 1e-15);
        }
    }
}

void TestScalarGraph::softmaxOfExtremes()
{
    Graph graph;
    const std::vector<NodeId> logits = {createValue(graph, 1e4), createValue(graph, -1e4),
                                        createValue(graph, 1e4)};
    const auto probabilities = softmax(graph, logits);
    QCOMPARE(dataOf(graph, probabilities[0]), 0.5);
    QCOMPARE(dataOf(graph, probabilities[2]), 0.5);
    // exp's limit shows: e^-88 instead of 0.
    VERIFY_AGREE(dataOf(graph, probabilities[1]), 0.5 * std::exp(-88.0), 1e-12, 0.0);
    for (const NodeId probability : probabilities) {
        zeroGradients(graph);
        backward(graph, probability);
        for (const NodeId logit : logits)
            QVERIFY(std::isfinite(gradOf(graph, logit)));
    }
}

void TestScalarGraph::theAssignmentsExample()
{
    Graph graph; // L = (a b + c)^2
    const NodeId a = createValue(graph, 2.0);
    const NodeId b = createValue(graph, -3.0);
    const NodeId c = createValue(graph, 10.0);
    const NodeId e = multiply(graph, a, b);
    const NodeId d = add(graph, e, c);
    const NodeId root = power(graph, d, 2.0);
    backward(graph, root);
    QCOMPARE(dataOf(graph, root), 16.0);
    QCOMPARE(gradOf(graph, root), 1.0);
    QCOMPARE(gradOf(graph, d), 8.0);
    QCOMPARE(gradOf(graph, e), 8.0);
    QCOMPARE(gradOf(graph, a), -24.0);
    QCOMPARE(gradOf(graph, b), 16.0);
    QCOMPARE(gradOf(graph, c), 8.0);
}

void TestScalarGraph::aValueUsedTwice()
{
    Graph graph;
    const NodeId a = createValue(graph, 3.0);
    backward(graph, add(graph, a, a));
    QCOMPARE(gradOf(graph, a), 2.0);
    zeroGradients(graph);
    backward(graph, multiply(graph, a, a));
    QCOMPARE(gradOf(graph, a), 6.0);
    zeroGradients(graph);
    backward(graph, subtract(graph, a, a));
    QCOMPARE(gradOf(graph, a), 0.0);
    zeroGradients(graph);
    // (a + b) * (a * b) with b = 4: d/da = ab + (a + b) b = 12 + 28, d/db = ab + (a + b) a = 12 + 21
    const NodeId b = createValue(graph, 4.0);
    backward(graph, multiply(graph, add(graph, a, b), multiply(graph, a, b)));
    QCOMPARE(gradOf(graph, a), 40.0);
    QCOMPARE(gradOf(graph, b), 33.0);
}

void TestScalarGraph::gradientsAccumulate()
{
    Graph graph;
    const NodeId a = createValue(graph, 2.0);
    const NodeId b = createValue(graph, 5.0);
    const NodeId root = multiply(graph, a, b);
    backward(graph, root);
    backward(graph, root);
    QCOMPARE(gradOf(graph, root), 1.0); // set, not added
    QCOMPARE(gradOf(graph, a), 10.0);
    QCOMPARE(gradOf(graph, b), 4.0);
    zeroGradients(graph);
    for (const Node& node : graph.nodes)
        QCOMPARE(node.grad, 0.0);
}

void TestScalarGraph::zeroGradientsOfSome()
{
    Graph graph;
    const NodeId a = createValue(graph, 2.0);
    const NodeId b = createValue(graph, 5.0);
    backward(graph, multiply(graph, a, b));
    zeroGradients(graph, std::vector<NodeId>{b});
    QCOMPARE(gradOf(graph, a), 5.0);
    QCOMPARE(gradOf(graph, b), 0.0);
}

void TestScalarGraph::theBackwardOrderIsThatOfTheRoot()
{
    Graph graph;
    const NodeId a = createValue(graph, 2.0);
    const NodeId unused = createValue(graph, 5.0);
    const NodeId square = multiply(graph, a, a);
    static_cast<void>(add(graph, square, unused)); // of another root
    const NodeId root = add(graph, square, a);
    static_cast<void>(negate(graph, root)); // created later
    QCOMPARE(backwardOrder(graph, root), (std::vector<NodeId>{root, square, a}));
    QCOMPARE(backwardOrder(graph, unused), std::vector<NodeId>{unused});
}

void TestScalarGraph::aSecondRootDoesNotPushTheFirstsGradients()
{
    Graph graph;
    const NodeId a = createValue(graph, 2.0);
    const NodeId first = power(graph, a, 2.0);  // d/da = 4
    const NodeId second = power(graph, a, 3.0); // d/da = 12
    backward(graph, first);
    QCOMPARE(gradOf(graph, a), 4.0);
    backward(graph, second);
    QCOMPARE(gradOf(graph, a), 16.0);
    QCOMPARE(gradOf(graph, first), 1.0);
    backward(graph, first); // a root that is not the newest node
    QCOMPARE(gradOf(graph, a), 20.0);
    QCOMPARE(gradOf(graph, second), 1.0);
}

void TestScalarGraph::whatTheRootDoesNotNeedIsLeftAlone()
{
    Graph graph;
    const NodeId a = createValue(graph, 2.0);
    const NodeId other = createValue(graph, 0.0);
    (void)power(graph, other, -1.0); // infinite, with an infinite derivative
    const NodeId root = multiply(graph, a, a);
    backward(graph, root);
    QCOMPARE(gradOf(graph, other), 0.0);
    QCOMPARE(gradOf(graph, a), 4.0);
}

void TestScalarGraph::aMillionNodes()
{
    constexpr int length = 500'000;
    Graph graph;
    const NodeId a = createValue(graph, 1.0);
    const NodeId one = createValue(graph, 1.0);
    NodeId root = a;
    for (int i = 0; i < length; ++i)
        root = multiply(graph, add(graph, root, one), one); // two nodes each
    QCOMPARE(graph.nodes.size(), std::size_t(2 * length + 2));
    QCOMPARE(dataOf(graph, root), 1.0 + length);
    backward(graph, root);
    QCOMPARE(gradOf(graph, a), 1.0);
    // Each sum gives `one` 1, and each product its first factor: 2 + 3 + ... + (length + 1).
    const double n = length;
    QCOMPARE(gradOf(graph, one), n + n * (n + 3.0) / 2.0);
}

QTEST_GUILESS_MAIN(TestScalarGraph)
#include "tst_scalargraph.moc"
