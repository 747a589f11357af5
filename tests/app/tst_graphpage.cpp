// SPDX-License-Identifier: GPL-3.0-or-later
// The Graph page as assistive technology meets it: everything is found by role and accessible name.
#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/graph/graphexamples.h"
#include "app/graph/graphpage.h"
#include "app/graph/tinypanel.h"
#include "app/window/mainwindow.h"
#include "tests/app/windowelements.h"
#include "widgets/fields/numbertext.h"
#include "widgets/graph/scene/graphview.h"
#include "widgets/graph/walk/expressionfield.h"
#include "widgets/style/accessibility.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <vector>

using namespace chainrule;

namespace {

const QString assignment = QStringLiteral("e = a*b; d = e + c; L = d^2");

TrainingSettings settingsOf(const char* data)
{
    TrainingSettings settings = presets().front().settings;
    settings.data = data;
    const bool digits = settings.data == "digits";
    settings.samples = {300, 100, 100};
    settings.layers = {{digits ? 16 : 4, Activation::Relu}, {digits ? 10 : 2, Activation::Softmax}};
    settings.batchSize = 16;
    settings.epochs = 2;
    return settings;
}

/// The one enabled or disabled element of this role and name; none where there is no or more than one.
QAccessibleInterface* element(QWidget& window, QAccessible::Role role, const QString& name)
{
    std::vector<Element> found = named(window, name);
    std::erase_if(found, [role](const Element& each) { return each.role != role; });
    return found.size() == 1 ? found.front().interface : nullptr;
}

QString describes(QWidget& window, QAccessible::Role role, const QString& name)
{
    QAccessibleInterface* found = element(window, role, name);
    return found ? found->text(QAccessible::Description) : QStringLiteral("(no %1)").arg(name);
}

QString label(QWidget& window, const char* name)
{
    return describes(window, QAccessible::StaticText, QString::fromLatin1(name));
}

bool isPressable(QWidget& window, const QString& name)
{
    QAccessibleInterface* button = element(window, QAccessible::Button, name);
    return button && !button->state().disabled;
}

/// Clicks it. (The press of a button by assistive technology is Qt's own, and takes its time.)
[[nodiscard]] bool press(QWidget& window, const QString& name)
{
    if (!isPressable(window, name))
        return false;
    auto* button = qobject_cast<QAbstractButton*>(element(window, QAccessible::Button, name)->object());
    if (!button)
        return false;
    QTest::mouseClick(button, Qt::LeftButton);
    QApplication::processEvents();
    return true;
}

[[nodiscard]] bool openPage(QWidget& window, const char* name)
{
    QAccessibleInterface* tab = element(window, QAccessible::PageTab, QString::fromLatin1(name));
    if (!tab || !tab->actionInterface())
        return false;
    tab->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QApplication::processEvents();
    return true;
}

[[nodiscard]] bool chooseMode(QWidget& window, const char* text)
{
    const QString name = QLatin1String(text) == QLatin1String("Expression")
                             ? QStringLiteral("Expression mode")
                             : QString::fromLatin1(text);
    auto* button = widgetNamed<QPushButton>(window, name);
    if (!button || !button->isEnabled())
        return false;
    QTest::mouseClick(button, Qt::LeftButton);
    QApplication::processEvents();
    return button->isChecked();
}

[[nodiscard]] bool setNumber(QWidget& window, const char* name, double value)
{
    QAccessibleInterface* spin = element(window, QAccessible::SpinBox, QString::fromLatin1(name));
    if (!spin || !spin->valueInterface())
        return false;
    spin->valueInterface()->setCurrentValue(value);
    return spin->valueInterface()->currentValue().toDouble() == value;
}

/// Types as a person does, after taking everything away that is there.
[[nodiscard]] bool typeExpression(QWidget& window, const QString& text)
{
    QAccessibleInterface* found = element(window, QAccessible::EditableText, QStringLiteral("Expression"));
    auto* field = found ? qobject_cast<QWidget*>(found->object()) : nullptr;
    if (!field)
        return false;
    field->setFocus();
    QTest::keySequence(field, QKeySequence(QKeySequence::SelectAll));
    QTest::keyClicks(field, text);
    return found->textInterface() && found->text(QAccessible::Value) == text;
}

struct Row {
    QString op;
    QString value;
    QString gradient;
    QString check;
};

/// The table "Nodes", by the names in its first column.
std::map<QString, Row> rowsOf(QWidget& window)
{
    std::map<QString, Row> rows;
    QAccessibleInterface* found = element(window, QAccessible::Table, QStringLiteral("Nodes"));
    if (found) {
        // Without a desktop Qt tells nobody that a table has changed, and keeps the cells of the one before.
        QObject* view = found->object();
        QAccessible::deleteAccessibleInterface(QAccessible::uniqueId(found));
        found = QAccessible::queryAccessibleInterface(view);
    }
    QAccessibleTableInterface* table = found ? found->tableInterface() : nullptr;
    if (!table || table->columnCount() != 5)
        return rows;
    const auto cell = [table](int row, int column) {
        QAccessibleInterface* each = table->cellAt(row, column);
        return each ? each->text(QAccessible::Name) : QString();
    };
    for (int row = 0; row < table->rowCount(); ++row)
        rows[cell(row, 0)] = {cell(row, 1), cell(row, 2), cell(row, 3), cell(row, 4)};
    return rows;
}

/// A number as people read it: with a real minus sign.
double numberOf(QString text)
{
    bool ok = false;
    const double number = text.replace(QChar(0x2212), QLatin1Char('-')).toDouble(&ok);
    return ok ? number : std::nan("");
}

QMenu* menuOf(QMainWindow& window, const char* title)
{
    for (const QAction* action : window.menuBar()->actions()) {
        if (action->text() == QLatin1String(title))
            return action->menu();
    }
    return nullptr;
}

QMenu* examplesOf(QWidget& window)
{
    for (const auto* button : window.findChildren<QPushButton*>()) {
        if (button->isVisible() && button->menu() && button->text().contains(QStringLiteral("xamples")))
            return button->menu();
    }
    return nullptr;
}

GraphPage& pageOf(QWidget& window)
{
    return *window.findChild<GraphPage*>();
}

const GraphContent& contentOf(QWidget& window)
{
    return *pageOf(window).session().content();
}

} // namespace

class TestGraphPage : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;
    std::unique_ptr<ThemeSwitch> m_theme;
    QFont m_font;

    [[nodiscard]] std::unique_ptr<MainWindow> shown(const TrainingSettings& settings,
                                                    const char* page = "Graph")
    {
        auto window = std::make_unique<MainWindow>(settings, *m_theme);
        window->show();
        window->begin({}, {}, false);
        window->activateWindow();
        if (!QTest::qWaitForWindowActive(window.get()) || !openPage(*window, page))
            return nullptr;
        return window;
    }

    /// The example of the assignment, with its numbers.
    [[nodiscard]] std::unique_ptr<MainWindow> shownAssignment()
    {
        auto window = shown(settingsOf("moons"));
        const bool ready = window && typeExpression(*window, assignment) && setNumber(*window, "a", 2.0) &&
                           setNumber(*window, "b", -3.0) && setNumber(*window, "c", 10.0);
        return ready ? std::move(window) : nullptr;
    }

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
        QLocale::setDefault(QLocale::c());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
        installTranslations(*QCoreApplication::instance());
        installAccessibility();
        m_theme = std::make_unique<ThemeSwitch>();
        m_font = QApplication::font();
        qInstallMessageHandler(collect);
    }

    void cleanupTestCase()
    {
        qInstallMessageHandler(nullptr);
        m_theme.reset();
    }

    void init()
    {
        warnings.clear();
        QSettings().clear();
    }

    void cleanup()
    {
        QApplication::setFont(m_font);
        QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
    }

    // interfaces.md, "Graph page".
    void namesAreThere()
    {
        const auto window = shownAssignment();
        QVERIFY(window);
        for (const char* name : {"Forward step", "Backward step", "Run backward", "Zero gradients"})
            QVERIFY2(element(*window, QAccessible::Button, QString::fromLatin1(name)), name);
        for (const char* name : {"a", "b", "c"})
            QVERIFY2(element(*window, QAccessible::SpinBox, QString::fromLatin1(name)), name);
        QVERIFY(element(*window, QAccessible::EditableText, QStringLiteral("Expression")));
        QVERIFY(element(*window, QAccessible::Table, QStringLiteral("Nodes")));
        QVERIFY(element(*window, QAccessible::StaticText, QStringLiteral("Chain rule")));
    }

    void assignmentByHand()
    {
        const auto window = shown(settingsOf("moons"));
        QVERIFY(window);
        QVERIFY(typeExpression(*window, assignment));
        QVERIFY(setNumber(*window, "a", 2.0));
        QVERIFY(setNumber(*window, "b", -3.0));
        QVERIFY(setNumber(*window, "c", 10.0));
        std::map<QString, Row> rows = rowsOf(*window);
        QCOMPARE(rows.size(), std::size_t{6});
        QCOMPARE(numberOf(rows["L"].value), 16.0);
        QCOMPARE(numberOf(rows["L"].gradient), 1.0);
        QCOMPARE(numberOf(rows["a"].gradient), -24.0);
        QCOMPARE(numberOf(rows["b"].gradient), 16.0);
        QCOMPARE(numberOf(rows["c"].gradient), 8.0);
        QCOMPARE(numberOf(rows["e"].gradient), 8.0);
        QCOMPARE(numberOf(rows["d"].gradient), 8.0);
        QCOMPARE(numberOf(rows["e"].value), -6.0);
        QCOMPARE(numberOf(rows["d"].value), 4.0);
        QCOMPARE(rows["a"].gradient, QStringLiteral("−24"));
        // The numeric check agrees with every one of them, and ticks it.
        QTRY_VERIFY(rowsOf(*window)["a"].check.startsWith(QStringLiteral("✓")));
        rows = rowsOf(*window);
        for (const auto& [name, row] : rows) {
            QVERIFY2(row.check.startsWith(QStringLiteral("✓")), qPrintable(name + row.check));
            const double numeric = numberOf(row.check.mid(1).trimmed());
            QVERIFY2(std::abs(numeric - numberOf(row.gradient)) < 1e-5, qPrintable(row.check));
        }
    }

    void backwardStepByStep()
    {
        const auto window = shownAssignment();
        QVERIFY(window);
        QStringList lines;
        QList<qsizetype> visited; // how many lines there were after each step
        for (int step = 0; step < 6; ++step) {
            QVERIFY(press(*window, QStringLiteral("Backward step")));
            lines += label(*window, "Chain rule").split(QLatin1Char('\n'));
            visited << lines.size();
            if (step == 0) {
                QCOMPARE(
                    lines,
                    (QStringList{QStringLiteral("L.grad = 1, as it is the root."),
                                 QStringLiteral("d.grad += ∂L/∂d · L.grad = 2 · d · L.grad = 8 · 1 = 8")}));
                std::map<QString, Row> rows = rowsOf(*window);
                QCOMPARE(numberOf(rows["d"].gradient), 8.0);
                QCOMPARE(numberOf(rows["a"].gradient), 0.0); // not come to yet
            }
            if (step == 1) {
                const QStringList last = lines.mid(visited[0]);
                QCOMPARE(QSet<QString>(last.begin(), last.end()),
                         (QSet<QString>{QStringLiteral("e.grad += ∂d/∂e · d.grad = 1 · 8 = 8"),
                                        QStringLiteral("c.grad += ∂d/∂c · d.grad = 1 · 8 = 8")}));
            }
        }
        for (const auto* line :
             {"a.grad += ∂e/∂a · e.grad = b · e.grad = (−3) · 8 = −24",
              "b.grad += ∂e/∂b · e.grad = a · e.grad = 2 · 8 = 16", "a is a leaf: a.grad = −24 is complete.",
              "b is a leaf: b.grad = 16 is complete.", "c is a leaf: c.grad = 8 is complete."})
            QVERIFY2(lines.contains(QString::fromUtf8(line)), qPrintable(lines.join(QLatin1Char('\n'))));
        QCOMPARE(lines.size(), 2 + 2 + 2 + 3);
        // e passes its gradient on before its parents are visited.
        QVERIFY(lines.indexOf(QStringLiteral("a.grad += ∂e/∂a · e.grad = b · e.grad = (−3) · 8 = −24")) <
                lines.indexOf(QStringLiteral("a is a leaf: a.grad = −24 is complete.")));
        std::map<QString, Row> rows = rowsOf(*window);
        QCOMPARE(numberOf(rows["a"].gradient), -24.0);
        QCOMPARE(numberOf(rows["b"].gradient), 16.0);
    }

    void gradientsPileUp()
    {
        const auto window = shownAssignment();
        QVERIFY(window);
        const auto gradientOfA = [&] { return numberOf(rowsOf(*window)["a"].gradient); };
        QVERIFY(press(*window, QStringLiteral("Zero gradients")));
        QCOMPARE(gradientOfA(), 0.0);
        QVERIFY(!isPressable(*window, QStringLiteral("Zero gradients")));
        QVERIFY(press(*window, QStringLiteral("Run backward")));
        QCOMPARE(gradientOfA(), -24.0);
        QVERIFY(named(*window, QStringLiteral("Gradients pile up")).empty());
        QVERIFY(press(*window, QStringLiteral("Run backward")));
        // L's gradient is set to 1 again, d gets 8 on top of 8, and passes on all of its 16.
        QCOMPARE(numberOf(rowsOf(*window)["d"].gradient), 16.0);
        QCOMPARE(numberOf(rowsOf(*window)["c"].gradient), 8.0 + 16.0);
        QCOMPARE(gradientOfA(), -24.0 - 3.0 * (8.0 + 16.0));
        QCOMPARE(named(*window, QStringLiteral("Gradients pile up")).size(), std::size_t{1});
        QVERIFY(press(*window, QStringLiteral("Zero gradients")));
        for (const auto& [name, row] : rowsOf(*window))
            QVERIFY2(numberOf(row.gradient) == 0.0, qPrintable(name));
        QVERIFY(named(*window, QStringLiteral("Gradients pile up")).empty());
        QVERIFY(press(*window, QStringLiteral("Run backward")));
        QCOMPARE(gradientOfA(), -24.0);
    }

    void forwardAndBackToTheStart()
    {
        const auto window = shownAssignment();
        QVERIFY(window);
        const std::map<QString, Row> live = rowsOf(*window);
        QVERIFY(!isPressable(*window, QStringLiteral("Step back")));
        QVERIFY(press(*window, QStringLiteral("Forward step")));
        // Only leaves have values, then the first node.
        QStringList rules{label(*window, "Chain rule")};
        int steps = 1;
        while (rowsOf(*window)["L"].value == QStringLiteral("–") && steps < 6) {
            QVERIFY(press(*window, QStringLiteral("Forward step")));
            rules += label(*window, "Chain rule");
            ++steps;
        }
        QVERIFY2(rules.contains(QStringLiteral("e = a · b = 2 · (−3) = −6")), qPrintable(rules.join('\n')));
        QVERIFY2(rules.contains(QStringLiteral("d = e + c = −6 + 10 = 4")), qPrintable(rules.join('\n')));
        QVERIFY2(rules.contains(QStringLiteral("L = d^2 = 4^2 = 16")), qPrintable(rules.join('\n')));
        for (; steps < 12; ++steps)
            QVERIFY(press(*window, QStringLiteral("Backward step")));
        int back = 0;
        while (isPressable(*window, QStringLiteral("Step back")) && back < 100) {
            QVERIFY(press(*window, QStringLiteral("Step back")));
            ++back;
        }
        QCOMPARE(back, 12);
        const std::map<QString, Row> again = rowsOf(*window);
        QCOMPARE(again.size(), live.size());
        for (const auto& [name, row] : live) {
            QCOMPARE(again.at(name).value, row.value);
            QCOMPARE(again.at(name).gradient, row.gradient);
        }
    }

    void faultsPointAndKeepTheGraph()
    {
        const auto window = shownAssignment();
        QVERIFY(window);
        auto* field = window->findChild<ExpressionField*>();
        QVERIFY(!field->hasFault());
        QTest::keyClick(field, Qt::Key_End, Qt::ControlModifier);
        QTest::keyClicks(field, QStringLiteral(")"));
        const QString said = describes(*window, QAccessible::EditableText, QStringLiteral("Expression"));
        QVERIFY2(said.startsWith(QStringLiteral("Column 28:")), qPrintable(said));
        QCOMPARE(label(*window, "About the graph"), said);
        QVERIFY(field->hasFault());
        // Right of everything that is there: under the parenthesis.
        const std::vector<QRectF> marks = field->faultRects();
        QVERIFY(!marks.empty());
        QVERIFY(marks.front().right() >= field->cursorRect().left() - 2.0);
        std::map<QString, Row> rows = rowsOf(*window);
        QCOMPARE(rows.size(), std::size_t{6});
        QCOMPARE(numberOf(rows["L"].value), 16.0);
        QVERIFY(setNumber(*window, "c", 8.0)); // the last graph lives on: d = 2
        QCOMPARE(numberOf(rowsOf(*window)["L"].value), 4.0);
        QTest::keyClick(field, Qt::Key_Backspace);
        QVERIFY(!field->hasFault());
        QVERIFY(!label(*window, "About the graph").contains(QStringLiteral("Column")));
        QCOMPARE(describes(*window, QAccessible::EditableText, QStringLiteral("Expression")), QString());
    }

    void descendLowersTheRoot()
    {
        const auto window = shownAssignment();
        QVERIFY(window);
        const auto root = [&] { return numberOf(rowsOf(*window)["L"].value); };
        const auto curve = [&] {
            const auto found = named(*window, QStringLiteral("Value over steps"));
            return found.empty() ? QString() : found.front().description;
        };
        QCOMPARE(curve(), QStringLiteral("L = 16"));
        QVERIFY(setNumber(*window, "Rate", 0.01));
        QVERIFY(press(*window, QStringLiteral("Descend")));
        // a = 2.24, b = -3.16, c = 9.92: d = 2.8416.
        QVERIFY2(std::abs(root() - 2.8416 * 2.8416) < 5e-4, qPrintable(rowsOf(*window)["L"].value));
        QVERIFY2(curve().startsWith(QStringLiteral("L = 8.07")), qPrintable(curve()));
        QVERIFY2(curve().endsWith(QStringLiteral("after 1 step")), qPrintable(curve()));
        double before = root();
        for (int step = 0; step < 5; ++step) {
            QVERIFY(press(*window, QStringLiteral("Descend")));
            QVERIFY(root() < before);
            before = root();
        }
        QVERIFY2(curve().endsWith(QStringLiteral("after 6 steps")), qPrintable(curve()));
        // The fields show where the variables went.
        QAccessibleInterface* a = element(*window, QAccessible::SpinBox, QStringLiteral("a"));
        QVERIFY(a && a->valueInterface()->currentValue().toDouble() > 2.24);
    }

    void examplesOpen()
    {
        const auto window = shown(settingsOf("moons"));
        QVERIFY(window);
        const std::vector<GraphExample> examples = graphExamples();
        QMenu* menu = examplesOf(*window);
        QVERIFY(menu);
        QCOMPARE(menu->actions().size(), qsizetype(examples.size()));
        for (std::size_t i = 0; i < examples.size(); ++i) {
            menu->actions()[qsizetype(i)]->trigger();
            QTest::qWait(60);
            const char* title = qPrintable(examples[i].title);
            QCOMPARE(menu->actions()[qsizetype(i)]->text(), examples[i].title);
            QVERIFY2(label(*window, "About the graph") == examples[i].notice, title);
            QVERIFY2(pageOf(*window).session().content(), title);
            QVERIFY2(!contentOf(*window).named.graph.nodes.empty(), title);
            QCOMPARE(pageOf(*window).mode(),
                     examples[i].network ? GraphPage::Mode::TinyNetwork : GraphPage::Mode::Expression);
            QVERIFY2(warnings.isEmpty(), title);
        }
        // The first edit takes the notice away.
        menu->actions().front()->trigger();
        QCOMPARE(label(*window, "About the graph"), examples.front().notice);
        QTest::keyClicks(window->findChild<ExpressionField*>(), QStringLiteral(" "));
        QVERIFY(label(*window, "About the graph") != examples.front().notice);
    }

    void tinyNetworkTrainsWalksAndDescends()
    {
        const auto window = shown(settingsOf("moons"));
        QVERIFY(window);
        QVERIFY(chooseMode(*window, "Tiny network"));
        auto* panel = window->findChild<TinyPanel*>();
        QVERIFY(panel && panel->isVisible());
        const std::vector<double> first = panel->parameters().parameters;
        QVERIFY(press(*window, QStringLiteral("Train tiny network")));
        QTRY_VERIFY(panel->epoch() >= 3);
        QVERIFY(press(*window, QStringLiteral("Pause tiny network")));
        QTRY_VERIFY(!panel->isTraining());
        QTest::qWait(300); // what is under way
        QVERIFY(panel->parameters().parameters != first);
        GraphSession& session = pageOf(*window).session();
        QCOMPARE(session.sample()->parameters.parameters, panel->parameters().parameters);

        const QString loss = QStringLiteral("loss");
        QVERIFY(rowsOf(*window).contains(loss));
        QVERIFY(press(*window, QStringLiteral("Zero gradients")));
        QVERIFY(press(*window, QStringLiteral("Backward step")));
        QVERIFY2(label(*window, "Chain rule").contains(QStringLiteral("loss.grad = 1")),
                 qPrintable(label(*window, "Chain rule")));
        QVERIFY(press(*window, QStringLiteral("Run backward")));
        QVERIFY(press(*window, QStringLiteral("Forward step")));
        QVERIFY(press(*window, QStringLiteral("Reset walk")));

        const std::vector<double> before = panel->parameters().parameters;
        std::vector<double> gradients;
        const auto& named = contentOf(*window).named;
        for (std::size_t i = 0; i < named.parameters.count; ++i)
            gradients.push_back(named.graph.nodes[scalar::index(named.parameters.first) + i].grad);
        const double was = session.rootValue();
        QVERIFY(setNumber(*window, "Rate", 0.05));
        QVERIFY(press(*window, QStringLiteral("Descend")));
        QCOMPARE(panel->parameters().parameters.size(), before.size());
        bool moved = false;
        for (std::size_t i = 0; i < before.size(); ++i) {
            QVERIFY(std::abs(panel->parameters().parameters[i] - (before[i] - 0.05 * gradients[i])) < 1e-12);
            moved = moved || gradients[i] != 0.0;
        }
        QVERIFY(moved);
        QVERIFY(session.rootValue() < was);
        QTest::qWait(100); // the new pictures
        QVERIFY(session.rootValue() < was);
        QVERIFY(label(*window, "Descend status").contains(QStringLiteral("after 1 step")));
        QCOMPARE(session.sample()->parameters.parameters, panel->parameters().parameters);
    }

    void allGroupsOpenAndClose()
    {
        const auto window = shown(settingsOf("moons"));
        QVERIFY(window);
        QVERIFY(!element(*window, QAccessible::Button, QStringLiteral("Open all")));
        QVERIFY(chooseMode(*window, "Tiny network"));
        const GraphView& view = *pageOf(*window).view();
        const std::size_t closed = view.graphLayout().items.size();
        QVERIFY(closed < 10);
        QVERIFY(press(*window, QStringLiteral("Open all")));
        const std::size_t nodes = contentOf(*window).named.graph.nodes.size();
        QVERIFY(view.graphLayout().items.size() >= nodes);
        QVERIFY(!element(*window, QAccessible::Button, QStringLiteral("Open all")));
        QVERIFY(press(*window, QStringLiteral("Close all")));
        QCOMPARE(view.graphLayout().items.size(), closed);
        QVERIFY(element(*window, QAccessible::Button, QStringLiteral("Open all")));
    }

    void noDigitYet()
    {
        TrainingSettings settings = settingsOf("moons");
        settings.data = m_home.filePath(QStringLiteral("missing")).toStdString();
        const auto window = shown(settings);
        QVERIFY(window);
        QTRY_VERIFY(widgetNamed<QLabel>(*window, QStringLiteral("Message text")));
        QVERIFY(chooseMode(*window, "From a digit"));
        QVERIFY(!pageOf(*window).session().content());
        const auto views = named(*window, QStringLiteral("Graph view"));
        QVERIFY(std::any_of(views.begin(), views.end(), [](const Element& each) {
            return each.description.contains(QStringLiteral("Show in graph"));
        }));
        QVERIFY2(label(*window, "Message text").contains(QStringLiteral("There is no image to show")),
                 qPrintable(label(*window, "Message text")));
        for (const char* name :
             {"Forward step", "Backward step", "Run backward", "Zero gradients", "Step back"})
            QVERIFY2(!isPressable(*window, QString::fromLatin1(name)), name);
        for (const QAction* action : pageOf(*window).walkActions())
            QVERIFY2(!action->isEnabled(), qPrintable(action->text()));
        QVERIFY(rowsOf(*window).empty());
        // Nothing that is left to press or to trigger fails.
        for (const char* name : {"Newest weights", "Export…", "Zoom in", "Zoom out"})
            static_cast<void>(press(*window, QString::fromUtf8(name)));
        for (QAction* action : pageOf(*window).viewActions())
            action->trigger();
        QTest::keyClicks(widgetNamed<QLineEdit>(*window, QStringLiteral("Find node")), QStringLiteral("a"));
        QTest::keyClick(widgetNamed<QLineEdit>(*window, QStringLiteral("Find node")), Qt::Key_Return);
        QVERIFY(chooseMode(*window, "Expression"));
        QVERIFY(pageOf(*window).session().content());
    }

    void aDigitsGradientsEqualTheMatrixEngines()
    {
        const auto window = shown(settingsOf("digits"), "Train");
        QVERIFY(window);
        QTRY_VERIFY_WITH_TIMEOUT(isPressable(*window, QStringLiteral("Show in graph")), 60'000);
        QVERIFY(press(*window, QStringLiteral("Show in graph")));
        QCOMPARE(pageOf(*window).mode(), GraphPage::Mode::Digit);
        QVERIFY(pageOf(*window).isVisible());
        const auto& named = contentOf(*window).named;
        QCOMPARE(named.parameters.count, std::size_t{784 * 16 + 16 + 16 * 10 + 10});
        QCOMPARE(contentOf(*window).matrixGradients.size(), named.parameters.count);
        double largest = 0.0;
        for (std::size_t i = 0; i < named.parameters.count; ++i) {
            const double own = named.graph.nodes[scalar::index(named.parameters.first) + i].grad;
            const double other = contentOf(*window).matrixGradients[i];
            QVERIFY(std::abs(own - other) <= 1e-10 * std::max(1.0, std::abs(other)));
            largest = std::max(largest, std::abs(own));
        }
        QVERIFY(largest > 1e-3);
        // What the inspector says of it, without a selection and of one weight.
        QVERIFY2(label(*window, "About the inspected")
                     .startsWith(QStringLiteral("12730 parameter gradients equal the matrix engine's")),
                 qPrintable(label(*window, "About the inspected")));
        auto* find = widgetNamed<QLineEdit>(*window, QStringLiteral("Find node"));
        QVERIFY(find);
        QTest::keyClicks(find, QStringLiteral("b2[3]"));
        QTest::keyClick(find, Qt::Key_Return);
        const scalar::NodeId found = pageOf(*window).session().selection().node;
        QVERIFY(found != scalar::noNode);
        QCOMPARE(scalar::labelOf(named, found), std::string("b2[3]"));
        QStringList shownTexts;
        for (const auto* text : window->findChildren<QLabel*>()) {
            if (text->isVisible())
                shownTexts << text->text();
        }
        const qsizetype row = shownTexts.indexOf(QStringLiteral("matrix engine"));
        QVERIFY(row >= 0);
        const qsizetype difference = shownTexts.indexOf(QStringLiteral("difference"));
        QVERIFY(difference >= 0);
        QVERIFY2(shownTexts.contains(valueText(named.graph.nodes[scalar::index(found)].grad, QLocale::c())),
                 qPrintable(shownTexts.join('\n')));
        // The gradient of an output's bias is p - 1 or p.
        const std::size_t target = std::size_t(pageOf(*window).session().sample()->target);
        double probability = std::nan("");
        for (const scalar::Group& group : named.groups) {
            if (group.kind == scalar::GroupKind::Layer && group.layer == 2)
                probability = named.graph.nodes[scalar::index(group.outputs[3])].data;
        }
        QVERIFY(std::abs(named.graph.nodes[scalar::index(found)].grad -
                         (probability - (target == 3 ? 1.0 : 0.0))) < 1e-12);

        // Other weights: training for a batch, and then what the button promises.
        const std::vector<double> before = pageOf(*window).session().sample()->parameters.parameters;
        QVERIFY(press(*window, QStringLiteral("Step")));
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Paused, 60'000);
        QVERIFY(pageOf(*window).session().sample()->parameters.parameters == before);
        QTRY_VERIFY(window->workbench().presentParameters() &&
                    window->workbench().presentParameters()->parameters != before);
        QVERIFY(press(*window, QStringLiteral("Newest weights")));
        QVERIFY(pageOf(*window).session().sample()->parameters.parameters ==
                window->workbench().presentParameters()->parameters);
        QVERIFY2(label(*window, "About the graph").contains(QStringLiteral("at epoch")),
                 qPrintable(label(*window, "About the graph")));
    }

    void windowKeepsItsSize()
    {
        QFont font = m_font;
        font.setPointSize(10);
        QApplication::setFont(font);
        const auto window = shown(settingsOf("moons"), "Train");
        QVERIFY(window);
        const QSize size(1024, 700);
        window->resize(size);
        QTest::qWait(50);
        QTRY_VERIFY_WITH_TIMEOUT(isPressable(*window, QStringLiteral("Show in graph")), 60'000);
        const auto kept = [&](const char* where) {
            QApplication::processEvents();
            QTest::qWait(30);
            const QSize least = window->minimumSizeHint();
            const bool good =
                window->size() == size && least.width() <= size.width() && least.height() <= size.height();
            if (!good)
                fprintf(stderr, "%s: %d x %d, at least %d x %d\n", where, window->width(), window->height(),
                        least.width(), least.height());
            return good;
        };
        QVERIFY(kept("Train"));
        for (int round = 0; round < 2; ++round) {
            QVERIFY(openPage(*window, "Graph"));
            QVERIFY(kept("Graph"));
            for (const char* mode : {"Expression", "Tiny network", "From a digit", "Tiny network",
                                     "Expression", "From a digit"}) {
                QVERIFY2(chooseMode(*window, mode), mode);
                QVERIFY2(kept(mode), mode);
                QVERIFY(openPage(*window, "Train"));
                QVERIFY2(kept("Train, coming back"), mode);
                QVERIFY(openPage(*window, "Graph"));
                QVERIFY2(kept("Graph again"), mode);
            }
        }
        // An example with many lines and another with many variables.
        for (QAction* example : examplesOf(*window)->actions()) {
            example->trigger();
            QVERIFY2(kept(qPrintable(example->text())), qPrintable(example->text()));
        }
        QVERIFY(chooseMode(*window, "Expression"));
        QVERIFY(typeExpression(*window, QStringLiteral("L = a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p")));
        QVERIFY(kept("sixteen variables"));
    }

    // As a large font does: the window grows while the mode changes, before the new graph is there.
    void resizingWhileTheModeChanges()
    {
        const auto window = shown(settingsOf("moons"), "Train");
        QVERIFY(window);
        QTRY_VERIFY_WITH_TIMEOUT(isPressable(*window, QStringLiteral("Show in graph")), 60'000);
        QVERIFY(openPage(*window, "Graph"));
        int resized = 0;
        connect(&pageOf(*window), &GraphPage::modeChanged, this, [&] {
            pageOf(*window).resize(pageOf(*window).size() - QSize(0, 1));
            ++resized;
        });
        for (const char* mode : {"From a digit", "Tiny network", "From a digit", "Expression"}) {
            QVERIFY2(chooseMode(*window, mode), mode);
            QVERIFY2(pageOf(*window).session().content(), mode);
        }
        QCOMPARE(resized, 4);
    }

    void namesAreUnique_data()
    {
        QTest::addColumn<QString>("mode");
        for (const char* mode : {"Expression", "Tiny network", "From a digit"})
            QTest::newRow(mode) << QString::fromLatin1(mode);
    }

    void namesAreUnique()
    {
        QFETCH(QString, mode);
        const auto window = shown(settingsOf("moons"), "Train");
        QVERIFY(window);
        QTRY_VERIFY_WITH_TIMEOUT(isPressable(*window, QStringLiteral("Show in graph")), 60'000);
        QVERIFY(openPage(*window, "Graph"));
        QVERIFY(chooseMode(*window, qPrintable(mode)));
        QTest::qWait(100);
        std::map<QString, std::vector<Element>> owners;
        for (const Element& each : elementsOf(*window)) {
            // Cells say what they say; Qt names a bar of tabs by its chosen tab, which has the page's name,
            // and what a text of no name says is its name.
            if (each.name.isEmpty() || each.role == QAccessible::Cell ||
                each.role == QAccessible::PageTabList || each.role == QAccessible::ColumnHeader ||
                each.role == QAccessible::RowHeader)
                continue;
            if (each.role == QAccessible::StaticText && each.widget->accessibleName().isEmpty())
                continue;
            if (each.widget->window() != window.get()) // the closed list of a combo box
                continue;
            owners[each.name].push_back(each);
        }
        QVERIFY(owners.size() > 20);
        QStringList faults;
        for (const auto& [name, elements] : owners) {
            // Only Train is a button and a page, as promised.
            if (elements.size() != (name == QStringLiteral("Train") ? 2U : 1U))
                faults << describe(elements);
        }
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
    }

    void everyControlHasAName()
    {
        const auto window = shown(settingsOf("moons"));
        QVERIFY(window);
        for (const char* mode : {"Expression", "Tiny network", "From a digit"}) {
            QVERIFY(chooseMode(*window, mode));
            for (const Element& each : elementsOf(*window)) {
                const bool control = each.role == QAccessible::Button || each.role == QAccessible::SpinBox ||
                                     each.role == QAccessible::ComboBox || each.role == QAccessible::Slider ||
                                     each.role == QAccessible::CheckBox || each.role == QAccessible::Table ||
                                     each.role == QAccessible::EditableText;
                // The line inside a spin box is a part of that.
                if (control && !qobject_cast<QAbstractSpinBox*>(each.widget->parentWidget()))
                    QVERIFY2(!each.name.isEmpty(), each.widget->metaObject()->className());
            }
        }
    }

    void mnemonicsAreUnique_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<int>("width");
        for (const char* mode : {"Expression", "Tiny network", "From a digit"}) {
            for (const int width : {1024, 1600})
                QTest::addRow("%s, %d", mode, width) << QString::fromLatin1(mode) << width;
        }
    }

    // Of the menu bar, and of whatever is on the screen together with it.
    void mnemonicsAreUnique()
    {
        QFETCH(QString, mode);
        QFETCH(int, width);
        const auto window = shown(settingsOf("moons"), "Train");
        QVERIFY(window);
        window->resize(width, 900);
        QTRY_VERIFY_WITH_TIMEOUT(isPressable(*window, QStringLiteral("Show in graph")), 60'000);
        QVERIFY(openPage(*window, "Graph"));
        QVERIFY(chooseMode(*window, qPrintable(mode)));
        QTest::qWait(50);
        std::map<QString, QStringList> owners;
        const auto add = [&owners](const QString& text) {
            if (const QKeySequence keys = QKeySequence::mnemonic(text); !keys.isEmpty())
                owners[keys.toString()] << text;
        };
        for (const auto* action : window->menuBar()->actions())
            add(action->text());
        for (const auto* text : window->findChildren<QLabel*>()) {
            if (text->buddy() && text->isVisible())
                add(text->text());
        }
        for (const auto* button : window->findChildren<QAbstractButton*>()) {
            if (button->isVisible())
                add(button->text());
        }
        QVERIFY(owners.size() > 6);
        QStringList faults;
        for (const auto& [keys, texts] : owners) {
            if (texts.size() > 1)
                faults << keys + QStringLiteral(": ") + texts.join(QStringLiteral(", "));
        }
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
    }

    void graphMenuIsTheGraphPages()
    {
        const auto window = shown(settingsOf("moons"), "Train");
        QVERIFY(window);
        QMenu* menu = menuOf(*window, "&Graph");
        QVERIFY(menu);
        std::map<QString, int> uses;
        for (const QAction* action : window->findChildren<QAction*>()) {
            for (const QKeySequence& keys : action->shortcuts())
                ++uses[keys.toString()];
        }
        const auto actions = [menu] {
            QList<QAction*> all = menu->actions();
            all.removeIf([](const QAction* action) { return action->isSeparator(); });
            return all;
        }();
        QCOMPARE(actions.size(), pageOf(*window).walkActions().size() + pageOf(*window).viewActions().size());
        for (const QAction* action : actions) {
            QVERIFY2(!action->shortcut().isEmpty(), qPrintable(action->text()));
            for (const QKeySequence& keys : action->shortcuts())
                QVERIFY2(uses[keys.toString()] == 1, qPrintable(keys.toString()));
            QVERIFY2(!action->isEnabled(), qPrintable(action->text()));
        }
        QVERIFY(openPage(*window, "Graph"));
        for (const QAction* action : actions)
            QVERIFY2(action->isEnabled(), qPrintable(action->text()));
        // The keys do what the buttons do.
        QVERIFY(typeExpression(*window, assignment));
        window->findChild<GraphView*>()->setFocus();
        QTest::keyClick(window.get(), Qt::Key_F7);
        QVERIFY(label(*window, "Chain rule").startsWith(QStringLiteral("L.grad = 1")));
        QTest::keyClick(window.get(), Qt::Key_F9);
        QCOMPARE(numberOf(rowsOf(*window)["d"].gradient), 0.0);
        QVERIFY(openPage(*window, "Train"));
        for (const QAction* action : actions)
            QVERIFY2(!action->isEnabled(), qPrintable(action->text()));
        const auto position = contentOf(*window).walk.position;
        QTest::keyClick(window.get(), Qt::Key_F7);
        QVERIFY(contentOf(*window).walk.position == position);
    }

    void anyOrderOfThingsIsFine()
    {
        const auto window = shown(settingsOf("moons"), "Train");
        QVERIFY(window);
        QTRY_VERIFY_WITH_TIMEOUT(isPressable(*window, QStringLiteral("Show in graph")), 60'000);
        QVERIFY(openPage(*window, "Graph"));
        GraphPage& page = pageOf(*window);
        QRandomGenerator chance(20261123);
        const auto below = [&chance](qsizetype end) { return qsizetype(chance.bounded(quint32(end))); };
        for (int round = 0; round < 50; ++round) {
            page.setMode(static_cast<GraphPage::Mode>(below(3)));
            for (int i = 0; i < 6; ++i) {
                QList<QAbstractButton*> buttons;
                for (auto* button : page.findChildren<QAbstractButton*>()) {
                    const auto* push = qobject_cast<QPushButton*>(button);
                    const bool asks = button->text().endsWith(QStringLiteral("…")) || (push && push->menu());
                    if (button->isVisible() && button->isEnabled() && !asks)
                        buttons << button;
                }
                QVERIFY(buttons.isEmpty() != page.isVisible());
                if (!buttons.isEmpty())
                    buttons[below(buttons.size())]->click();
                if (below(4) == 0 && page.session().content()) {
                    const auto nodes = qsizetype(contentOf(*window).named.graph.nodes.size());
                    const auto groups = qsizetype(contentOf(*window).named.groups.size());
                    GraphSelection selection;
                    if (groups > 0 && below(2) == 0)
                        selection.group = int(below(groups));
                    else
                        selection.node = scalar::NodeId(below(nodes));
                    page.session().select(selection);
                }
                if (below(8) == 0 && page.isVisible())
                    examplesOf(*window)->actions()[below(examplesOf(*window)->actions().size())]->trigger();
                if (below(10) == 0)
                    QVERIFY(openPage(*window, "Train"));
                if (below(2) == 0)
                    QVERIFY(openPage(*window, "Graph"));
                QApplication::processEvents();
            }
            QVERIFY(openPage(*window, "Graph"));
            QTest::qWait(5);
            QVERIFY2(warnings.isEmpty(), qPrintable(QStringLiteral("round %1").arg(round)));
        }
    }
};

QTEST_MAIN(TestGraphPage)
#include "tst_graphpage.moc"
