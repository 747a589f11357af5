// SPDX-License-Identifier: GPL-3.0-or-later
// What the main window does with runs that are over: their list, and the ways back to their networks.
#include "app/window/mainwindow.h"

#include "app/base/errortext.h"
#include "app/base/momenttext.h"
#include "app/base/recentfiles.h"
#include "app/graph/graphchoices.h"
#include "app/graph/graphpage.h"
#include "app/runs/runlibrary.h"
#include "app/train/runspanel.h"
#include "app/train/trainpage.h"
#include "app/window/runbar.h"

#include "widgets/curves/timebar.h"
#include "widgets/fields/messagebar.h"

#include <QMenu>
#include <QStackedWidget>

#include <algorithm>
#include <utility>

namespace chainrule {

void MainWindow::connectRuns()
{
    connect(m_runs, &RunsPanel::compared, this, [this](const RunPointer& run) {
        m_comparedRun = run ? run->id : std::string();
        if (run)
            m_library->load(run->id);
        else
            m_trainPage->compare(nullptr);
    });
    connect(&m_workbench.training(), &TrainingController::stateChanged, this, [this](TrainingState state) {
        m_runs->runs().setPaused(state == TrainingState::Paused ? m_workbench.training().runId()
                                                                : std::string());
    });
    connect(m_library, &RunLibrary::loaded, this, [this](const RunPointer& run) {
        if (run->id == m_comparedRun)
            m_trainPage->compare(&run->history);
    });
    connect(m_library, &RunLibrary::failed, this,
            [this](const Error& error) { showProblem(error, Problem::Other); });
    connect(m_library, &RunLibrary::noticed, this,
            [this](const Error& error) { showProblem(error, Problem::Other); });
    connect(m_runs, &RunsPanel::settingsWanted, this, [this](const TrainingSettings& settings) {
        m_workbench.document().edit(settings, tr("Settings of a run"));
    });
    connect(m_runs, &RunsPanel::networkWanted, this,
            [this](const RunPointer& run) { m_workbench.openRun(run->id); });
    connect(&m_workbench, &Workbench::curveOpened, this, [this](const FeedContent& content) {
        showNews(content);
        // At its end a run tells its last epoch's mean, not the last few samples', of which a run of the
        // library knows nothing.
        const History history = m_workbench.shownNetwork().history;
        if ((history.test || content.points.empty()) && !history.epochs.empty())
            m_runBar->setTrainingLoss(history.epochs.back().trainLoss);
    });
    // The command follows from the run that is shown, too.
    connect(&m_workbench.training(), &TrainingController::prepared, this, &MainWindow::showSettings);
}

void MainWindow::connectMoments()
{
    const TimeBar* bar = m_trainPage->timeBar();
    connect(bar, &TimeBar::stepWanted, &m_workbench, &Workbench::seek);
    connect(bar, &TimeBar::newestWanted, &m_workbench, &Workbench::showNewest);
    connect(bar, &TimeBar::forkWanted, &m_workbench, &Workbench::fork);
    connect(&m_workbench, &Workbench::momentChanged, this, [this] {
        showState();
        showMoment();
    });
    connect(&m_workbench, &Workbench::updated, this, &MainWindow::showMoment);
    connect(&m_workbench, &Workbench::cleared, this, &MainWindow::showMoment);
    connect(&m_workbench.training(), &TrainingController::news, this, &MainWindow::showMoment);
    connect(&m_workbench.training(), &TrainingController::ended, this, &MainWindow::showMoment);
    connect(&m_workbench.document(), &Document::changed, this, &MainWindow::showMoment);
}

void MainWindow::showMoment()
{
    TimeBar* bar = m_trainPage->timeBar();
    const auto steps = m_workbench.steps();
    bar->setRange(steps ? std::optional(TimeRange{steps->first, steps->last, steps->total, steps->perEpoch,
                                                  steps->best})
                        : std::nullopt);
    const auto step = m_workbench.shownStep();
    if (step) {
        const auto may = m_workbench.mayFork();
        bar->setForkRefusal(may ? QString() : sentenceOf(may.error()));
    }
    bar->show(step, m_workbench.presentEpoch());
    if (step) { // the other pages have no slider
        sayInStatus(tr("Showing step %1 of %2, epoch %3")
                        .arg(locale().toString(*step), locale().toString(steps->total),
                             locale().toString(m_workbench.presentEpoch(), 'f', 1)));
    }
    // The accuracy is that of the run's end, not of a step in between.
    m_runBar->setTestAccuracy(step ? std::nullopt : m_testAccuracy);
}

// Where a run that was stopped or interrupted goes on, and what the command line asked for.
void MainWindow::showOpened()
{
    const Beginning beginning = std::exchange(m_beginning, {});
    if (const auto file = m_workbench.file())
        recentFiles::add(QString::fromStdString(file->path));
    if (!beginning.model.isEmpty() && !m_workbench.store().isLoading())
        m_workbench.begin();
    if (beginning.train) {
        m_workbench.run();
    } else if (m_workbench.canResume()) {
        m_message->showMessage(
            MessageBar::Kind::Note,
            tr("This run stopped at epoch %1 of %2. Resume continues it exactly as if it had not stopped.")
                .arg(epochText(m_workbench.presentEpoch()),
                     locale().toString(m_workbench.shownSettings().epochs)));
    } else {
        sayInStatus(tr("This is the chosen run's network; training goes on from it"));
    }
}

// The list of runs as a menu, for windows that have no room for it.
void MainWindow::fillNetworks()
{
    m_networks->clear();
    const RunListModel& runs = m_runs->runs();
    constexpr int most = 20;
    for (int row = 0; row < std::min(runs.rowCount(), most); ++row) {
        const RunPointer run = runs.run(row);
        QString name = runs.name(row);
        if (run->history.test)
            name = tr("%1, test %2 %").arg(name, locale().toString(run->history.test->accuracy, 'f', 1));
        name.replace(QLatin1Char('&'), QStringLiteral("&&"));
        m_networks->addAction(name, this, [this, run] { m_workbench.openRun(run->id); });
    }
    if (m_networks->isEmpty())
        m_networks->addAction(tr("No runs yet"))->setEnabled(false);
}

void MainWindow::useGraphChoices(const QString& choices)
{
    if (!graphChoices::apply(choices, *m_graphPage))
        return;
    // A digit can be shown once there are predictions to choose from.
    connect(
        &m_workbench, &Workbench::gridChanged, this,
        [this] {
            if (m_pages->currentWidget() == m_graphPage)
                m_graphPage->setMode(GraphPage::Mode::Digit);
        },
        Qt::SingleShotConnection);
}

} // namespace chainrule
