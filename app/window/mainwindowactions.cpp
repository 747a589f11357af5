// SPDX-License-Identifier: GPL-3.0-or-later
// What a person can do in the main window, in menus and by keys.
#include "app/window/mainwindow.h"

#include "app/base/errortext.h"
#include "app/base/recentmenu.h"
#include "app/base/theme.h"
#include "app/data/datamenu.h"
#include "app/draw/drawpage.h"
#include "app/graph/graphpage.h"
#include "app/train/modelpanel.h"
#include "app/train/runspanel.h"
#include "app/train/trainpage.h"
#include "app/window/exportmenu.h"
#include "app/window/preferences.h"
#include "app/window/runbar.h"

#include "widgets/fields/messagebar.h"
#include "widgets/fields/transferbar.h"
#include "widgets/layers/layerstackview.h"
#include "widgets/style/icons.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QStackedWidget>
#include <QTabBar>
#include <QUndoGroup>

namespace chainrule {

namespace {

const QString runsKey = QStringLiteral("runs");

} // namespace

void MainWindow::createActions()
{
    const auto action = [this](const QString& text, const QString& buttonText, const QString& iconName,
                               const QKeySequence& key, const QString& tip) {
        auto* made = new QAction(text, this);
        made->setIconText(buttonText);
        if (!iconName.isEmpty())
            made->setIcon(icon(iconName));
        made->setShortcut(key);
        made->setToolTip(QStringLiteral("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
        addAction(made);
        return made;
    };
    m_run = action(tr("&Train"), tr("Train"), QStringLiteral("play"), QKeySequence(Qt::Key_F5),
                   tr("Train, pause or resume"));
    m_run->setIcon(icon(QStringLiteral("play"), IconRole::OnAccent));
    m_stepBatch = action(tr("Step one &batch"), tr("Step"), QStringLiteral("step"), QKeySequence(Qt::Key_F10),
                         tr("Train on one batch, then pause"));
    m_stepEpoch =
        action(tr("Step one &epoch"), tr("Step"), QString(), QKeySequence(QStringLiteral("Shift+F10")),
               tr("Train to the end of the epoch, then pause"));
    m_reset = action(tr("&Reset"), tr("Reset"), QStringLiteral("reset"),
                     QKeySequence(QStringLiteral("Ctrl+Shift+R")),
                     tr("Show the first weights of the next run; the run that is shown stays in the list"));
    m_newWeights = action(tr("&New weights"), tr("New weights"), QStringLiteral("shuffle"),
                          QKeySequence(QStringLiteral("Ctrl+Shift+N")),
                          tr("Take the next seed's weights; the run that is shown stays in the list"));
    m_trainNew = action(tr("Train ne&w run"), tr("Train new run"), QStringLiteral("plus"),
                        QKeySequence(QStringLiteral("Shift+F5")),
                        tr("Start a run with the settings at the left; the paused one stays in the list"));
    m_trainNew->setVisible(false);
    connect(m_run, &QAction::triggered, &m_workbench, &Workbench::run);
    connect(m_stepBatch, &QAction::triggered, &m_workbench, &Workbench::stepBatch);
    connect(m_stepEpoch, &QAction::triggered, &m_workbench, &Workbench::stepEpoch);
    connect(m_reset, &QAction::triggered, &m_workbench, &Workbench::reset);
    connect(m_newWeights, &QAction::triggered, &m_workbench, &Workbench::newWeights);
    connect(m_trainNew, &QAction::triggered, &m_workbench, &Workbench::trainNew);
}

void MainWindow::createMenus(ThemeSwitch& theme)
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    addFileActions(*file);
    file->addSeparator();
    file->addAction(tr("Open data &folder…"), this, &MainWindow::chooseFolder);
    file->addAction(tr("Open data fil&e…"), this, &MainWindow::chooseDataFile);
    file->addSeparator();
    file->addActions(m_drawPage->fileActions());
    file->addMenu(createExportMenu());
    file->addSeparator();
    QAction* preferences = file->addAction(tr("Pre&ferences…"), this, [this, &theme] {
        (new Preferences(*m_library, m_runs->runs(), theme, this))->open();
    });
    preferences->setShortcut(QKeySequence(QStringLiteral("Ctrl+,")));
    preferences->setMenuRole(QAction::PreferencesRole);
    QAction* quit = file->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    m_undo = new QUndoGroup(this);
    for (QUndoStack* stack : {&m_drawPage->session().keptUndo(), &m_drawPage->session().drawingUndo(),
                              &m_workbench.document().undoStack(), &m_runs->undoStack()})
        followUndo(*stack);
    chooseUndo();
    QAction* undo = m_undo->createUndoAction(this, tr("&Undo"));
    undo->setShortcut(QKeySequence::Undo);
    edit->addAction(undo);
    QAction* redo = m_undo->createRedoAction(this, tr("&Redo"));
    redo->setShortcuts(QKeySequence::Redo);
    edit->addAction(redo);
    edit->addSeparator();
    edit->addActions(m_panel->layers()->layerActions());
    edit->addSeparator();
    edit->addActions(m_drawPage->editActions());

    createDataMenu();

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    run->addActions({m_run, m_trainNew, m_stepBatch, m_stepEpoch});
    run->addSeparator();
    run->addActions({m_reset, m_newWeights});
    m_networks = run->addMenu(tr("Net&work of a run"));
    m_networks->setObjectName(QStringLiteral("networksOfRuns"));
    connect(m_networks, &QMenu::aboutToShow, this, &MainWindow::fillNetworks);
    fillNetworks(); // an empty menu would not open
    run->addSeparator();
    QMenu* presetMenu = run->addMenu(tr("&Presets"));
    presetMenu->setToolTipsVisible(true);
    for (const Preset& preset : presets()) {
        const QString name = QString::fromStdString(preset.name);
        QAction* choose = presetMenu->addAction(name, this, [this, name] { usePreset(name); });
        choose->setToolTip(QString::fromStdString(preset.summary));
    }

    QMenu* graph = menuBar()->addMenu(tr("&Graph"));
    graph->addActions(m_graphPage->walkActions());
    graph->addSeparator();
    graph->addActions(m_graphPage->viewActions());

    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (int page = 0; page < m_runBar->tabs()->count(); ++page) {
        QAction* go = view->addAction(tr("%1 page").arg(m_runBar->tabs()->tabText(page)), this,
                                      [this, page] { m_runBar->tabs()->setCurrentIndex(page); });
        go->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(page + 1)));
    }
    QAction* digit = view->addAction(tr("Show the &digit in the graph"), this, [this] {
        if (m_pages->currentWidget() == m_drawPage)
            m_drawPage->wantGraph();
        else
            showInGraph();
    });
    digit->setShortcut(QKeySequence(QStringLiteral("Ctrl+G")));
    view->addSeparator();
    view->addActions(m_drawPage->viewActions());
    view->addSeparator();
    m_showData = view->addAction(tr("Current d&ata"));
    m_showData->setCheckable(true);
    m_showData->setToolTip(tr("Classes, counts and examples of the data, in place of the curves"));
    connect(m_showData, &QAction::triggered, this, [this](bool shown) {
        if (shown)
            showData();
        else
            m_trainPage->setDataShown(false);
    });
    connect(m_trainPage, &TrainPage::dataShownChanged, m_showData, &QAction::setChecked);
    m_showRuns = view->addAction(tr("&Runs"));
    m_showRuns->setCheckable(true);
    m_showRuns->setChecked(QSettings().value(runsKey, true).toBool());
    m_showRuns->setToolTip(tr("The list of runs, where the window is wide enough"));
    connect(m_showRuns, &QAction::toggled, this, [this](bool shown) {
        QSettings().setValue(runsKey, shown);
        placePanels();
    });
    view->addSeparator();
    auto* themes = new QActionGroup(this);
    const struct {
        ThemeChoice choice;
        QString text;
    } choices[] = {{ThemeChoice::System, tr("&Follow system")},
                   {ThemeChoice::Light, tr("&Light theme")},
                   {ThemeChoice::Dark, tr("Dar&k theme")}};
    for (const auto& each : choices) {
        QAction* choose = view->addAction(each.text);
        choose->setCheckable(true);
        choose->setChecked(theme.choice() == each.choice);
        themes->addAction(choose);
        connect(choose, &QAction::triggered, &theme,
                [&theme, choice = each.choice] { theme.choose(choice); });
        connect(&theme, &ThemeSwitch::chosen, choose,
                [choose, own = each.choice](ThemeChoice choice) { choose->setChecked(choice == own); });
    }

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    QAction* aboutAction = help->addAction(tr("&About Chainrule"), this, &MainWindow::about);
    aboutAction->setMenuRole(QAction::AboutRole);
    help->addAction(tr("About &Qt"), qApp, &QApplication::aboutQt);
}

void MainWindow::createDataMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Data"));
    m_data = new DataMenu(*menu, *m_transfer, this);
    menu->addSeparator();
    menu->addAction(tr("&Open data folder…"), this, &MainWindow::chooseFolder);
    menu->addAction(tr("Open data f&ile…"), this, &MainWindow::chooseDataFile);
    auto* recent = new RecentMenu(tr("&Recent data"), recentFiles::Kind::Data, this);
    menu->addMenu(recent);
    connect(recent, &RecentMenu::chosen, this, &MainWindow::useData);
    connect(m_data, &DataMenu::started, m_message, &QWidget::hide);
    connect(m_data, &DataMenu::arrived, this, &MainWindow::showArrival);
    connect(m_data, &DataMenu::cancelled, this, [this](const QString& title) {
        sayInStatus(tr("Fetching %1 was cancelled; what has come is kept").arg(title));
    });
    connect(m_data, &DataMenu::failed, this, [this](const Error& error, const QString& name) {
        m_message->showMessage(MessageBar::Kind::Problem, sentenceOf(error), tr("Try again"),
                               [this, name] { m_data->get(name); });
    });
}

QMenu* MainWindow::createExportMenu()
{
    auto* menu = new ExportMenu({m_workbench, *m_trainPage, *m_drawPage, *m_graphPage, *m_panel}, this);
    connectExports(*menu);
    return menu;
}

void MainWindow::usePreset(const QString& name)
{
    auto preset = presetSettings(name.toStdString());
    if (!preset)
        return;
    TrainingSettings settings = *preset;
    settings.data = m_workbench.document().settings().data;
    settings.seed = m_workbench.document().settings().seed;
    settings.drawings = m_workbench.document().settings().drawings;
    if (const auto& loaded = m_workbench.store().data(); loaded && !settings.layers.empty())
        outputLayer(settings.layers).units = loaded->classes;
    m_workbench.document().edit(settings, tr("Preset %1").arg(name));
}

void MainWindow::about()
{
    QMessageBox::about(this, tr("About Chainrule"),
                       tr("<h3>Chainrule %1</h3><p>Watch a neural network learn, from the gradient of one "
                          "multiplication to 98 % on MNIST.</p><p>GPL-3.0-or-later. Built with Qt %2, "
                          "QCustomPlot (GPL-3+), Eigen (MPL-2.0), zlib and nlohmann/json (MIT).</p>")
                           .arg(QApplication::applicationVersion(), QString::fromLatin1(qVersion())));
}

} // namespace chainrule
