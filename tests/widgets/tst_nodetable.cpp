// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"
#include "widgets/graph/table/nodetable.h"
#include "widgets/graph/table/nodetablemodel.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include <cmath>

using namespace chainrule;
using scalar::NodeId;

namespace {

GraphContent contentOf(const char* text, const scalar::VariableValues& values)
{
    GraphContent content;
    auto parsed = scalar::parseExpression(text, values);
    if (!parsed)
        qFatal("the expression is broken");
    content.named = std::move(*parsed);
    content.walk = scalar::makeWalk(content.named.graph, content.named.root);
    for (std::size_t i = 0; i < content.named.graph.nodes.size(); ++i)
        content.checks.emplace_back(
            scalar::checkGradient(content.named.graph, content.named.root, NodeId(i)));
    content.descends.assign(content.named.graph.nodes.size(), false);
    return content;
}

/// Nodes a, b, e, c, d, L: values 2 -3 -6 10 4 16, gradients -24 16 8 8 8 1.
GraphContent assignment()
{
    return contentOf("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
}

QString column(const NodeTableModel& model, int wanted)
{
    QStringList cells;
    for (int row = 0; row < model.rowCount(); ++row)
        cells += model.index(row, wanted).data().toString();
    return cells.join(' ');
}

QString names(const NodeTableModel& model)
{
    return column(model, NodeTableModel::NodeColumn);
}

} // namespace

class TestNodeTable : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    void cellsOfTheAssignment()
    {
        const GraphContent content = assignment();
        NodeTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setContent(&content);
        QCOMPARE(names(model), QString("a b e c d L"));
        QCOMPARE(column(model, NodeTableModel::OpColumn), QString("leaf leaf × leaf + ^2"));
        QCOMPARE(column(model, NodeTableModel::ValueColumn), QString("2 −3 −6 10 4 16"));
        QCOMPARE(column(model, NodeTableModel::GradientColumn), QString("−24 16 8 8 8 1"));
        QCOMPARE(column(model, NodeTableModel::CheckColumn), QString("✓ −24 ✓ 16 ✓ 8 ✓ 8 ✓ 8 ✓ 1"));
        QVERIFY(!model.headerData(0, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty());
    }

    void sortsByWhatIsMeant()
    {
        const GraphContent content = assignment();
        NodeTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setContent(&content);
        model.sort(NodeTableModel::ValueColumn);
        QCOMPARE(names(model), QString("e b a d c L"));
        model.sort(NodeTableModel::ValueColumn, Qt::DescendingOrder);
        QCOMPARE(names(model), QString("L c d a b e"));
        // Equal gradients stay in the order of creation, both ways.
        model.sort(NodeTableModel::GradientColumn);
        QCOMPARE(names(model), QString("a L e c d b"));
        model.sort(NodeTableModel::GradientColumn, Qt::DescendingOrder);
        QCOMPARE(names(model), QString("b e c d L a"));
        model.sort(NodeTableModel::NodeColumn);
        QCOMPARE(names(model), QString("a b c d e L"));
        model.sort(NodeTableModel::OpColumn);
        QCOMPARE(names(model), QString("a b c d e L"));
        model.sort(-1);
        QCOMPARE(names(model), QString("a b e c d L"));
        for (int row = 0; row < model.rowCount(); ++row)
            QCOMPARE(model.rowOf(model.nodeAt(row)), row);
    }

    void namesAreCountedAsPeopleDo()
    {
        const GraphContent content = contentOf("x10 + x9 + X1 + 7 + x010", {});
        NodeTableModel model;
        model.setContent(&content);
        model.sort(NodeTableModel::NodeColumn);
        // Nodes without names come last, in the order of creation.
        QCOMPARE(names(model), QString("X1 x9 x010 x10 #2 #4 7 #6 #8"));
        model.sort(NodeTableModel::NodeColumn, Qt::DescendingOrder);
        QCOMPARE(names(model), QString("x10 x010 x9 X1 #2 #4 7 #6 #8"));
    }

    void whatIsNotComputedComesLast()
    {
        GraphContent content = assignment();
        stepForward(content.named.graph, content.walk); // only leaves
        content.named.graph.nodes[1].data = std::nan("");
        NodeTableModel model;
        model.setContent(&content);
        QCOMPARE(column(model, NodeTableModel::ValueColumn), QString("2 NaN – 10 – –"));
        QCOMPARE(column(model, NodeTableModel::GradientColumn), QString("0 0 0 0 0 0"));
        for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            model.sort(NodeTableModel::ValueColumn, order);
            QCOMPARE(names(model),
                     order == Qt::AscendingOrder ? QString("a c b e d L") : QString("c a b e d L"));
        }
    }

    void filters_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("shown");
        QTest::newRow("name, any case") << "l"
                                        << "a b e c L"; // of leaf and multiply, too
        QTest::newRow("sign") << "×"
                              << "e";
        QTest::newRow("function") << "MULT"
                                  << "e";
        QTest::newRow("power") << "^2"
                               << "L";
        QTest::newRow("number") << "16"
                                << "b L";
        QTest::newRow("negative, typed") << "-2"
                                         << "a";
        QTest::newRow("negative, copied") << "−6"
                                          << "e";
        QTest::newRow("spaces around") << "  × "
                                       << "e";
        QTest::newRow("nothing") << "zzz"
                                 << "";
    }

    void filters()
    {
        QFETCH(QString, text);
        QFETCH(QString, shown);
        const GraphContent content = assignment();
        NodeTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setContent(&content);
        model.setFilter(text);
        QCOMPARE(names(model), shown);
        for (std::size_t i = 0; i < content.named.graph.nodes.size(); ++i) {
            const int row = model.rowOf(NodeId(i));
            QVERIFY(row < 0 || model.nodeAt(row) == NodeId(i));
        }
        model.setFilter("");
        QCOMPARE(model.rowCount(), 6);
    }

    void groupsHoldTheirGroups()
    {
        GraphContent content = assignment();
        content.named.groups.resize(3);
        content.named.groups[1].parent = 0;
        content.named.groupOf = {-1, 0, 1, 1, 2, -1};
        NodeTableModel model;
        model.setContent(&content);
        model.setFilter("", 0);
        QCOMPARE(names(model), QString("b e c"));
        model.setFilter("", 1);
        QCOMPARE(names(model), QString("e c"));
        model.setFilter("leaf", 0);
        QCOMPARE(names(model), QString("b c"));
        model.setFilter("");
        QCOMPARE(model.rowCount(), 6);
    }

    void persistentIndexesFollowTheirNodes()
    {
        const GraphContent content = assignment();
        NodeTableModel model;
        model.setContent(&content);
        const QPersistentModelIndex e = model.index(2, NodeTableModel::ValueColumn);
        model.sort(NodeTableModel::ValueColumn);
        QCOMPARE(e.row(), 0);
        QCOMPARE(e.column(), static_cast<int>(NodeTableModel::ValueColumn));
        QCOMPARE(e.data().toString(), QString("−6"));
        model.sort(NodeTableModel::ValueColumn, Qt::DescendingOrder);
        QCOMPARE(e.row(), 5);
    }

    void rowsJumpOnlyWhereAskedTo()
    {
        GraphContent content = assignment();
        NodeTableModel model;
        model.setContent(&content);
        model.sort(NodeTableModel::ValueColumn);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        content.named.graph.nodes[0].data = 100.0; // a; e = -300, d = -290, L = 84100
        refresh(content.named.graph, content.walk);
        model.showValues();
        QCOMPARE(names(model), QString("e b a d c L"));
        QCOMPARE(column(model, NodeTableModel::ValueColumn), QString("−300 −3 100 −290 10 84100"));
        QCOMPARE(changed.size(), 1);
        model.showValues(true);
        QCOMPARE(names(model), QString("e d b c a L"));
    }

    void copies()
    {
        GraphContent content = assignment();
        content.named.names[0] = "say \"a\"";
        content.named.graph.nodes[3].data = 0.1;
        content.checks[3].reset();
        NodeTableModel model;
        model.setContent(&content);
        QCOMPARE(model.asText({3, 5}), QString("node\top\tvalue\tgrad\tcheck\n"
                                               "c\tleaf\t0.1\t8\t–\nL\t^2\t16\t1\t✓ 1\n"));
        const QString csv = model.asCsv({0, 3});
        const QStringList lines = csv.split('\n');
        QCOMPARE(lines[0], QString("node,op,value,gradient,numeric,relative_error,check"));
        QVERIFY(lines[1].startsWith("\"say \"\"a\"\"\",\"leaf\",2,-24,-2"));
        QVERIFY(lines[1].endsWith(",agrees"));
        QCOMPARE(lines[2], QString("\"c\",\"leaf\",0.1,8,,,"));
        model.sort(NodeTableModel::ValueColumn);
        model.setFilter("zzz");
        QCOMPARE(model.asCsv().split('\n').size(), 1 + 6 + 1); // every node, whatever is shown
        QVERIFY(model.asCsv().split('\n')[6].startsWith("\"L\",\"** 2\",16,1,"));
    }

    void changeableLeavesHaveABox()
    {
        GraphContent content = contentOf("e = 2*a", {{"a", 4.0}});
        content.descends[1] = true;
        NodeTableModel model;
        model.setContent(&content);
        QVERIFY(!model.index(0, 0).data(Qt::CheckStateRole).isValid());
        QCOMPARE(model.index(1, 0).data(Qt::CheckStateRole).toInt(), static_cast<int>(Qt::Checked));
        QVERIFY(!model.index(2, 0).data(Qt::CheckStateRole).isValid());
        QSignalSpy wanted(&model, &NodeTableModel::descendChanged);
        QVERIFY(!model.setData(model.index(0, 0), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(model.setData(model.index(1, 0), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][0].value<NodeId>(), NodeId(1));
        QCOMPARE(wanted[0][1].toBool(), false);
    }

    void warningsAreExplained()
    {
        const GraphContent content = contentOf("L = relu(x)", {{"x", 0.0}});
        QCOMPARE(content.checks[0]->verdict, scalar::Verdict::Kink);
        NodeTableModel model;
        model.setContent(&content);
        const QModelIndex cell = model.index(0, NodeTableModel::CheckColumn);
        QCOMPARE(cell.data().toString(), QString("⚠ kink"));
        QVERIFY(cell.data(Qt::ToolTipRole).toString().contains("relu"));
        model.setFilter("kink");
        QCOMPARE(names(model), QString("x"));
    }

    void theSelectionGoesBothWays()
    {
        const GraphContent content = assignment();
        NodeTable table;
        table.setContent(&content);
        QSignalSpy selected(&table, &NodeTable::selected);
        table.setSelection({NodeId(2), -1});
        QCOMPARE(table.table()->selectionModel()->selectedRows().size(), 1);
        QCOMPARE(table.table()->currentIndex().row(), 2);
        QVERIFY(selected.isEmpty());

        table.table()->setFocus();
        QTest::keyClick(table.table(), Qt::Key_Down);
        QCOMPARE(selected.size(), 1);
        QVERIFY(selected[0][0].value<GraphSelection>() == (GraphSelection{NodeId(3), -1}));
        // The answer of whoever listens makes no echo.
        table.setSelection({NodeId(3), -1});
        QCOMPARE(selected.size(), 1);

        table.model()->sort(NodeTableModel::ValueColumn);
        QCOMPARE(table.model()->nodeAt(table.table()->currentIndex().row()), NodeId(3));
        QCOMPARE(selected.size(), 1);
        table.setSelection({});
        QVERIFY(!table.table()->selectionModel()->hasSelection());
        QCOMPARE(selected.size(), 1);
    }

    void theFilterKeepsTheSelection()
    {
        const GraphContent content = assignment();
        NodeTable table;
        table.setContent(&content);
        table.setSelection({NodeId(5), -1});
        QSignalSpy selected(&table, &NodeTable::selected);
        auto* filter = table.findChild<QLineEdit*>();
        QCOMPARE(filter->accessibleName(), QString("Filter nodes"));
        QCOMPARE(table.table()->accessibleName(), QString("Nodes"));
        filter->setText("16");
        QCOMPARE(names(*table.model()), QString("b L"));
        QCOMPARE(table.table()->currentIndex().row(), 1);
        filter->setText("×");
        QVERIFY(!table.table()->selectionModel()->hasSelection());
        filter->clear();
        QCOMPARE(table.table()->currentIndex().row(), 5);
        QVERIFY(selected.isEmpty());
    }

    void aGroupShowsItsNodesOnly()
    {
        GraphContent content = assignment();
        content.named.groups.resize(2);
        content.named.groupOf = {0, 0, 0, 1, 1, -1};
        NodeTable table;
        table.setContent(&content);
        table.setSelection({scalar::noNode, 0});
        QCOMPARE(names(*table.model()), QString("a b e"));
        table.setSelection({NodeId(2), -1}); // of the group: it stays
        QCOMPARE(names(*table.model()), QString("a b e"));
        QCOMPARE(table.table()->currentIndex().row(), 2);
        table.setSelection({NodeId(4), -1});
        QCOMPARE(table.model()->rowCount(), 6);
        QCOMPARE(table.table()->currentIndex().row(), 4);
    }

    void copyTakesTheChosenRows()
    {
        const GraphContent content = assignment();
        NodeTable table;
        table.setContent(&content);
        table.show();
        table.activateWindow();
        table.table()->setFocus();
        QVERIFY(QTest::qWaitForWindowActive(&table));
        table.setSelection({NodeId(0), -1});
        QTest::keyClick(table.table(), Qt::Key_Down, Qt::ShiftModifier);
        QTest::keySequence(table.table(), QKeySequence::Copy);
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QString("node\top\tvalue\tgrad\tcheck\na\tleaf\t2\t−24\t✓ −24\nb\tleaf\t−3\t16\t✓ 16\n"));
    }

    void theThirdClickIsTheOrderOfCreation()
    {
        const GraphContent content = assignment();
        NodeTable table;
        table.setContent(&content);
        table.resize(400, 300);
        table.show();
        QHeaderView* header = table.table()->horizontalHeader();
        const QPoint place(header->sectionViewportPosition(NodeTableModel::ValueColumn) + 10,
                           header->height() / 2);
        const QStringList expected = {"e b a d c L", "L c d a b e", "a b e c d L"};
        for (const QString& order : expected) {
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, place);
            QCOMPARE(names(*table.model()), order);
        }
    }

    void shortNumbersFitANarrowPanel()
    {
        const GraphContent content = assignment();
        NodeTable table;
        table.setContent(&content);
        table.resize(table.fontMetrics().averageCharWidth() * 44, 300);
        table.show();
        QCoreApplication::processEvents();
        QVERIFY(table.table()->horizontalHeader()->length() <= table.table()->viewport()->width());
    }

    void noContentIsNoCrash()
    {
        NodeTable table;
        table.setContent(nullptr);
        table.showValues();
        table.setSelection({});
        table.model()->sort(NodeTableModel::ValueColumn);
        QCOMPARE(table.model()->rowCount(), 0);
        QCOMPARE(table.model()->asCsv().count('\n'), 1);
    }
};

QTEST_MAIN(TestNodeTable)
#include "tst_nodetable.moc"
