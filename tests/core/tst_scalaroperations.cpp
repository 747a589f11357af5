// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/graph.h"
#include "tests/core/numeric.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace chainrule;
using namespace chainrule::scalar;
using chainrule::tests::derivative;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double dataOf(const Graph& graph, NodeId node)
{
    return graph.nodes[index(node)].data;
}

double gradOf(const Graph& graph, NodeId node)
{
    return graph.nodes[index(node)].grad;
}

/// The node that this operation's function makes of a and b.
NodeId apply(Graph& graph, Op op, NodeId a, NodeId b, double exponent)
{
    switch (op) {
    case Op::Leaf:
        return a;
    case Op::Add:
        return add(graph, a, b);
    case Op::Subtract:
        return subtract(graph, a, b);
    case Op::Multiply:
        return multiply(graph, a, b);
    case Op::Divide:
        return divide(graph, a, b);
    case Op::Negate:
        return negate(graph, a);
    case Op::Power:
        return power(graph, a, exponent);
    case Op::Relu:
        return relu(graph, a);
    case Op::Sigmoid:
        return sigmoid(graph, a);
    case Op::Tanh:
        return scalar::tanh(graph, a);
    case Op::Exp:
        return scalar::exp(graph, a);
    case Op::Log:
        return scalar::log(graph, a);
    case Op::Sin:
        return scalar::sin(graph, a);
    case Op::Cos:
        return scalar::cos(graph, a);
    case Op::Erf:
        return scalar::erf(graph, a);
    case Op::Max:
        return scalar::max(graph, a, b);
    case Op::Min:
        return scalar::min(graph, a, b);
    case Op::VariablePower:
        return power(graph, a, b);
    }
    return noNode;
}

struct Case {
    double a = 0.0;
    double b = 0.0;
    double exponent = 0.0;
    double value = 0.0; ///< what mathematics says
    double da = 0.0;
    double db = 0.0;
};

/// Points away from kinks and limits, with values and derivatives in closed form, written in other forms
/// than the engine's where there are any. Empty for an operation without test data.
std::vector<Case> casesOf(Op op)
{
    std::vector<Case> cases;
    const auto add = [&cases](double a, double b, double exponent, double value, double da, double db) {
        cases.push_back({a, b, exponent, value, da, db});
    };
    const std::vector<std::pair<double, double>> pairs = {
        {2.0, 3.0}, {-1.5, 0.25}, {0.1, -7.0}, {-4.0, -0.3}, {1e3, 1e-3}};
    const std::vector<double> numbers = {-3.7, -1.0, -0.2, 0.3, 1.0, 2.5, 8.0};
    switch (op) {
    case Op::Leaf:
        for (const double a : numbers)
            add(a, 0.0, 0.0, a, 1.0, 0.0);
        break;
    case Op::Add:
        for (const auto& [a, b] : pairs)
            add(a, b, 0.0, b + a, 1.0, 1.0);
        break;
    case Op::Subtract:
        for (const auto& [a, b] : pairs)
            add(a, b, 0.0, -(b - a), 1.0, -1.0);
        break;
    case Op::Multiply:
        for (const auto& [a, b] : pairs)
            add(a, b, 0.0, b * a, b, a);
        break;
    case Op::Divide:
        for (const auto& [a, b] : pairs)
            add(a, b, 0.0, a * (1.0 / b), std::pow(b, -1.0), -a * std::pow(b, -2.0));
        break;
    case Op::Negate:
        for (const double a : numbers)
            add(a, 0.0, 0.0, 0.0 - a, -1.0, 0.0);
        break;
    case Op::Power:
        for (const double a : numbers) {
            add(a, 0.0, 2.0, a * a, 2.0 * a, 0.0);
            add(a, 0.0, 3.0, a * a * a, 3.0 * a * a, 0.0);
            add(a, 0.0, -1.0, 1.0 / a, -1.0 / (a * a), 0.0);
            add(a, 0.0, 1.0, a, 1.0, 0.0);
            add(a, 0.0, 0.0, 1.0, 0.0, 0.0);
            if (a > 0.0) {
                add(a, 0.0, 0.5, std::sqrt(a), 0.5 / std::sqrt(a), 0.0);
                add(a, 0.0, -1.5, 1.0 / (a * std::sqrt(a)), -1.5 / (a * a * std::sqrt(a)), 0.0);
            }
        }
        break;
    case Op::Relu:
        for (const double a : numbers)
            add(a, 0.0, 0.0, a > 0.0 ? a : 0.0, a > 0.0 ? 1.0 : 0.0, 0.0);
        break;
    case Op::Sigmoid:
        for (const double a : numbers)
            add(a, 0.0, 0.0, 0.5 * (1.0 + std::tanh(a / 2.0)), 0.25 / std::pow(std::cosh(a / 2.0), 2.0), 0.0);
        break;
    case Op::Tanh:
        for (const double a : numbers) {
            const double square = std::exp(2.0 * a);
            add(a, 0.0, 0.0, (square - 1.0) / (square + 1.0), 1.0 / std::pow(std::cosh(a), 2.0), 0.0);
        }
        break;
    case Op::Exp:
        for (const double a : numbers)
            add(a, 0.0, 0.0, std::pow(M_E, a), std::pow(M_E, a), 0.0);
        break;
    case Op::Log:
        for (const double a : {1e-3, 0.2, 1.0, 2.5, 1e4})
            add(a, 0.0, 0.0, std::log2(a) / M_LOG2E, 1.0 / a, 0.0);
        break;
    case Op::Sin:
        for (const double a : numbers)
            add(a, 0.0, 0.0, std::cos(a - M_PI_2), std::sin(a + M_PI_2), 0.0);
        break;
    case Op::Cos:
        for (const double a : numbers)
            add(a, 0.0, 0.0, std::sin(a + M_PI_2), std::cos(a + M_PI_2), 0.0);
        break;
    case Op::Erf:
        for (const double a : numbers)
            add(a, 0.0, 0.0, 1.0 - std::erfc(a), M_2_SQRTPI * std::pow(M_E, -(a * a)), 0.0);
        break;
    case Op::Max:
        for (const auto& [a, b] : pairs)
            add(a, b, 0.0, std::fmax(a, b), a > b ? 1.0 : 0.0, a > b ? 0.0 : 1.0);
        break;
    case Op::Min:
        for (const auto& [a, b] : pairs)
            add(a, b, 0.0, std::fmin(a, b), a < b ? 1.0 : 0.0, a < b ? 0.0 : 1.0);
        break;
    case Op::VariablePower:
        for (const auto& [a, b] : pairs) {
            const double base = std::abs(a);
            const double value = std::exp(b * std::log(base));
            add(base, b, 0.0, value, value * b / base, value * std::log(base));
        }
        break;
    }
    return cases;
}

/// A unary operation at x: its value and, after backward(), the gradient of x.
std::pair<double, double> at(Op op, double x, double exponent = 0.0)
{
    Graph graph;
    const NodeId a = createValue(graph, x);
    const NodeId root = apply(graph, op, a, a, exponent);
    backward(graph, root);
    return {dataOf(graph, root), gradOf(graph, a)};
}

} // namespace

/// Every operation's value and derivatives, at ordinary points and at its edges.
class TestScalarOperations : public QObject {
    Q_OBJECT

private slots:
    void everyOperationIsTested();
    void operationsHaveTheirValues();
    void gradientsHaveTheirClosedForm();
    void gradientsMatchCentralDifferences();
    void nodesRecordWhatTheyAre();
    void reluAtItsKink();
    void logAtItsFloor();
    void sigmoidBeyondItsLimits();
    void expBeyondItsLimits();
    void powerAtZero();
    void tanhFarOut();
    void nanIsNotHidden();
    void maxAndMinTakeTheirOperandsAsTheyAre();
    void maxAndMinAtATie();
    void variablePowerAtItsEdges();
};

void TestScalarOperations::everyOperationIsTested()
{
    std::vector<std::string_view> names;
    for (const Op op : allOps) {
        const std::string name(opName(op));
        QVERIFY2(!casesOf(op).empty(), qPrintable(QString("no test data for %1").arg(name.c_str())));
        QVERIFY(!name.empty());
        QVERIFY2(std::find(names.begin(), names.end(), opName(op)) == names.end(), name.c_str());
        names.push_back(opName(op));
    }
}

void TestScalarOperations::operationsHaveTheirValues()
{
    for (const Op op : allOps) {
        for (const Case& c : casesOf(op)) {
            Graph graph;
            const NodeId a = createValue(graph, c.a);
            const NodeId b = createValue(graph, c.b);
            const NodeId root = apply(graph, op, a, b, c.exponent);
            VERIFY_AGREE(dataOf(graph, root), c.value, 1e-14, 1e-15);
            QCOMPARE(compute(op, c.a, c.b, c.exponent), dataOf(graph, root));
        }
    }
}

void TestScalarOperations::gradientsHaveTheirClosedForm()
{
    for (const Op op : allOps) {
        for (const Case& c : casesOf(op)) {
            Graph graph;
            const NodeId a = createValue(graph, c.a);
            const NodeId b = createValue(graph, c.b);
            const NodeId node = apply(graph, op, a, b, c.exponent);
            // A factor behind it shows that the upstream gradient is multiplied in.
            const NodeId root = multiply(graph, node, createValue(graph, -2.5));
            backward(graph, root);
            VERIFY_AGREE(gradOf(graph, a), -2.5 * c.da, 1e-12, 1e-14);
            VERIFY_AGREE(gradOf(graph, b), -2.5 * c.db, 1e-12, 1e-14);
            if (op == Op::Leaf)
                continue;
            const auto local = localDerivatives(graph, node);
            VERIFY_AGREE(local[0], c.da, 1e-12, 1e-14);
            VERIFY_AGREE(local[1], c.db, 1e-12, 1e-14);
        }
    }
}

void TestScalarOperations::gradientsMatchCentralDifferences()
{
    for (const Op op : allOps) {
        for (const Case& c : casesOf(op)) {
            Graph graph;
            const NodeId a = createValue(graph, c.a);
            const NodeId b = createValue(graph, c.b);
            backward(graph, apply(graph, op, a, b, c.exponent));
            const auto value = [&](double x, double y) {
                Graph other;
                const NodeId first = createValue(other, x);
                const NodeId second = createValue(other, y);
                return dataOf(other, apply(other, op, first, second, c.exponent));
            };
            const double stepA = 1e-3 * std::abs(c.a);
            const double numericA = derivative([&](double x) { return value(x, c.b); }, c.a, stepA);
            VERIFY_AGREE(gradOf(graph, a), numericA, 1e-6, 1e-12);
            if (parentCount(op) == 2) {
                const double stepB = 1e-3 * std::abs(c.b);
                const double numericB = derivative([&](double y) { return value(c.a, y); }, c.b, stepB);
                VERIFY_AGREE(gradOf(graph, b), numericB, 1e-6, 1e-12);
            }
        }
    }
}

void TestScalarOperations::nodesRecordWhatTheyAre()
{
    for (const Op op : allOps) {
        Graph graph;
        const NodeId a = createValue(graph, 0.5);
        const NodeId b = createValue(graph, 0.25);
        const Node node = graph.nodes[index(apply(graph, op, a, b, 3.0))];
        QCOMPARE(node.op, op);
        QCOMPARE(node.grad, 0.0);
        const int parents = parentCount(op);
        QCOMPARE(node.parents[0], parents >= 1 ? a : noNode);
        QCOMPARE(node.parents[1], parents == 2 ? b : noNode);
        QCOMPARE(node.exponent, op == Op::Power ? 3.0 : 0.0);
    }
}

void TestScalarOperations::reluAtItsKink()
{
    QCOMPARE(at(Op::Relu, 0.0), std::pair(0.0, 0.0));
    QCOMPARE(at(Op::Relu, -0.0), std::pair(0.0, 0.0));
    const double tiny = std::numeric_limits<double>::denorm_min();
    QVERIFY(at(Op::Relu, tiny) == std::pair(tiny, 1.0));
    QVERIFY(at(Op::Relu, -tiny) == std::pair(0.0, 0.0));
}

void TestScalarOperations::logAtItsFloor()
{
    const double floor = std::log(1e-10);
    for (const double x : {1e-10, 0.99e-10, 1e-300, 0.0, -1.0, -infinity}) {
        QCOMPARE(at(Op::Log, x).first, floor);
        QCOMPARE(at(Op::Log, x).second, 1e10); // that of the value which the logarithm was taken of
    }
    QCOMPARE(at(Op::Log, 2e-10).first, std::log(2e-10));
    QCOMPARE(at(Op::Log, 2e-10).second, 5e9);
}

void TestScalarOperations::sigmoidBeyondItsLimits()
{
    const double high = 1.0 / (1.0 + std::exp(-50.0));
    const double low = 1.0 / (1.0 + std::exp(50.0));
    for (const double x : {50.0, 51.0, 1e4, infinity}) {
        QVERIFY(at(Op::Sigmoid, x) == std::pair(high, high * (1.0 - high)));
        QVERIFY(at(Op::Sigmoid, -x) == std::pair(low, low * (1.0 - low)));
    }
    QVERIFY(low > 0.0 && at(Op::Sigmoid, -1e4).second > 0.0); // the sign is right, the size that at the limit
}

void TestScalarOperations::expBeyondItsLimits()
{
    for (const double x : {88.0, 89.0, 1e4, infinity}) {
        QVERIFY(at(Op::Exp, x) == std::pair(std::exp(88.0), std::exp(88.0)));
        QVERIFY(at(Op::Exp, -x) == std::pair(std::exp(-88.0), std::exp(-88.0)));
    }
}

void TestScalarOperations::powerAtZero()
{
    QVERIFY(at(Op::Power, 0.0, 0.0) == std::pair(1.0, 0.0));
    QVERIFY(at(Op::Power, 5.0, 0.0) == std::pair(1.0, 0.0));
    QVERIFY(at(Op::Power, 0.0, 1.0) == std::pair(0.0, 1.0));
    QVERIFY(at(Op::Power, 0.0, 2.0) == std::pair(0.0, 0.0));
    QVERIFY(at(Op::Power, 0.0, -1.0) == std::pair(infinity, -infinity));
    QVERIFY(at(Op::Power, 0.0, 0.5) == std::pair(0.0, infinity));
}

void TestScalarOperations::tanhFarOut()
{
    QVERIFY(at(Op::Tanh, 1000.0) == std::pair(1.0, 0.0));
    QVERIFY(at(Op::Tanh, -1000.0) == std::pair(-1.0, 0.0));
    QVERIFY(at(Op::Tanh, infinity) == std::pair(1.0, 0.0));
    QVERIFY(at(Op::Tanh, 0.0) == std::pair(0.0, 1.0));
}

void TestScalarOperations::nanIsNotHidden()
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const Op op : allOps)
        QVERIFY2(std::isnan(at(op, nan, 2.0).first), std::string(opName(op)).c_str());
}

void TestScalarOperations::maxAndMinTakeTheirOperandsAsTheyAre()
{
    // The smaller one is not lost, however far apart they are.
    QCOMPARE(compute(Op::Max, -1e17, 1.0, 0.0), 1.0);
    QCOMPARE(compute(Op::Max, 0.1, -1e300, 0.0), 0.1);
    QCOMPARE(compute(Op::Min, 1e17, 0.1, 0.0), 0.1);
    QCOMPARE(compute(Op::Min, -infinity, infinity, 0.0), -infinity);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const Op op : {Op::Max, Op::Min}) {
        QVERIFY(std::isnan(compute(op, nan, 1.0, 0.0)));
        QVERIFY(std::isnan(compute(op, 1.0, nan, 0.0)));
    }
}

void TestScalarOperations::maxAndMinAtATie()
{
    for (const Op op : {Op::Max, Op::Min}) {
        Graph graph;
        const NodeId a = createValue(graph, 2.0);
        const NodeId b = createValue(graph, 2.0);
        const NodeId root = record(graph, op, a, b);
        QVERIFY(isTie(graph, graph.nodes[index(root)]));
        backward(graph, root);
        QCOMPARE(gradOf(graph, a), 0.5); // PyTorch's maximum() and minimum()
        QCOMPARE(gradOf(graph, b), 0.5);
        graph.nodes[index(a)].data = 3.0;
        QVERIFY(!isTie(graph, graph.nodes[index(root)]));
        QVERIFY(at(op, 5.0) == std::pair(5.0, 1.0)); // of itself: both halves
    }
}

void TestScalarOperations::variablePowerAtItsEdges()
{
    const auto slopes = [](double a, double b) {
        Graph graph;
        const NodeId base = createValue(graph, a);
        return localDerivatives(graph, power(graph, base, createValue(graph, b)));
    };
    using Slopes = std::array<double, 2>;
    QCOMPARE(slopes(0.0, 2.0), (Slopes{0.0, 0.0}));
    QCOMPARE(slopes(0.0, 1.0), (Slopes{1.0, 0.0}));
    QCOMPARE(slopes(0.0, 0.0), (Slopes{0.0, 0.0}));
    QCOMPARE(slopes(0.0, 0.5), (Slopes{infinity, 0.0}));
    // Of a negative base there is no derivative by the exponent, and no value unless that is whole.
    QCOMPARE(compute(Op::VariablePower, -2.0, 3.0, 0.0), -8.0);
    QCOMPARE(slopes(-2.0, 3.0)[0], 12.0);
    QVERIFY(std::isnan(slopes(-2.0, 3.0)[1]));
    QVERIFY(std::isnan(compute(Op::VariablePower, -2.0, 0.5, 0.0)));
}

QTEST_GUILESS_MAIN(TestScalarOperations)
#include "tst_scalaroperations.moc"
