// SPDX-License-Identifier: GPL-3.0-or-later
// What a window leaves for the next start, however it ended.
#include "app/base/theme.h"
#include "app/draw/drawpage.h"
#include "app/graph/graphpage.h"
#include "app/graph/tinypanel.h"
#include "app/window/mainwindow.h"
#include "app/window/windowstate.h"

#include "core/formats/settingsjson.h"
#include "tests/app/program.h"
#include "tests/app/windowelements.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QScreen>
#include <QSettings>
#include <QTabBar>
#include <QTemporaryDir>
#include <QtTest>

#include <limits>
#include <memory>

using namespace chainrule;

namespace {

TrainingSettings tiny()
{
    TrainingSettings settings = presets().front().settings;
    settings.data = "moons";
    settings.samples = {150, 25, 25};
    settings.layers = {{8, Activation::Relu}, {2, Activation::Softmax}};
    return settings;
}

} // namespace

class TestWindowState : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<ThemeSwitch> m_theme;

    [[nodiscard]] QString path(const QString& name) const { return m_home->filePath(name); }

    /// One that has what the last window left.
    std::unique_ptr<MainWindow> shown()
    {
        auto window =
            std::make_unique<MainWindow>(tiny(), *m_theme, path(QStringLiteral("library.db")).toStdString());
        window->show();
        window->begin({}, {}, false);
        // The data are loaded once the workspace has come.
        if (!QTest::qWaitFor([&] { return window->workbench().store().data() != nullptr; }, 60'000))
            qFatal("nothing was loaded");
        return window;
    }

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
        qInstallMessageHandler(collect);
    }

    void cleanupTestCase() { qInstallMessageHandler(nullptr); }

    void init()
    {
        warnings.clear();
        m_home = std::make_unique<QTemporaryDir>();
        qputenv("XDG_DATA_HOME", m_home->path().toUtf8());
        qputenv("XDG_STATE_HOME", m_home->path().toUtf8());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home->path());
        m_theme = std::make_unique<ThemeSwitch>();
    }

    void cleanup()
    {
        m_theme.reset();
        QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
    }

    void settingsAndDrawingComeBack()
    {
        {
            auto window = shown();
            TrainingSettings edited = window->workbench().document().settings();
            edited.learningRate = 0.125;
            window->workbench().document().edit(edited, QStringLiteral("Rate"));
            window->findChild<DrawPage*>()->session().addStroke({{0.25, 0.25}, {0.5, 0.75}}, 0.1);
            QVERIFY(window->close());
        }
        const auto window = shown();
        QCOMPARE(window->workbench().document().settings().learningRate, 0.125);
        QVERIFY(!window->workbench().document().undoStack().canUndo());
        const StrokeSample& drawing = window->findChild<DrawPage*>()->session().drawing();
        QCOMPARE(drawing.strokes.size(), std::size_t{1});
        QVERIFY(drawing.strokes.front().back().x == 0.5 && drawing.strokes.front().back().y == 0.75);
    }

    // Each of two windows has its own, and a third takes none of them while they are open.
    void windowsDoNotTakeEachOthers()
    {
        const auto rate = [](MainWindow& window, double value) {
            TrainingSettings edited = window.workbench().document().settings();
            edited.learningRate = value;
            window.workbench().document().edit(edited, QStringLiteral("Rate"));
        };
        auto first = shown();
        rate(*first, 0.25);
        auto second = shown();
        QCOMPARE(second->workbench().document().settings().learningRate, tiny().learningRate);
        rate(*second, 0.5);
        QVERIFY(first->close());
        first.reset();
        QVERIFY(second->close());
        second.reset();
        const auto third = shown();
        QCOMPARE(third->workbench().document().settings().learningRate, 0.5); // the newest
        const auto fourth = shown();
        QCOMPARE(fourth->workbench().document().settings().learningRate, 0.25);
    }

    // What crashes of earlier versions have left, once; their files stay.
    void oldSessionsAreTakenOver()
    {
        QVERIFY(QDir(m_home->path()).mkpath(QStringLiteral("chainrule/sessions")));
        const QString old = path(QStringLiteral("chainrule/sessions/a.session"));
        QVERIFY(
            QFile::copy(QStringLiteral(CHAINRULE_SOURCE_DIR "/tests/fixtures/sessions/window.session"), old));
        const auto runs = [this] {
            const auto library = Library::open(path(QStringLiteral("library.db")).toStdString());
            return library ? (*library)->list().value().size() : std::size_t{0};
        };
        for (int start = 0; start < 2; ++start) {
            const auto window = shown();
            QTRY_VERIFY_WITH_TIMEOUT(window->workbench().shownRun() != nullptr, 60'000);
            QCOMPARE(window->workbench().presentParameters()->parameters.front(), -1.0);
            QCOMPARE(window->workbench().shownRun()->history.epochs.size(), std::size_t{2});
            QCOMPARE(window->findChild<GraphPage*>()->expression(), QStringLiteral("p = a*b\nq = p^2"));
            QCOMPARE(window->findChild<GraphPage*>()->session().variables().at("b"), -2.0);
            QCOMPARE(window->findChild<DrawPage*>()->session().drawing().strokes.size(), std::size_t{1});
            QVERIFY(QFile::exists(old));
            const auto another = shown(); // beside it, with nothing of its own yet
            QVERIFY(!another->workbench().shownRun());
            QCOMPARE(runs(), std::size_t{2});
            QVERIFY(window->close());
        }
    }

    void whatTheSettingsFileHadIsTakenOver()
    {
        TrainingSettings before = tiny();
        before.learningRate = 0.0625;
        QSettings().setValue(QStringLiteral("training"), QString::fromStdString(settingsToJson(before)));
        QSettings().setValue(QStringLiteral("expression"),
                             QStringLiteral(R"({"text":"z = u*v","values":{"u":3.5,"v":2}})"));
        const auto window = shown();
        QCOMPARE(window->workbench().document().settings().learningRate, 0.0625);
        QCOMPARE(window->findChild<GraphPage*>()->expression(), QStringLiteral("z = u*v"));
        QCOMPARE(window->findChild<GraphPage*>()->session().variables().at("u"), 3.5);
    }

    void theWindowComesBack()
    {
        QSize size;
        {
            auto window = shown();
            window->resize(window->minimumWidth(), 650);
            size = window->size();
            window->findChild<QTabBar*>()->setCurrentIndex(2);
            QVERIFY(window->close());
        }
        const auto window = shown();
        QCOMPARE(window->findChild<QTabBar*>()->currentIndex(), 2);
        QCOMPARE(window->size().height(), size.height()); // the tests' screen is narrower than the window
    }

    void choicesComeBack()
    {
        {
            auto window = shown();
            for (const char* name : {"keptPixels", "keptRaw"}) {
                auto* choice = window->findChild<QAction*>(QLatin1String(name));
                QVERIFY(choice);
                QVERIFY(!choice->isChecked());
                choice->setEnabled(true);
                choice->trigger();
            }
            window->findChild<GraphPage*>()->useExpression(QStringLiteral("z = u*v"),
                                                           {{"u", 3.5}, {"v", 2.0}});
            QVERIFY(window->close());
        }
        const auto window = shown();
        for (const char* name : {"keptPixels", "keptRaw"})
            QVERIFY(window->findChild<QAction*>(QLatin1String(name))->isChecked());
        QCOMPARE(window->findChild<GraphPage*>()->expression(), QStringLiteral("z = u*v"));
        QCOMPARE(window->findChild<GraphPage*>()->session().variables().at("u"), 3.5);
    }

    void theGraphPageComesBack()
    {
        TinySettings chosen;
        chosen.set = ToySet::Moons;
        chosen.noise = 0.2;
        chosen.dataSeed = 7;
        chosen.layers = {{5, Activation::Relu}, {3, Activation::Tanh}, {2, Activation::Softmax}};
        chosen.seed = std::numeric_limits<std::uint64_t>::max();
        {
            const auto window = shown();
            auto* page = window->findChild<GraphPage*>();
            page->tinyPanel().useSettings(chosen);
            page->setMode(GraphPage::Mode::TinyNetwork);
            QVERIFY(window->close());
        }
        const auto window = shown();
        const auto* page = window->findChild<GraphPage*>();
        QVERIFY(page->mode() == GraphPage::Mode::TinyNetwork);
        QVERIFY(page->tinyPanel().settings() == chosen);
    }

    void aWindowOffTheScreenIsBroughtBack()
    {
        {
            auto window = shown();
            window->resize(900, 600);
            window->move(20'000, 15'000);
            QVERIFY(window->close());
        }
        const auto window = shown();
        const QRect seen = window->frameGeometry().intersected(window->screen()->availableGeometry());
        QVERIFY2(seen.width() > 100 && seen.height() > 100, qPrintable(QString::number(window->x())));
    }

    void aBrokenSettingsFileMeansDefaults()
    {
        {
            QSettings settings;
            settings.setValue(QStringLiteral("training"), QStringLiteral("{\"epochs\":\"many\"}"));
            settings.setValue(QStringLiteral("geometry"), QByteArray("nonsense"));
            settings.setValue(QStringLiteral("page"), QStringLiteral("seven"));
            settings.setValue(QStringLiteral("recentFiles"), 12);
        }
        {
            const auto window = shown();
            QCOMPARE(window->findChild<QTabBar*>()->currentIndex(), 0);
            QVERIFY(window->workbench().document().settings() == tiny());
        }
        const QString file = QSettings().fileName();
        QFile broken(file);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write("[General\n\x01\x02=[[[\ntheme");
        broken.close();
        windowState::mendSettings();
        QSettings after;
        QCOMPARE(after.status(), QSettings::NoError);
        after.setValue(QStringLiteral("page"), 1);
        after.sync();
        QCOMPARE(after.status(), QSettings::NoError);
        QCOMPARE(windowState::page(), 1);
    }
};

QTEST_MAIN(TestWindowState)
#include "tst_windowstate.moc"
