// SPDX-License-Identifier: GPL-3.0-or-later
// Random clicks, drags and keys all over the window, the same at every run as far as time allows:
//
//   CHAINRULE_MONKEY_EVENTS=1000000 CHAINRULE_MONKEY_SEED=7 bash tests/run -R monkey
//
// Nothing may crash, and Qt may not complain. Dialogs that open are closed again. What was done last is said
// where something is found; with CHAINRULE_MONKEY_LOG=FILE all of it is written there.
#include "app/base/theme.h"
#include "app/window/mainwindow.h"
#include "core/base/random.h"
#include "core/training/settings/settings.h"
#include "tests/app/windowelements.h"
#include "widgets/style/accessibility.h"

#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QElapsedTimer>
#include <QFile>
#include <QMenu>
#include <QSettings>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTimer>
#include <QWheelEvent>
#include <QWindow>
#include <QtTest>
#include <array>
#include <memory>

using namespace chainrule;

namespace {

constexpr int shortVersion = 2'000; // events

int numberFrom(const char* variable, int otherwise)
{
    bool isNumber = false;
    const int number = qEnvironmentVariableIntValue(variable, &isNumber);
    return isNumber ? number : otherwise;
}

TrainingSettings small()
{
    TrainingSettings settings = presets().front().settings;
    settings.data = "digits";
    settings.samples = {200, 50, 50};
    settings.layers = {{8, Activation::Relu}, {10, Activation::Softmax}};
    settings.batchSize = 16;
    settings.epochs = 50;
    return settings;
}

} // namespace

class TestMonkey : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;
    std::unique_ptr<ThemeSwitch> m_theme;
    std::unique_ptr<MainWindow> m_window;
    Random m_random = makeRandom(1);
    QStringList m_last; ///< events, the newest at the end
    QFile m_log;
    int m_events = 0;
    int m_eventsAtTick = -1;
    QTimer m_ticks;

    int below(int limit) { return limit > 0 ? int(uniformBelow(m_random, std::uint64_t(limit))) : 0; }
    bool oneIn(int number) { return below(number) == 0; }

    void note(const QString& event)
    {
        m_last.append(event);
        if (m_last.size() > 30)
            m_last.removeFirst();
        if (m_log.isOpen()) {
            m_log.write((event + '\n').toUtf8());
            m_log.flush();
        }
    }

    /// An event does not return as long as a dialog, a menu or a drag goes on that it began: ends them.
    void endWhatHolds()
    {
        if (m_eventsAtTick != m_events) {
            m_eventsAtTick = m_events;
            return;
        }
        if (QWidget* popup = QApplication::activePopupWidget())
            popup->close();
        else if (QWidget* modal = QApplication::activeModalWidget())
            modal->close();
        else if (QWindow* window = m_window ? m_window->windowHandle() : nullptr)
            QTest::keyClick(window, Qt::Key_Escape); // ends a drag
    }

    QWidget* top() const
    {
        if (QWidget* popup = QApplication::activePopupWidget())
            return popup;
        return m_window.get();
    }

    /// A visible widget of `within`, or that itself.
    QWidget* anyWidget(QWidget& within)
    {
        std::vector<QWidget*> visible{&within};
        for (QWidget* widget : within.findChildren<QWidget*>())
            if (widget->isVisible() && widget->window() == &within && !widget->rect().isEmpty())
                visible.push_back(widget);
        return visible[std::size_t(below(int(visible.size())))];
    }

    QPoint pointOf(QWidget& widget)
    {
        const QPoint point =
            widget.mapTo(widget.window(), QPoint(below(widget.width()), below(widget.height())));
        // Parts that are scrolled away lie beside the window.
        const QSize size = widget.window()->size();
        return {qBound(0, point.x(), size.width() - 1), qBound(0, point.y(), size.height() - 1)};
    }

    Qt::KeyboardModifiers anyModifiers()
    {
        constexpr std::array modifiers{Qt::ShiftModifier, Qt::ControlModifier, Qt::AltModifier};
        return oneIn(6) ? Qt::KeyboardModifiers(modifiers[std::size_t(below(3))]) : Qt::NoModifier;
    }

    void click()
    {
        QWidget* const over = top();
        QWidget* const widget = anyWidget(*over);
        QWindow* const window = over->windowHandle();
        if (!window)
            return;
        const QPoint from = pointOf(*widget);
        const auto button = oneIn(8) ? Qt::RightButton : oneIn(20) ? Qt::MiddleButton : Qt::LeftButton;
        const Qt::KeyboardModifiers modifiers = anyModifiers();
        const bool drags = oneIn(4);
        const QPoint to = drags ? pointOf(*anyWidget(*over)) : from;
        note(QStringLiteral("%1 %2 button %3 modifiers %4 at %5,%6 to %7,%8")
                 .arg(QLatin1String(widget->metaObject()->className()), widget->accessibleName())
                 .arg(int(button))
                 .arg(int(modifiers))
                 .arg(from.x())
                 .arg(from.y())
                 .arg(to.x())
                 .arg(to.y()));
        const QPointer<QWindow> target(window);
        QTest::mouseMove(window, from);
        if (target)
            QTest::mousePress(window, button, modifiers, from);
        for (int step = 1; drags && step <= 4 && target; ++step)
            QTest::mouseMove(window, from + (to - from) * step / 4);
        if (target)
            QTest::mouseRelease(window, button, modifiers, to);
        if (target && oneIn(10))
            QTest::mouseDClick(window, button, modifiers, to);
    }

    void typeKey()
    {
        static constexpr std::array keys{
            Qt::Key_Tab,    Qt::Key_Backtab,   Qt::Key_Return, Qt::Key_Escape, Qt::Key_Space,
            Qt::Key_Delete, Qt::Key_Backspace, Qt::Key_Left,   Qt::Key_Right,  Qt::Key_Up,
            Qt::Key_Down,   Qt::Key_Home,      Qt::Key_End,    Qt::Key_PageUp, Qt::Key_PageDown,
            Qt::Key_F1,     Qt::Key_F2,        Qt::Key_F4,     Qt::Key_F5,     Qt::Key_F6,
            Qt::Key_F7,     Qt::Key_F8,        Qt::Key_F9,     Qt::Key_F10,    Qt::Key_F11,
            Qt::Key_Menu,   Qt::Key_Plus,      Qt::Key_Minus,  Qt::Key_Period};
        QWindow* const window = top()->windowHandle();
        if (!window)
            return;
        const Qt::KeyboardModifiers modifiers = anyModifiers();
        int key = keys[std::size_t(below(int(keys.size())))];
        if (oneIn(2))
            key = oneIn(3) ? Qt::Key_0 + below(10) : Qt::Key_A + below(26);
        note(QStringLiteral("key %1 modifiers %2").arg(key).arg(int(modifiers)));
        type(window, key, modifiers);
    }

    // One event at a time, unlike QTest::keyPress(): any of them, a modifier's too, may close what it is
    // typed into.
    static void type(const QPointer<QWindow>& target, int key, Qt::KeyboardModifiers modifiers)
    {
        static constexpr std::array<std::pair<Qt::KeyboardModifier, int>, 3> held{
            {{Qt::ShiftModifier, Qt::Key_Shift},
             {Qt::ControlModifier, Qt::Key_Control},
             {Qt::AltModifier, Qt::Key_Alt}}};
        const auto send = [&target](bool pressed, int code, Qt::KeyboardModifiers with, const QString& text) {
            if (target)
                QTest::simulateEvent(target, pressed, code, with, text, false);
        };
        const bool writes = key >= Qt::Key_Space && key <= Qt::Key_AsciiTilde;
        const QString text = writes ? QString(QChar(key)).toLower() : QString();
        Qt::KeyboardModifiers down;
        for (const auto& [modifier, code] : held) {
            if (modifiers & modifier)
                send(true, code, down |= modifier, {});
        }
        send(true, key, modifiers, text);
        send(false, key, modifiers, text);
        for (const auto& [modifier, code] : held) {
            if (modifiers & modifier)
                send(false, code, down &= ~Qt::KeyboardModifiers(modifier), {});
        }
    }

    void turnWheel()
    {
        QWidget* const over = top();
        const QPoint at = pointOf(*anyWidget(*over));
        const QPoint angle(0, oneIn(2) ? 120 : -120);
        note(QStringLiteral("wheel %1 at %2,%3").arg(angle.y()).arg(at.x()).arg(at.y()));
        QWidget* const widget = over->childAt(at);
        if (!widget)
            return;
        QWheelEvent event(widget->mapFrom(over, at), over->mapToGlobal(at), {}, angle, Qt::NoButton,
                          anyModifiers(), Qt::NoScrollPhase, false);
        QApplication::sendEvent(widget, &event);
    }

    void changeWindow()
    {
        const QSize size(700 + below(900), 500 + below(600));
        note(QStringLiteral("size %1 x %2").arg(size.width()).arg(size.height()));
        m_window->resize(size);
        auto* tabs = m_window->findChild<QTabBar*>();
        if (tabs && tabs->isVisible())
            tabs->setCurrentIndex(below(tabs->count()));
    }

    void act()
    {
        ++m_events;
        const int kind = below(100);
        if (kind < 55)
            click();
        else if (kind < 92)
            typeKey();
        else if (kind < 98)
            turnWheel();
        else
            changeWindow();
        if (oneIn(4))
            QCoreApplication::processEvents();
        if (!m_window->isVisible() || m_window->isMinimized()) { // quit, or so
            note(QStringLiteral("shown again"));
            m_window->showNormal();
        }
    }

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
        QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        QApplication::setQuitOnLastWindowClosed(false);
        QDir::setCurrent(m_home.path());
        installAccessibility();
        m_theme = std::make_unique<ThemeSwitch>();
        m_log.setFileName(qEnvironmentVariable("CHAINRULE_MONKEY_LOG"));
        if (!m_log.fileName().isEmpty())
            QVERIFY(m_log.open(QIODevice::WriteOnly));
        qInstallMessageHandler(collect);
        connect(&m_ticks, &QTimer::timeout, this, &TestMonkey::endWhatHolds);
        m_ticks.start(50);
    }

    void cleanupTestCase()
    {
        m_window.reset();
        qInstallMessageHandler(nullptr);
        m_theme.reset();
        QDir::setCurrent(QDir::rootPath());
    }

    void surviving()
    {
        const int events = numberFrom("CHAINRULE_MONKEY_EVENTS", shortVersion);
        m_random = makeRandom(std::uint64_t(numberFrom("CHAINRULE_MONKEY_SEED", 1)));
        m_window = std::make_unique<MainWindow>(small(), *m_theme);
        m_window->resize(1440, 900);
        m_window->show();
        m_window->begin({}, {}, true);
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        QElapsedTimer time;
        qint64 longest = 0;
        while (m_events < events && warnings.isEmpty()) {
            time.start();
            act();
            // A window that shrinks under the mouse is no fault.
            warnings.removeIf([](const QString& said) { return said.contains("outside target window"); });
            longest = std::max(longest, time.elapsed());
        }
        qInfo("%d events, the longest %lld ms", m_events, static_cast<long long>(longest));
        QVERIFY2(warnings.isEmpty(),
                 qPrintable(warnings.join(QLatin1Char('\n')) + QStringLiteral("\nafter\n") +
                            m_last.join(QLatin1Char('\n'))));
        m_window.reset();
        QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
    }
};

QTEST_MAIN(TestMonkey)
#include "tst_monkey.moc"
