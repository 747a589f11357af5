// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/translations.h"
#include "app/graph/graphexamples.h"
#include "app/graph/graphsession.h"

#include <QSignalSpy>
#include <QtTest>

#include <algorithm>
#include <cmath>

using namespace chainrule;
using scalar::index;
using scalar::NodeId;

namespace {

const QString assignment = QStringLiteral("e = a*b; d = e + c; L = d^2");
const scalar::VariableValues assignmentValues{{"a", 2.0}, {"b", -3.0}, {"c", 10.0}};

NodeId nodeNamed(const GraphSession& session, const std::string& name)
{
    const auto& names = session.content()->named.names;
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? scalar::noNode : NodeId(found - names.begin());
}

const scalar::Node& node(const GraphSession& session, const std::string& name)
{
    return session.content()->named.graph.nodes[index(nodeNamed(session, name))];
}

bool allChecked(const GraphSession& session)
{
    const auto& checks = session.content()->checks;
    return std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.has_value(); });
}

SampleSource smallSample()
{
    SampleSource source;
    source.parameters.stack = {3, {{2, Activation::Tanh}, {2, Activation::Softmax}}};
    // Layer 1: weights (2, 3), biases; layer 2: weights (2, 2), biases.
    source.parameters.parameters = {0.1,   -0.2, 0.3,  0.4, 0.5, -0.6, 0.05,
                                    -0.05, 0.7,  -0.8, 0.9, 1.0, 0.0,  0.1};
    source.x = {1.0, -1.0, 0.5};
    source.target = 1;
    source.compare = true;
    return source;
}

} // namespace

class TestGraphSession : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { installTranslations(*QCoreApplication::instance()); }

    void assignmentExample()
    {
        GraphSession session;
        QSignalSpy changed(&session, &GraphSession::contentChanged);
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(node(session, "L").data, 16.0);
        QCOMPARE(node(session, "a").grad, -24.0);
        QCOMPARE(node(session, "b").grad, 16.0);
        QCOMPARE(node(session, "c").grad, 8.0);
        QCOMPARE(node(session, "e").grad, 8.0);
        QCOMPARE(node(session, "d").grad, 8.0);
    }

    void checksComeIn()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        QTRY_VERIFY(allChecked(session));
        const auto& a = session.content()->checks[index(nodeNamed(session, "a"))];
        QCOMPARE(a->verdict, scalar::Verdict::Agrees);
        QVERIFY(std::abs(a->numeric + 24.0) < 1e-6);
    }

    // Checks are of a whole pass from zero, wherever the walk stands.
    void checksDoNotFollowTheWalk()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        session.zeroGradients();
        session.stepBackward();
        session.setVariable(QStringLiteral("a"), 3.0); // d = -9 + 10 = 1, dL/da = 2 d b = -6
        QTRY_VERIFY(allChecked(session));
        const auto numeric = [&session] {
            return session.content()->checks[index(nodeNamed(session, "a"))]->numeric;
        };
        QTRY_VERIFY(std::abs(numeric() + 6.0) < 1e-6);
        QCOMPARE(node(session, "a").grad, 0.0); // the walk has not come to it
        QCOMPARE(node(session, "d").grad, 2.0);
    }

    void faultKeepsTheGraph()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        QSignalSpy faults(&session, &GraphSession::faultChanged);
        QSignalSpy changed(&session, &GraphSession::contentChanged);
        session.showExpression(QStringLiteral("L = a*"));
        QCOMPARE(changed.count(), 0);
        QCOMPARE(faults.count(), 1);
        QCOMPARE(faults[0][0].toULongLong(), 6ULL);
        QVERIFY(faults[0][1].toString().contains(QStringLiteral("olumn 7")));
        QCOMPARE(node(session, "L").data, 16.0);
        // Its variables still live.
        session.setVariable(QStringLiteral("c"), 6.0);
        QCOMPARE(node(session, "L").data, 0.0);
        session.showExpression(QStringLiteral("L = a*b"));
        QVERIFY(faults.last()[1].toString().isEmpty());
        QCOMPARE(node(session, "L").data, -6.0);
    }

    void variablesKeepTheirValues()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(QStringLiteral("L = a + q"));
        QCOMPARE(node(session, "L").data, 3.0); // q is new: 1
        session.setVariable(QStringLiteral("q"), 5.0);
        session.showExpression(QStringLiteral("L = b"));
        session.showExpression(QStringLiteral("L = q*a"));
        QCOMPARE(node(session, "L").data, 10.0);
    }

    // Softmax's maximum is a leaf that follows its logits.
    void softmaxFollows()
    {
        GraphSession session;
        session.setVariables({{"x", 0.0}, {"y", 0.0}});
        session.showExpression(QStringLiteral("p, q = softmax(x, y); L = p"));
        session.setVariable(QStringLiteral("y"), 500.0); // exp(0 - 0) and exp(500 - 0) would be clipped
        QCOMPARE(node(session, "q").data, 1.0);
        QVERIFY(node(session, "p").data < 1e-30);
    }

    void sameStructureKeepsTheWalk()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        session.stepBackward();
        session.stepBackward();
        const auto position = session.content()->walk.position;
        QSignalSpy changed(&session, &GraphSession::contentChanged);
        session.setVariable(QStringLiteral("a"), 4.0); // d = -12 + 10 = -2
        QCOMPARE(changed.count(), 0);
        QVERIFY(session.content()->walk.position == position);
        QCOMPARE(node(session, "e").grad, -4.0);
        QCOMPARE(node(session, "a").grad, 0.0);
    }

    void descendByHand()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        QCOMPARE(session.descendSubject(), QStringLiteral("a, b, c"));
        session.descend(0.01);
        QVERIFY(std::abs(node(session, "a").data - 2.24) < 1e-14); // 2 - 0.01 * -24
        QVERIFY(std::abs(node(session, "b").data + 3.16) < 1e-14); // -3 - 0.01 * 16
        QVERIFY(std::abs(node(session, "c").data - 9.92) < 1e-14); // 10 - 0.01 * 8
        const double d = 2.24 * -3.16 + 9.92;
        QVERIFY(std::abs(session.rootValue() - d * d) < 1e-12);
    }

    void descendOnlyChosenLeaves()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        session.setDescends(nodeNamed(session, "a"), false);
        session.setDescends(nodeNamed(session, "b"), false);
        session.setDescends(nodeNamed(session, "e"), true); // no leaf: nothing to choose
        QCOMPARE(session.descendSubject(), QStringLiteral("c"));
        session.descend(0.1);
        QCOMPARE(node(session, "a").data, 2.0);
        QVERIFY(std::abs(node(session, "c").data - 9.2) < 1e-14);
        QCOMPARE(session.descendSubject(), QStringLiteral("c")); // stays chosen
    }

    void sampleGradientsEqualTheMatrixEngines()
    {
        GraphSession session;
        QVERIFY(session.showSample(smallSample()));
        const auto& content = *session.content();
        QCOMPARE(content.matrixGradients.size(), content.named.parameters.count);
        QCOMPARE(content.named.parameters.count, std::size_t(14));
        for (std::size_t i = 0; i < content.matrixGradients.size(); ++i) {
            const double mine = content.named.graph.nodes[index(content.named.parameters.first) + i].grad;
            QVERIFY(std::abs(mine - content.matrixGradients[i]) <= 1e-12 * std::max(1.0, std::abs(mine)));
            QVERIFY(mine != 0.0); // tanh and softmax of these numbers leave none at rest
        }
    }

    void sampleDescends()
    {
        GraphSession session;
        const SampleSource source = smallSample();
        QVERIFY(session.showSample(source));
        QCOMPARE(session.descendSubject(), QStringLiteral("14 parameters"));
        QSignalSpy edited(&session, &GraphSession::sampleEdited);
        QSignalSpy changed(&session, &GraphSession::contentChanged);
        const std::vector<double> gradients = session.content()->matrixGradients;
        session.descend(0.5);
        QCOMPARE(edited.count(), 1);
        QCOMPARE(changed.count(), 0);
        for (std::size_t i = 0; i < gradients.size(); ++i)
            QVERIFY(std::abs(session.sample()->parameters.parameters[i] -
                             (source.parameters.parameters[i] - 0.5 * gradients[i])) < 1e-12);
        QCOMPARE(session.sample()->x, source.x);
    }

    void inputsCanBeMoved()
    {
        GraphSession session;
        QVERIFY(session.showSample(smallSample()));
        const double before = session.rootValue();
        session.setLeaf(NodeId(index(session.content()->named.inputs.first) + 1), 2.0);
        QCOMPARE(session.sample()->x[1], 2.0);
        QVERIFY(session.rootValue() != before);
    }

    void refusedSampleIsSaid()
    {
        GraphSession session;
        SampleSource source = smallSample();
        outputLayer(source.parameters.stack.layers).activation = Activation::Linear; // no probabilities
        const auto shown = session.showSample(source);
        QVERIFY(!shown);
        QVERIFY(!shown.error().mend.empty());
        QVERIFY(!session.content());
    }

    // Of a large graph only the selected node is checked.
    void largeGraphIsCheckedOnDemand()
    {
        GraphSession session;
        session.setVariables({{"x", 0.001}});
        QString text = QStringLiteral("y0 = x*x");
        for (int i = 1; i < 700; ++i)
            text += QStringLiteral("\ny%1 = y%2 + x").arg(i).arg(i - 1);
        session.showExpression(text);
        QVERIFY(session.content());
        QTest::qWait(100);
        const auto& checks = session.content()->checks;
        QVERIFY(
            std::none_of(checks.begin(), checks.end(), [](const auto& each) { return each.has_value(); }));
        const NodeId x = nodeNamed(session, "x");
        session.select({x, -1});
        QTRY_VERIFY(session.content()->checks[index(x)].has_value());
        QVERIFY(std::abs(session.content()->checks[index(x)]->numeric - (0.002 + 699.0)) < 1e-3);
    }

    void examples()
    {
        for (const GraphExample& example : graphExamples()) {
            QVERIFY2(!example.notice.isEmpty(), qPrintable(example.title));
            if (example.network) {
                QVERIFY2(validate(*example.network), qPrintable(example.title));
                continue;
            }
            GraphSession session;
            QSignalSpy faults(&session, &GraphSession::faultChanged);
            session.setVariables(example.values);
            session.showExpression(example.expression);
            QVERIFY2(session.content(), qPrintable(example.title));
            QVERIFY2(faults.last()[1].toString().isEmpty(), qPrintable(example.title));
            QCOMPARE(session.content()->named.variables.size(), example.values.size());
            QVERIFY2(std::isfinite(session.rootValue()), qPrintable(example.title));
        }
    }

    // The same nodes, but a leaf that was a variable is a constant now, or the other way round.
    void variableThatBecomesAConstantIsAnotherGraph()
    {
        GraphSession session;
        QSignalSpy changed(&session, &GraphSession::contentChanged);
        session.showExpression(QStringLiteral("y = x*2"));
        QCOMPARE(session.descendSubject(), QStringLiteral("x"));
        session.showExpression(QStringLiteral("x = 1; y = x*2"));
        QCOMPARE(changed.count(), 2);
        QVERIFY(session.content()->named.variables.empty());
        QVERIFY(session.descendSubject().isEmpty());
        session.showExpression(QStringLiteral("y = x*2"));
        QCOMPARE(changed.count(), 3);
        session.setVariable(QStringLiteral("x"), 4.0);
        QCOMPARE(node(session, "y").data, 8.0);
    }

    // The last good graph of a faulty text is the last expression, not the sample that was shown between.
    void faultyTextAfterASampleShowsTheLastExpression()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        session.showExpression(QStringLiteral("L = a*b +"));
        QVERIFY(session.showSample(smallSample()));
        session.showExpression(QStringLiteral("L = a*b +"));
        QVERIFY(!session.sample());
        QCOMPARE(node(session, "L").data, 16.0);

        GraphSession fresh; // nothing good was ever written here
        QVERIFY(fresh.showSample(smallSample()));
        fresh.showExpression(QStringLiteral("L = a*b +"));
        QVERIFY(!fresh.content());
    }

    // A node's check is of the numbers that are shown, however soon after each other they change.
    void checkOnDemandIsNeverStale()
    {
        GraphSession session;
        session.setVariables({{"x", 1.0}, {"z", 1.0}});
        QString text = QStringLiteral("y0 = x*x*z");
        for (int i = 1; i < 700; ++i)
            text += QStringLiteral("\ny%1 = y%2 + x").arg(i).arg(i - 1);
        session.showExpression(text);
        const NodeId x = nodeNamed(session, "x");
        const NodeId z = nodeNamed(session, "z");
        session.select({x, -1});
        for (int i = 2; i < 12; ++i) {
            session.setVariable(QStringLiteral("x"), i);
            QTest::qWait(3);
            session.select({i % 2 ? x : z, -1});
        }
        session.select({z, -1});
        session.select({x, -1});
        QTRY_VERIFY(session.content()->checks[index(x)].has_value());
        QTest::qWait(100); // whatever is still on its way
        // x = 11: d(x x z + 699 x)/dx = 22 + 699
        QVERIFY(std::abs(session.content()->checks[index(x)]->numeric - 721.0) < 1e-3);
        if (session.content()->checks[index(z)])
            QVERIFY(std::abs(session.content()->checks[index(z)]->numeric - 121.0) < 1e-3);
    }

    void descentIsTakenBack()
    {
        GraphSession session;
        session.setVariables(assignmentValues);
        session.showExpression(assignment);
        for (int i = 0; i < 5; ++i)
            session.descend(10.0); // far beyond all bounds
        QVERIFY(!(std::abs(session.rootValue()) < 1e10));
        session.undescend();
        QCOMPARE(session.rootValue(), 16.0);
        QCOMPARE(node(session, "a").data, 2.0);
        session.undescend(); // nothing more to take back
        QCOMPARE(node(session, "a").data, 2.0);
        // What was changed by hand after some steps stays.
        session.descend(0.01);
        session.setVariable(QStringLiteral("b"), 7.0);
        session.undescend();
        QCOMPARE(node(session, "b").data, 7.0);

        GraphSession network;
        const SampleSource source = smallSample();
        QVERIFY(network.showSample(source));
        network.descend(0.5);
        QVERIFY(network.sample()->parameters.parameters != source.parameters.parameters);
        QSignalSpy edited(&network, &GraphSession::sampleEdited);
        network.undescend();
        QCOMPARE(network.sample()->parameters.parameters, source.parameters.parameters);
        QCOMPARE(edited.count(), 1);
    }

    // What the sentences of the examples claim.
    void examplesKeepTheirWord()
    {
        const auto examples = graphExamples();
        const auto open = [&examples](const QString& start, GraphSession& session) {
            for (const GraphExample& example : examples) {
                if (!example.title.startsWith(start))
                    continue;
                session.setVariables(example.values);
                session.showExpression(example.expression);
            }
        };
        GraphSession softmax;
        open(QStringLiteral("Softmax"), softmax);
        QVERIFY(std::abs(node(softmax, "z1").grad - (node(softmax, "p").data - 1.0)) < 1e-12);
        QVERIFY(std::abs(node(softmax, "z2").grad - node(softmax, "q").data) < 1e-12);
        GraphSession vanishing;
        open(QStringLiteral("Vanishing"), vanishing);
        QVERIFY(std::abs(node(vanishing, "x").grad) < 1e-5);
        GraphSession dead;
        open(QStringLiteral("A dead"), dead);
        const double before = dead.rootValue();
        dead.descend(0.1);
        QCOMPARE(dead.rootValue(), before);
        GraphSession twice;
        open(QStringLiteral("A value"), twice);
        QCOMPARE(node(twice, "a").grad, 11.0); // 2 * 4 + 3
        GraphSession logarithm;
        open(QStringLiteral("Log"), logarithm);
        logarithm.setVariable(QStringLiteral("p"), 1e-12);
        QTRY_VERIFY(allChecked(logarithm));
        const auto verdict = [&logarithm] {
            return logarithm.content()->checks[index(nodeNamed(logarithm, "p"))]->verdict;
        };
        QTRY_COMPARE(verdict(), scalar::Verdict::Clipped);
    }
};

QTEST_MAIN(TestGraphSession)
#include "tst_graphsession.moc"
