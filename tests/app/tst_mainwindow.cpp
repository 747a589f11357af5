// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/files.h"
#include "app/base/recentfiles.h"
#include "app/base/theme.h"
#include "app/window/mainwindow.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "tests/app/windowelements.h"
#include "widgets/fields/messagebar.h"
#include "widgets/images/predictiontile.h"
#include "widgets/layers/layerstackview.h"
#include "widgets/style/accessibility.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QShortcut>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>

#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

using namespace chainrule;

namespace {

constexpr int longRun = 1'000'000; // epochs: as good as endless

TrainingSettings tiny(int epochs = 3)
{
    TrainingSettings settings = presets().front().settings;
    settings.data = "digits";
    settings.samples = {300, 100, 100};
    settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
    settings.batchSize = 16;
    settings.epochs = epochs;
    return settings;
}

QString buttonText(QWidget& window)
{
    for (const char* name : {"Train", "Pause", "Resume"}) {
        const auto* button = widgetNamed<QPushButton>(window, QString::fromLatin1(name));
        if (button)
            return button->text() == QLatin1String(name) ? button->text() : QString();
    }
    return {};
}

void clickRun(QWidget& window)
{
    auto* button = widgetNamed<QPushButton>(window, buttonText(window));
    QVERIFY(button);
    QTest::mouseClick(button, Qt::LeftButton);
}

std::unique_ptr<MainWindow> shown(const TrainingSettings& settings, ThemeSwitch& theme)
{
    auto window = std::make_unique<MainWindow>(settings, theme);
    window->show();
    window->begin({}, {}, false);
    return window;
}

bool isLoaded(MainWindow& window)
{
    return window.workbench().store().data() != nullptr;
}

void drop(QWidget& window, const QString& path)
{
    QMimeData dropped;
    dropped.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({20, 20}, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QDropEvent event(QPointF(20, 20), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &event);
}

// Empty where nothing is said.
QString messageText(QWidget& window)
{
    const auto* label = widgetNamed<QLabel>(window, QStringLiteral("Message text"));
    return label ? label->text() : QString();
}

QPushButton* visibleButton(QWidget& window, const QString& text)
{
    for (auto* button : window.findChildren<QPushButton*>())
        if (button->isVisible() && button->text() == text)
            return button;
    return nullptr;
}

struct Promise {
    QAccessible::Role role;
    const char* name;
    bool focusable; ///< whether the keyboard gets there
};

// interfaces.md, "Accessible names in the window", of the pages that there are.
const Promise promises[] = {
    {QAccessible::Button, "Train", true},
    {QAccessible::Button, "Step", true},
    {QAccessible::Button, "Reset", true},
    {QAccessible::ProgressBar, "Training progress", false},
    {QAccessible::StaticText, "Test accuracy", false},
    {QAccessible::StaticText, "Training loss", false},
    {QAccessible::StaticText, "Samples per second", false},
    {QAccessible::PageTab, "Train", false},
    {QAccessible::PageTab, "Draw", false},
    {QAccessible::PageTab, "Graph", false},
    {QAccessible::List, "Layers", true},
    {QAccessible::Button, "Add layer", true},
    {QAccessible::Button, "Remove layer", true},
    {QAccessible::SpinBox, "Units", true},
    {QAccessible::ComboBox, "Activation", true},
    {QAccessible::ComboBox, "Dataset", true},
    {QAccessible::ComboBox, "Engine", true},
    {QAccessible::ComboBox, "Optimizer", true},
    {QAccessible::SpinBox, "Training samples", true},
    {QAccessible::SpinBox, "Learning rate", true},
    {QAccessible::SpinBox, "Batch size", true},
    {QAccessible::SpinBox, "Epochs", true},
    {QAccessible::SpinBox, "Seed", true},
    {QAccessible::NoRole, "Loss plot", true}, // no role is promised
    {QAccessible::NoRole, "Accuracy plot", true},
    {QAccessible::NoRole, "Predictions", false},
};

// And of the Draw page.
const Promise drawPromises[] = {
    {QAccessible::NoRole, "Drawing canvas", true},     {QAccessible::Button, "Clear", true},
    {QAccessible::Button, "Undo stroke", true},        {QAccessible::StaticText, "Prediction", false},
    {QAccessible::Table, "Class probabilities", true},
};

void checkPromises(QWidget& window, std::span<const Promise> promised)
{
    const std::vector<Element> elements = elementsOf(window);
    QStringList faults;
    for (const Promise& promise : promised) {
        const QString name = QString::fromLatin1(promise.name);
        std::vector<Element> all;
        std::vector<Element> found;
        for (const Element& element : elements) {
            // Qt names a bar of tabs by its chosen tab.
            if (element.name != name || element.role == QAccessible::PageTabList)
                continue;
            all.push_back(element);
            // Where no role is promised, it is still more than a text.
            if (promise.role == QAccessible::NoRole ? element.role != QAccessible::StaticText
                                                    : element.role == promise.role)
                found.push_back(element);
        }
        const auto fault = [&](const char* what) {
            faults.append(QStringLiteral("%1: %2: %3").arg(name, QLatin1String(what), describe(all)));
        };
        if (found.size() != 1) {
            fault("not there once");
            continue;
        }
        const Element& element = found.front();
        if (promise.focusable && !element.state.disabled &&
            (element.widget->focusPolicy() == Qt::NoFocus || !element.state.focusable))
            fault("out of the keyboard's reach");
        // A name means one thing; only Train is a button and a page, as promised.
        if (all.size() != (name == QLatin1String("Train") ? 2U : 1U))
            fault("the name of several");
    }
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;
    std::unique_ptr<ThemeSwitch> m_theme;
    QFont m_font;

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
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

    void namesAreThere()
    {
        const auto window = shown(tiny(), *m_theme);
        checkPromises(*window, promises);
        auto* tabs = window->findChild<QTabBar*>();
        tabs->setCurrentIndex(1);
        QCOMPARE(tabs->tabText(1), QStringLiteral("Draw"));
        checkPromises(*window, drawPromises);
    }

    void everyControlHasANameOfItsOwn_data()
    {
        QTest::addColumn<int>("page");
        QTest::newRow("Train") << 0;
        QTest::newRow("Draw") << 1;
    }

    void everyControlHasANameOfItsOwn()
    {
        QFETCH(const int, page);
        const auto window = shown(tiny(), *m_theme);
        window->findChild<QTabBar*>()->setCurrentIndex(page);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        std::map<QString, std::vector<Element>> controls;
        for (const Element& element : elementsOf(*window)) {
            const bool control =
                element.role == QAccessible::Button || element.role == QAccessible::ButtonMenu ||
                element.role == QAccessible::CheckBox || element.role == QAccessible::RadioButton ||
                element.role == QAccessible::ComboBox || element.role == QAccessible::SpinBox ||
                element.role == QAccessible::List || element.role == QAccessible::ProgressBar;
            // Predictions may say the same of two images; arrows in fields and lists are theirs.
            if (!control || element.name.startsWith(QStringLiteral("Pred: ")) ||
                element.name == QStringLiteral("No image"))
                continue;
            if (element.role == QAccessible::List && !element.widget->isVisible())
                continue;
            QVERIFY2(!element.name.isEmpty(), element.widget->metaObject()->className());
            controls[element.name].push_back(element);
        }
        QVERIFY(controls.size() > 15);
        for (const auto& [name, elements] : controls)
            QVERIFY2(elements.size() == 1, qPrintable(describe(elements)));
    }

    void buttonsSayWhatTheyDo()
    {
        const auto window = shown(tiny(), *m_theme);
        int buttons = 0;
        for (const auto* button : window->findChildren<QAbstractButton*>()) {
            const bool ours = qobject_cast<const QPushButton*>(button) != nullptr ||
                              (qobject_cast<const QToolButton*>(button) != nullptr &&
                               qobject_cast<const QTabBar*>(button->parent()) == nullptr);
            if (!ours || !button->isVisible())
                continue;
            ++buttons;
            QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(),
                     button->metaObject()->className());
            if (button->text().isEmpty())
                QVERIFY2(!button->toolTip().isEmpty(), qPrintable(button->accessibleName()));
        }
        QVERIFY(buttons >= 9);
    }

    void shortcutsAreUnique()
    {
        const auto window = shown(tiny(), *m_theme);
        std::map<QString, std::set<QString>> owners; // of the window's own keys
        std::map<QString, std::set<const QObject*>> local;
        const auto add = [&](const QKeySequence& keys, Qt::ShortcutContext context, const QString& owner,
                             const QObject* where) {
            if (keys.isEmpty())
                return;
            const QString text = keys.toString();
            if (context == Qt::WindowShortcut || context == Qt::ApplicationShortcut)
                QVERIFY2(owners[text].insert(owner).second, qPrintable(text + " twice in " + owner));
            else
                QVERIFY2(local[text].insert(where).second, qPrintable(text + " twice in one place"));
        };
        for (const auto* action : window->findChildren<QAction*>()) {
            const QList<QObject*> places = action->associatedObjects();
            for (const QKeySequence& keys : action->shortcuts())
                add(keys, action->shortcutContext(),
                    QStringLiteral("%1 (%2)").arg(action->text()).arg(reinterpret_cast<quintptr>(action)),
                    action->parent());
        }
        for (const auto* shortcut : window->findChildren<QShortcut*>())
            add(shortcut->key(), shortcut->context(),
                QStringLiteral("shortcut %1").arg(reinterpret_cast<quintptr>(shortcut)), shortcut->parent());
        // Mnemonics: of the menu bar, and of whatever is on the screen together with it.
        for (const auto* action : window->menuBar()->actions())
            add(QKeySequence::mnemonic(action->text()), Qt::WindowShortcut, action->text(), action);
        for (const auto* label : window->findChildren<QLabel*>()) {
            if (label->buddy() && label->isVisible())
                add(QKeySequence::mnemonic(label->text()), Qt::WindowShortcut, label->text(), label);
        }
        for (const auto* button : window->findChildren<QAbstractButton*>()) {
            if (button->isVisible())
                add(QKeySequence::mnemonic(button->text()), Qt::WindowShortcut, button->text(), button);
        }
        QVERIFY(owners.size() > 10);
        QStringList faults;
        for (const auto& [keys, actions] : owners) {
            if (actions.size() > 1)
                faults.append(keys + ": " + QStringList(actions.begin(), actions.end()).join(", "));
            if (local.contains(keys))
                faults.append(keys + " has another meaning in some places");
        }
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
        QStringList standard;
        for (const auto* action : window->findChildren<QAction*>()) {
            for (const QKeySequence& keys : action->shortcuts())
                standard.append(keys.toString());
        }
        for (const auto key :
             {QKeySequence::Open, QKeySequence::Undo, QKeySequence::Redo, QKeySequence::Copy})
            QVERIFY2(standard.contains(QKeySequence(key).toString()),
                     qPrintable(QKeySequence(key).toString()));
    }

    void theFirstFocusIsOnTrain()
    {
        const auto window = shown(tiny(), *m_theme);
        window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window.get()));
        QVERIFY(window->focusWidget());
        QCOMPARE(window->focusWidget()->accessibleName(), QStringLiteral("Train"));
        QVERIFY(qobject_cast<QPushButton*>(window->focusWidget()));
    }

    void oneClickTrainsBuiltInDigits()
    {
        const auto window = shown(tiny(), *m_theme);
        QCOMPARE(buttonText(*window), QStringLiteral("Train"));
        clickRun(*window); // the data are not there yet
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Finished, 60'000);
        QCOMPARE(window->workbench().store().data()->source, std::string("digits"));
        QCOMPARE(buttonText(*window), QStringLiteral("Train"));

        const auto said = [&](const char* name) {
            const auto elements = named(*window, QString::fromLatin1(name));
            return elements.empty() ? QString() : elements.front().description;
        };
        static const QRegularExpression percent(QStringLiteral("\\d+[.,]\\d+ ?%"));
        static const QRegularExpression number(QStringLiteral("\\d+[.,]\\d+"));
        QTRY_VERIFY2(percent.match(said("Test accuracy")).hasMatch(), qPrintable(said("Test accuracy")));
        const auto* label = widgetNamed<QLabel>(*window, QStringLiteral("Test accuracy"));
        QVERIFY(label && percent.match(label->text()).hasMatch());
        QVERIFY2(number.match(said("Training loss")).hasMatch(), qPrintable(said("Training loss")));
        QVERIFY2(said("Samples per second").contains(QRegularExpression(QStringLiteral("\\d"))),
                 qPrintable(said("Samples per second")));

        for (const char* plot : {"Loss plot", "Accuracy plot"}) {
            const QString words = said(plot);
            QVERIFY2(words.contains(QStringLiteral("epoch"), Qt::CaseInsensitive), qPrintable(words));
            QVERIFY2(words.contains(QStringLiteral("training"), Qt::CaseInsensitive), qPrintable(words));
            QVERIFY2(words.contains(QStringLiteral("validation"), Qt::CaseInsensitive), qPrintable(words));
            QVERIFY2(number.match(words).hasMatch(), qPrintable(words));
        }

        auto* grid = widgetNamed<QWidget>(*window, QStringLiteral("Predictions"));
        QVERIFY(grid);
        QAccessibleInterface* predictions = QAccessible::queryAccessibleInterface(grid);
        QVERIFY(predictions);
        static const QRegularExpression caption(QStringLiteral("^Pred: (\\d) \\(True: (\\d)\\)$"));
        QTRY_COMPARE(predictions->childCount(), 10);
        QTRY_VERIFY(caption.match(predictions->child(0)->text(QAccessible::Name)).hasMatch());
        for (int i = 0; i < 10; ++i) {
            const QString name = predictions->child(i)->text(QAccessible::Name);
            const auto match = caption.match(name);
            QVERIFY2(match.hasMatch(), qPrintable(name));
            QCOMPARE(predictions->child(i)->text(QAccessible::Description),
                     match.captured(1) == match.captured(2) ? QStringLiteral("correct")
                                                            : QStringLiteral("wrong"));
            QVERIFY(!predictions->child(i)->state().invisible);
        }
        QAccessibleInterface* progress = QAccessible::queryAccessibleInterface(
            widgetNamed<QWidget>(*window, QStringLiteral("Training progress")));
        QVERIFY(progress && progress->valueInterface());
        QCOMPARE(progress->valueInterface()->currentValue(), progress->valueInterface()->maximumValue());
    }

    void trainPauseResumeReset()
    {
        const auto window = shown(tiny(longRun), *m_theme);
        TrainingController& training = window->workbench().training();
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        auto* button = widgetNamed<QPushButton>(*window, QStringLiteral("Train"));
        QVERIFY(button);
        const QRect place = button->geometry();
        QCOMPARE(button->text(), QStringLiteral("Train"));
        clickRun(*window);
        QCOMPARE(training.state(), TrainingState::Running);
        QCOMPARE(button->text(), QStringLiteral("Pause"));
        QCOMPARE(button->accessibleName(), QStringLiteral("Pause"));
        QTRY_VERIFY(training.setup());
        clickRun(*window);
        QCOMPARE(training.state(), TrainingState::Paused);
        QCOMPARE(button->text(), QStringLiteral("Resume"));
        QCOMPARE(button->accessibleName(), QStringLiteral("Resume"));
        QTest::keyClick(window.get(), Qt::Key_F10);
        QCOMPARE(training.state(), TrainingState::Paused);
        clickRun(*window);
        QCOMPARE(training.state(), TrainingState::Running);
        QCOMPARE(button->text(), QStringLiteral("Pause"));
        QApplication::sendPostedEvents();
        QCOMPARE(button->geometry(), place); // nothing moves when words change

        auto* reset = widgetNamed<QPushButton>(*window, QStringLiteral("Reset"));
        QVERIFY(reset && reset->isEnabled());
        QTest::mouseClick(reset, Qt::LeftButton);
        QCOMPARE(training.state(), TrainingState::Idle);
        QCOMPARE(button->text(), QStringLiteral("Train"));
        QCOMPARE(button->accessibleName(), QStringLiteral("Train"));
    }

    void editsAreUndoneByKeyboard()
    {
        const auto window = shown(tiny(), *m_theme);
        window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window.get()));
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        const TrainingSettings before = window->workbench().document().settings();
        auto* epochs = widgetNamed<QSpinBox>(*window, QStringLiteral("Epochs"));
        auto* add = widgetNamed<QPushButton>(*window, QStringLiteral("Add layer"));
        QVERIFY(epochs && add);
        epochs->stepBy(4);
        QCOMPARE(window->workbench().document().settings().epochs, before.epochs + 4);
        QTest::mouseClick(add, Qt::LeftButton);
        QCOMPARE(window->workbench().document().settings().layers.size(), before.layers.size() + 1);
        widgetNamed<QPushButton>(*window, QStringLiteral("Train"))->setFocus();
        QTest::keySequence(window.get(), QKeySequence(QKeySequence::Undo));
        QTest::keySequence(window.get(), QKeySequence(QKeySequence::Undo));
        QCOMPARE(window->workbench().document().settings(), before);
        QCOMPARE(epochs->value(), before.epochs);
        QTest::keySequence(window.get(), QKeySequence(QKeySequence::Redo));
        QCOMPARE(epochs->value(), before.epochs + 4);
    }

    void aProblemIsSaidWithItsMend()
    {
        TrainingSettings settings = tiny();
        settings.data = m_home.filePath(QStringLiteral("missing")).toStdString();
        const auto window = shown(settings, *m_theme);
        QTRY_VERIFY(widgetNamed<QLabel>(*window, QStringLiteral("Message text")));
        QVERIFY(widgetNamed<QLabel>(*window, QStringLiteral("Message text"))
                    ->text()
                    .contains(QStringLiteral("missing")));
        QPushButton* mend = nullptr;
        for (auto* button : window->findChildren<QPushButton*>()) {
            if (button->isVisible() && button->text() == QStringLiteral("Use built-in digits"))
                mend = button;
        }
        QVERIFY(mend);
        QTest::mouseClick(mend, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        QCOMPARE(window->workbench().store().data()->source, std::string("digits"));
        QVERIFY(!widgetNamed<QLabel>(*window, QStringLiteral("Message text")));
    }

    void ownDataAreShownWhenTheyAreOpened()
    {
        const QString table = m_home.filePath(QStringLiteral("kinds.csv"));
        QFile file(table);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("size,weight,kind\n");
        for (int i = 0; i < 300; ++i)
            file.write(QByteArray::number(i % 7 + 0.5) + "," + QByteArray::number(i % 5) + ",kind " +
                       QByteArray::number(i % 3) + "\n");
        file.close();
        const auto window = shown(tiny(), *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        QVERIFY(!widgetNamed<QTableView>(*window, QStringLiteral("Classes")));

        QMimeData dropped;
        dropped.setUrls({QUrl::fromLocalFile(table)});
        QDragEnterEvent enter({20, 20}, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(20, 20), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(window.get(), &drop);
        QTRY_VERIFY_WITH_TIMEOUT(widgetNamed<QTableView>(*window, QStringLiteral("Classes")), 10'000);
        auto* classes = widgetNamed<QTableView>(*window, QStringLiteral("Classes"));
        QTRY_COMPARE_WITH_TIMEOUT(classes->model()->rowCount(), 4, 10'000);
        QCOMPARE(classes->model()->index(3, 0).data().toString(), QStringLiteral("kind 2"));
        QTRY_VERIFY(widgetNamed<QTableView>(*window, QStringLiteral("Features")));
        auto* dataset = widgetNamed<QComboBox>(*window, QStringLiteral("Dataset"));
        QCOMPARE(dataset->currentText(), QStringLiteral("kinds.csv"));
        QVERIFY(outputLayer(window->workbench().document().settings().layers).units == 3);
        QTRY_VERIFY(widgetNamed<QLabel>(*window, QStringLiteral("Status"))
                        ->text()
                        .contains(QStringLiteral("3 unit")));

        // Training takes the page back; the button looks again.
        clickRun(*window);
        QTRY_VERIFY_WITH_TIMEOUT(!widgetNamed<QTableView>(*window, QStringLiteral("Classes")), 10'000);
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Finished, 10'000);
        QTRY_VERIFY_WITH_TIMEOUT(!widgetNamed<QAbstractButton>(*window, QStringLiteral("No image")), 10'000);
        bool named = false;
        for (const auto* tile : window->findChildren<PredictionTile*>())
            named = named || tile->accessibleName().endsWith(QStringLiteral("(True: kind 1)"));
        QVERIFY(named);
        QTest::mouseClick(widgetNamed<QPushButton>(*window, QStringLiteral("Look at the data")),
                          Qt::LeftButton);
        QTRY_VERIFY(widgetNamed<QTableView>(*window, QStringLiteral("Classes")));
        QTest::mouseClick(widgetNamed<QPushButton>(*window, QStringLiteral("Show training")), Qt::LeftButton);
        QVERIFY(!widgetNamed<QTableView>(*window, QStringLiteral("Classes")));
    }

    void unreadableDataChangeNothing()
    {
        const QString table = m_home.filePath(QStringLiteral("broken.csv"));
        const auto write = [&table](const QByteArray& rows) {
            QFile file(table);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("size,kind\n" + rows);
        };
        write({});
        const auto window = shown(tiny(), *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        const auto before = window->workbench().store().data();
        const int steps = window->workbench().document().undoStack().count();
        drop(*window, table);
        QCOMPARE(window->workbench().document().settings().data, std::string("digits"));
        QTRY_VERIFY_WITH_TIMEOUT(messageText(*window).contains(QStringLiteral("broken.csv")), 10'000);
        QVERIFY(messageText(*window).endsWith(QStringLiteral("The data at hand stay in use.")));
        QCOMPARE(window->workbench().document().settings().data, std::string("digits"));
        QCOMPARE(window->workbench().document().undoStack().count(), steps);
        QCOMPARE(window->workbench().store().data(), before);
        QCOMPARE(widgetNamed<QComboBox>(*window, QStringLiteral("Dataset"))->currentText(),
                 QStringLiteral("Built-in digits"));

        // Mended, it is one step, which undo takes back.
        QByteArray rows;
        for (int i = 0; i < 300; ++i)
            rows += QByteArray::number(i % 7) + ",kind " + QByteArray::number(i % 3) + '\n';
        write(rows);
        QPushButton* again = visibleButton(*window, QStringLiteral("Try again"));
        QVERIFY(again);
        again->click();
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().document().settings().data, table.toStdString(),
                                  10'000);
        QTRY_COMPARE(messageText(*window), QString());
        QCOMPARE(window->workbench().document().undoStack().count(), steps + 1);
        QCOMPARE(outputLayer(window->workbench().document().settings().layers).units, 3);
        QTRY_VERIFY(widgetNamed<QTableView>(*window, QStringLiteral("Classes")));
        QCOMPARE(recentFiles::list(recentFiles::Kind::Data).value(0), table);
        window->workbench().document().undoStack().undo();
        QCOMPARE(window->workbench().document().settings().data, std::string("digits"));
        QCOMPARE(outputLayer(window->workbench().document().settings().layers).units, 10);

        // Redone to what is gone meanwhile, the reason is said and can be mended.
        QTRY_VERIFY_WITH_TIMEOUT(!window->workbench().store().isLoading(), 10'000);
        QVERIFY(QFile::remove(table));
        window->workbench().document().undoStack().redo();
        QTRY_VERIFY_WITH_TIMEOUT(
            messageText(*window).startsWith(QStringLiteral("The data are not at %1.").arg(table)), 10'000);
        QVERIFY(visibleButton(*window, QStringLiteral("Use built-in digits")));
        write(rows);
        visibleButton(*window, QStringLiteral("Try again"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        QCOMPARE(messageText(*window), QString());
    }

    void aDamagedSetChosenChangesNothing()
    {
        const QString folder = m_home.filePath(QStringLiteral("chainrule/fashion-mnist"));
        QVERIFY(QDir().mkpath(folder));
        for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                 "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
            QFile file(folder + QLatin1Char('/') + QLatin1String(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("<html>Please log in</html>");
        }
        const auto window = shown(tiny(), *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        const auto before = window->workbench().store().data();
        auto* dataset = widgetNamed<QComboBox>(*window, QStringLiteral("Dataset"));
        const auto choose = [dataset](const QString& text) {
            const int index = dataset->findText(text);
            QVERIFY(index >= 0);
            dataset->setCurrentIndex(index);
            emit dataset->activated(index); // as the list does
        };
        choose(QStringLiteral("Fashion-MNIST"));
        QTRY_VERIFY_WITH_TIMEOUT(messageText(*window).contains(QStringLiteral("fashion-mnist")), 10'000);
        QVERIFY(messageText(*window).endsWith(QStringLiteral("The data at hand stay in use.")));
        QCOMPARE(window->workbench().document().settings().data, std::string("digits"));
        QCOMPARE(window->workbench().store().data(), before);
        QCOMPARE(dataset->currentText(), QStringLiteral("Built-in digits"));

        // What cannot fail is there at once, and what was asked for before it is given up.
        choose(QStringLiteral("Fashion-MNIST"));
        QVERIFY(window->workbench().store().isOpening());
        choose(QStringLiteral("Moons (two features)"));
        QVERIFY(!window->workbench().store().isOpening());
        QCOMPARE(window->workbench().document().settings().data, std::string("moons"));
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().store().data()->classes, 2, 10'000);

        // So is it by choosing again what is at hand.
        choose(QStringLiteral("Fashion-MNIST"));
        window->workbench().run();
        QVERIFY(window->workbench().isStartPending());
        choose(QStringLiteral("Moons (two features)"));
        QVERIFY(!window->workbench().store().isOpening());
        QVERIFY(!window->workbench().isStartPending());
        QVERIFY(QDir(folder).removeRecursively());
    }

    void dataThatTheNetworkDoesNotReadOfferNewWeights()
    {
        const QString table = m_home.filePath(QStringLiteral("four.csv"));
        QFile data(table);
        QVERIFY(data.open(QIODevice::WriteOnly));
        for (int i = 0; i < 300; ++i)
            data.write(QByteArray::number(i % 7) + ",1.5," + QByteArray::number(i % 5) + ",2,kind " +
                       QByteArray::number(i % 3) + '\n');
        data.close();
        const auto window = shown(tiny(), *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        const QString file = m_home.filePath(QStringLiteral("digits.safetensors"));
        QVERIFY(writeFile(file, encodeModel({initialNetwork(tiny(), 784), settingsToJson(tiny()), {}})));
        window->openModel(file);
        QTRY_COMPARE_WITH_TIMEOUT(window->windowFilePath(), file, 10'000);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        drop(*window, table);
        QTRY_VERIFY_WITH_TIMEOUT(messageText(*window).contains(QStringLiteral("the network reads 784")),
                                 10'000);
        // Undone, it is no longer so; redone, new weights are for the new data.
        window->workbench().document().undoStack().undo();
        QTRY_COMPARE_WITH_TIMEOUT(messageText(*window), QString(), 10'000);
        window->workbench().document().undoStack().redo();
        QTRY_VERIFY_WITH_TIMEOUT(messageText(*window).contains(QStringLiteral("the network reads 784")),
                                 10'000);
        QPushButton* weights = nullptr;
        for (auto* each : window->findChildren<QPushButton*>()) {
            if (each->isVisible() && each->text() == QLatin1String("New weights") &&
                qobject_cast<MessageBar*>(each->parentWidget()))
                weights = each;
        }
        QVERIFY(weights);
        weights->click();
        QCOMPARE(messageText(*window), QString());
        QCOMPARE(outputLayer(window->workbench().document().settings().layers).units, 3);
        clickRun(*window);
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Finished, 10'000);
    }

    void aModelTellsItsShapeWithoutItsData()
    {
        const QString table = m_home.filePath(QStringLiteral("flowers.csv"));
        TrainingSettings settings = tiny();
        settings.data = table.toStdString();
        settings.layers = {{6, Activation::Relu}, {3, Activation::Softmax}};
        const QString file = m_home.filePath(QStringLiteral("flowers.safetensors"));
        QVERIFY(writeFile(file, encodeModel({initialNetwork(settings, 4), settingsToJson(settings), {}})));
        const auto window = shown(tiny(), *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        window->openModel(file);
        QTRY_VERIFY_WITH_TIMEOUT(
            messageText(*window).startsWith(
                QStringLiteral("The data of the opened network are not at %1.").arg(table)),
            10'000);
        QVERIFY(visibleButton(*window, QStringLiteral("Choose data…")));
        QVERIFY(!visibleButton(*window, QStringLiteral("Use built-in digits")));
        const LayerStack& stack = window->findChild<LayerStackView*>()->stack();
        QCOMPARE(stack.input.size(), 4);
        QCOMPARE(outputLayer(stack.layers).units, 3);

        QFile data(table);
        QVERIFY(data.open(QIODevice::WriteOnly));
        for (int i = 0; i < 300; ++i)
            data.write(QByteArray::number(i % 7) + ",1.5," + QByteArray::number(i % 5) + ",2,kind " +
                       QByteArray::number(i % 3) + '\n');
        data.close();
        visibleButton(*window, QStringLiteral("Try again"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 10'000);
        QCOMPARE(messageText(*window), QString());
    }

    void anotherProblemIsNotOfferedTheLastOnesMend()
    {
        TrainingSettings settings = tiny();
        settings.learningRate = 1e9;
        settings.epochs = 50;
        const auto window = shown(settings, *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        clickRun(*window);
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Diverged, 60'000);
        const auto offered = [&window] {
            QStringList texts;
            for (const auto* button : window->findChildren<QPushButton*>()) {
                if (button->isVisible() && (button->text().startsWith(QStringLiteral("Train with")) ||
                                            button->text() == QStringLiteral("Use built-in digits")))
                    texts << button->text();
            }
            return texts;
        };
        QCOMPARE(offered(), QStringList{QStringLiteral("Train with 0.1")});
        window->begin(m_home.filePath(QStringLiteral("no.safetensors")), {}, false);
        QTRY_VERIFY_WITH_TIMEOUT(messageText(*window).contains(QStringLiteral("no.safetensors")), 10'000);
        QCOMPARE(offered(), QStringList());
    }

    void closesWhileTraining()
    {
        for (const bool loading : {true, false}) {
            auto window = shown(tiny(longRun), *m_theme);
            if (!loading) {
                QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
                clickRun(*window);
                QTRY_VERIFY(window->workbench().training().setup());
                QTest::qWait(100);
            }
            QElapsedTimer time;
            time.start();
            QVERIFY(window->close());
            QVERIFY(!window->isVisible());
            window.reset();
            const qint64 limit = 10'000; // an end that never comes is not waited for
            QVERIFY2(time.elapsed() < limit, qPrintable(QString::number(time.elapsed())));
        }
    }

    void textsFit_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<int>("points");
        QTest::addColumn<bool>("trained");
        QTest::addColumn<QString>("mode");
        const int usual = QApplication::font().pointSize();
        const char* const modes[] = {"", "Expression mode", "Tiny network", "From a digit"};
        for (const char* mode : modes) { // of the Graph page; empty: the Train page
            for (const bool trained : {false, true}) {
                for (const int points : {usual, 14}) {
                    for (const QSize size : {QSize(1024, 700), QSize(1920, 1200)}) {
                        if (*mode && (trained || (points == 14 && size.width() == 1024)))
                            continue;
                        QTest::addRow("%d x %d, %d points, %s", size.width(), size.height(), points,
                                      *mode     ? mode
                                      : trained ? "trained"
                                                : "new")
                            << size << points << trained << QString::fromLatin1(mode);
                    }
                }
            }
        }
    }

    void textsFit()
    {
        QFETCH(QSize, size);
        QFETCH(int, points);
        QFETCH(bool, trained);
        QFETCH(QString, mode);
        QFont font = m_font;
        font.setPointSize(points);
        QApplication::setFont(font);
        TrainingSettings settings = tiny();
        settings.data = "moons"; // there at once
        outputLayer(settings.layers).units = 2;
        const auto window = shown(settings, *m_theme);
        window->resize(size);
        if (trained) {
            clickRun(*window);
            QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Finished,
                                      60'000);
        }
        if (!mode.isEmpty()) {
            QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
            auto* tabs = window->findChild<QTabBar*>();
            tabs->setCurrentIndex(tabs->count() - 1);
            QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Graph"));
            auto* button = widgetNamed<QPushButton>(*window, mode);
            QVERIFY(button);
            QTest::mouseClick(button, Qt::LeftButton);
        }
        QTest::qWait(150);
        QVERIFY2(window->width() <= size.width() && window->height() <= size.height(),
                 qPrintable(QStringLiteral("needs %1 x %2").arg(window->width()).arg(window->height())));
        QStringList clipped;
        const auto check = [&clipped](const QWidget* widget, const QString& text) {
            if (widget->width() < widget->sizeHint().width() ||
                widget->height() < widget->sizeHint().height())
                clipped.append(QStringLiteral("%1 \"%2\": %3 x %4 of %5 x %6")
                                   .arg(widget->metaObject()->className(), text)
                                   .arg(widget->width())
                                   .arg(widget->height())
                                   .arg(widget->sizeHint().width())
                                   .arg(widget->sizeHint().height()));
        };
        for (const auto* label : window->findChildren<QLabel*>()) {
            // A label that gives way says so by its policy; one that wraps needs height instead.
            if (!label->isVisible() || label->text().isEmpty() ||
                label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored)
                continue;
            if (!label->wordWrap())
                check(label, label->text());
            else if (label->height() < label->heightForWidth(label->width()))
                clipped.append(QStringLiteral("QLabel \"%1\" has too few lines").arg(label->text()));
        }
        for (const auto* button : window->findChildren<QPushButton*>()) {
            if (button->isVisible() && !button->text().isEmpty() &&
                button->sizePolicy().horizontalPolicy() != QSizePolicy::Ignored)
                check(button, button->text());
        }
        QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join(QLatin1Char('\n'))));
    }

    void aLowWindowShowsTheCommandAndTheCaption()
    {
        QApplication::setFont(m_font);
        const auto window = shown(tiny(), *m_theme);
        window->resize(1024, 700);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        const auto* command = widgetNamed<QLabel>(*window, QStringLiteral("Equivalent command"));
        QVERIFY(command && command->isVisible());
        QVERIFY2(command->text().startsWith(QStringLiteral("chainrule train ")), qPrintable(command->text()));
        QVERIFY(command->fontMetrics().horizontalAdvance(command->text()) <= command->width());
        QVERIFY(command->height() >= command->fontMetrics().height());
        // Cut or not, the button copies all of it.
        auto* copy = widgetNamed<QPushButton>(*window, QStringLiteral("Copy command"));
        QVERIFY(copy);
        QTest::mouseClick(copy, Qt::LeftButton);
        QCOMPARE(QApplication::clipboard()->text(), command->accessibleDescription());
        QVERIFY(!QApplication::clipboard()->text().contains(QChar(0x2026)));
        const auto* caption = widgetNamed<QLabel>(*window, QStringLiteral("About the predictions"));
        QVERIFY(caption);
        QTRY_VERIFY(caption->text().contains(QStringLiteral("before training")));
        QTRY_VERIFY(caption->height() >= caption->heightForWidth(caption->width()));
        QVERIFY(caption->wordWrap() ||
                caption->fontMetrics().horizontalAdvance(caption->text()) <= caption->width());
    }

    void themesSwitchWhileTraining()
    {
        const auto window = shown(tiny(longRun), *m_theme);
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        clickRun(*window);
        QTRY_VERIFY(window->workbench().training().setup());
        for (const ThemeChoice choice : {ThemeChoice::Dark, ThemeChoice::Light}) {
            m_theme->choose(choice);
            QTest::qWait(60);
            const QColor background = window->grab().toImage().pixelColor(4, window->height() / 2);
            QCOMPARE(background.lightness() < 128, choice == ThemeChoice::Dark);
        }
        m_theme->choose(ThemeChoice::System);
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_mainwindow.moc"
