// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/program.h"

#include <QRegularExpression>
#include <QTest>
#include <map>

using program::Finished;

/// `chainrule gradients` as a script uses it.
class TestGradients : public QObject {
    Q_OBJECT

    static Finished run(const QStringList& words) { return program::run(QStringList{"gradients"} + words); }

    static QJsonObject object(const Finished& finished)
    {
        const auto all = program::objects(finished.out);
        return finished.exit == 0 && finished.err.isEmpty() && all.size() == 1 ? all.first() : QJsonObject();
    }

    static QList<int> numbers(const QJsonValue& array)
    {
        QList<int> all;
        for (const QJsonValue& each : array.toArray())
            all.append(each.toInt(-1));
        return all;
    }

    static QStringList lines(const QByteArray& text)
    {
        return QString::fromUtf8(text).split('\n', Qt::SkipEmptyParts);
    }

private slots:
    void jsonAsPromised()
    {
        const QJsonObject all = object(run({"e = a*b; d = e + c; L = d^2", "a=2", "b=-3", "c=10", "--json"}));
        QCOMPARE(all.keys(), (QStringList{"nodes", "order", "root"}));
        struct Expected {
            const char* name;
            const char* op;
            double value;
            double gradient;
            QList<int> parents;
        };
        const Expected expected[] = {{"a", "leaf", 2, -24, {}}, {"b", "leaf", -3, 16, {}},
                                     {"e", "*", -6, 8, {0, 1}}, {"c", "leaf", 10, 8, {}},
                                     {"d", "+", 4, 8, {2, 3}},  {"L", "**", 16, 1, {4}}};
        const QJsonArray nodes = all.value("nodes").toArray();
        QCOMPARE(nodes.size(), 6);
        for (int i = 0; i < 6; ++i) {
            const QJsonObject node = nodes.at(i).toObject();
            QCOMPARE(node.value("id").toInt(-1), i);
            QCOMPARE(node.value("name").toString(), QString(expected[i].name));
            QCOMPARE(node.value("op").toString(), QString(expected[i].op));
            QCOMPARE(node.value("value").toDouble(NAN), expected[i].value);
            QCOMPARE(node.value("grad").toDouble(NAN), expected[i].gradient);
            QCOMPARE(numbers(node.value("parents")), expected[i].parents);
            QVERIFY(!node.contains("numeric"));
        }
        QCOMPARE(all.value("root").toInt(), 5);
        QCOMPARE(numbers(all.value("order")), (QList<int>{5, 4, 3, 2, 1, 0}));
    }

    void theOrderIsThatOfTheWalk()
    {
        // What the root does not depend on is listed and not visited; a node comes after all that use it.
        const QJsonObject all = object(run({"unused = a*b\nL = a*a + sigmoid(a)", "a=0.5", "b=1", "--json"}));
        const QJsonArray nodes = all.value("nodes").toArray();
        const QList<int> order = numbers(all.value("order"));
        QCOMPARE(order.first(), all.value("root").toInt(-1));
        QCOMPARE(order.size(), nodes.size() - 2);
        for (const QJsonValue& each : nodes) {
            const QJsonObject node = each.toObject();
            const int id = node.value("id").toInt();
            if (node.value("name") == "unused" || node.value("name") == "b") {
                QVERIFY(!order.contains(id));
                QCOMPARE(node.value("grad").toDouble(NAN), 0.0);
                continue;
            }
            for (const int parent : numbers(node.value("parents")))
                QVERIFY(order.indexOf(parent) > order.indexOf(id));
        }
        // Both edges of a*a.
        QCOMPARE(numbers(nodes.at(3).toObject().value("parents")), (QList<int>{0, 0}));
    }

    void jsonWithCheck()
    {
        const Finished finished =
            run({"--check", "--json", "p, q = softmax(x, y); L = -log(p) + relu(x - 1)", "x=1", "y=-0.25"});
        const QJsonObject all = object(finished);
        const QJsonArray nodes = all.value("nodes").toArray();
        QVERIFY(nodes.size() > 10);
        QSet<QString> verdicts;
        for (const QJsonValue& each : nodes) {
            const QJsonObject node = each.toObject();
            QVERIFY(node.contains("numeric"));
            verdicts.insert(node.value("check").toString());
            if (node.value("check") == "agrees") {
                const double gradient = node.value("grad").toDouble(NAN);
                QVERIFY(std::abs(gradient - node.value("numeric").toDouble(NAN)) <=
                        1e-6 * std::abs(gradient) + 1e-8);
            }
        }
        QCOMPARE(verdicts, (QSet<QString>{"agrees", "kink"}));
    }

    void numbersToTheLastDigit()
    {
        const QJsonObject all = object(run({"L = a*b", "a=0.1", "b=1e-300", "--json"}));
        const QJsonArray nodes = all.value("nodes").toArray();
        QCOMPARE(nodes.at(0).toObject().value("value").toDouble(), 0.1);
        QCOMPARE(nodes.at(2).toObject().value("value").toDouble(), 0.1 * 1e-300);
        // What JSON has no number for.
        const QJsonObject infinite = object(run({"L = 1/a", "a=0", "--json"}));
        QVERIFY(infinite.value("nodes").toArray().at(2).toObject().value("value").isNull());
    }

    void table()
    {
        const Finished finished = run({"e = a*b; d = e + c; L = d^2", "a=2", "b=-3", "c=10"});
        QCOMPARE(finished.exit, 0);
        QCOMPARE(finished.err, QByteArray());
        const QStringList rows = lines(finished.out);
        QCOMPARE(rows.size(), 7);
        static const QRegularExpression spaces("\\s+");
        QCOMPARE(rows.at(0).split(spaces), (QStringList{"node", "op", "of", "value", "gradient"}));
        QCOMPARE(rows.at(1).split(spaces), (QStringList{"a", "leaf", "2", "-24"}));
        QCOMPARE(rows.at(3).split(spaces), (QStringList{"e", "*", "a,", "b", "-6", "8"}));
        QCOMPARE(rows.at(6).split(spaces), (QStringList{"L", "**", "2", "d", "16", "1"}));
        // Aligned: the last column ends at the same place everywhere.
        for (const QString& row : rows)
            QCOMPARE(row.size(), rows.first().size());

        const Finished checked = run({"L = abs(x)*3 + x", "x=0", "--check"});
        QCOMPARE(checked.exit, 0);
        QVERIFY(lines(checked.out).first().endsWith("numeric  check"));
        QVERIFY(lines(checked.out).at(1).contains("kink: a relu crosses 0"));
        QVERIFY(lines(checked.out).last().endsWith("agrees"));
    }

    void clippedValuesAndTiesAreSaid()
    {
        const Finished clip = run({"s = log(a) + exp(b); L = s*sigmoid(c)", "a=-1", "b=100", "c=-60"});
        QCOMPARE(clip.exit, 0);
        const QStringList remarks = lines(clip.out).mid(9);
        QCOMPARE(remarks,
                 (QStringList{"#1: log takes -1 for 1e-10, its limit, and has the gradient of its "
                              "formula there",
                              "#3: exp takes 100 for 88, its limit, and has the gradient of its "
                              "formula there",
                              "#6: sigmoid takes -60 for -50, its limit, and has the gradient of its "
                              "formula there"}));
        const Finished tie = run({"m = max(a, b)", "a=2", "b=2"});
        QCOMPARE(lines(tie.out).last(),
                 QString("m: max has equal values, and each gets half of its gradient"));

        const QJsonArray nodes =
            object(run({"s = log(a); L = s + max(b, c)", "a=-1", "b=2", "c=2", "--json"}))
                .value("nodes")
                .toArray();
        QSet<int> clipped;
        QSet<int> ties;
        for (int i = 0; i < nodes.size(); ++i) {
            if (nodes.at(i).toObject().value("clipped").toBool())
                clipped += i;
            if (nodes.at(i).toObject().value("tie").toBool())
                ties += i;
        }
        QCOMPARE(clipped, QSet<int>{1});
        QCOMPARE(ties, QSet<int>{4});
        QVERIFY(!run({"L = log(a)", "a=1", "--json"}).out.contains("clipped"));
    }

    void wordsThatBeginWithAMinus()
    {
        for (const QStringList& words : {QStringList{"-a^2", "a=-3", "--json"},
                                         {"--json", "--", "-a^2", "a=-3"},
                                         {"\u2212a\u00b2", "a=-3e0", "--json"},
                                         {"-a*a", "--json", "a=-3."}}) {
            const QJsonObject all = object(run(words));
            const QJsonArray nodes = all.value("nodes").toArray();
            QVERIFY2(nodes.size() == 3, qPrintable(words.join(' ')));
            QCOMPARE(nodes.at(2).toObject().value("value").toDouble(), -9.0);
            QCOMPARE(nodes.at(0).toObject().value("grad").toDouble(), 6.0);
        }
    }

    void dot()
    {
        const Finished finished = run({"s = a*a\nL = -s", "a=3", "--dot"});
        QCOMPARE(finished.exit, 0);
        QCOMPARE(finished.err, QByteArray());
        const QStringList rows = lines(finished.out);
        QVERIFY(rows.first().startsWith("digraph"));
        QCOMPARE(rows.last(), QString("}"));
        QCOMPARE(rows.filter("n0 -> n1;").size(), 2);
        QCOMPARE(rows.filter("n1 -> n2;").size(), 1);
        QCOMPARE(rows.filter(" -> ").size(), 3);
        QCOMPARE(rows.filter("label=").size(), 3);
        QVERIFY(rows.filter("n1 [").first().contains("\"s\\n*\\nvalue 9\\ngradient -1\""));
        // Every quoted string ends on its line.
        for (const QString& row : rows)
            QCOMPARE(row.count('"') % 2, 0);
    }

    void caretUnderTheFault_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("shown");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* text, const char* shown, const char* said) {
            QTest::newRow(text) << QString(text) << QString(shown) << QString(said);
        };
        row("a + b*", "    a + b*\n          ^\n", "column 7: expected a number, a name or '('");
        row("a\u00b2 \u00d7 $", "    a\u00b2 \u00d7 $\n         ^\n", "column 6: the character '$'");
        row("e = a\nL = e *", "    L = e *\n           ^\n", "line 2, column 8: expected");
        row("a\t%", "    a %\n      ^\n", "column 3: the character '%'");
        row("", "    \n    ^\n", "column 1: expected");
        row("sigmod(a)", "    sigmod(a)\n    ^\n",
            "column 1: there is no function 'sigmod'. The nearest is sigmoid");
    }

    void caretUnderTheFault()
    {
        QFETCH(QString, text);
        QFETCH(QString, shown);
        QFETCH(QString, said);
        const Finished finished = run({text, "a=1"});
        QCOMPARE(finished.exit, 2);
        QCOMPARE(finished.out, QByteArray());
        const QString error = QString::fromUtf8(finished.err);
        QVERIFY2(error.startsWith("chainrule: the expression, " + said), qPrintable(error));
        QVERIFY2(error.section('\n', 1) == shown, qPrintable(error));
        static const QRegularExpression form("\\Achainrule: [^\\n]+: [^\\n]+[^.]\\. [A-Z][^\\n]+[^.]\\.\\n");
        QVERIFY2(form.match(error).hasMatch(), qPrintable(error));
    }

    void caretInALongLine()
    {
        const Finished finished =
            run({QString("a + ").repeated(5000) + "$" + QString(" + a").repeated(5000)});
        QCOMPARE(finished.exit, 2);
        const QStringList rows = lines(finished.err);
        QCOMPARE(rows.size(), 3);
        QVERIFY(rows.at(1).size() < 120);
        QCOMPARE(rows.at(1).at(rows.at(2).indexOf('^')), QChar('$'));
    }

    void refusesWrongWords_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("named");
        const auto row = [](const QStringList& words, const QString& named) {
            QTest::newRow(qPrintable(words.join(' '))) << words << named;
        };
        row({}, "expression");
        row({"--json"}, "expression");
        row({"--nonsense", "a", "a=1"}, "nonsense");
        row({"a", "a=1", "--json", "--dot"}, "--dot");
        row({"a*b", "a=1"}, "'b': it has no value");
        row({"a*b*c"}, "a=1 b=1 c=1");
        row({"a*b", "a=1", "b=2", "c=3"}, "'c=3'");
        row({"e = a; L = e*e", "a=1", "e=3"}, "'e=3'");
        row({"e = a*a; L = e*e", "a=1", "e=3"}, "computes that name itself");
        row({"a", "a=1", "a=1"}, "'a=1'");
        row({"a", "*", "b"}, "'*'");
        row({"a", "=1"}, "'=1'");
        row({"a", "-a"}, "'-a'");
        for (const char* value :
             {"", "x", "1x", "1,5", "0x10", " 1", "1 ", "nan", "inf", "-inf", "1e999", "--1", "+-1"})
            row({"a", QString("a=") + value}, QString("'a=") + value + "'");
    }

    void refusesWrongWords()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, named);
        const Finished finished = run(words);
        static const QRegularExpression form(
            "\\Achainrule: [^\\n]+: [^\\n]+[^.]\\. [A-Z][^\\n]+[^.]\\.\\n\\z");
        const QString error = QString::fromUtf8(finished.err);
        QCOMPARE(finished.exit, 2);
        QCOMPARE(finished.out, QByteArray());
        QVERIFY2(form.match(error).hasMatch(), qPrintable(error));
        QVERIFY2(error.contains(named), qPrintable(error));
    }

    void acceptsNumbersOfEveryForm()
    {
        const std::map<const char*, double> forms{{"3", 3},    {"-3", -3},   {"+3", 3},           {"3.", 3},
                                                  {".5", 0.5}, {"1e3", 1e3}, {"-1.5E-3", -0.0015}};
        for (const auto& [text, value] : forms) {
            const QJsonObject all = object(run({"a", QString("a=") + text, "--json"}));
            QCOMPARE(all.value("nodes").toArray().at(0).toObject().value("value").toDouble(NAN), value);
        }
    }

    void help()
    {
        const Finished finished = run({"--help"});
        QCOMPARE(finished.exit, 0);
        QVERIFY(finished.out.startsWith("Usage: chainrule gradients [options] EXPRESSION"));
        for (const char* word : {"--check", "--json", "--dot", "name=value", "softmax"})
            QVERIFY2(finished.out.contains(word), word);
        QVERIFY(program::run({"--help"}).out.contains("chainrule gradients"));
    }

    void aLongExpression()
    {
        const QJsonObject all = object(run({"a" + QString(" + a").repeated(15'000), "a=1", "--json"}));
        QCOMPARE(all.value("nodes").toArray().at(0).toObject().value("grad").toDouble(), 15'001.0);
    }
};

QTEST_GUILESS_MAIN(TestGradients)
#include "tst_gradients.moc"
