// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "core/scalar/gradientcheck.h"
#include "tests/core/numeric.h"

#include <bit>
#include <cstdint>

using namespace chainrule;
using namespace chainrule::scalar;

namespace {

/// An expression with its gradients; one that cannot be parsed has no nodes.
NamedGraph made(const std::string& text, const VariableValues& values)
{
    auto expression = parseExpression(text, values);
    if (!expression)
        return {};
    backward(expression->graph, expression->root);
    return std::move(*expression);
}

NodeId named(const NamedGraph& expression, const std::string& name)
{
    for (std::size_t i = 0; i < expression.names.size(); ++i) {
        if (expression.names[i] == name)
            return NodeId(i);
    }
    return noNode;
}

GradientCheck checked(const NamedGraph& expression, const std::string& name)
{
    return checkGradient(expression.graph, expression.root, named(expression, name));
}

} // namespace

/// Numeric derivatives against closed forms, and what is said where there is none to be had.
class TestGradientCheck : public QObject {
    Q_OBJECT

private slots:
    void closedForms_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("x");
        QTest::addColumn<double>("expected");
        const auto row = [](const char* text, double x, double expected) {
            QTest::addRow("%s at %g", text, x) << QString(text) << x << expected;
        };
        for (const double x : {-1e6, -7.5, -1.0, -1e-3, 1e-9, 0.3, 1.0, 42.0, 1e5}) {
            row("x^2", x, 2 * x);
            row("3*x + 1", x, 3.0);
            row("x^3 - x", x, 3 * x * x - 1);
            row("1/x", x, -1 / (x * x));
            row("tanh(x/100000)", x, 1e-5 / std::pow(std::cosh(x / 1e5), 2));
        }
        for (const double x : {1e-6, 1e-3, 0.5, 3.0, 1e4, 1e8}) {
            row("log(x)", x, 1 / x);
            row("sqrt(x)", x, 0.5 / std::sqrt(x));
            row("x^1.5", x, 1.5 * std::sqrt(x));
            row("x^-2", x, -2 / (x * x * x));
        }
        for (const double x : {-40.0, -3.0, 0.0, 0.1, 2.0, 20.0}) {
            row("exp(x)", x, std::exp(x));
            row("sigmoid(x)", x, 1 / (1 + std::exp(-x)) / (1 + std::exp(x)));
        }
        row("sigmoid(1000*x)", 1e-3, 1000 * std::exp(-1) / std::pow(1 + std::exp(-1), 2));
        row("exp(-(100*x)^2)", 0.01, -200 * std::exp(-1));
        // Valleys and steps much narrower than the number itself.
        row("tanh((x - 125)^4)", 125.4, 4 * std::pow(0.4, 3) / std::pow(std::cosh(std::pow(0.4, 4)), 2));
        row("exp(-(x - 1000)^2)", 1000.5, -std::exp(-0.25));
        row("x^2", 1e-15, 2e-15);
        row("sigmoid(x) + 10 - 10.25", 0.0, 0.25);
        row("relu(x)", 1e-3, 1);
        row("relu(x)", -1e-3, 0);
        row("relu(x) + x^2", 1e-6, 1 + 2e-6);
        row("abs(x - 1)*x", 1.001, 0.001 + 1.001);
        row("x*0 + 5", 3, 0);
        row("x^0", 3, 0);
    }

    void closedForms()
    {
        QFETCH(QString, text);
        QFETCH(double, x);
        QFETCH(double, expected);
        const NamedGraph expression = made(text.toStdString(), {{"x", x}, {"y", 1.0}});
        QVERIFY(!expression.names.empty());
        const auto numeric = numericGradient(expression.graph, expression.root, named(expression, "x"));
        VERIFY_AGREE(numeric.value, expected, 1e-8, 1e-12);
        const auto check = checked(expression, "x");
        QCOMPARE(check.verdict, Verdict::Agrees);
        QCOMPARE(check.numeric, numeric.value);
    }

    void innerNodes()
    {
        const NamedGraph expression =
            made("e = a*b; d = e + c; s = d*e; L = s^2 + e", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
        // L = ((e + c) e)^2 + e with e = -6, c = 10: s = -24, d = 4.
        const std::pair<const char*, double> expected[] = {
            {"s", 2 * -24.0},
            {"d", 2 * -24.0 * -6.0},
            {"e", 2 * -24.0 * (2 * -6.0 + 10.0) + 1},
            {"a", (2 * -24.0 * (2 * -6.0 + 10.0) + 1) * -3.0},
            {"c", 2 * -24.0 * -6.0},
            {"L", 1.0},
        };
        for (const auto& [name, slope] : expected) {
            VERIFY_AGREE(numericGradient(expression.graph, expression.root, named(expression, name)).value,
                         slope, 1e-10);
            QCOMPARE(checked(expression, name).verdict, Verdict::Agrees);
        }
    }

    void nodesThatDoNotMatter()
    {
        const NamedGraph expression = made("d = a*c; L = a + b", {});
        for (const char* name : {"c", "d"}) {
            const auto check = checked(expression, name);
            QCOMPARE(check.numeric, 0.0);
            QCOMPARE(check.relativeError, 0.0);
            QCOMPARE(check.verdict, Verdict::Agrees);
        }
    }

    void aWrongGradientIsFound()
    {
        // At every node of a graph with all operations, by a part in ten thousand.
        NamedGraph expression =
            made("p, q = softmax(x*y, x - y); m = max(x, y, 1) + abs(y); "
                 "L = -log(p) + sigmoid(x)*tanh(y) + exp(y/4) + sqrt(x) + x^3/relu(x) + m*q",
                 {{"x", 1.3}, {"y", -0.7}});
        QVERIFY(!expression.names.empty());
        int wrong = 0;
        for (std::size_t i = 0; i < expression.names.size(); ++i) {
            const NodeId node = NodeId(i);
            QCOMPARE(checkGradient(expression.graph, expression.root, node).verdict, Verdict::Agrees);
            double& gradient = expression.graph.nodes[i].grad;
            if (std::abs(gradient) < 1e-12)
                continue;
            const double right = gradient;
            gradient *= 1.0001;
            const auto check = checkGradient(expression.graph, expression.root, node);
            QCOMPARE(check.verdict, Verdict::Disagrees);
            QVERIFY(check.relativeError > 0.9e-4 && check.relativeError < 1.1e-4);
            gradient = right;
            ++wrong;
        }
        QVERIFY(wrong > 30);
        expression.graph.nodes[0].grad = 0.0;
        QCOMPARE(checkGradient(expression.graph, expression.root, NodeId(0)).relativeError, 1.0);
        QCOMPARE(checkGradient(expression.graph, expression.root, NodeId(0)).verdict, Verdict::Disagrees);
    }

    void kinks_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("x");
        QTest::addColumn<double>("across"); // the mean of the slopes on both sides
        QTest::newRow("relu") << "relu(x)" << 0.0 << 0.5;
        QTest::newRow("relu of a difference") << "3*relu(x - 2)" << 2.0 << 1.5;
        QTest::newRow("abs") << "abs(x)" << 0.0 << 0.0;
        QTest::newRow("max") << "max(x, 2)" << 2.0 << 0.5;
        QTest::newRow("min") << "min(5*x, x)" << 0.0 << 3.0;
        QTest::newRow("max of equal variables") << "max(x, y)" << 1.0 << 0.5;
        QTest::newRow("nearly") << "3*relu(x - 2)" << std::nextafter(2.0, 3.0) << 1.5;
    }

    void kinks()
    {
        QFETCH(QString, text);
        QFETCH(double, x);
        QFETCH(double, across);
        const NamedGraph expression = made(text.toStdString(), {{"x", x}, {"y", 1.0}});
        const auto check = checked(expression, "x");
        QCOMPARE(check.verdict, Verdict::Kink);
        VERIFY_AGREE(check.numeric, across, 1e-6);
    }

    void besideAKink()
    {
        // A relu whose argument is 0 but does not move is no kink for this node.
        QCOMPARE(checked(made("x*relu(z) + x", {{"x", 2.0}, {"z", 0.0}}), "x").verdict, Verdict::Agrees);
        // Nor is one whose argument stays on its side.
        QCOMPARE(checked(made("relu(-x^2) + x", {{"x", 0.0}}), "x").verdict, Verdict::Agrees);
        for (const double distance : {1e-2, 1e-4, 1e-6}) {
            for (const double sign : {-1.0, 1.0}) {
                const auto check = checked(made("relu(x) + x^2/4 + x", {{"x", sign * distance}}), "x");
                QCOMPARE(check.verdict, Verdict::Agrees);
            }
        }
    }

    void clippedRegions_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("x");
        QTest::newRow("exp above") << "exp(x)" << 100.0;
        QTest::newRow("exp below") << "exp(x)" << -100.0;
        QTest::newRow("exp at its limit") << "exp(x)" << expLimit;
        QTest::newRow("sigmoid below") << "sigmoid(x)" << -60.0;
        QTest::newRow("log below") << "log(x)" << 1e-12;
        QTest::newRow("log of a negative number") << "log(x)" << -3.0;
        QTest::newRow("log further on") << "5*log(x*x) + x" << 1e-7;
    }

    void clippedRegions()
    {
        QFETCH(QString, text);
        QFETCH(double, x);
        const NamedGraph expression = made(text.toStdString(), {{"x", x}, {"y", 1.0}});
        const auto check = checked(expression, "x");
        QCOMPARE(check.verdict, Verdict::Clipped);
        QVERIFY(std::isfinite(check.numeric));
        // Outside, the clip is constant, while the engine passes a gradient on by convention.
        QVERIFY(expression.graph.nodes[index(named(expression, "x"))].grad != 0.0);
    }

    void saturatedWithoutConvention()
    {
        // Beyond 50 the sigmoid is 1 in double precision, and both say 0.
        QCOMPARE(checked(made("sigmoid(x)", {{"x", 60.0}}), "x").verdict, Verdict::Agrees);
        QCOMPARE(checked(made("tanh(x)", {{"x", 1000.0}}), "x").verdict, Verdict::Agrees);
    }

    void undefined_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("x");
        QTest::newRow("division by zero") << "1/x" << 0.0;
        QTest::newRow("root of zero") << "sqrt(x)" << 0.0;
        QTest::newRow("root of a negative number") << "sqrt(x)" << -1.0;
        QTest::newRow("overflow") << "(x*1e200)^2" << 1.0;
    }

    void undefined()
    {
        QFETCH(QString, text);
        QFETCH(double, x);
        QCOMPARE(checked(made(text.toStdString(), {{"x", x}, {"y", 1.0}}), "x").verdict, Verdict::Undefined);
    }

    void drowned()
    {
        QCOMPARE(checked(made("1e20 + x", {{"x", 1.0}}), "x").verdict, Verdict::Drowned);
        QCOMPARE(checked(made("1e20 + x - 1e20", {{"x", 1.0}}), "x").verdict, Verdict::Drowned);
    }

    void recomputing()
    {
        const char* text = "p, q = softmax(x, y*z); m = max(x, y, z); "
                           "L = -log(p) + m*sigmoid(x)*tanh(y) + exp(z/4) + abs(x - y)^1.5 - q";
        auto moved = parseExpression(text, {{"x", 0.5}, {"y", -1.0}, {"z", 2.0}});
        QVERIFY(moved.has_value());
        const Graph before = moved->graph;
        recompute(moved->graph);
        for (std::size_t i = 0; i < before.nodes.size(); ++i)
            QCOMPARE(std::bit_cast<std::uint64_t>(moved->graph.nodes[i].data),
                     std::bit_cast<std::uint64_t>(before.nodes[i].data));

        // With other values the same as an expression that had them from the start, but for the maximum.
        const VariableValues values{{"x", -0.25}, {"y", 3.0}, {"z", 1.5}};
        for (const Variable& variable : moved->variables)
            moved->graph.nodes[index(variable.node)].data = values.at(variable.name);
        recompute(moved->graph);
        const auto fresh = parseExpression(text, values);
        QVERIFY(fresh.has_value());
        for (const char* name : {"p", "q", "m", "L"}) {
            VERIFY_AGREE(moved->graph.nodes[index(named(*moved, name))].data,
                         fresh->graph.nodes[index(named(*fresh, name))].data, 1e-14);
        }
    }

    void softmaxIsCheckedThroughItsConstantMaximum()
    {
        const NamedGraph expression =
            made("p, q, r = softmax(x, y, z); L = -log(q)*p + r^2", {{"x", 0.2}, {"y", 1.4}, {"z", -3.0}});
        for (std::size_t i = 0; i < expression.names.size(); ++i)
            QCOMPARE(checkGradient(expression.graph, expression.root, NodeId(i)).verdict, Verdict::Agrees);
    }

    void aLongChain()
    {
        // A million nodes: no recursion, and each evaluation linear.
        Graph graph;
        NodeId node = createValue(graph, 1.5);
        const NodeId one = createValue(graph, 1.0);
        for (int i = 0; i < 1'000'000; ++i)
            node = add(graph, node, one);
        backward(graph, node);
        QCOMPARE(graph.nodes[0].grad, 1.0);
        QCOMPARE(graph.nodes[1].grad, 1e6);
        QCOMPARE(checkGradient(graph, node, NodeId(0)).verdict, Verdict::Agrees);
    }
};

QTEST_GUILESS_MAIN(TestGradientCheck)
#include "tst_gradientcheck.moc"
