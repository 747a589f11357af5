// SPDX-License-Identifier: GPL-3.0-or-later
// What a window does with model files and with its session.
#include "app/drawpage.h"
#include "app/files.h"
#include "app/graphpage.h"
#include "app/mainwindow.h"
#include "app/recentfiles.h"
#include "app/savequestion.h"
#include "app/sessionstore.h"
#include "app/theme.h"
#include "app/tinypanel.h"
#include "app/windowstate.h"

#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/sessionfile.h"
#include "core/formats/settingsjson.h"
#include "tests/app/program.h"
#include "tests/app/windowelements.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QPointer>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QTabBar>
#include <QTemporaryDir>
#include <QtTest>

#include <limits>
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
    [[nodiscard]] QString sessions() const { return path(QStringLiteral("sessions")); }

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
        window.workbench().run();
        QTRY_COMPARE_WITH_TIMEOUT(window.workbench().training().state(), TrainingState::Finished, 60'000);
    }
    static void save(MainWindow& window, const QString& path)
    {
        bool saved = false;
        window.saveTo(path, [&saved] { saved = true; });
        QTRY_VERIFY_WITH_TIMEOUT(saved, 30'000);
    }
    static QAction* action(const QWidget& window, const QString& text)
    {
        for (auto* each : window.findChildren<QAction*>()) {
            if (each->text() == text)
                return each;
        }
        return nullptr;
    }
    static SaveQuestion* question(const MainWindow& window)
    {
        for (auto* each : window.findChildren<SaveQuestion*>()) {
            if (each->isVisible()) // one that was answered is deleted a little later
                return each;
        }
        return nullptr;
    }
    static void answer(const MainWindow& window, const QString& text)
    {
        const QPointer<SaveQuestion> asked = question(window);
        QVERIFY(asked);
        for (auto* button : asked->buttons()) {
            if (button->text() == text) {
                button->click();
                QTRY_VERIFY(!asked);
                return;
            }
        }
        QFAIL(qPrintable(text));
    }
    static QString said(const MainWindow& window)
    {
        const auto labels = window.findChildren<QLabel*>();
        QStringList texts;
        for (const auto* label : labels) {
            if (label->isVisible() && (label->accessibleName() == QStringLiteral("Message text") ||
                                       label->accessibleName() == QStringLiteral("Kept session text") ||
                                       label->accessibleName() == QStringLiteral("Unreadable session text")))
                texts << label->text();
        }
        return texts.join(QLatin1Char('\n'));
    }
    static QPushButton* button(const MainWindow& window, const QString& text)
    {
        for (auto* each : window.findChildren<QPushButton*>()) {
            if (each->text() == text && each->isVisible())
                return each;
        }
        return nullptr;
    }
    /// A small one, as after a crash.
    void leaveSession() const
    {
        Session session;
        session.settings = tiny();
        session.expression = "q = a*b";
        SessionStore store(sessions()); // without remove()
        QVERIFY(store.save(encodeSession(session)));
    }
    /// Gives these names in turn to the file dialogs that come up, as long as the timer is there.
    void giveNames(QTimer& hand, QStringList names)
    {
        int ticks = 0;
        connect(&hand, &QTimer::timeout, this, [names, ticks]() mutable {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog || ++ticks < 10) // Qt puts the proposed name into the field once more
                return;
            ticks = 0;
            auto* name = dialog->findChild<QLineEdit*>();
            name->setText(names.takeFirst());
            QTest::keyClick(name, Qt::Key_Return);
        });
        hand.start(20);
    }
    /// A window's session as a crash leaves it: the file stays, its lock does not.
    void crash(std::unique_ptr<MainWindow>& window) const
    {
        const auto kept = [this] {
            return QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files);
        };
        QTRY_VERIFY(!kept().isEmpty());
        const QString from = sessions() + QLatin1Char('/') + kept().first();
        const QString aside = path(QStringLiteral("aside"));
        QFile::remove(aside);
        QVERIFY(QFile::copy(from, aside));
        window.reset();
        QVERIFY(kept().isEmpty());
        QVERIFY(QFile::rename(aside, from));
    }

    // Weights of runs come back, too.
    void crashAndRestore(std::unique_ptr<MainWindow> window, const std::shared_ptr<const Network>& weights)
    {
        QTRY_VERIFY(!QDir(sessions()).isEmpty(QDir::Files));
        QTest::qWait(300); // for the newest to be kept
        crash(window);
        if (QTest::currentTestFailed())
            return;
        auto next = shown();
        next->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*next, QStringLiteral("Restore")), 10'000);
        QTest::mouseClick(button(*next, QStringLiteral("Restore")), Qt::LeftButton);
        auto* menu = next->findChild<QMenu*>(QStringLiteral("networksOfRuns"));
        const auto entries = [menu] {
            emit menu->aboutToShow();
            return menu->actions().size();
        };
        QTRY_COMPARE(entries(), 2);
        menu->actions().first()->trigger();
        QTRY_VERIFY(next->workbench().presentParameters()->parameters != weights->parameters);
        menu->actions().last()->trigger();
        QTRY_VERIFY(next->workbench().presentParameters()->parameters == weights->parameters);
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
        qputenv("CHAINRULE_AUTOSAVE_SECONDS", "0.05");
        m_theme = std::make_unique<ThemeSwitch>();
    }

    void cleanup()
    {
        m_theme.reset();
        QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
    }

    // ---- models ---------------------------------------------------------------------------------------

    void lookingAroundIsNoChange()
    {
        auto window = shown();
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        for (int page = 0; page < 3; ++page)
            window->findChild<QTabBar*>()->setCurrentIndex(page);
        QVERIFY(!window->isWindowModified());
        QVERIFY(window->close());
    }

    void settingsAloneAreNoLossWithoutAFile()
    {
        auto window = shown();
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        TrainingSettings settings = window->workbench().document().settings();
        settings.learningRate = 0.25;
        window->workbench().document().edit(settings, QStringLiteral("Learning rate"));
        QVERIFY(!window->isWindowModified());
        QVERIFY(window->close());
        // They come back.
        QCOMPARE(windowState::training(tiny()).learningRate, 0.25);
    }

    void theTitleFollowsTheFile()
    {
        const auto window = shown();
        QCOMPARE(window->windowTitle(), QStringLiteral("Chainrule[*]"));
        train(*window);
        QVERIFY(window->isWindowModified());
        save(*window, path("one.safetensors"));
        QVERIFY(!window->isWindowModified());
        QCOMPARE(window->windowTitle(), QStringLiteral("one.safetensors[*] – Chainrule"));
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));

        TrainingSettings settings = window->workbench().document().settings();
        settings.epochs = 3;
        window->workbench().document().edit(settings, QStringLiteral("Epochs"));
        QVERIFY(window->isWindowModified());
        window->workbench().document().undoStack().undo();
        QVERIFY(!window->isWindowModified());
        window->workbench().document().undoStack().redo();
        save(*window, path("two.safetensors"));
        QCOMPARE(window->windowFilePath(), path("two.safetensors"));
        window->workbench().document().undoStack().undo(); // no undo goes back to the other file
        QCOMPARE(window->windowFilePath(), path("two.safetensors"));
        QVERIFY(window->isWindowModified());
    }

    void openingIsNoChangeAndUndoneWithItsFile()
    {
        {
            const auto window = shown();
            train(*window);
            save(*window, path("one.safetensors"));
        }
        const auto window = shown(tiny(), path("one.safetensors"));
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*window), 60'000);
        QVERIFY(!window->isWindowModified());
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));
        QCOMPARE(recentFiles::list(), QStringList{path("one.safetensors")});
        // Saving now would write something else over it.
        window->workbench().document().undoStack().undo();
        QCOMPARE(window->windowFilePath(), QString());
        window->workbench().document().undoStack().redo();
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));
    }

    void saveLoadSaveGivesTheSameBytes()
    {
        for (const Precision precision : {Precision::Float, Precision::Double}) {
            TrainingSettings settings = tiny(3);
            settings.precision = precision;
            const auto window = shown(settings);
            train(*window);
            save(*window, path("first.safetensors"));
            const auto second = shown(tiny(), path("first.safetensors"));
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

    void closingAsksByName()
    {
        auto window = shown();
        train(*window);
        QVERIFY(!window->close());
        QVERIFY(question(*window));
        QVERIFY(question(*window)->text().contains(QStringLiteral("trained network")));
        answer(*window, QStringLiteral("&Keep editing"));
        QVERIFY(window->isVisible());

        save(*window, path("one.safetensors"));
        const QByteArray before = content(path("one.safetensors"));
        window->workbench().newWeights();
        train(*window);
        QVERIFY(window->isWindowModified());
        QVERIFY(!window->close());
        QVERIFY(!window->close()); // asked once
        QCOMPARE(window->findChildren<SaveQuestion*>().size(), 1);
        QVERIFY2(question(*window)->text().contains(QStringLiteral("one.safetensors")),
                 qPrintable(question(*window)->text()));
        answer(*window, QStringLiteral("&Save"));
        auto* replace = window->findChild<ReplaceQuestion*>(); // it holds the network of another run
        QVERIFY(replace && replace->text().contains(QStringLiteral("one.safetensors")));
        QVERIFY(replace->informativeText().contains(QStringLiteral("another network")));
        QCOMPARE(content(path("one.safetensors")), before);
        for (QAbstractButton* button : replace->buttons()) {
            if (button->text() == QLatin1String("&Replace"))
                button->click();
        }
        QTRY_VERIFY(!window->isVisible());
        QVERIFY(content(path("one.safetensors")) != before);
        QVERIFY(loadModel(path("one.safetensors").toStdString()));
    }

    void discardingClosesAndKeepsTheFile()
    {
        auto window = shown();
        train(*window);
        save(*window, path("one.safetensors"));
        const QByteArray before = content(path("one.safetensors"));
        window->workbench().newWeights();
        train(*window);
        QVERIFY(!window->close());
        answer(*window, QStringLiteral("&Don't save"));
        QTRY_VERIFY(!window->isVisible());
        QCOMPARE(content(path("one.safetensors")), before);
    }

    void openingAsksFirst()
    {
        const auto window = shown();
        train(*window);
        save(*window, path("one.safetensors"));
        save(*window, path("two.safetensors"));
        window->workbench().newWeights();
        train(*window);
        window->openOther(path("one.safetensors"));
        QVERIFY(question(*window));
        QVERIFY(question(*window)->text().contains(QStringLiteral("two.safetensors")));
        QCOMPARE(window->windowFilePath(), path("two.safetensors"));
        answer(*window, QStringLiteral("&Don't save"));
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));
        QVERIFY(!window->isWindowModified());
    }

    // Who asks before long work and who tries to write hear the same.
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

    void aFailedSaveIsSaidAndNothingIsLost()
    {
        const auto window = shown();
        train(*window);
        save(*window, path("one.safetensors"));
        window->workbench().newWeights();
        train(*window);
        window->saveTo(path("missing/model.safetensors"), [] { QFAIL("it was not saved"); });
        QTRY_VERIFY_WITH_TIMEOUT(said(*window).contains(QStringLiteral("missing/model.safetensors")), 10'000);
        QVERIFY(said(*window).contains(QStringLiteral("its folder does not exist. Create the folder first")));
        QVERIFY(window->isWindowModified());
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));
        // And a window that was to close stays.
        QVERIFY(QFile::remove(path("one.safetensors")));
        QVERIFY(QDir(m_home->path()).mkdir(QStringLiteral("one.safetensors")));
        QVERIFY(!window->close());
        answer(*window, QStringLiteral("&Save"));
        QTRY_VERIFY_WITH_TIMEOUT(said(*window).contains(QStringLiteral("it is a folder")), 10'000);
        QVERIFY(window->isVisible());
    }

    void aFileThatAnotherProgramChangedIsNotReplacedUnasked()
    {
        const auto window = shown();
        train(*window);
        const QString file = path("one.safetensors");
        save(*window, file);
        const auto ask = [&window] { return window->findChild<ReplaceQuestion*>(); };
        const auto choose = [&ask](const QString& text) {
            QTRY_VERIFY(ask() && ask()->isVisible());
            for (auto* button : ask()->buttons()) {
                if (button->text() == text)
                    button->click();
            }
            QTRY_VERIFY(!ask());
        };
        QAction* saveAction = action(*window, QStringLiteral("&Save model"));
        QVERIFY(saveAction);
        const QByteArray own = content(file);
        const QString first = stampOf(file);
        saveAction->trigger(); // nobody else was there
        QVERIFY(!ask());
        QTRY_VERIFY(stampOf(file) != first);
        QTRY_COMPARE(window->workbench().document().file().stamp, stampOf(file));
        {
            QFile other(file);
            QVERIFY(other.open(QIODevice::WriteOnly));
            other.write("another program's");
        }
        saveAction->trigger();
        choose(QStringLiteral("&Cancel"));
        QCOMPARE(content(file), QByteArray("another program's"));
        saveAction->trigger();
        choose(QStringLiteral("&Replace"));
        QTRY_COMPARE(content(file), own);
        QTRY_COMPARE(window->workbench().document().file().stamp, stampOf(file));
        QTest::qWait(50);             // until the window has heard of its end
        QVERIFY(QFile::remove(file)); // one that is gone takes nothing with it
        saveAction->trigger();
        QVERIFY(!ask());
        QTRY_COMPARE(content(file), own);
    }

    // An older state of the same window does not know the file as it is now; no other program has been there.
    void aFileThatThisWindowChangedIsNotCalledAnothers()
    {
        const auto window = shown();
        train(*window);
        const QString file = path("one.safetensors");
        save(*window, file);
        QVERIFY(window->workbench().openModel(file) && window->workbench().openModel(file));
        train(*window);
        save(*window, file);
        const QByteArray newer = content(file);
        window->workbench().document().undoStack().undo();
        action(*window, QStringLiteral("&Save model"))->trigger();
        auto* asked = window->findChild<ReplaceQuestion*>();
        QVERIFY(asked);
        QVERIFY2(asked->informativeText().startsWith(QStringLiteral("It holds another network")),
                 qPrintable(asked->informativeText()));
        asked->reject();
        QTRY_VERIFY(!window->findChild<ReplaceQuestion*>());
        QCOMPARE(content(file), newer);
    }

    // Without a list at the side: the window is small.
    void resetOffersToBringTheNetworkBack()
    {
        auto window = shown();
        window->keepSession(sessions());
        train(*window);
        const auto weights = window->workbench().presentParameters();
        action(*window, QStringLiteral("&Reset"))->trigger();
        QPushButton* back = button(*window, QStringLiteral("Bring it back"));
        QVERIFY(back);
        QVERIFY(window->workbench().presentParameters()->parameters != weights->parameters);
        back->click();
        QVERIFY(window->workbench().presentParameters()->parameters == weights->parameters);
        QVERIFY(!button(*window, QStringLiteral("Bring it back")));
        // The menu does so too, once the message has gone.
        QAction* bring = action(*window, QStringLiteral("Bring it bac&k"));
        QVERIFY(bring && !bring->isEnabled());
        action(*window, QStringLiteral("&Reset"))->trigger();
        QVERIFY(bring->isEnabled());
        bring->trigger();
        QVERIFY(window->workbench().presentParameters()->parameters == weights->parameters);
        QVERIFY(!bring->isEnabled());
        // After another run it is in the list.
        window->workbench().newWeights();
        train(*window);
        QVERIFY(window->workbench().presentParameters()->parameters != weights->parameters);
        auto* menu = window->findChild<QMenu*>(QStringLiteral("networksOfRuns"));
        QVERIFY(menu);
        const auto entries = [menu] {
            emit menu->aboutToShow();
            return menu->actions().size();
        };
        QTRY_COMPARE(entries(), 2);
        menu->actions().last()->trigger(); // the older one
        QTRY_VERIFY(window->workbench().presentParameters()->parameters == weights->parameters);
        crashAndRestore(std::move(window), weights);
    }

    // What is seen is saved first; what was put away is asked about after it.
    void closingSavesWhatIsSeenAndAsksAboutTheRest()
    {
        const auto window = shown();
        train(*window);
        const auto seen = window->workbench().shownRun();
        QVERIFY(seen && window->workbench().openRun(*seen));
        train(*window);
        const auto other = window->workbench().presentParameters();
        window->workbench().reset();
        QVERIFY(window->workbench().presentParameters()->parameters == seen->network->parameters);
        QTimer hand;
        giveNames(hand, {path("seen.safetensors"), path("other.safetensors")});
        QVERIFY(!window->close());
        answer(*window, QStringLiteral("&Save as…"));
        QTRY_VERIFY_WITH_TIMEOUT(question(*window) && question(*window)->isVisible(), 10'000);
        const auto first = loadModel(path("seen.safetensors").toStdString());
        QVERIFY(first);
        QCOMPARE(first->network.parameters, seen->network->parameters);
        answer(*window, QStringLiteral("&Save as…"));
        QTRY_VERIFY_WITH_TIMEOUT(!window->isVisible(), 10'000);
        const auto second = loadModel(path("other.safetensors").toStdString());
        QVERIFY(second);
        QCOMPARE(second->network.parameters, other->parameters);
    }

    // Each is named in its turn, whatever the answer before it was.
    void closingNamesBoth()
    {
        const auto window = shown();
        train(*window);
        save(*window, path("one.safetensors"));
        window->workbench().newWeights();
        train(*window);
        window->workbench().reset();
        TrainingSettings edited = window->workbench().document().settings();
        edited.learningRate = 0.03;
        window->workbench().document().edit(edited, QStringLiteral("Learning rate"));
        QVERIFY(!window->close());
        QVERIFY(question(*window) && question(*window)->text().contains(QStringLiteral("one.safetensors")));
        answer(*window, QStringLiteral("&Don't save"));
        QVERIFY(question(*window) && question(*window)->text().contains(QStringLiteral("trained network")));
        QVERIFY(window->isVisible());
        answer(*window, QStringLiteral("&Don't save"));
        QTRY_VERIFY(!window->isVisible());
    }

    // A step from it is nothing that the question could be about.
    void closingSavesWhatAStepBeganFrom()
    {
        const auto window = shown();
        train(*window);
        const auto run = window->workbench().shownRun();
        QVERIFY(run && window->workbench().openRun(*run));
        window->workbench().stepBatch();
        QTRY_VERIFY_WITH_TIMEOUT(window->workbench().presentEpoch() > 0.0, 60'000);
        QTimer hand;
        giveNames(hand, {path("begun.safetensors")});
        QVERIFY(!window->close());
        answer(*window, QStringLiteral("&Save as…"));
        QTRY_VERIFY_WITH_TIMEOUT(!window->isVisible(), 10'000);
        const auto saved = loadModel(path("begun.safetensors").toStdString());
        QVERIFY(saved);
        QCOMPARE(saved->network.parameters, run->network->parameters);
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
        QCOMPARE(window->windowFilePath(), path("a&b.safetensors"));
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
        QCOMPARE(window->windowFilePath(), path("one.safetensors"));
    }

    // ---- the session ----------------------------------------------------------------------------------

    void aNormalEndLeavesNothing()
    {
        auto window = shown();
        window->keepSession(sessions());
        train(*window);
        const auto files = [this] { return QDir(sessions()).entryList(QDir::Files | QDir::Hidden); };
        QTRY_COMPARE(files().size(), 2); // the session and its lock
        save(*window, path("one.safetensors"));
        QVERIFY(window->close());
        QCOMPARE(files(), QStringList());
        window.reset();
        const auto next = shown();
        next->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(isLoaded(*next), 60'000);
        QVERIFY(!button(*next, QStringLiteral("Restore")));
    }

    void aCrashIsOffered()
    {
        auto window = shown();
        window->keepSession(sessions());
        train(*window);
        const auto weights = window->workbench().presentParameters();
        auto* draw = window->findChild<DrawPage*>();
        draw->session().addStroke({{0.2, 0.3}, {0.7, 0.8}}, 0.06);
        const StrokeSample drawing = draw->session().drawing();
        window->findChild<GraphPage*>()->useExpression(QStringLiteral("z = u*v + 1"),
                                                       {{"u", 3.5}, {"v", -2.0}});
        const auto kept = [this]() -> std::optional<Session> {
            const auto names = QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files);
            auto session = names.isEmpty()
                               ? Result<Session>(Error{})
                               : loadSession((sessions() + QLatin1Char('/') + names.first()).toStdString());
            return session ? std::optional(*session) : std::nullopt;
        };
        QTRY_VERIFY(kept() && kept()->expression == "z = u*v + 1" && !kept()->drawing.strokes.empty());
        crash(window);

        auto next = shown();
        next->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*next, QStringLiteral("Restore")), 10'000);
        QVERIFY2(said(*next).contains(QStringLiteral("a network, a drawing, an expression")),
                 qPrintable(said(*next)));
        // Another window does not offer it too.
        QVERIFY(!SessionStore(sessions()).claimAbandoned());
        QTest::mouseClick(button(*next, QStringLiteral("Restore")), Qt::LeftButton);
        QVERIFY(next->workbench().presentParameters());
        QCOMPARE(next->workbench().presentParameters()->parameters, weights->parameters);
        QVERIFY(next->findChild<DrawPage*>()->session().drawing() == drawing);
        QCOMPARE(next->findChild<GraphPage*>()->expression(), QStringLiteral("z = u*v + 1"));
        QCOMPARE(next->findChild<GraphPage*>()->session().variables().at("u"), 3.5);
        QVERIFY(next->isWindowModified()); // no file has it
        const auto command = [&next] {
            return widgetNamed<QLabel>(*next, QStringLiteral("Equivalent command"))->accessibleDescription();
        };
        QVERIFY2(command().contains(QStringLiteral("--init network.safetensors")) &&
                     command().endsWith(QStringLiteral("# save the network first")),
                 qPrintable(command()));
        // The old file goes once this window's own has it.
        QTRY_COMPARE(QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files).size(), 1);
        QVERIFY(kept() && kept()->parameters->parameters == weights->parameters);
        QVERIFY(!next->close());
        answer(*next, QStringLiteral("&Don't save"));
        QTRY_VERIFY(!next->isVisible());
        QVERIFY(QDir(sessions()).isEmpty(QDir::Files | QDir::Hidden));
    }

    // Who keeps what is being made has not refused what was there.
    void keepingWhatIsThereKeepsTheOffer()
    {
        leaveSession();
        const auto window = shown();
        train(*window);
        const auto weights = window->workbench().presentParameters();
        window->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*window, QStringLiteral("Restore")), 10'000);
        button(*window, QStringLiteral("Restore"))->click();
        answer(*window, QStringLiteral("&Keep editing"));
        QVERIFY(window->workbench().presentParameters() == weights);
        QTRY_VERIFY(button(*window, QStringLiteral("Restore")));
        // Nor has who asked for a file to save it in, and then thought better of it.
        QTimer hand;
        connect(&hand, &QTimer::timeout, this, [] {
            if (auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget()))
                dialog->reject();
        });
        hand.start(20);
        button(*window, QStringLiteral("Restore"))->click();
        answer(*window, QStringLiteral("&Save as…"));
        hand.stop();
        QVERIFY(window->workbench().presentParameters() == weights);
        QTRY_VERIFY(button(*window, QStringLiteral("Restore")));
        button(*window, QStringLiteral("Restore"))->click();
        answer(*window, QStringLiteral("&Don't save"));
        QCOMPARE(window->findChild<GraphPage*>()->expression(), QStringLiteral("q = a*b"));
        QVERIFY(!button(*window, QStringLiteral("Restore")));
    }

    // The weights that such a run begins with are in no file, and saving it does not put them into one.
    void theCommandOfARunFromUnsavedWeightsSaysSo()
    {
        const auto window = shown();
        train(*window);
        const auto run = window->workbench().shownRun();
        QVERIFY(run && window->workbench().openRun(*run));
        const auto command = [&window] {
            return widgetNamed<QLabel>(*window, QStringLiteral("Equivalent command"))
                ->accessibleDescription();
        };
        QVERIFY2(command().endsWith(QStringLiteral("# save the network first")), qPrintable(command()));
        train(*window);
        const QString noFile = QStringLiteral("# the weights that it begins with are in no file");
        QVERIFY2(command().endsWith(noFile), qPrintable(command()));
        window->workbench().reset();
        QVERIFY2(command().endsWith(QStringLiteral("# save the network first")), qPrintable(command()));
        window->workbench().bringBack();
        QVERIFY2(command().endsWith(noFile), qPrintable(command()));
        save(*window, path("one.safetensors"));
        QVERIFY2(command().endsWith(noFile), qPrintable(command()));
    }

    void whatWasPutAwayIsOfferedAfterACrash()
    {
        auto window = shown();
        window->keepSession(sessions());
        train(*window);
        const auto weights = window->workbench().presentParameters();
        const auto kept = [this] {
            const auto names = QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files);
            const auto session =
                names.isEmpty() ? Result<Session>(Error{})
                                : loadSession((sessions() + QLatin1Char('/') + names.first()).toStdString());
            return session && session->away;
        };
        QTRY_VERIFY(!QDir(sessions()).isEmpty(QDir::Files)); // which knows of nothing that was put away
        window->workbench().reset();
        QTRY_VERIFY(kept());
        crash(window);
        auto next = shown();
        next->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*next, QStringLiteral("Restore")), 10'000);
        button(*next, QStringLiteral("Restore"))->click();
        QVERIFY2(said(*next).contains(QStringLiteral("was put away")), qPrintable(said(*next)));
        QVERIFY(!next->close());
        answer(*next, QStringLiteral("&Keep editing"));
        QVERIFY(button(*next, QStringLiteral("Bring it back")));
        button(*next, QStringLiteral("Bring it back"))->click();
        QVERIFY(next->workbench().presentParameters()->parameters == weights->parameters);
    }

    // Opening a model gives up data that are still being read; the box says which are in use.
    void theBoxSaysWhichDataAreInUse()
    {
        QVERIFY(program::writeSet(path("mnist"))); // that can only be had from a disk
        qputenv("CHAINRULE_DATA", m_home->path().toUtf8());
        const auto window = shown();
        qunsetenv("CHAINRULE_DATA");
        train(*window);
        save(*window, path("one.safetensors"));
        auto* box = widgetNamed<QComboBox>(*window, QStringLiteral("Dataset"));
        QVERIFY(box);
        const QString own = box->currentText();
        const int other = box->findData(QStringLiteral("mnist"));
        QVERIFY(other >= 0 && other != box->currentIndex());
        box->setCurrentIndex(other);
        emit box->activated(other);
        QVERIFY(window->workbench().store().isOpening());
        QVERIFY(window->workbench().openModel(path("one.safetensors")));
        QCOMPARE(box->currentText(), own);
    }

    void whatIsDiscardedIsGoneAndTheNextIsOffered()
    {
        for (const char* name : {"older", "newer"}) {
            Session session;
            session.settings = tiny();
            session.expression = name;
            SessionStore store(sessions());
            QVERIFY(store.save(encodeSession(session)));
        } // both without remove(), as after a crash
        const auto window = shown();
        window->keepSession(sessions());
        for (int left = 2; left > 0; --left) {
            QTRY_VERIFY_WITH_TIMEOUT(button(*window, QStringLiteral("Discard")), 10'000);
            QCOMPARE(QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files).size(), left);
            QTest::mouseClick(button(*window, QStringLiteral("Discard")), Qt::LeftButton);
        }
        QTRY_VERIFY(QDir(sessions()).isEmpty(QDir::Files | QDir::Hidden));
    }

    void whatIsNotAnsweredIsOfferedAgain()
    {
        leaveSession();
        for (int start = 0; start < 2; ++start) {
            const auto window = shown();
            window->keepSession(sessions());
            QTRY_VERIFY_WITH_TIMEOUT(button(*window, QStringLiteral("Restore")), 10'000);
            QVERIFY(window->close());
        }
    }

    void newerAndBrokenSessionsAreSaid()
    {
        SessionStore newer(sessions());
        QVERIFY(newer.save("chainrule-session/3\nwhatever"));
        SessionStore broken(sessions());
        QVERIFY(broken.save("chainrule-session/1\nwhatever"));
        newer = SessionStore(sessions());
        broken = SessionStore(sessions());
        leaveSession();
        const auto window = shown();
        window->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*window, QStringLiteral("Discard")), 10'000);
        QTest::mouseClick(button(*window, QStringLiteral("Discard")), Qt::LeftButton);
        QTRY_COMPARE(QDir(sessions()).entryList({QStringLiteral("*.session.unreadable")}, QDir::Files).size(),
                     1);
        // Said with the name of the file, and not taken away by what the window does next.
        const QString kept =
            QDir(sessions()).entryList({QStringLiteral("*.session.unreadable")}, QDir::Files).first();
        QTRY_VERIFY2(said(*window).contains(kept), qPrintable(said(*window)));
        QCOMPARE(QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files).size(),
                 1); // the newer one
        train(*window);
        QVERIFY2(said(*window).contains(kept), qPrintable(said(*window)));
    }

    // The rest is offered, it is said what is missing, and the file is not lost with the answer.
    void aNetworkThatCannotBeReadIsSaid_data()
    {
        QTest::addColumn<QString>("answer");
        QTest::newRow("restored") << QStringLiteral("Restore");
        QTest::newRow("discarded") << QStringLiteral("Discard");
    }
    void aNetworkThatCannotBeReadIsSaid()
    {
        QFETCH(const QString, answer);
        Session session;
        session.settings = tiny();
        session.expression = "q = a*b";
        Network parameters{{4, {{2, Activation::Softmax}}}, std::vector<double>(10, 0.5)};
        session.parameters = std::make_shared<const Network>(parameters);
        QByteArray bytes = QByteArray::fromStdString(encodeSession(session));
        bytes.replace("chainrule/1", "chainrule/9"); // as a newer version might write models
        const qsizetype first = bytes.indexOf('\n') + 1;
        const qsizetype begin = bytes.indexOf('\n', first) + 1;
        const qsizetype sum = bytes.lastIndexOf(' ', begin) + 1;
        bytes =
            bytes.left(sum) + QByteArray::number(idxbytes::crc32(bytes.mid(begin))) + '\n' + bytes.mid(begin);
        {
            SessionStore store(sessions());
            QVERIFY(store.save(bytes.toStdString()));
        }
        const auto files = [this] {
            return QDir(sessions())
                .entryList({QStringLiteral("*.session*")}, QDir::Files)
                .filter(QRegularExpression(QStringLiteral("(session|unreadable)$")));
        };
        const QString name = files().value(0);
        const auto window = shown();
        window->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*window, QStringLiteral("Restore")), 10'000);
        QVERIFY2(said(*window).contains(QStringLiteral("newer version")) &&
                     said(*window).contains(name + QStringLiteral(".unreadable")),
                 qPrintable(said(*window)));
        QVERIFY2(said(*window).contains(QStringLiteral("is kept: an expression.")),
                 qPrintable(said(*window)));
        QTest::mouseClick(button(*window, answer), Qt::LeftButton);
        QCOMPARE(window->findChild<GraphPage*>()->expression() == QStringLiteral("q = a*b"),
                 answer == QStringLiteral("Restore"));
        QTRY_VERIFY2(files().contains(name + QStringLiteral(".unreadable")), qPrintable(files().join(' ')));
        QVERIFY(!files().contains(name));
        QCOMPARE(content(sessions() + QLatin1Char('/') + name + QStringLiteral(".unreadable")), bytes);
    }

    void aSessionThatCannotBeKeptIsSaidOnce()
    {
        QFile file(sessions()); // a file where the folder should be
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.close();
        const auto window = shown();
        window->keepSession(sessions());
        window->findChild<DrawPage*>()->session().addStroke({{0.2, 0.3}, {0.7, 0.8}}, 0.06);
        QTRY_VERIFY_WITH_TIMEOUT(said(*window).contains(QStringLiteral("sessions")), 10'000);
        QVERIFY(QFile::remove(sessions()));
        QTRY_VERIFY_WITH_TIMEOUT(
            !QDir(sessions()).entryList({QStringLiteral("*.session")}, QDir::Files).isEmpty(), 10'000);
    }

    // ---- what comes back ------------------------------------------------------------------------------

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
        const auto set = [&chosen](MainWindow& window) {
            auto* page = window.findChild<GraphPage*>();
            page->tinyPanel().useSettings(chosen);
            page->setMode(GraphPage::Mode::TinyNetwork);
        };
        const auto check = [&chosen](MainWindow& window) {
            const auto* page = window.findChild<GraphPage*>();
            QVERIFY(page->mode() == GraphPage::Mode::TinyNetwork);
            QVERIFY(page->tinyPanel().settings() == chosen);
        };
        auto crashed = shown();
        crashed->keepSession(sessions());
        set(*crashed);
        crash(crashed);
        auto restored = shown();
        QVERIFY(restored->findChild<GraphPage*>()->mode() == GraphPage::Mode::Expression);
        restored->keepSession(sessions());
        QTRY_VERIFY_WITH_TIMEOUT(button(*restored, QStringLiteral("Restore")), 10'000);
        QTest::mouseClick(button(*restored, QStringLiteral("Restore")), Qt::LeftButton);
        check(*restored);
        QVERIFY(restored->close());
        restored.reset();
        const auto next = shown();
        check(*next);
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
        QVERIFY(windowState::training(tiny()) == tiny());
        {
            const auto window = shown();
            QCOMPARE(window->findChild<QTabBar*>()->currentIndex(), 0);
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

QTEST_MAIN(TestSaving)
#include "tst_saving.moc"
