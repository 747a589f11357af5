// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "widgets/fields/numbertext.h"
#include "widgets/graph/chainruletext.h"
#include "widgets/graph/graphcontent.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace chainrule;
using scalar::NodeId;

namespace {

const QLocale english = QLocale::c();
const QLocale german(QLocale::German, QLocale::Germany);

GraphContent contentOf(const char* text, const scalar::VariableValues& values)
{
    GraphContent content;
    auto parsed = scalar::parseExpression(text, values);
    if (!parsed)
        qFatal("the expression is broken");
    content.named = std::move(*parsed);
    content.walk = scalar::makeWalk(content.named.graph, content.named.root);
    return content;
}

/// L = (a*b + c)^2 with a = 2, b = -3, c = 10: nodes a, b, e, c, d, L in this order.
GraphContent assignment()
{
    return contentOf("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
}

void back(GraphContent& content, int steps = 1)
{
    for (int i = 0; i < steps; ++i)
        stepBackward(content.named.graph, content.walk);
}

QString derivative(const char* text, const scalar::VariableValues& values, int slot = 0,
                   const QLocale& locale = english)
{
    const GraphContent content = contentOf(text, values);
    return localDerivativeText(content.named, content.named.root, slot, locale);
}

QString reason(const char* text, const scalar::VariableValues& values)
{
    const GraphContent content = contentOf(text, values);
    return derivativeReason(content.named, content.named.root, english);
}

} // namespace

class TestChainRuleText : public QObject {
    Q_OBJECT

private slots:
    void valuesAreShort()
    {
        const double infinity = std::numeric_limits<double>::infinity();
        QCOMPARE(valueText(-24.0, english), QString("−24"));
        QCOMPARE(valueText(0.25, english), QString("0.25"));
        QCOMPARE(valueText(0.25, german), QString("0,25"));
        QCOMPARE(valueText(1.2e-7, english), QString("1.2e−7"));
        QCOMPARE(valueText(-1.2e-7, german), QString("−1,2e−7"));
        QCOMPARE(valueText(0.00012, english), QString("0.00012"));
        QCOMPARE(valueText(0.0001, english), QString("0.0001"));
        QCOMPARE(valueText(0.00009, english), QString("9e−5"));
        QCOMPARE(valueText(123456.0, english), QString("123456"));
        QCOMPARE(valueText(123456.0, german), QString("123456"));
        QCOMPARE(valueText(123456.4, english, 4), QString("123456"));
        QCOMPARE(valueText(1e6, english), QString("1e6"));
        QCOMPARE(valueText(1234567.0, english), QString("1.23457e6"));
        QCOMPARE(valueText(1234567.0, english, 2), QString("1.2e6"));
        QCOMPARE(valueText(1.0 / 3.0, english), QString("0.333333"));
        QCOMPARE(valueText(1.0 / 3.0, english, 3), QString("0.333"));
        QCOMPARE(valueText(100.0, english, 1), QString("100"));
        QCOMPARE(valueText(0.0, english), QString("0"));
        QCOMPARE(valueText(-0.0, english), QString("0"));
        QCOMPARE(valueText(infinity, english), QString("∞"));
        QCOMPARE(valueText(-infinity, english), QString("−∞"));
        QCOMPARE(valueText(std::nan(""), english), QString("NaN"));
        QCOMPARE(valueText(-1.5e300, english), QString("−1.5e300"));
        QCOMPARE(valueText(0.1, english, 17), QString("0.10000000000000001"));
    }

    void roundingCarriesIntoTheExponent()
    {
        QCOMPARE(valueText(9.9999999, english), QString("10"));
        QCOMPARE(valueText(999999.97, english), QString("1e6"));
        QCOMPARE(valueText(999999.97, english, 4), QString("1e6"));
        QCOMPARE(valueText(0.0000999999999, english), QString("0.0001"));
        QCOMPARE(valueText(9.99e-8, english, 2), QString("1e−7"));
    }

    void titlesAndSigns()
    {
        const GraphContent content = contentOf("e = 2*a\nL = e/(-3) - a^(-0.5)", {{"a", 4.0}});
        const auto& named = content.named;
        QStringList titles;
        QStringList signs;
        for (std::size_t i = 0; i < named.graph.nodes.size(); ++i) {
            titles += nodeTitle(named, NodeId(i), english);
            signs += operationSign(named.graph.nodes[i], english);
        }
        QCOMPARE(titles, (QStringList{"2", "a", "e", "−3", "#4", "#5", "L"}));
        QCOMPARE(signs, (QStringList{"", "", "×", "", "÷", "^−0.5", "−"}));
        QCOMPARE(operationCall(named, NodeId(5), english), QString("power(a, −0.5)"));
        QCOMPARE(operationCall(named, NodeId(5), german), QString("power(a; −0,5)"));
        QCOMPARE(operationCall(named, NodeId(4), english), QString("divide(e, −3)"));
        QCOMPARE(operationCall(named, NodeId(1), english), QString("leaf"));
        QVERIFY(isChangeable(named, NodeId(1)));
        QVERIFY(!isChangeable(named, NodeId(0)));
        QVERIFY(!isChangeable(named, NodeId(2)));
    }

    void derivativesInSymbols()
    {
        QCOMPARE(derivative("e = a + b", {}), QString("1"));
        QCOMPARE(derivative("e = a - b", {}, 0), QString("1"));
        QCOMPARE(derivative("e = a - b", {}, 1), QString("−1"));
        QCOMPARE(derivative("e = a * b", {}, 0), QString("b"));
        QCOMPARE(derivative("e = a * b", {}, 1), QString("a"));
        QCOMPARE(derivative("e = a / b", {}, 0), QString("1 / b"));
        QCOMPARE(derivative("e = a / b", {}, 1), QString("−e / b"));
        QCOMPARE(derivative("e = -a", {}), QString("−1"));
        QCOMPARE(derivative("e = a^2", {}), QString("2 · a"));
        QCOMPARE(derivative("e = a^3", {}), QString("3 · a^2"));
        QCOMPARE(derivative("e = a^-1", {}), QString("−1 · a^(−2)"));
        QCOMPARE(derivative("e = a^0.5", {}), QString("0.5 · a^(−0.5)"));
        QCOMPARE(derivative("e = a^0.5", {}, 0, german), QString("0,5 · a^(−0,5)"));
        QCOMPARE(derivative("e = a^1", {}), QString("1"));
        QCOMPARE(derivative("e = a^0", {}), QString("0"));
        QCOMPARE(derivative("e = relu(a)", {{"a", 0.5}}), QString("1"));
        QCOMPARE(derivative("e = relu(a)", {{"a", 0.0}}), QString("0"));
        QCOMPARE(derivative("e = sigmoid(a)", {}), QString("e · (1 − e)"));
        QCOMPARE(derivative("e = tanh(a)", {}), QString("1 − e²"));
        QCOMPARE(derivative("e = exp(a)", {}), QString("e"));
        QCOMPARE(derivative("e = log(a)", {}), QString("1 / a"));
        QCOMPARE(derivative("e = log(a)", {{"a", 1e-12}}), QString("1 / 1e−10"));
        QCOMPARE(derivative("e = sin(a)", {}), QString("cos(a)"));
        QCOMPARE(derivative("e = cos(a)", {}), QString("−sin(a)"));
        QCOMPARE(derivative("e = erf(a)", {}), QString("2 / sqrt(pi) · exp(−a²)"));
        QCOMPARE(derivative("e = max(a, b)", {{"a", 3.0}, {"b", 3.0}}), QString("0.5"));
        QCOMPARE(derivative("e = min(a, b)", {{"a", 3.0}, {"b", 1.0}}, 1), QString("1"));
        QCOMPARE(derivative("e = a^b", {}, 0), QString("b · a^(b − 1)"));
        QCOMPARE(derivative("e = a^b", {}, 1), QString("e · log(a)"));
        QCOMPARE(derivative("e = a + b", {}, 2), QString());
    }

    void reasonsForWhatSymbolsCannotSay()
    {
        QCOMPARE(reason("e = relu(a)", {{"a", 0.5}}), QString("as a > 0"));
        QCOMPARE(reason("e = relu(a)", {{"a", 0.0}}), QString("as a ≤ 0"));
        QCOMPARE(reason("e = sigmoid(a)", {{"a", -51.0}}), QString("a is clipped to −50"));
        QCOMPARE(reason("e = sigmoid(a)", {{"a", 50.0}}), QString());
        QCOMPARE(reason("e = exp(a)", {{"a", 89.0}}), QString("a is clipped to 88"));
        QCOMPARE(reason("e = log(a)", {{"a", 1e-12}}), QString("a is clipped to 1e−10"));
        QCOMPARE(reason("e = max(a, b)", {{"a", 2.0}, {"b", 2.0}}), QString("as a = b, each has a half"));
        QCOMPARE(reason("e = max(a, b)", {{"a", 2.0}, {"b", 1.0}}), QString());
        QCOMPARE(reason("e = a * b", {}), QString());
    }

    // The symbols say what the engine computes: each is put into numbers by the parser of expressions, which
    // has nothing to do with how they are written.
    void symbolsEqualTheEnginesNumbers_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* text :
             {"e = a*b", "e = a/b", "e = a^2", "e = a^3", "e = a^-1", "e = a^0.5", "e = a^-2.5",
              "e = sigmoid(a)", "e = tanh(a)", "e = exp(a)", "e = log(a)", "e = sin(a)", "e = cos(a)",
              "e = erf(a)", "e = max(a, b)", "e = min(a, b)", "e = a^b"})
            QTest::newRow(text) << QString(text);
    }

    void symbolsEqualTheEnginesNumbers()
    {
        QFETCH(QString, text);
        const GraphContent content = contentOf(text.toLatin1().constData(), {{"a", 1.25}, {"b", -0.75}});
        const auto& named = content.named;
        const auto local = localDerivatives(named.graph, named.root);
        for (int slot = 0; slot < parentCount(named.graph.nodes[index(named.root)].op); ++slot) {
            const QString symbols = localDerivativeText(named, named.root, slot, english);
            const scalar::VariableValues values = {
                {"a", 1.25}, {"b", -0.75}, {"e", named.graph.nodes[index(named.root)].data}};
            const auto parsed = scalar::parseExpression(symbols.toStdString(), values);
            QVERIFY2(parsed, qPrintable(symbols));
            const double value = parsed->graph.nodes[index(parsed->root)].data;
            const double expected = local[static_cast<std::size_t>(slot)];
            QVERIFY2(std::abs(value - expected) <= 1e-12 * std::abs(expected), qPrintable(symbols));
        }
    }

    void theAssignmentStepByStep()
    {
        GraphContent content = assignment();
        QCOMPARE(chainRuleText(content, english),
                 QString("L = 16. Step backward to see how each gradient comes about."));
        back(content);
        QCOMPARE(chainRuleText(content, english),
                 QString("L.grad = 1, as it is the root.\n"
                         "d.grad += ∂L/∂d · L.grad = 2 · d · L.grad = 8 · 1 = 8"));
        back(content);
        QCOMPARE(chainRuleText(content, english),
                 QString("e.grad += ∂d/∂e · d.grad = 1 · 8 = 8\nc.grad += ∂d/∂c · d.grad = 1 · 8 = 8"));
        back(content);
        QCOMPARE(chainRuleText(content, english), QString("c is a leaf: c.grad = 8 is complete."));
        back(content);
        QCOMPARE(chainRuleText(content, english),
                 QString("a.grad += ∂e/∂a · e.grad = b · e.grad = (−3) · 8 = −24\n"
                         "b.grad += ∂e/∂b · e.grad = a · e.grad = 2 · 8 = 16"));
        QCOMPARE(walkText(content, english),
                 QString("backward, step 4 of 6 — reverse topological order: L, d, c, e, b, a"));
        QCOMPARE(walkText(content, english, true),
                 QString("backward, step 4 of 6 — reverse topological order: L, d, c, <b>e</b>, b, a"));
        back(content, 2);
        QCOMPARE(chainRuleText(content, english), QString("a is a leaf: a.grad = −24 is complete."));
    }

    void forwardStepsShowTheirNumbers()
    {
        GraphContent content = assignment();
        stepForward(content.named.graph, content.walk);
        QCOMPARE(valueOf(content, NodeId(2), english), QString("–"));
        QCOMPARE(valueOf(content, NodeId(1), english), QString("−3"));
        QVERIFY(chainRuleText(content, english).startsWith("Only the leaves have values."));
        QCOMPARE(walkText(content, english), QString("start — topological order: e, d, L"));
        stepForward(content.named.graph, content.walk);
        QCOMPARE(chainRuleText(content, english), QString("e = a · b = 2 · (−3) = −6"));
        QCOMPARE(chainRuleText(content, english, true), QString("e = a · b = 2 · (−3) = <b>−6</b>"));
        QCOMPARE(walkText(content, english, true),
                 QString("forward, step 1 of 3 — topological order: <b>e</b>, d, L"));
        stepForward(content.named.graph, content.walk);
        QCOMPARE(chainRuleText(content, english), QString("d = e + c = −6 + 10 = 4"));
        stepForward(content.named.graph, content.walk);
        QCOMPARE(chainRuleText(content, english), QString("L = d^2 = 4^2 = 16"));
        QCOMPARE(walkText(content, english), QString("forward, step 3 of 3 — topological order: e, d, L"));
    }

    void pathsAreCountedUp()
    {
        // L = a*a + a at a = 3: 1 comes from the sum, 3 and 3 from the product: 7.
        GraphContent content = contentOf("q = a*a; L = q + a", {{"a", 3.0}});
        back(content);
        QVERIFY(chainRuleText(content, english)
                    .endsWith("a.grad += ∂L/∂a · L.grad = 1 · 1 = 1; a.grad = 1 (path 1 of 3)"));
        back(content);
        QCOMPARE(
            chainRuleText(content, english),
            QString("a.grad += ∂q/∂a (left) · q.grad = a · q.grad = 3 · 1 = 3; a.grad = 1 + 3 = 4 (path 2 "
                    "of 3)\na.grad += ∂q/∂a (right) · q.grad = a · q.grad = 3 · 1 = 3; a.grad = 4 + 3 = 7 "
                    "(path 3 of 3)"));
    }

    // Visited in the order L, d, c, e, b, a: a node's gradient is whole when all its users were visited.
    void wholeGradients()
    {
        GraphContent content = assignment();
        const auto whole = [&content](const char* name) {
            const auto& names = content.named.names;
            return isGradientWhole(
                content, scalar::NodeId(std::find(names.begin(), names.end(), name) - names.begin()));
        };
        QVERIFY(whole("a") && whole("L"));
        zeroGradientsStep(content.named.graph, content.walk);
        QVERIFY(!whole("L") && !whole("a"));
        stepBackward(content.named.graph, content.walk); // L
        QVERIFY(whole("L") && whole("d") && !whole("c") && !whole("e"));
        stepBackward(content.named.graph, content.walk); // d
        QVERIFY(whole("c") && whole("e") && !whole("a"));
        runBackward(content.named.graph, content.walk);
        QVERIFY(whole("a"));
        runBackward(content.named.graph, content.walk); // on top
        QVERIFY(!whole("a") && !whole("d"));
        stepForward(content.named.graph, content.walk);
        QVERIFY(!whole("a"));
    }

    void pilingUpIsSaid()
    {
        GraphContent content = assignment();
        back(content, 6 + 1);
        // d holds 8 of the pass before, so L's visit adds to it.
        QCOMPARE(chainRuleText(content, english),
                 QString("L.grad = 1, as it is the root. Pass 2 on gradients that were not zeroed: what "
                         "inner nodes pass on has grown, too.\n"
                         "d.grad += ∂L/∂d · L.grad = 2 · d · L.grad = 8 · 1 = 8; d.grad = 8 + 8 = 16"));
        QVERIFY(walkText(content, english).startsWith("backward, pass 2, step 1 of 6 — "));
        zeroGradientsStep(content.named.graph, content.walk);
        QCOMPARE(chainRuleText(content, english),
                 QString("All gradients are 0. Step backward to begin at L."));
        QVERIFY(walkText(content, english).startsWith("gradients zeroed — reverse topological order: L"));
    }

    void clipsAndReasonsStandInTheLine()
    {
        GraphContent content = contentOf("L = log(z)", {{"z", 1e-12}});
        back(content);
        QVERIFY(chainRuleText(content, english)
                    .endsWith(
                        "z.grad += ∂L/∂z · L.grad = (1 / 1e−10) · L.grad = 1e10 · 1 = 1e10 (z is clipped to "
                        "1e−10)"));
        GraphContent dead = contentOf("L = relu(z)", {{"z", -2.0}});
        back(dead);
        QVERIFY(chainRuleText(dead, english).endsWith("z.grad += ∂L/∂z · L.grad = 0 · 1 = 0 (as z ≤ 0)"));
    }

    void constantsAreNoNames()
    {
        GraphContent content = contentOf("L = -3*a", {{"a", 2.0}});
        back(content);
        QCOMPARE(chainRuleText(content, english).section('\n', 1),
                 QString("(−3).grad += ∂L/∂(−3) · L.grad = a · L.grad = 2 · 1 = 2\n"
                         "a.grad += ∂L/∂a · L.grad = (−3) · 1 = −3"));
        back(content, 2);
        QCOMPARE(chainRuleText(content, english),
                 QString("−3 is a constant: its gradient 2 is used by nothing."));
    }

    void germanNumbers()
    {
        GraphContent content = contentOf("L = a*b", {{"a", 0.5}, {"b", -1.25}});
        back(content);
        QVERIFY(chainRuleText(content, german)
                    .contains("a.grad += ∂L/∂a · L.grad = b · L.grad = (−1,25) · 1 = −1,25"));
    }

    void richTextEscapesNames()
    {
        GraphContent content = assignment();
        content.named.names[0] = "<i>a&b</i>";
        back(content, 4);
        const QString rich = chainRuleText(content, english, true);
        QVERIFY(rich.contains("&lt;i&gt;a&amp;b"));
        QVERIFY(!rich.contains("<i>"));
        QVERIFY(rich.contains("<b>+=</b>"));
        QVERIFY(rich.contains("(−3) · 8 = <b>−24</b><br>"));
        QVERIFY(!walkText(content, english, true).contains("<i>"));
    }

    void longNamesAndOrdersAreShortened()
    {
        std::string text = "averyveryverylongname = x1 + x2";
        for (int i = 3; i < 300; ++i)
            text += " + x" + std::to_string(i);
        GraphContent content = contentOf((text + "\nL = averyveryverylongname * 2").c_str(), {});
        back(content, 100);
        const QString where = walkText(content, english);
        const QString order = where.section(": ", 1);
        QVERIFY2(order.size() <= 70, qPrintable(order));
        QVERIFY(order.startsWith("…, ") && order.endsWith(", …"));
        const QString present = shortTitle(content.named, currentNode(content.walk), english);
        QVERIFY(walkText(content, english, true).contains("<b>" + present + "</b>"));
        QCOMPARE(shortTitle(content.named, content.walk.backwardOrder[2], english).size(), 16);
        QVERIFY(where.startsWith("backward, step 100 of 5"));
    }

    void groupsHaveTitles()
    {
        scalar::NamedGraph named;
        scalar::Group layer;
        layer.kind = scalar::GroupKind::Layer;
        layer.activation = Activation::Relu;
        layer.outputs.assign(128, NodeId(0));
        scalar::Group neuron;
        neuron.kind = scalar::GroupKind::Neuron;
        neuron.unit = 3;
        neuron.parent = 0;
        named.groups = {layer, neuron};
        QCOMPARE(groupTitle(named, 0), QString("Dense 128 · ReLU"));
        QCOMPARE(groupTitle(named, 1), QString("Neuron 3"));
        QCOMPARE(groupTitle(named, 2), QString());
        QCOMPARE(groupTitle(named, -1), QString());
    }
};

QTEST_GUILESS_MAIN(TestChainRuleText)
#include "tst_chainruletext.moc"
