// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "tests/widgets/checkedcontent.h"
#include "widgets/graph/table/inspectorrow.h"
#include "widgets/graph/table/nodeinspector.h"
#include "widgets/graph/verdicttext.h"

#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <map>

using namespace chainrule;
using scalar::NodeId;

namespace {

/// Nodes a, b, e, c, d, L.
GraphContent assignment()
{
    return contentOf("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
}

/// The rows that are shown: the name, and the text or the links without their tags.
std::map<QString, QString> rowsOf(const NodeInspector& inspector)
{
    std::map<QString, QString> rows;
    for (const InspectorRow* row : inspector.findChildren<InspectorRow*>()) {
        if (row->isHidden())
            continue;
        QString name;
        QString value;
        for (const QLabel* label : row->findChildren<QLabel*>()) {
            if (label->isHidden())
                continue;
            const auto* elided = qobject_cast<const ElidedLabel*>(label);
            QString text = elided != nullptr ? elided->fullText() : label->text();
            text.remove(QRegularExpression("<[^>]*>"));
            (name.isEmpty() ? name : value) = text;
        }
        rows[name] = value;
    }
    return rows;
}

QString heading(const NodeInspector& inspector)
{
    for (const ElidedLabel* label : inspector.findChildren<ElidedLabel*>()) {
        if (label->accessibleName() == "Inspected")
            return label->fullText();
    }
    return {};
}

} // namespace

class TestNodeInspector : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void aNodeOfTheAssignment()
    {
        const GraphContent content = assignment();
        NodeInspector inspector;
        inspector.setContent(&content);
        inspector.setSelection({NodeId(2), -1});
        QCOMPARE(heading(inspector), QString("NODE e"));
        auto rows = rowsOf(inspector);
        QCOMPARE(rows["operation"], QString("multiply(a, b)"));
        QCOMPARE(rows["value"], QString("−6"));
        QCOMPARE(rows["gradient ∂L/∂e"], QString("8"));
        QCOMPARE(rows["numeric check"], QString("8"));
        QCOMPARE(rows["∂e/∂a"], QString("b = −3"));
        QCOMPARE(rows["∂e/∂b"], QString("a = 2"));
        QCOMPARE(rows["parents"], QString("a, b"));
        QCOMPARE(rows["used by"], QString("d"));
        inspector.setSelection({NodeId(5), -1});
        rows = rowsOf(inspector);
        QCOMPARE(rows["∂L/∂d"], QString("2 · d = 8"));
        QCOMPARE(rows["used by"], QString("nothing: it is the root"));
        QVERIFY(!rows.contains("∂e/∂b"));
    }

    void linksLead()
    {
        const GraphContent content = assignment();
        NodeInspector inspector;
        inspector.setContent(&content);
        inspector.setSelection({NodeId(2), -1});
        QSignalSpy selected(&inspector, &NodeInspector::selected);
        int reachable = 0;
        for (QLabel* label : inspector.findChildren<QLabel*>()) {
            if (label->text().contains("node:4") && !label->isHidden()) {
                reachable += label->focusPolicy() & Qt::TabFocus ? 1 : 0;
                emit label->linkActivated("node:4");
            }
        }
        QCOMPARE(reachable, 1);
        QCOMPARE(selected.size(), 1);
        QVERIFY(selected[0][0].value<GraphSelection>() == (GraphSelection{NodeId(4), -1}));
    }

    void manyUsesAreCut()
    {
        const GraphContent content = contentOf("L = a*a + a + a + a + a + a + a + a + a + a", {{"a", 1.0}});
        NodeInspector inspector;
        inspector.setContent(&content);
        inspector.setSelection({NodeId(0), -1});
        // a*a and nine sums: eight are named.
        QCOMPARE(rowsOf(inspector)["used by"], QString("#1 (twice), #2, #3, #4, #5, #6, #7, #8 and 2 more"));
        inspector.setSelection({NodeId(1), -1});
        const auto rows = rowsOf(inspector);
        QCOMPARE(rows.at("parents"), QString("a (twice)"));
        QCOMPARE(rows.at("∂#1/∂a (left)"), QString("a = 1"));
        QCOMPARE(rows.at("∂#1/∂a (right)"), QString("a = 1"));
    }

    void leavesAreEdited()
    {
        GraphContent content = assignment();
        NodeInspector inspector;
        inspector.setContent(&content);
        QSignalSpy edited(&inspector, &NodeInspector::valueEdited);
        auto* value = inspector.findChild<QDoubleSpinBox*>();
        QCOMPARE(value->accessibleName(), QString("Value"));
        inspector.setSelection({NodeId(2), -1});
        QVERIFY(!value->isVisibleTo(&inspector));
        inspector.setSelection({NodeId(1), -1});
        QVERIFY(value->isVisibleTo(&inspector));
        QCOMPARE(value->value(), -3.0);
        QVERIFY(edited.isEmpty());
        value->selectAll();
        QTest::keyClicks(value, "-2.5e-7");
        QCOMPARE(edited.last()[0].value<NodeId>(), NodeId(1));
        QCOMPARE(edited.last()[1].toDouble(), -2.5e-7);

        edited.clear();
        content.named.graph.nodes[1].data = 4.5;
        inspector.showValues();
        QCOMPARE(value->value(), 4.5);
        inspector.setSelection({NodeId(0), -1});
        QCOMPARE(value->value(), 2.0);
        QVERIFY(edited.isEmpty());
    }

    void theWalkShows()
    {
        GraphContent content = assignment();
        NodeInspector inspector;
        inspector.setContent(&content);
        inspector.setSelection({NodeId(2), -1});
        stepForward(content.named.graph, content.walk);
        inspector.showValues();
        auto rows = rowsOf(inspector);
        QCOMPARE(rows["value"], QString("–"));
        QCOMPARE(rows["∂e/∂a"], QString("–"));
        QCOMPARE(rows["gradient ∂L/∂e"], QString("0"));
        QCOMPARE(rows["numeric check"], QString("gradient not whole"));
        runBackward(content.named.graph, content.walk);
        inspector.showValues();
        rows = rowsOf(inspector);
        QCOMPARE(rows["gradient ∂L/∂e"], QString("8"));
        QCOMPARE(rows["numeric check"], QString("8"));
        runBackward(content.named.graph, content.walk); // and once more, on top
        inspector.showValues();
        rows = rowsOf(inspector);
        QCOMPARE(rows["numeric check"], QString("gradient not whole"));
    }

    void warningsAreExplainedAndNothingJumps()
    {
        GraphContent content = contentOf("L = relu(x) + 0*x", {{"x", 1.0}});
        content.checks[0] = scalar::checkGradient(content.named.graph, content.named.root, NodeId(0));
        NodeInspector inspector;
        inspector.resize(260, 500);
        inspector.setContent(&content);
        inspector.setSelection({NodeId(0), -1});
        inspector.show();
        QCoreApplication::processEvents();
        const int height = inspector.sizeHint().height();
        auto* note = inspector.findChild<VerdictNote*>();
        QCOMPARE(note->text(), verdictExplanation(scalar::Verdict::Agrees));
        for (const auto verdict :
             {scalar::Verdict::Kink, scalar::Verdict::Clipped, scalar::Verdict::Undefined,
              scalar::Verdict::Drowned, scalar::Verdict::Disagrees}) {
            content.checks[0]->verdict = verdict;
            content.checks[0]->numeric = -1.2345678912e-10;
            inspector.showValues();
            QCoreApplication::processEvents();
            QCOMPARE(note->text(), verdictExplanation(verdict));
            QVERIFY(note->height() >= note->QLabel::heightForWidth(note->width()));
            QCOMPARE(inspector.sizeHint().height(), height);
        }
    }

    void theMatrixEnginesGradientStandsBeside()
    {
        GraphContent content = assignment();
        content.named.parameters = {NodeId(0), 2};
        content.matrixGradients = {-24.0, 15.5};
        NodeInspector inspector;
        inspector.setContent(&content);
        inspector.setSelection({NodeId(1), -1});
        auto rows = rowsOf(inspector);
        QCOMPARE(rows["operation"], QString("leaf, a parameter"));
        QCOMPARE(rows["matrix engine"], QString("15.5"));
        QCOMPARE(rows["difference"], QString("0.5"));
        inspector.setSelection({NodeId(3), -1});
        QVERIFY(!rowsOf(inspector).contains("matrix engine"));
        // While the walk's gradients are partial there is nothing to compare.
        inspector.setSelection({NodeId(1), -1});
        stepBackward(content.named.graph, content.walk);
        inspector.showValues();
        QCOMPARE(rowsOf(inspector)["difference"], QString("–"));
    }

    void theSummaryCounts()
    {
        GraphContent content = assignment();
        content.named.parameters = {NodeId(0), 2};
        content.matrixGradients = {-24.0, 16.0};
        NodeInspector inspector;
        inspector.setContent(&content);
        QCOMPARE(heading(inspector), QString("GRAPH"));
        auto rows = rowsOf(inspector);
        QCOMPARE(rows["nodes"], QString("6"));
        QCOMPARE(rows["leaves"], QString("3"));
        QCOMPARE(rows["root L"], QString("16"));
        QCOMPARE(rows["numeric check"], QString("6 of 6 agree"));
        const auto hint = [&] {
            for (const QLabel* label : inspector.findChildren<QLabel*>()) {
                if (label->accessibleName() == "About the inspected")
                    return label->text();
            }
            return QString();
        };
        QVERIFY2(
            hint().startsWith("2 parameter gradient(s) equal the matrix engine's: largest difference 0."),
            qPrintable(hint()));
        content.checks[4]->verdict = scalar::Verdict::Disagrees;
        content.checks[4]->relativeError = 0.25;
        content.checks[3].reset();
        content.matrixGradients[1] = 15.5;
        inspector.showValues();
        rows = rowsOf(inspector);
        QCOMPARE(rows["numeric check"], QString("4 of 5 agree"));
        QCOMPARE(rows["largest error"], QString("0.25"));
        QCOMPARE(rows["worst node"], QString("d (disagrees)"));
        QVERIFY(hint().contains("some differ from the matrix engine's, by up to 0.5."));
        content.matrixGradients[0] = std::nan("");
        inspector.showValues();
        QVERIFY2(hint().contains("by up to NaN"), qPrintable(hint()));
    }

    void aGroupListsItsOutputs()
    {
        GraphContent content = assignment();
        content.named.groups.resize(2);
        content.named.groups[0].outputs.assign(14, NodeId(4));
        content.named.groups[1].parent = 0;
        content.named.groups[1].kind = scalar::GroupKind::Neuron;
        content.named.groupOf = {0, 0, 1, 1, 1, -1};
        content.named.parameters = {NodeId(0), 2};
        NodeInspector inspector;
        inspector.setContent(&content);
        inspector.setSelection({scalar::noNode, 0});
        auto rows = rowsOf(inspector);
        QCOMPARE(rows["nodes"], QString("5"));
        QCOMPARE(rows["parameters"], QString("2"));
        QCOMPARE(rows["outputs"], QString("14"));
        QCOMPARE(rows["d"], QString("4"));
        inspector.setSelection({scalar::noNode, 1});
        rows = rowsOf(inspector);
        QCOMPARE(rows["nodes"], QString("3"));
        QVERIFY(!rows.contains("parameters"));
        QCOMPARE(rows["part of"], QString("Dense 14 · Linear"));
    }

    void aNarrowPanelIsEnough()
    {
        const GraphContent content = contentOf("averyverylongnameindeed = anotherverylongname * "
                                               "athirdverylongname; L = averyverylongnameindeed^2",
                                               {});
        NodeInspector inspector;
        inspector.resize(inspector.fontMetrics().averageCharWidth() * 40, 600);
        inspector.setContent(&content);
        inspector.setSelection({NodeId(2), -1});
        inspector.show();
        QCoreApplication::processEvents();
        for (const InspectorRow* row : inspector.findChildren<InspectorRow*>()) {
            if (row->isVisible())
                QVERIFY(row->mapTo(&inspector, QPoint(row->width(), 0)).x() <= inspector.width());
        }
    }

    void noContentIsNoCrash()
    {
        NodeInspector inspector;
        inspector.setContent(nullptr);
        inspector.showValues();
        inspector.setSelection({});
        QCOMPARE(heading(inspector), QString("GRAPH"));
    }
};

QTEST_MAIN(TestNodeInspector)
#include "tst_nodeinspector.moc"
