// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "core/scalar/gradientcheck.h"
#include "tests/core/expressiontree.h"
#include "tests/core/numeric.h"

using namespace chainrule;
using namespace chainrule::scalar;
using expressiontree::Dual;
using expressiontree::Hazards;
using expressiontree::Tree;

namespace {

/// A polynomial's coefficients, from the constant on; exact as long as they stay below 2^53.
using Polynomial = std::vector<std::int64_t>;

Polynomial sum(const Polynomial& a, const Polynomial& b, std::int64_t sign)
{
    Polynomial result(std::max(a.size(), b.size()), 0);
    for (std::size_t i = 0; i < a.size(); ++i)
        result[i] += a[i];
    for (std::size_t i = 0; i < b.size(); ++i)
        result[i] += sign * b[i];
    return result;
}

Polynomial product(const Polynomial& a, const Polynomial& b)
{
    Polynomial result(a.size() + b.size() - 1, 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t k = 0; k < b.size(); ++k)
            result[i + k] += a[i] * b[k];
    }
    return result;
}

Polynomial slope(const Polynomial& a)
{
    Polynomial result{0};
    for (std::size_t i = 1; i < a.size(); ++i) {
        result.resize(i);
        result[i - 1] = static_cast<std::int64_t>(i) * a[i];
    }
    return result;
}

std::int64_t at(const Polynomial& a, std::int64_t x)
{
    std::int64_t result = 0;
    for (std::size_t i = a.size(); i-- > 0;)
        result = result * x + a[i];
    return result;
}

/// A quotient of two polynomials, in whole numbers.
struct Rational {
    Polynomial over{0};
    Polynomial under{1};
};

Rational rationalOf(const Tree& tree)
{
    if (tree.op == "number")
        return {{static_cast<std::int64_t>(tree.number)}, {1}};
    if (tree.op == "variable")
        return {{0, 1}, {1}};
    const Rational a = rationalOf(tree.kids[0]);
    if (tree.op == "neg")
        return {product({-1}, a.over), a.under};
    if (tree.op == "^") {
        Rational result{{1}, {1}};
        const Rational base = tree.number < 0 ? Rational{a.under, a.over} : a;
        for (int i = 0; i < static_cast<int>(std::abs(tree.number)); ++i)
            result = {product(result.over, base.over), product(result.under, base.under)};
        return result;
    }
    const Rational b = rationalOf(tree.kids[1]);
    if (tree.op == "*")
        return {product(a.over, b.over), product(a.under, b.under)};
    if (tree.op == "/")
        return {product(a.over, b.under), product(a.under, b.over)};
    return {sum(product(a.over, b.under), product(b.over, a.under), tree.op == "+" ? 1 : -1),
            product(a.under, b.under)};
}

/// The largest number that the coefficients at this x can add up to; of those of the derivative too.
double sizeOf(const Polynomial& a, std::int64_t x)
{
    double size = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        size += static_cast<double>(i + 1) * std::abs(static_cast<double>(a[i])) *
                std::pow(std::max(1.0, std::abs(static_cast<double>(x))), static_cast<double>(i));
    }
    return size;
}

} // namespace

/// Gradients of expressions made up at random, against derivatives worked out here.
class TestExpressionGradients : public QObject {
    Q_OBJECT

private slots:
    void allOperations()
    {
        const std::vector<std::string> ops{"+",       "-",    "*",   "/",   "neg",  "^",   "relu",
                                           "sigmoid", "tanh", "exp", "log", "sqrt", "abs", "max",
                                           "min",     "sin",  "cos", "erf", "pow"};
        const std::vector<double> exponents{2, 3, 4, 0.5, 1.5, -1, -2, 0, 1};
        expressiontree::Random random(20240607);
        std::map<std::string, int> counts;
        constexpr int wanted = 400;
        int made = 0;
        double worstNumeric = 0.0;
        double worstExact = 0.0;
        for (int tries = 0; made < wanted && tries < 200'000; ++tries) {
            // Half of them go through softmax, whose three values are then variables too.
            const bool withSoftmax = made % 2 == 1;
            std::vector<Dual> variables;
            VariableValues values;
            for (std::size_t i = 0; i < expressiontree::variableCount; ++i) {
                const double value = static_cast<double>(expressiontree::below(random, 6001)) / 1000.0 - 3.0;
                variables.push_back({value, {}});
                variables.back().slopes[i] = 1.0L;
                values[expressiontree::variableNames[i]] = value;
            }
            Hazards hazards;
            std::string text;
            std::vector<Tree> logits;
            if (withSoftmax) {
                std::array<Dual, 3> exponentials;
                Dual total;
                text = "p, q, r = softmax(";
                for (std::size_t i = 0; i < 3; ++i) {
                    logits.push_back(expressiontree::grow(random, ops, exponents, 3, 2));
                    text += (i == 0 ? "" : ", ") + expressiontree::written(logits.back());
                    const Tree exponential{"exp", 0.0, 0, {logits.back()}};
                    exponentials[i] = expressiontree::evaluate(exponential, variables, hazards);
                    total = expressiontree::combined(total.value + exponentials[i].value, total, 1,
                                                     exponentials[i], 1);
                }
                text += ")\n";
                for (const Dual& each : exponentials) {
                    variables.push_back(expressiontree::combined(each.value / total.value, each,
                                                                 1 / total.value, total,
                                                                 -each.value / (total.value * total.value)));
                }
            }
            const Tree tree = expressiontree::grow(random, ops, exponents, variables.size(), 5);
            text += "L = " + expressiontree::written(tree);
            const Dual exact = expressiontree::evaluate(tree, variables, hazards);
            if (hazards.nearestEdge < 0.02L || !(hazards.largest < 1e4L))
                continue;
            if (std::all_of(exact.slopes.begin(), exact.slopes.end(), [](long double s) { return s == 0; }))
                continue;
            ++made;
            expressiontree::count(tree, counts);
            counts["softmax"] += withSoftmax ? 1 : 0;

            auto expression = parseExpression(text, values);
            QVERIFY2(expression.has_value(), text.c_str());
            Graph& graph = expression->graph;
            VERIFY_AGREE(graph.nodes[index(expression->root)].data, static_cast<double>(exact.value), 1e-10,
                         1e-10);
            backward(graph, expression->root);
            for (const Variable& variable : expression->variables) {
                const std::size_t i = static_cast<std::size_t>(variable.name[0] - 'a');
                const double expected = static_cast<double>(exact.slopes[i]);
                const double gradient = graph.nodes[index(variable.node)].grad;
                QVERIFY2(tests::agree(gradient, expected, 1e-9, 1e-9), text.c_str());
                if (std::abs(expected) > 1e-3) {
                    worstExact = std::max(worstExact, std::abs(gradient / expected - 1.0));
                    const auto numeric = numericGradient(graph, expression->root, variable.node);
                    worstNumeric = std::max(worstNumeric, std::abs(numeric.value / gradient - 1.0));
                }
            }
            for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
                const auto check = checkGradient(graph, expression->root, NodeId(i));
                QVERIFY2(check.verdict == Verdict::Agrees,
                         qPrintable(QString("%1\nnode %2, %3: gradient %4, numeric %5, %6; at %7 %8 %9")
                                        .arg(QString::fromStdString(text))
                                        .arg(i)
                                        .arg(QString::fromStdString(std::string(opName(graph.nodes[i].op))))
                                        .arg(graph.nodes[i].grad, 0, 'g', 17)
                                        .arg(check.numeric, 0, 'g', 17)
                                        .arg(QString::fromStdString(std::string(verdictName(check.verdict))))
                                        .arg(values["a"])
                                        .arg(values["b"])
                                        .arg(values["c"])));
            }
        }
        QCOMPARE(made, wanted);
        for (const std::string& op : ops)
            QVERIFY2(counts[op] >= 20, op.c_str());
        QVERIFY(counts["softmax"] >= 100);
        qInfo("largest relative difference: %.2g from exact derivatives, %.2g from numeric ones", worstExact,
              worstNumeric);
        QVERIFY(worstExact < 1e-9);
        QVERIFY(worstNumeric < 1e-7);
    }

    /// In whole numbers below 2^53 nothing is rounded: values and gradients are equal to the last bit.
    void polynomials()
    {
        expressiontree::Random random(4711);
        int made = 0;
        for (int tries = 0; made < 300 && tries < 100'000; ++tries) {
            const Tree tree = expressiontree::grow(random, {"+", "-", "*", "neg", "^"}, {2, 3}, 1, 4);
            Hazards hazards;
            const std::int64_t x = static_cast<std::int64_t>(expressiontree::below(random, 11)) - 5;
            // First in floating point, whether whole numbers are large enough.
            static_cast<void>(expressiontree::evaluate(
                tree, {{std::abs(static_cast<long double>(x)) + 1, {1, 0, 0}}}, hazards));
            const Polynomial polynomial = hazards.largest < 1e12L ? rationalOf(tree).over : Polynomial{0};
            if (slope(polynomial) == Polynomial{0} || sizeOf(polynomial, x) > 1e14)
                continue;
            ++made;
            const std::string text = expressiontree::written(tree);
            auto expression = parseExpression(text, {{"a", static_cast<double>(x)}});
            QVERIFY2(expression.has_value(), text.c_str());
            backward(expression->graph, expression->root);
            QCOMPARE(expression->graph.nodes[index(expression->root)].data,
                     static_cast<double>(at(polynomial, x)));
            QCOMPARE(expression->variables.size(), std::size_t{1});
            const double gradient = expression->graph.nodes[index(expression->variables[0].node)].grad;
            const auto expected = static_cast<double>(at(slope(polynomial), x));
            QVERIFY2(gradient == expected, qPrintable(QString("%1 at %2: %3, expected %4")
                                                          .arg(QString::fromStdString(text))
                                                          .arg(x)
                                                          .arg(gradient, 0, 'g', 17)
                                                          .arg(expected, 0, 'g', 17)));
        }
        QCOMPARE(made, 300);
    }

    void rationalFunctions()
    {
        expressiontree::Random random(31337);
        int made = 0;
        for (int tries = 0; made < 300 && tries < 400'000; ++tries) {
            const Tree tree =
                expressiontree::grow(random, {"+", "-", "*", "/", "/", "neg", "^"}, {2, -1, -2}, 1, 4);
            std::map<std::string, int> counts;
            expressiontree::count(tree, counts);
            const std::string text = expressiontree::written(tree);
            if (counts["/"] == 0 || counts["variable"] == 0 || counts["^"] > 2 || text.size() > 60)
                continue;
            const std::int64_t x = static_cast<std::int64_t>(expressiontree::below(random, 9)) - 4;
            Hazards hazards;
            static_cast<void>(
                expressiontree::evaluate(tree, {{static_cast<long double>(x), {1, 0, 0}}}, hazards));
            if (!(hazards.nearestEdge > 0.01L) || !(hazards.largest < 1e6L))
                continue;
            const Rational f = rationalOf(tree);
            // Every product below must be whole and below 2^63.
            if (f.over.size() > 12 || f.under.size() > 12 || sizeOf(f.over, x) > 1e9 ||
                sizeOf(f.under, x) > 1e9)
                continue;
            const std::int64_t under = at(f.under, x);
            QVERIFY(under != 0);
            const std::int64_t first = at(slope(f.over), x) * under;
            const std::int64_t second = at(f.over, x) * at(slope(f.under), x);
            const long double square = static_cast<long double>(under) * static_cast<long double>(under);
            const auto expected = static_cast<double>(static_cast<long double>(first - second) / square);
            if (expected == 0.0)
                continue;
            ++made;
            auto expression = parseExpression(text, {{"a", static_cast<double>(x)}});
            QVERIFY2(expression.has_value(), text.c_str());
            backward(expression->graph, expression->root);
            const double gradient = expression->graph.nodes[index(expression->variables[0].node)].grad;
            // Where the sum over all ways cancels, the ways' own rounding is what stays.
            const double rounding = 1e-14 * static_cast<double>(hazards.largest);
            QVERIFY2(tests::agree(gradient, expected, 1e-13, rounding),
                     qPrintable(QString("%1 at %2: %3, expected %4")
                                    .arg(QString::fromStdString(text))
                                    .arg(x)
                                    .arg(gradient, 0, 'g', 17)
                                    .arg(expected, 0, 'g', 17)));
        }
        QCOMPARE(made, 300);
    }
};

QTEST_GUILESS_MAIN(TestExpressionGradients)
#include "tst_expressiongradients.moc"
