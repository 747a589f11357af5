// SPDX-License-Identifier: GPL-3.0-or-later
// What a window does with model files, and how it closes and comes back.
#include "app/base/files.h"
#include "app/base/recentfiles.h"
#include "app/base/savequestion.h"
#include "app/base/theme.h"
#include "app/window/mainwindow.h"

#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "tests/app/program.h"
#include "tests/app/windowelements.h"

#include <QAction>
#include <QApplication>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

using namespace chainrule;

namespace {

QString dataFolder; // of a small set, which is loaded at once

TrainingSettings tiny(int epochs = 2)
{
    TrainingSettings settings = presets().front().settings;
    settings.data = dataFolder.toStdString();
    settings.samples = {150, 25, 25};
    settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
    settings.batchSize = 16;
    settings.epochs = epochs;
    return settings;
}

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestSaving : public QObject {
    Q_OBJECT

    QTemporaryDir m_data;
    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<ThemeSwitch> m_theme;

    [[nodiscard]] QString path(const QString& name) const { return m_home->filePath(name); }

    std::unique_ptr<MainWindow> shown(const TrainingSettings& settings = tiny(), const QString& model = {})
    {
        auto window = std::make_unique<MainWindow>(settings, *m_theme,
                                                   path(QStringLiteral("library.db")).toStdString());
        window->show();
        window->begin(model, {}, false);
        return window;
    }
    static bool isLoaded(MainWindow& window)
    {
        return window.workbench().store().data() != nullptr && !window.workbench().store().isLoading();
    }
    static void train(MainWindow& window)
    {
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(window), 60'000);
        window.workbench().trainNew();
        QTRY_COMPARE_WITH_TIMEOUT(window.workbench().training().state(), TrainingState::Finished, 60'000);
    }
    static void save(MainWindow& window, const QString& path)
    {
        window.saveTo(path);
        QTRY_COMPARE_WITH_TIMEOUT(window.windowFilePath(), path, 30'000);
    }
    static QAction* action(const QWidget& window, const QString& text)
    {
        for (auto* each : window.findChildren<QAction*>()) {
            if (each->text() == text)
                return each;
        }
        return nullptr;
    }
    static QString said(const MainWindow& window)
    {
        const auto labels = window.findChildren<QLabel*>();
        QStringList texts;
        for (const auto* label : labels) {
            if (label->isVisible() && label->accessibleName() == QStringLiteral("Message text"))
                texts << label->text();
        }
        return texts.join(QLatin1Char('\n'));
    }
    static ReplaceQuestion* question(const MainWindow& window)
    {
        return window.findChild<ReplaceQuestion*>();
    }
    static void answer(const MainWindow& window, const QString& text)
    {
        QTRY_VERIFY(question(window) && question(window)->isVisible());
        for (auto* button : question(window)->buttons()) {
            if (button->text() == text)
                button->click();
        }
        QTRY_VERIFY(!question(window));
    }

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
        dataFolder = m_data.path();
        QVERIFY(program::writeSet(dataFolder));
        qInstallMessageHandler(collect);
    }

    void cleanupTestCase() { qInstallMessageHandler(nullptr); }

    void init()
    {
        warnings.clear();
        m_home = std::make_unique<QTemporaryDir>();
        qputenv("XDG_DATA_HOME", m_home->path().toUtf8());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home->path());
        qputenv("XDG_STATE_HOME", m_home->path().toUtf8());
        m_theme = std::make_unique<ThemeSwitch>();
    }

    void cleanup()
    {
        m_theme.reset();
        QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
    }

    void theTitleNamesTheFile()
    {
        const auto window = shown();
        QCOMPARE(window->windowTitle(), QStringLiteral("Chainrule"));
        train(*window);
        save(*window, path("one.safetensors"));
        QCOMPARE(window->windowTitle(), QStringLiteral("one.safetensors – Chainrule"));
        save(*window, path("two.safetensors"));
        QCOMPARE(window->windowTitle(), QStringLiteral("two.safetensors – Chainrule"));
        train(*window); // another run, which is in no file
        QCOMPARE(window->windowTitle(), QStringLiteral("Chainrule"));
        QVERIFY(!window->isWindowModified());
    }

    void saveLoadSaveGivesTheSameBytes()
    {
        for (const Precision precision : {Precision::Float, Precision::Double}) {
            TrainingSettings settings = tiny(3);
            settings.precision = precision;
            {
                const auto window = shown(settings);
                train(*window);
                save(*window, path("first.safetensors"));
            }
            const auto second = shown(tiny(), path("first.safetensors"));
            QTRY_COMPARE_WITH_TIMEOUT(second->windowFilePath(), path("first.safetensors"), 30'000);
            save(*second, path("second.safetensors"));
            QVERIFY(!content(path("first.safetensors")).isEmpty());
            QVERIFY(content(path("first.safetensors")) == content(path("second.safetensors")));
            const auto model = loadModel(path("second.safetensors").toStdString());
            QVERIFY(model);
            const auto history = historyFromJson(model->history);
            QVERIFY(history && history->epochs.size() == 3 && history->test);
            const auto kept = settingsFromJson(model->settings);
            QVERIFY(kept && kept->epochs == 3);
        }
    }

    void whatCannotBeWrittenIsSaidAlike()
    {
        QFile file(path("file"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.close();
        for (const char* name : {"missing/model.safetensors", "file/model.safetensors"}) {
            const auto asked = checkWritable(path(name));
            const auto written = writeFile(path(name), "model");
            QVERIFY(!asked && !written);
            QCOMPARE(asked.error().message(), written.error().message());
        }
        QVERIFY(checkWritable(path("model.safetensors")));
    }

    void aFailedSaveIsSaidAndTheFileStays()
    {
        const auto window = shown();
        train(*window);
        save(*window, path("one.safetensors"));
        const QByteArray before = content(path("one.safetensors"));
        window->saveTo(path("missing/model.safetensors"));
        QTRY_VERIFY_WITH_TIMEOUT(said(*window).contains(QStringLiteral("missing/model.safetensors")), 10'000);
        QVERIFY(said(*window).contains(QStringLiteral("its folder does not exist. Create the folder first")));
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));
        QCOMPARE(content(path("one.safetensors")), before);
    }

    void aFileThatAnotherProgramChangedIsNotReplacedUnasked()
    {
        const auto window = shown();
        train(*window);
        const QString file = path("one.safetensors");
        save(*window, file);
        QAction* saveAction = action(*window, QStringLiteral("&Save a copy"));
        QVERIFY(saveAction);
        const QByteArray own = content(file);
        const auto write = [&file](const QByteArray& bytes) {
            QFile other(file);
            return other.open(QIODevice::WriteOnly) && other.write(bytes) == bytes.size();
        };
        QVERIFY(write("another program's"));
        saveAction->trigger();
        answer(*window, QStringLiteral("&Cancel"));
        QCOMPARE(content(file), QByteArray("another program's"));
        saveAction->trigger();
        answer(*window, QStringLiteral("&Replace"));
        QTRY_COMPARE(content(file), own);
        QTRY_VERIFY(window->findChild<QLabel*>() && saveAction->isEnabled());
        QTest::qWait(100);
        QVERIFY(QFile::remove(file)); // one that is gone takes nothing with it
        saveAction->trigger();
        QTRY_COMPARE(content(file), own);
        QVERIFY(!question(*window));
        QTest::qWait(100);
        QVERIFY(QFile::rename(file, path("moved.safetensors")));
        QVERIFY(write(own)); // its own bytes, whoever put them there
        saveAction->trigger();
        QTest::qWait(300);
        QVERIFY(!question(*window));
    }

    // Ctrl+S writes the moment that is shown; a past one does not take a later one's place unasked.
    void aPastStepDoesNotReplaceALaterOneUnasked()
    {
        const auto window = shown();
        train(*window);
        Workbench& bench = window->workbench();
        const QString file = path("one.safetensors");
        save(*window, file);
        const QByteArray last = content(file);
        bench.seek(5);
        QTRY_COMPARE_WITH_TIMEOUT(bench.shownStep(), std::optional<std::int64_t>(5), 10'000);
        QAction* saveAction = action(*window, QStringLiteral("&Save a copy"));
        saveAction->trigger();
        QTRY_VERIFY(question(*window));
        QVERIFY(question(*window)->informativeText().contains(QStringLiteral("after a later step")));
        answer(*window, QStringLiteral("&Cancel"));
        QCOMPARE(content(file), last);
        saveAction->trigger();
        answer(*window, QStringLiteral("&Replace"));
        QTRY_VERIFY(content(file) != last);
        const auto model = loadModel(file.toStdString());
        QVERIFY(model && model->network.parameters == bench.presentParameters()->parameters);
        QTest::qWait(100);
        bench.showNewest(); // later than what the file has: no question
        saveAction->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(content(file), last, 10'000);
        QVERIFY(!question(*window));
    }

    void recentFilesAreListed()
    {
        const auto window = shown();
        train(*window);
        QVERIFY(QDir(m_home->path()).mkdir(QStringLiteral("other")));
        for (const char* name : {"a&b.safetensors", "one.safetensors", "other/one.safetensors"})
            save(*window, path(QLatin1String(name)));
        QMenu* menu = nullptr;
        for (auto* each : window->findChildren<QMenu*>()) {
            if (each->title() == QStringLiteral("Open &recent"))
                menu = each;
        }
        QVERIFY(menu);
        QVERIFY(QFile::remove(path("one.safetensors")));
        emit menu->aboutToShow();
        QList<QAction*> actions = menu->actions();
        QCOMPARE(actions.size(), 5);
        QVERIFY(actions[0]->text().startsWith(QStringLiteral("one.safetensors – ")) &&
                actions[0]->isEnabled());
        QVERIFY(actions[1]->text().endsWith(QStringLiteral("(missing)")) && !actions[1]->isEnabled());
        QCOMPARE(actions[2]->text(), QStringLiteral("a&&b.safetensors"));
        actions[2]->trigger();
        QTRY_COMPARE(window->windowFilePath(), path("a&b.safetensors"));
        emit menu->aboutToShow();
        QCOMPARE(menu->actions().first()->text(), QStringLiteral("a&&b.safetensors")); // the newest first
        menu->actions().last()->trigger();
        QVERIFY(recentFiles::list().isEmpty());
        for (int i = 0; i < 20; ++i)
            recentFiles::add(path(QString::number(i)));
        QCOMPARE(recentFiles::list().size(), recentFiles::mostRecent);
        QCOMPARE(recentFiles::list().first(), path("19"));
    }

    // The list of data is a list of its own, and empty at once where it was cleared.
    void recentDataAreListedToo()
    {
        const auto window = shown();
        recentFiles::add(path("one.safetensors"));
        QVERIFY(QDir(m_home->path()).mkdir(QStringLiteral("flowers")));
        for (const char* name : {"gone.csv", "flowers"})
            recentFiles::add(path(QLatin1String(name)), recentFiles::Kind::Data);
        QMenu* menu = nullptr;
        for (auto* each : window->findChildren<QMenu*>()) {
            if (each->title() == QStringLiteral("&Recent data"))
                menu = each;
        }
        QVERIFY(menu);
        emit menu->aboutToShow();
        QCOMPARE(menu->actions().size(), 4);
        QCOMPARE(menu->actions()[0]->text(), QStringLiteral("flowers"));
        QVERIFY(menu->actions()[0]->isEnabled() && !menu->actions()[1]->isEnabled());
        menu->actions().last()->trigger();
        QCOMPARE(menu->actions().size(), 1);
        QCOMPARE(menu->actions()[0]->text(), QStringLiteral("No data of your own yet"));
        QVERIFY(recentFiles::list(recentFiles::Kind::Data).isEmpty());
        QCOMPARE(recentFiles::list(), QStringList{path("one.safetensors")});
    }

    void aModelMayBeDropped()
    {
        const auto window = shown();
        train(*window);
        save(*window, path("one.safetensors"));
        save(*window, path("two.safetensors"));
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(path("one.safetensors"))});
        QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &enter);
        QVERIFY(enter.isAccepted());
        // One that wants to move the file would delete it once it is taken.
        QDropEvent drop(QPointF(50, 50), Qt::MoveAction | Qt::CopyAction, &data, Qt::LeftButton,
                        Qt::NoModifier);
        drop.setDropAction(Qt::MoveAction);
        QCoreApplication::sendEvent(window.get(), &drop);
        QVERIFY(drop.isAccepted() && drop.dropAction() == Qt::CopyAction);
        QTRY_COMPARE(window->windowFilePath(), path("one.safetensors"));
    }

    // ---- closing --------------------------------------------------------------------------------------

    // Nothing is asked, and the next window goes on.
    void closingWhileTrainingLosesNothing()
    {
        double epoch = 0.0;
        std::vector<double> weights;
        {
            auto window = shown(tiny(1'000'000));
            QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
            window->workbench().run();
            QTRY_VERIFY_WITH_TIMEOUT(window->workbench().presentEpoch() > 3.0, 60'000);
            window->workbench().run(); // Pause
            QTRY_COMPARE(window->workbench().training().state(), TrainingState::Paused);
            QTest::qWait(300);
            epoch = window->workbench().presentEpoch();
            QVERIFY(window->close());
        }
        const auto window = shown();
        QTRY_VERIFY_WITH_TIMEOUT(window->workbench().canResume(), 60'000);
        QVERIFY(window->workbench().presentEpoch() >= epoch);
        QVERIFY2(said(*window).startsWith(QStringLiteral("This run stopped at epoch")),
                 qPrintable(said(*window)));
        auto* run = widgetNamed<QPushButton>(*window, QStringLiteral("Resume"));
        auto* other = widgetNamed<QPushButton>(*window, QStringLiteral("Train new run"));
        QVERIFY(run && other);
        QTRY_VERIFY_WITH_TIMEOUT(window->workbench().steps().has_value(), 60'000);
        run->click();
        QTRY_VERIFY_WITH_TIMEOUT(window->workbench().presentEpoch() > epoch + 1.0, 60'000);
        QCOMPARE(window->workbench().shownSettings().epochs, 1'000'000);
        window->workbench().reset();
    }

    void aFinishedRunIsShownAgain()
    {
        std::string id;
        {
            auto window = shown();
            train(*window);
            id = window->workbench().shownId();
            QVERIFY(window->close());
        }
        const auto window = shown();
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().shownId(), id, 60'000);
        QCOMPARE(window->workbench().shownRun()->history.epochs.size(), std::size_t{2});
        // The next run begins with the seed's weights, as it would have before.
        QVERIFY(!window->workbench().document().initial());
        QTRY_VERIFY_WITH_TIMEOUT(window->workbench().steps().has_value(), 60'000);
    }
};

QTEST_MAIN(TestSaving)
#include "tst_saving.moc"
