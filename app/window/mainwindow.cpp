// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/mainwindow.h"

#include "app/base/errortext.h"
#include "app/base/momenttext.h"
#include "app/base/panels.h"
#include "app/data/datamenu.h"
#include "app/data/digitreader.h"
#include "app/draw/drawpage.h"
#include "app/graph/graphchoices.h"
#include "app/graph/graphpage.h"
#include "app/runs/runlibrary.h"
#include "app/runs/workspace.h"
#include "app/train/dataview.h"
#include "app/train/modelpanel.h"
#include "app/train/runspanel.h"
#include "app/train/trainpage.h"
#include "app/window/runbar.h"
#include "app/window/windowstate.h"

#include "widgets/fields/messagebar.h"
#include "widgets/fields/transferbar.h"
#include "widgets/images/predictiongrid.h"
#include "widgets/layers/layerstackview.h"
#include "widgets/style/icons.h"

#include <QAction>
#include <QApplication>
#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTabBar>
#include <QTimer>
#include <QUndoGroup>
#include <QVBoxLayout>

namespace chainrule {

namespace {

constexpr int panelWidth = 288;
constexpr int smallestWidth = 860;
constexpr int runsWidth = 256;
constexpr int widthWithRuns = 1260;  // below, the page would be cramped
constexpr int widthWithModel = 1680; // beside a graph, which is read the better the larger it is
constexpr int widthWithModelAndCanvas = 1200;
constexpr int patienceMilliseconds = 700; // until a way to stop loading is offered

QFrame* hairline(QFrame::Shape shape)
{
    auto* line = new QFrame;
    line->setFrameShape(shape);
    line->setFrameShadow(QFrame::Plain);
    return line;
}

} // namespace

MainWindow::MainWindow(const TrainingSettings& settings, ThemeSwitch& theme,
                       const Result<std::string>& library, QWidget* parent)
    : QMainWindow(parent)
    , m_library(new RunLibrary(library, this))
    , m_workbench(settings)
{
    m_workbench.useLibrary(m_library->writer(), library ? *library : std::string());
    setAcceptDrops(true);
    setMinimumWidth(smallestWidth); // the run bar cuts its tabs before it asks for more
    createActions();
    createLayout();
    createMenus(theme);
    connectWorkbench();
    placePanels(); // before the first layout, which would otherwise make room for both pages
    windowState::restore(*this);
    m_firstExpression = m_graphPage->expression();
    m_runBar->tabs()->setCurrentIndex(std::clamp(windowState::page(), 0, m_pages->count() - 1));
    showSettings();
    showState();
    m_runBar->runButton()->setFocus();
    connectWorkspace();
    m_library->start();
}

void MainWindow::createLayout()
{
    m_runBar = new RunBar({m_run, m_stepBatch, m_stepEpoch, m_reset, m_newWeights, m_trainNew});
    makePanel(m_runBar);
    m_panel = new ModelPanel;
    // A larger font needs a wider panel, but not in proportion: most of it is fields.
    m_panel->setFixedWidth(std::max(panelWidth, fontMetrics().height() * 27 / 2));
    m_message = new MessageBar;
    m_transfer = new TransferBar;
    m_loading = new MessageBar;
    m_loading->setNames(tr("Loading"), tr("Loading text"), tr("Dismiss loading"));
    m_pages = new QStackedWidget;
    m_trainPage = new TrainPage;
    m_runBar->tabs()->addTab(tr("Train"));
    m_pages->addWidget(m_trainPage);
    m_drawPage = new DrawPage;
    m_runBar->tabs()->addTab(tr("Draw"));
    m_pages->addWidget(m_drawPage);
    m_graphPage = new GraphPage;
    m_runBar->tabs()->addTab(tr("Graph"));
    m_pages->addWidget(m_graphPage);
    connect(m_runBar->tabs(), &QTabBar::currentChanged, this, [this](int page) {
        if (m_pages->widget(page) != m_trainPage)
            hideSidePanels(); // first: all of them at once would make the window wider
        m_pages->setCurrentIndex(page);
        placePanels();
        chooseUndo();
    });
    connect(m_graphPage, &GraphPage::modeChanged, this, &MainWindow::placePanels);
    connect(m_graphPage, &GraphPage::problem, this,
            [this](const Error& error) { showProblem(error, Problem::Other); });
    connect(m_graphPage, &GraphPage::saved, this,
            [this](const QString& name) { sayInStatus(tr("Saved %1").arg(name)); });
    connect(m_graphPage, &GraphPage::digitWanted, this, [this] {
        if (m_drawingInGraph)
            showSampleInGraph(m_drawingInGraph, 0);
        else
            showInGraph();
    });
    connect(m_trainPage, &TrainPage::graphWanted, this, &MainWindow::showInGraph);
    connect(m_drawPage, &DrawPage::graphWanted, this, [this](const std::shared_ptr<const Dataset>& drawing) {
        m_drawingInGraph = drawing;
        showSampleInGraph(drawing, 0);
    });
    connect(m_drawPage, &DrawPage::problem, this, [this](const Error& error) {
        showProblem(error, Problem::Other);
        m_drawProblem = m_message->message();
    });
    connect(m_drawPage, &DrawPage::otherFileDropped, this, &MainWindow::openFile);
    connect(m_drawPage, &DrawPage::news, this, [this](const QString& text) {
        sayInStatus(text);
        if (m_message->message() == m_drawProblem) // what went wrong before has gone well now
            m_message->hide();
    });
    connect(m_drawPage, &DrawPage::digitsWanted, this, [this] {
        useDigits();
        m_workbench.reset(); // the run that is shown reads something else
    });
    connect(m_drawPage, &DrawPage::trainsOnDrawingsWanted, this, [this](bool trains) {
        TrainingSettings settings = m_workbench.document().settings();
        settings.drawings = trains ? m_drawPage->session().file().toStdString() : std::string();
        m_workbench.document().edit(settings, tr("Train on drawings"));
    });

    auto* messageRow = new QVBoxLayout;
    messageRow->setContentsMargins(16, 0, 16, 0);
    messageRow->setSpacing(0); // each brings its own
    messageRow->addWidget(m_message);
    messageRow->addWidget(m_loading);
    messageRow->addWidget(m_transfer);
    auto* page = new QVBoxLayout;
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addLayout(messageRow);
    page->addWidget(m_pages, 1);
    auto* below = new QHBoxLayout;
    below->setSpacing(0);
    below->addWidget(m_panel);
    m_panelLine = hairline(QFrame::VLine);
    below->addWidget(m_panelLine);
    below->addLayout(page, 1);
    m_runs = new RunsPanel(*m_library);
    m_runs->setFixedWidth(runsWidth);
    m_runsLine = hairline(QFrame::VLine);
    below->addWidget(m_runsLine);
    below->addWidget(m_runs);
    m_runs->hide(); // until the window is known to be wide enough
    m_runsLine->hide();

    auto* central = new QWidget;
    auto* layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_runBar);
    layout->addWidget(hairline(QFrame::HLine));
    layout->addLayout(below, 1);
    setCentralWidget(central);

    m_stateLabel = new QLabel;
    m_stateLabel->setAccessibleName(tr("Status"));
    m_engineLabel = new QLabel;
    m_engineLabel->setAccessibleName(tr("Engine in use"));
    m_engineLabel->setForegroundRole(QPalette::PlaceholderText);
    m_stateLabel->setContentsMargins(12, 2, 8, 2);
    m_engineLabel->setContentsMargins(8, 2, 12, 2);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->setContentsMargins(0, 0, 0, 0);
    statusBar()->addWidget(m_stateLabel, 1);
    statusBar()->addPermanentWidget(m_engineLabel);
}

void MainWindow::connectWorkbench()
{
    connect(&m_workbench.document(), &Document::changed, this, &MainWindow::showSettings);
    connect(&m_workbench, &Workbench::fileChanged, this, &MainWindow::showSettings);
    connect(&m_workbench, &Workbench::opened, this, &MainWindow::showOpened);
    connectRuns();
    connect(m_panel, &ModelPanel::edited, &m_workbench.document(), &Document::edit);
    connect(m_panel, &ModelPanel::sourceWanted, this, &MainWindow::useSource);
    connect(m_panel, &ModelPanel::folderWanted, this, &MainWindow::chooseFolder);
    connect(m_panel, &ModelPanel::fileWanted, this, &MainWindow::chooseDataFile);
    connect(m_panel, &ModelPanel::previewWanted, this, &MainWindow::showData);
    connect(m_panel, &ModelPanel::copied, this, [this] { sayInStatus(tr("Command copied")); });
    connect(&m_workbench.store(), &DataStore::loaded, this, [this] {
        m_panel->setData(m_workbench.store().data());
        m_trainPage->dataView()->setData(m_workbench.store().data());
        rememberData();
        m_loading->hide();
        const QString said = m_message->message();
        // That these very data do not fit the network has just been said.
        const bool fits = m_workbench.networkReadsData();
        if (!said.isEmpty() && fits && said == m_dataProblem)
            m_message->hide();
        if (fits)
            m_dataProblem.clear();
        const std::string opened = std::exchange(m_opened, {});
        if (!opened.empty() && opened == m_workbench.store().source() && !m_workbench.training().isActive() &&
            !m_workbench.isStartPending())
            showData();
        showState();
    });
    connect(&m_workbench.store(), &DataStore::loadingStarted, this, &MainWindow::showState);
    connect(&m_workbench, &Workbench::dataRefused, this, &MainWindow::showRefusal);
    connect(&m_workbench, &Workbench::openingStopped, m_panel, &ModelPanel::showDatasets);
    connect(&m_workbench, &Workbench::openingStopped, m_loading, &QWidget::hide);
    connect(&m_workbench.store(), &DataStore::failed, this, [this] {
        m_loading->hide();
        m_trainPage->dataView()->setData(nullptr);
        if (m_workbench.document().initial()) // whose inputs are known without them
            m_panel->setData(nullptr);
    });
    m_patience = new QTimer(this);
    m_patience->setSingleShot(true);
    m_patience->setInterval(patienceMilliseconds);
    connect(m_patience, &QTimer::timeout, this, &MainWindow::offerToStopLoading);
    connect(&m_workbench.store(), &DataStore::loadingStarted, m_patience, qOverload<>(&QTimer::start));

    TrainingController& training = m_workbench.training();
    connect(&training, &TrainingController::stateChanged, this, &MainWindow::showState);
    connect(&training, &TrainingController::news, this, &MainWindow::showNews);
    connect(&training, &TrainingController::ended, this, &MainWindow::showOutcome);
    connect(&training, &TrainingController::prepared, this, [this] {
        if (!m_workbench.shownSettings().drawings.empty()) // of which another window may have kept some
            m_drawPage->session().readOthers();
    });
    connect(&m_workbench, &Workbench::cleared, this, [this](bool byEdit) {
        m_trainPage->clearCurves();
        m_runBar->clearProgress();
        m_testAccuracy.reset();
        m_runBar->setTestAccuracy(std::nullopt);
        if (!byEdit) {
            m_trainPage->setDataShown(false);
            m_message->hide();
        }
        showSettings(); // the command follows from what is shown
    });
    connect(&m_workbench, &Workbench::historyOpened, this, [this](const History& history, int epochs) {
        m_trainPage->setEpochs(epochs);
        m_trainPage->setLoss(m_workbench.shownSettings().loss);
        m_trainPage->append(history);
        m_testAccuracy = history.test ? std::optional(history.test->accuracy) : std::nullopt;
        m_runBar->setTestAccuracy(m_testAccuracy);
    });
    connect(&m_workbench, &Workbench::gridChanged, m_trainPage, &TrainPage::showGrid);
    connect(&m_workbench, &Workbench::gridChanged, m_drawPage, &DrawPage::showNetwork);
    connect(&m_workbench, &Workbench::problem, this, &MainWindow::showProblem);
    connect(&m_workbench, &Workbench::updated, this, &MainWindow::showState);
    connect(
        &m_workbench, &Workbench::outputFollowed, this,
        [this](int classes) {
            sayInStatus(tr("The output layer has %Ln unit(s) now, one for each class", nullptr, classes));
        },
        Qt::QueuedConnection); // after what is said of the data's arrival
    connect(m_trainPage, &TrainPage::gridChoiceWanted, &m_workbench, &Workbench::setGridChoice);
    connectMoments(); // after what they follow
}

void MainWindow::begin(const QString& model, const std::string& source, bool train)
{
    m_beginning = {model, source, train};
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
    m_drawPage->session().useFile(folder + QStringLiteral("/chainrule/drawings.jsonl"));
    m_workspace->take();
}

void MainWindow::showSettings()
{
    const auto& initial = m_workbench.document().initial();
    m_panel->setModelInputs(initial ? initial->network->stack.input.size() : 0);
    const bool unsaved = m_workbench.startsFromUnsaved();
    const QString file = QStringLiteral("network.safetensors");
    const QString before =
        unsaved ? QStringLiteral("chainrule runs export %1 %2").arg(QString::fromStdString(initial->id), file)
                : QString();
    m_panel->setSettings(m_workbench.document().settings(), unsaved ? file : m_workbench.initialModel(),
                         before);
    m_drawPage->setTrainsOnDrawings(!m_workbench.document().settings().drawings.empty());
    showFile();
    showEngine();
}

void MainWindow::showEngine()
{
    const TrainingSettings& settings = m_workbench.shownSettings();
    const bool matrix = settings.engine == EngineKind::Matrix;
    const int threads = matrix ? settings.threads : 1;
    QString text = tr("%1 · %2 · %n thread(s)", nullptr, threads)
                       .arg(matrix ? tr("Matrix engine") : tr("Scalar engine"),
                            settings.precision == Precision::Float ? tr("float") : tr("double"));
    if (m_testAccuracy)
        text += tr(" · last test accuracy %1 %").arg(locale().toString(*m_testAccuracy, 'f', 2));
    m_engineLabel->setText(text);
    m_engineLabel->setAccessibleDescription(text);
}

void MainWindow::sayInStatus(const QString& text)
{
    m_stateLabel->setText(text);
    m_stateLabel->setAccessibleDescription(text);
}

void MainWindow::showState()
{
    const TrainingState state = m_workbench.training().state();
    const bool running = state == TrainingState::Running;
    const bool waits = state == TrainingState::Paused || m_workbench.canResume();
    m_run->setText(running ? tr("&Pause") : waits ? tr("&Resume") : tr("&Train"));
    m_run->setIconText(running ? tr("Pause") : waits ? tr("Resume") : tr("Train"));
    m_run->setIcon(icon(running ? QStringLiteral("pause") : QStringLiteral("play"), IconRole::OnAccent));
    showFile();
    m_trainNew->setVisible(waits);
    m_runBar->setState(state);
    if (const auto setup = m_workbench.training().setup()) {
        m_trainPage->setEpochs(setup->settings.epochs);
        m_trainPage->setLoss(setup->settings.loss);
    }

    const QString source = QString::fromStdString(m_workbench.store().readSource());
    if (m_workbench.store().isLoading() || m_workbench.store().isOpening()) {
        sayInStatus(m_workbench.isStartPending() ? tr("Loading %1, then training…").arg(source)
                                                 : tr("Loading %1…").arg(source));
    } else {
        switch (state) {
        case TrainingState::Idle:
            sayInStatus(m_workbench.canResume() ? tr("Interrupted") : tr("Ready"));
            break;
        case TrainingState::Running:
            sayInStatus(tr("Training"));
            break;
        case TrainingState::Paused:
            sayInStatus(tr("Paused"));
            break;
        case TrainingState::Finished:
            sayInStatus(tr("Finished"));
            break;
        case TrainingState::Diverged:
            sayInStatus(tr("Diverged"));
            break;
        case TrainingState::Failed:
            sayInStatus(tr("Failed"));
            break;
        }
    }
    m_panel->setNote(
        m_workbench.differsFromRun()
            ? m_workbench.training().isActive()
                  ? tr("The run under way keeps its settings; only the learning rate acts at once. "
                       "The other changes wait for the next run.")
                  : tr("The curves show the last run; the changes wait for the next.")
            : QString());
    showEngine();
}

void MainWindow::showNews(const FeedContent& content)
{
    m_trainPage->append(content);
    showFile();
    const TrainingSettings& settings = m_workbench.shownSettings();
    if (content.progress) {
        m_runBar->setProgress(*content.progress);
        if (const auto perEpoch = content.progress->samplesTotal / static_cast<std::size_t>(settings.epochs);
            perEpoch > 0) {
            const auto epoch = static_cast<int>((content.progress->samplesDone + perEpoch - 1) / perEpoch);
            m_runBar->setEpoch(std::max(1, epoch), settings.epochs);
        }
    }
    if (!content.points.empty())
        m_runBar->setTrainingLoss(content.points.back().loss);
}

void MainWindow::showOutcome(const TrainingOutcome& outcome)
{
    if (outcome.history.test) {
        m_testAccuracy = outcome.history.test->accuracy;
        m_runBar->setTestAccuracy(m_testAccuracy);
    }
    if (!outcome.history.epochs.empty() && outcome.reason == EndReason::Finished)
        m_runBar->setTrainingLoss(outcome.history.epochs.back().trainLoss);
    showState();
}

void MainWindow::showProblem(const Error& error, Problem kind)
{
    if (!std::exchange(m_beginning, {}).model.isEmpty()) // it could not be opened
        m_workbench.begin();
    const QString text = sentenceOf(error);
    const TrainingSettings& settings = m_workbench.shownSettings();
    if (kind == Problem::Divergence) {
        const double rate = std::min(settings.learningRate / 10.0, 0.1);
        m_message->showMessage(MessageBar::Kind::Problem, text,
                               tr("Train with %1").arg(locale().toString(rate)), [this, rate] {
                                   TrainingSettings gentler = m_workbench.document().settings();
                                   gentler.learningRate = rate; // whatever else was edited meanwhile stays
                                   m_workbench.document().edit(gentler, tr("Learning rate"));
                                   m_workbench.trainNew();
                               });
    } else if (kind == Problem::Data) {
        showDataProblem(error);
    } else if (kind == Problem::Model) {
        m_message->showMessage(MessageBar::Kind::Problem, text, tr("New weights"),
                               [this] { m_workbench.newWeights(); });
        m_dataProblem = text;
    } else {
        m_message->showMessage(MessageBar::Kind::Problem, text);
    }
    showState();
}

void MainWindow::hideSidePanels()
{
    for (QWidget* each : std::initializer_list<QWidget*>{m_runs, m_runsLine, m_panel, m_panelLine})
        each->hide();
}

// Which side panels stand beside the page: the Draw and the Graph page bring their own, and need the room of
// the others unless the window is wide.
void MainWindow::placePanels()
{
    // Only the page that is seen says how small the window may be.
    for (int i = 0; i < m_pages->count(); ++i) {
        const auto policy = i == m_pages->currentIndex() ? QSizePolicy::Preferred : QSizePolicy::Ignored;
        m_pages->widget(i)->setSizePolicy(policy, policy);
    }
    m_pages->updateGeometry(); // panels that are shown below take its size as it was before
    const bool wideEnough = width() >= widthWithRuns;
    const bool graph = m_pages->currentWidget() == m_graphPage;
    const bool draw = m_pages->currentWidget() == m_drawPage;
    m_showRuns->setEnabled(wideEnough);
    m_showRuns->setText(wideEnough ? tr("&Runs") : tr("&Runs (in a wider window)"));
    const bool runs = m_showRuns->isChecked() && wideEnough && !graph && !draw;
    m_runs->setVisible(runs);
    m_runsLine->setVisible(runs);
    const bool model = graph
                           ? width() >= widthWithModel && m_graphPage->mode() != GraphPage::Mode::TinyNetwork
                       : draw ? width() >= std::max(widthWithModelAndCanvas, 72 * fontMetrics().height())
                              : true;
    m_panel->setVisible(model);
    m_panelLine->setVisible(model);
}

// The chosen test image with the network's present weights.
void MainWindow::showInGraph()
{
    m_drawingInGraph.reset();
    const auto sample = m_trainPage->chosenSample();
    const auto parameters = m_workbench.presentParameters();
    if (!sample || !parameters) {
        if (m_pages->currentWidget() != m_graphPage)
            return;
        showProblem(Error{"there is no image to show", "no test samples have been looked at yet",
                          "Wait until the data is loaded, or give some test samples at the left"},
                    Problem::Other);
        return;
    }
    showSampleInGraph(sample->pool, sample->index);
}

void MainWindow::showSampleInGraph(const std::shared_ptr<const Dataset>& pool, std::size_t sample)
{
    const auto parameters = m_workbench.presentParameters();
    if (!parameters)
        return;
    const double epoch = m_workbench.presentEpoch();
    const QString when = momentOf(epoch, m_workbench.hasWeights());
    m_runBar->tabs()->setCurrentIndex(m_pages->indexOf(m_graphPage));
    m_graphPage->showDigit({parameters, pool, sample, when});
}

// Undo and redo are about what was edited last; on a page of its own a drawing comes first.
void MainWindow::followUndo(QUndoStack& stack)
{
    m_undo->addStack(&stack);
    // A stack that ends changes once more, when this window may be no more than a widget: the group is what
    // counts.
    connect(&stack, &QUndoStack::indexChanged, m_undo, [group = m_undo, &stack] {
        if (group->stacks().contains(&stack))
            group->setActiveStack(&stack);
    });
}

void MainWindow::chooseUndo()
{
    QUndoStack& drawing = m_drawPage->session().drawingUndo();
    const bool draws = m_pages->currentWidget() == m_drawPage && drawing.count() > 0;
    m_undo->setActiveStack(draws ? &drawing : &m_workbench.document().undoStack());
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    placePanels();
}

} // namespace chainrule
