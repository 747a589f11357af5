// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/utf8.h"
#include "core/scalar/expression/expression.h"
#include "tests/core/numeric.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>

using namespace chainrule;
using namespace chainrule::scalar;

/// What texts mean: the numbers they compute, the nodes they build, and what is said of wrong ones.
class TestExpression : public QObject {
    Q_OBJECT

    static double value(const NamedGraph& expression)
    {
        return expression.graph.nodes[index(expression.root)].data;
    }

    static NodeId named(const NamedGraph& expression, const std::string& name)
    {
        for (std::size_t i = 0; i < expression.names.size(); ++i) {
            if (expression.names[i] == name)
                return NodeId(i);
        }
        return noNode;
    }

    static double gradient(const NamedGraph& expression, const std::string& name)
    {
        const NodeId node = named(expression, name);
        return node == noNode ? std::nan("") : expression.graph.nodes[index(node)].grad;
    }

    static int countOf(const NamedGraph& expression, Op op)
    {
        int count = 0;
        for (const Node& node : expression.graph.nodes)
            count += node.op == op ? 1 : 0;
        return count;
    }

private slots:
    void computes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("expected"); // for a = 2, b = -3, c = 10
        const auto row = [](const char* text, double expected) {
            QTest::newRow(text) << QString(text) << expected;
        };
        row("7", 7);
        row("a", 2);
        row("(a*b + c)^2", 16);
        row("1 - 2 - 3", -4);
        row("1 - (2 - 3)", 2);
        row("16/4/2", 2);
        row("16/(4/2)", 8);
        row("2 + 3*4", 14);
        row("2*3 + 4", 10);
        row("(2 + 3)*4", 20);
        row("12/2*3", 18);
        row("-a^2", -4);
        row("(-a)^2", 4);
        row("2^3^2", 512);
        row("(2^3)^2", 64);
        row("2**3**2", 512);
        row("2^-1", 0.5);
        row("2^-2^2", 0.0625);
        row("2^+3", 8);
        row("2*3^2", 18);
        row("-2^2", -4);
        row("a*-b", 6);
        row("a--b", -1);
        row("a-+-b", -1);
        row("a+-b", 5);
        row("--a", 2);
        row("+a", 2);
        row("- -2^2", 4);
        row("4^(1/2)", 2);
        row("4^0.5*3", 6);
        row("a^(2*3-1)", 32);
        row("a^sqrt(4)", 4);
        row("2^2^0.5^2", std::pow(2.0, std::pow(2.0, 0.25)));
        row("1e3", 1000);
        row("1E+3 + 2.5e-1", 1000.25);
        row(".5 + 5. + 0.25", 5.75);
        row("relu(b) + relu(a)", 2);
        row("relu (a)", 2);
        row("sigmoid(0)", 0.5);
        row("tanh(a)", std::tanh(2.0));
        row("exp(a)", std::exp(2.0));
        row("log(c)", std::log(10.0));
        row("log(exp(b))", -3);
        row("sqrt(c + 6)", 4);
        row("abs(b)", 3);
        row("abs(a)", 2);
        row("abs(0)", 0);
        row("max(a, b)", 2);
        row("max(b, a)", 2);
        row("min(a, b)", -3);
        row("min(b, a)", -3);
        row("max(a, b, c, 1)", 10);
        row("min(c, a, b, 1)", -3);
        row("max(a*a, a + a)", 4);
        row("e = a*b; d = e + c; L = d^2", 16);
        row("e = a*b\nd = e + c\nL = d^2", 16);
        row("\n;; e = a*b ;\r\n\n L = e ; \n", -6);
        row("(a +\n b\n)", -1);
        row("max(a,\n c)", 10);
        row("k = 3; a*k", 6);
        row("k = -3; L = k", -3);
        row("p, q = softmax(a, a); p + 2*q", 1.5);
        row("p = softmax(c); 5*p", 5);
        row("p, q, r = softmax(a, b, c); p + q + r", 1);
        row("\u2212a\u00b2 \u00d7 3 \u00b7 b", 36);
        row("c\u00b3 \u2212 1", 999);
        row("_x1 = a; _x1*_x1", 4);
        row("e1 = 2; e1 + 1e1", 12);
        row("a\t*\tb", -6);
        row("1/0", INFINITY);
        row("max(-1e17, 1)", 1);
        row("min(1e17, 0.1)", 0.1);
        row("sin(pi/2) + cos(0)", 2);
        row("sin(a)", std::sin(2.0));
        row("cos(a)", std::cos(2.0));
        row("erf(a)", std::erf(2.0));
        row("a^c", 1024);
        row("c**a", 100);
        row("b^a", 9);
        row("a^(c - 8)*3", 12);
        row("n = 3; a^n", 8);
        row("2^a^a", 16);
        row("-a^a", -4);
        row("2*pi", 2 * M_PI);
        row("e^a", std::exp(2.0));
        row("e", M_E);
        row("pi = 3; pi*a", 6);
        row("a^pi", std::pow(2.0, M_PI));
    }

    void computes()
    {
        QFETCH(QString, text);
        QFETCH(double, expected);
        const auto expression = parseExpression(text.toStdString(), {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
        QVERIFY2(expression.has_value(), expression.has_value() ? "" : expression.error().message().c_str());
        if (std::isinf(expected))
            QCOMPARE(value(*expression), expected);
        else
            VERIFY_AGREE(value(*expression), expected, 1e-14, 1e-300);
        QCOMPARE(expression->names.size(), expression->graph.nodes.size());
    }

    void theExampleOfTheAssignment()
    {
        const VariableValues values{{"a", 2.0}, {"b", -3.0}, {"c", 10.0}};
        for (const char* text : {"e = a*b; d = e + c; L = d^2", "e=a*b\nd=e+c\nL=d**2"}) {
            auto expression = parseExpression(text, values);
            QVERIFY(expression.has_value());
            backward(expression->graph, expression->root);
            QCOMPARE(value(*expression), 16.0);
            QCOMPARE(gradient(*expression, "L"), 1.0);
            QCOMPARE(gradient(*expression, "a"), -24.0);
            QCOMPARE(gradient(*expression, "b"), 16.0);
            QCOMPARE(gradient(*expression, "c"), 8.0);
            QCOMPARE(gradient(*expression, "e"), 8.0);
            QCOMPARE(gradient(*expression, "d"), 8.0);
            QCOMPARE(expression->graph.nodes.size(), std::size_t{6});
            QCOMPARE(expression->root, named(*expression, "L"));
        }
    }

    void aNameIsOneNode()
    {
        auto expression = parseExpression("s = a*a; L = s + s*a", {{"a", 3.0}});
        QVERIFY(expression.has_value());
        QCOMPARE(expression->variables.size(), std::size_t{1});
        QCOMPARE(countOf(*expression, Op::Leaf), 1);
        QCOMPARE(expression->graph.nodes.size(), std::size_t{4});
        const NodeId a = expression->variables.front().node;
        const NodeId s = named(*expression, "s");
        QCOMPARE(expression->graph.nodes[index(s)].parents[0], a);
        QCOMPARE(expression->graph.nodes[index(s)].parents[1], a);
        backward(expression->graph, expression->root);
        QCOMPARE(gradient(*expression, "a"), 2 * 3.0 + 3 * 9.0); // of a^2 + a^3
        QCOMPARE(gradient(*expression, "s"), 1 + 3.0);
    }

    void numbersAndExponents()
    {
        // A number with a minus is one leaf; an exponent is no node at all.
        const auto number = parseExpression("-2.5");
        QVERIFY(number.has_value());
        QCOMPARE(number->graph.nodes.size(), std::size_t{1});
        QCOMPARE(value(*number), -2.5);
        const auto power = parseExpression("x^(-(1 + 2)*2)");
        QVERIFY(power.has_value());
        QCOMPARE(power->graph.nodes.size(), std::size_t{2});
        QCOMPARE(power->graph.nodes.back().op, Op::Power);
        QCOMPARE(power->graph.nodes.back().exponent, -6.0);
        // -a is an operation, and so is the minus before a power of a number.
        const auto negated = parseExpression("-a");
        QVERIFY(negated.has_value());
        QCOMPARE(negated->graph.nodes.back().op, Op::Negate);
        const auto square = parseExpression("-3^2");
        QVERIFY(square.has_value());
        QCOMPARE(square->graph.nodes.back().op, Op::Negate);
        // Numbers are read to the last bit.
        for (const char* text : {"0.1", "1.7976931348623157e308", "123456789.123456789", "3e-300"}) {
            const auto read = parseExpression(text);
            QVERIFY(read.has_value());
            QCOMPARE(std::bit_cast<std::uint64_t>(value(*read)),
                     std::bit_cast<std::uint64_t>(std::strtod(text, nullptr)));
        }
    }

    void exponentsThatAreNodes()
    {
        // With a variable the exponent is a node; pi and e are numbers as long as nothing else is said.
        auto power = parseExpression("x^(y + 1)", {{"x", 2.0}, {"y", 2.0}});
        QVERIFY(power.has_value());
        QCOMPARE(power->graph.nodes.size(), std::size_t{5});
        QCOMPARE(power->graph.nodes.back().op, Op::VariablePower);
        backward(power->graph, power->root);
        QCOMPARE(gradient(*power, "x"), 12.0);
        VERIFY_AGREE(gradient(*power, "y"), 8.0 * std::log(2.0), 1e-15);
        const auto constant = parseExpression("x^pi");
        QVERIFY(constant.has_value());
        QCOMPARE(constant->graph.nodes.size(), std::size_t{2});
        QCOMPARE(constant->graph.nodes.back().exponent, M_PI);
        QVERIFY(parseExpression("e*pi")->variables.empty());
        const auto given = parseExpression("e*pi", {{"e", 2.0}});
        QCOMPARE(given->variables.size(), std::size_t{1});
        QCOMPARE(value(*given), 2.0 * M_PI);
    }

    void variablesInTheOrderOfTheirUse()
    {
        const auto expression =
            parseExpression("t = z*b; L = t + a + b", {{"b", 5.0}, {"unused", 1.0}}, 0.25);
        QVERIFY(expression.has_value());
        QCOMPARE(expression->variables.size(), std::size_t{3});
        const char* names[] = {"z", "b", "a"};
        const double values[] = {0.25, 5.0, 0.25};
        for (std::size_t i = 0; i < 3; ++i) {
            const Variable& variable = expression->variables[i];
            QCOMPARE(variable.name, std::string(names[i]));
            QCOMPARE(variable.value, values[i]);
            QCOMPARE(variable.given, i == 1);
            QCOMPARE(expression->graph.nodes[index(variable.node)].data, values[i]);
            QCOMPARE(expression->graph.nodes[index(variable.node)].op, Op::Leaf);
            QCOMPARE(expression->names[index(variable.node)], variable.name);
        }
    }

    void anotherNameForANode()
    {
        const auto expression = parseExpression("s = a*b; L = s");
        QVERIFY(expression.has_value());
        QCOMPARE(expression->names[index(expression->root)], std::string("s"));
        QCOMPARE(expression->graph.nodes.size(), std::size_t{3});
    }

    void softmaxAndItsGradients()
    {
        auto expression =
            parseExpression("p, q, r = softmax(x, y, z); L = -log(q)", {{"x", 1.0}, {"y", 2.0}, {"z", -1.0}});
        QVERIFY(expression.has_value());
        backward(expression->graph, expression->root);
        const double sum = std::exp(1.0) + std::exp(2.0) + std::exp(-1.0);
        VERIFY_AGREE(value(*expression), std::log(sum) - 2.0, 1e-14);
        VERIFY_AGREE(gradient(*expression, "x"), std::exp(1.0) / sum, 1e-13);
        VERIFY_AGREE(gradient(*expression, "y"), std::exp(2.0) / sum - 1.0, 1e-13);
        VERIFY_AGREE(gradient(*expression, "z"), std::exp(-1.0) / sum, 1e-13);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("line");
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* text, int line, int column, const char* said) {
            QTest::newRow(text) << QString(text) << line << column << QString(said);
        };
        row("", 1, 1, "expected a number, a name or '('");
        row("  \n ; ", 2, 4, "expected a number, a name or '('");
        row("a + b*", 1, 7, "expected a number, a name or '('");
        row("a + * b", 1, 5, "expected a number, a name or '(', found '*'");
        row("a +\nb", 1, 4, "found the end of the line");
        row("L =", 1, 4, "expected a number, a name or '('");
        row("a == b", 1, 4, "expected a number, a name or '(', found '='");
        row("()", 1, 2, "expected a number, a name or '(', found ')'");
        row("exp()", 1, 5, "expected a number, a name or '(', found ')'");
        row("(a + b", 1, 7, "')' of the '(' in column 1, found the end");
        row("c*(a + b; 2", 1, 9, "')' of the '(' in column 3, found ';'");
        row("exp(a", 1, 6, "')' of the '(' in column 4");
        row("max(a; b)", 1, 6, "found ';'");
        row("a + b)", 1, 6, "there is no '(' for this ')'");
        row("a b", 1, 3, "expected an operator, found 'b'");
        row("2a", 1, 2, "expected an operator, found 'a'");
        row("2(a)", 1, 2, "expected an operator, found '('");
        row("(a)(b)", 1, 4, "expected an operator, found '('");
        row("1.2.3", 1, 4, "expected an operator, found '.3'");
        row("1e", 1, 2, "expected an operator, found 'e'");
        row("a(b + c)*a; 3", 1, 1, "there is no function 'a'");
        row("a*a(b + c)", 1, 4, "expected an operator after 'a'");
        row("a, b", 1, 5, "expected '=' or a comma, found the end");
        row("2, 3", 1, 2, "expected an operator or the end of the statement, found ','");
        row("a + b = c", 1, 7, "only a name can stand before '='");
        row("2 = a", 1, 3, "only a name can stand before '='");
        row("a*b; a + b", 1, 1, "this value has no name");
        row("c = a\na*b\na + b", 2, 1, "this value has no name");
        row("e = a; e = b", 1, 8, "'e' is assigned twice, first in column 1");
        row("e = a\nL = e\nL = 2*e", 3, 1, "'L' is assigned twice, first in line 2, column 1");
        row("d = e + c; e = a*b", 1, 12, "'e' is assigned after it was used, first in column 5");
        row("a = a + 1", 1, 1, "'a' is assigned after it was used, first in column 5");
        row("p, p = softmax(a, b)", 1, 4, "'p' is assigned twice, first in column 1");
        row("p, q = a", 1, 8, "expected softmax(...)");
        row("p, q = softmax(a, b) + 1; p", 1, 22, "expected an operator or the end of the statement");
        row("p, q = softmax(a, b, c); p", 1, 8,
            "softmax of 3 values has as many results, but the number of names is 2");
        row("p = softmax(a, b); p", 1, 5, "the number of names is 1");
        row("p, 2 = softmax(a, b)", 1, 4, "expected a name, found '2'");
        row("p, exp = softmax(a, b)", 1, 4, "'exp' is a function");
        row("p, q = softmax(a, b)", 1, 1, "the last statement has several values");
        row("p, q = softmax", 1, 8, "expected softmax(...)");
        row("1 + softmax(a, b)", 1, 5, "softmax has several values, but one is expected here");
        row("p, q = softmax(softmax(a), b)", 1, 16, "softmax has several values");
        row("exp + 1", 1, 1, "'exp' is a function and needs its values");
        row("exp = 1", 1, 1, "'exp' is a function");
        row("a*max", 1, 3, "'max' is a function and needs its values");
        row("foo(a)", 1, 1, "there is no function 'foo'");
        row("1 + sigmod(a)", 1, 5, "The nearest is sigmoid");
        row("Exp(a)", 1, 1, "The nearest is exp");
        row("ln(a)", 1, 1, "The nearest is log");
        row("exp(a, b)", 1, 1, "exp takes one value, but 2 are given");
        row("max(a)", 1, 1, "max takes two or more values, but one is given");
        row("a*pi; pi = 2", 1, 1, "this value has no name");
        row("L = a*pi; pi = 2", 1, 11, "'pi' is assigned after it was used, first in column 7");
        row("max(a, sin(b, c))", 1, 8, "sin takes one value, but 2 are given");
        row("x^", 1, 3, "expected a number, a name or '('");
        row("x^(1/0)", 1, 3, "the exponent is not a finite number");
        row("a\u00b2\u00b3", 1, 3, "expected an operator or the end of the statement");
        row("1e999", 1, 1, "too large or too small");
        row("a + 1e-999", 1, 5, "too large or too small");
        row("a + \u00e4*b", 1, 5, "the character '\u00e4' has no meaning");
        row("\u2212a + \u03b1", 1, 6, "the character '\u03b1' has no meaning");
        row("s = a + b\n\u00d7 \u20ac", 2, 1, "expected a number");
        row("a $ b", 1, 3, "the character '$' has no meaning");
        row("a & (b", 1, 3, "the character '&' has no meaning");
        row("a + b %", 1, 7, "the character '%' has no meaning");
        row("a . b", 1, 3, "the character '.' has no meaning");
    }

    void refuses()
    {
        QFETCH(QString, text);
        QFETCH(int, line);
        QFETCH(int, column);
        QFETCH(QString, said);
        TextPlace place;
        const std::string bytes = text.toStdString();
        const auto expression = parseExpression(bytes, {}, 1.0, &place);
        QVERIFY(!expression.has_value());
        const QString message = QString::fromStdString(expression.error().message());
        QVERIFY2(message.contains(said), qPrintable(message));
        QCOMPARE(place.line, line);
        QCOMPARE(place.column, column);
        const QString at = text.contains('\n') ? QString("line %1, column %2").arg(line).arg(column)
                                               : QString("column %1").arg(column);
        QVERIFY2(message.startsWith(at + ": "), qPrintable(message));
        QVERIFY(!expression.error().mend.empty());
        // Each part can be said in another language.
        for (const Message* part :
             {&expression.error().what, &expression.error().why, &expression.error().mend})
            QVERIFY(part->id != MessageId::text);
        // The offset is that column's in bytes.
        const QStringList lines = text.split('\n');
        const QString before = QStringList(lines.mid(0, line - 1)).join('\n') + (line > 1 ? "\n" : "") +
                               lines.at(line - 1).left(column - 1);
        QCOMPARE(place.offset, static_cast<std::size_t>(before.toUtf8().size()));
    }

    void refusesBytesThatAreNoText()
    {
        // Also a character in more bytes than it needs, both halves of a pair, and one beyond the last.
        const std::string texts[] = {std::string("a + \xff"),
                                     std::string("a + \xe2\x88"),
                                     std::string("a + \xc3("),
                                     std::string("a + \0 b", 7),
                                     std::string("a + \xc0\xaf"),
                                     std::string("a + \xe0\x80\x80"),
                                     std::string("a + \xed\xa0\x80"),
                                     std::string("a + \xed\xbf\xbf"),
                                     std::string("a + \xf0\x80\x80\x80"),
                                     std::string("a + \xf4\x90\x80\x80")};
        for (const std::string& text : texts) {
            TextPlace place;
            const auto expression = parseExpression(text, {}, 1.0, &place);
            QVERIFY(!expression.has_value());
            QCOMPARE(place.offset, std::size_t{4});
            QCOMPARE(place.column, 5);
            const bool isText = text[4] == '\0'; // a character, but without a meaning
            QCOMPARE(expression.error().why.id,
                     isText ? MessageId::characterHasNoMeaning : MessageId::byteNotUtf8);
            QVERIFY(isUtf8(expression.error().message()));
            QVERIFY(!expression.error().mend.empty());
        }
    }

    void limits()
    {
        const auto nested = [](int levels) {
            return std::string(static_cast<std::size_t>(levels), '(') + "a" +
                   std::string(static_cast<std::size_t>(levels), ')');
        };
        QVERIFY(parseExpression(nested(maximumExpressionDepth - 1)).has_value());
        TextPlace place;
        const auto tooDeep = parseExpression(nested(maximumExpressionDepth), {}, 1.0, &place);
        QVERIFY(!tooDeep.has_value());
        QCOMPARE(place.column, maximumExpressionDepth + 1);
        QVERIFY(QString::fromStdString(tooDeep.error().why.english()).contains("200"));
        // However one nests: parentheses, signs, powers, calls, open ends.
        const auto repeated = [](const char* part, int times) {
            return QByteArray(part).repeated(times).toStdString();
        };
        for (const char* part : {"(", "-", "+", "2^", "exp(", "-(", "max(a,", "2^(", "2^-", "a*(", "p=-"}) {
            const int most = static_cast<int>(maximumExpressionLength / std::strlen(part)) - 1;
            QVERIFY2(!parseExpression(repeated(part, most) + "a").has_value(), part);
            QVERIFY2(!parseExpression(repeated(part, most)).has_value(), part);
        }
        // Long is fine where nothing nests.
        const auto sum = parseExpression("a" + repeated("+a", 20'000));
        QVERIFY(sum.has_value());
        QCOMPARE(value(*sum), 20'001.0);
        QVERIFY(parseExpression(repeated("\n;", 32'000) + "a").has_value());
        // Length and nodes.
        QVERIFY(parseExpression(std::string(maximumExpressionLength - 1, ' ') + "a").has_value());
        const auto tooLong = parseExpression(std::string(maximumExpressionLength, ' ') + "a");
        QVERIFY(!tooLong.has_value());
        QVERIFY(QString::fromStdString(tooLong.error().why.english()).contains("65,536"));
        for (const std::string& text : {"a" + repeated("+1", 30'000), "1" + repeated("*1", 30'000)}) {
            const auto tooMany = parseExpression(text);
            QVERIFY(!tooMany.has_value());
            QVERIFY(QString::fromStdString(tooMany.error().why.english()).contains("50000 nodes"));
        }
    }

    void nearestNames()
    {
        QCOMPARE(nearestFunction("sigmod"), std::string_view("sigmoid"));
        QCOMPARE(nearestFunction("sofmax"), std::string_view("softmax"));
        QCOMPARE(nearestFunction("maxx"), std::string_view("max"));
        QCOMPARE(nearestFunction("sqr"), std::string_view("sqrt"));
        QCOMPARE(nearestFunction("ReLU"), std::string_view("relu"));
        QCOMPARE(nearestFunction("ln"), std::string_view("log"));
        QCOMPARE(nearestFunction("a"), std::string_view());
        QCOMPARE(nearestFunction("f"), std::string_view());
        QCOMPARE(nearestFunction(""), std::string_view());
        QCOMPARE(nearestFunction(std::string(60'000, 'x')), std::string_view());
    }
};

QTEST_GUILESS_MAIN(TestExpression)
#include "tst_expression.moc"
