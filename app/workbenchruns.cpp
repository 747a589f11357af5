// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that make room for others, and come back: put away, or chosen from the list.
#include "app/workbench.h"

#include <QScopedValueRollback>

#include <cmath>
#include <utility>

namespace chainrule {

std::shared_ptr<const Run> Workbench::shownRun() const
{
    return runOf(m_run);
}

std::shared_ptr<const Run> Workbench::runOf(const ShownRun& shown)
{
    if (!shown.setup || !shown.latest.parameters || shown.latest.epoch <= 0.0)
        return nullptr;
    Run run{shown.setup->settings, shown.history, shown.latest.parameters, shown.latest.epoch, shown.initial};
    if (run.history.trainSeconds <= 0.0) { // told at a run's end
        for (const EpochRecord& epoch : run.history.epochs)
            run.history.trainSeconds += epoch.trainSeconds;
    }
    return std::make_shared<const Run>(std::move(run));
}

bool Workbench::continuesRun() const
{
    const auto& model = m_document.initial();
    if (m_run.setup || !model || !model->halfDone)
        return false;
    TrainingSettings edited = m_document.settings();
    edited.learningRate = model->halfDone->settings.learningRate; // acts at once, as in any run
    return edited == model->halfDone->settings;
}

History Workbench::historyBefore(const InitialModel& model)
{
    History before;
    for (const EpochRecord& record : model.history.epochs) {
        if (record.epoch <= static_cast<int>(model.halfDone->epoch))
            before.epochs.push_back(record);
    }
    before.resumedAt = model.halfDone->epoch;
    return before;
}

// What a run that goes on has behind it.
void Workbench::takeStart()
{
    if (!m_start)
        return;
    m_run.history = historyBefore(*m_start);
    m_run.curve = m_start->curve;
    m_run.latest = {{m_start, &m_start->parameters}, m_start->halfDone->epoch};
    m_run.measured = m_run.latest;
}

// Of an opened network, as far as it is known.
std::shared_ptr<const Run> Workbench::runOf(const std::shared_ptr<const InitialModel>& model) const
{
    const HalfDone* half = model->halfDone ? &*model->halfDone : nullptr;
    TrainingSettings settings = half             ? half->settings
                                : model->trained ? *model->trained
                                                 : m_document.settings();
    settings.layers = model->parameters.stack.layers;
    settings.precision = model->precision;
    if (settings.precision == Precision::Float) // which the scalar engine does not have
        settings.engine = EngineKind::Matrix;
    return std::make_shared<const Run>(Run{settings, model->history, weightsOf(model),
                                           half ? half->epoch : 0.0, model->origin, half || model->trained});
}

// Of a run that is under way, or that was cut off before its end and not gone on with.
std::shared_ptr<const Run> Workbench::unfinishedRun() const
{
    if (m_training.isActive())
        return m_run.history.epochs.empty() ? nullptr : shownRun();
    const auto& model = m_document.initial();
    if (m_run.setup || !model || !model->halfDone || model->history.epochs.empty())
        return nullptr;
    return runOf(model);
}

std::shared_ptr<const Run> Workbench::leaveUnfinished()
{
    auto run = unfinishedRun();
    if (run)
        emit leftUnfinished(run);
    return run;
}

void Workbench::forgetShown()
{
    m_pending = Pending::Nothing;
    letAwayGo();
    m_run = {};
    m_start = {};
    m_training.reset();
}

// Whether there was anything that anyone could miss, and more than what was put away before; else that stays.
bool Workbench::putShownAway()
{
    m_pending = Pending::Nothing;
    if (!shownRun() || (losesAway() && m_run.history.epochs.empty())) {
        m_run = {};
        m_start = {};
        m_training.drop();
        return false;
    }
    Away away{m_run, nullptr, leaveUnfinished()};
    m_run = {};
    m_start = {};
    m_training.putAside();
    m_away = std::move(away);
    return true;
}

// One that is in no file, and that something else takes the place of.
bool Workbench::listOpened(const std::shared_ptr<const InitialModel>& opened)
{
    if (!isInNoFile(opened))
        return false;
    emit leftUnfinished(runOf(opened));
    return true;
}

// Puts an opened network away, unless another one that is in no file is put away already.
bool Workbench::putOpenedAway(const std::shared_ptr<const InitialModel>& opened)
{
    if (losesAway())
        listOpened(opened);
    if (losesAway() || !isInNoFile(opened))
        return false;
    m_training.reset();
    m_away = Away{{}, opened, runOf(opened)};
    emit leftUnfinished(m_away->listed);
    return true;
}

void Workbench::letAwayGo()
{
    if (std::exchange(m_away, std::nullopt))
        emit awayGone();
}

std::shared_ptr<const Network> Workbench::awayWeights() const
{
    if (!m_away)
        return nullptr;
    return m_away->model ? weightsOf(m_away->model) : m_away->run.latest.parameters;
}

void Workbench::tellAway()
{
    if (!m_away || placeOf(awayWeights()))
        return;
    const auto& model = m_away->model;
    if (!model)
        emit putAway(m_away->run.latest.epoch);
    else if (model->halfDone)
        emit putAway(model->halfDone->epoch);
    else
        emit putAway(model->history.epochs.empty() ? 0.0 : model->history.epochs.back().epoch);
}

void Workbench::reset()
{
    const auto left = m_run.left;
    putShownAway();
    putOpenedAway(left);
    showInitial();
    emit updated();
    tellAway();
}

void Workbench::newWeights()
{
    const auto left = m_run.left;
    bool away = putShownAway();
    TrainingSettings settings = m_document.settings();
    ++settings.seed;
    {
        const auto opened = m_document.initial();
        const QScopedValueRollback opens(m_opens, true);
        m_document.editWithModel(settings, nullptr, tr("New weights"));
        away = putOpenedAway(opened) || away;
    }
    fitToData(); // the output layer was the model's
    if (away)
        m_away->undoIndex = m_document.undoStack().index();
    putOpenedAway(left);
    showInitial();
    emit updated();
    tellAway();
}

void Workbench::bringBack()
{
    if (!m_away)
        return;
    const Away away = *std::exchange(m_away, std::nullopt);
    m_pending = Pending::Nothing; // it was asked for without this run
    const QScopedValueRollback opens(m_opens, true);
    if (away.undoIndex >= 0) // else something was edited since, which stays
        m_document.undoStack().undo();
    if (away.model) {
        m_run = {};
        m_start = {};
        m_training.drop();
        showModel(away.model);
        emit broughtBack(away.listed);
        return;
    }
    m_run = away.run;
    m_training.bringBack();
    m_training.setLearningRate(m_document.settings().learningRate);
    emit cleared(false);
    emit historyOpened(m_run.history, m_run.setup->settings.epochs);
    FeedContent curve = m_run.curve;
    Progress progress;
    const auto samples = static_cast<double>(m_run.setup->split.training.size());
    progress.samplesDone = static_cast<std::size_t>(std::llround(m_run.latest.epoch * samples));
    progress.samplesTotal =
        m_run.setup->split.training.size() * static_cast<std::size_t>(m_run.setup->settings.epochs);
    progress.samplesPerSecond = m_run.history.samplesPerSecond;
    curve.progress = progress;
    emit curveOpened(curve);
    requestGrid();
    emit updated();
    emit broughtBack(away.listed);
}

// By an edit, where it is not there anyway; no run stands before it.
void Workbench::showModel(const std::shared_ptr<const InitialModel>& model)
{
    const QScopedValueRollback opens(m_opens, true);
    TrainingSettings settings = m_document.settings();
    settings.layers = model->parameters.stack.layers;
    if (m_document.initial() != model)
        m_document.editWithModel(settings, model, tr("Bring it back"));
    showInitial();
    emit updated();
}

namespace {

InitialModel modelOf(const Run& run)
{
    TrainingSettings settings = run.settings;
    settings.layers = run.network->stack.layers;
    InitialModel model{*run.network,       run.history, {},        run.network->outputNames,
                       run.network->scale, {},          run.parent};
    if (run.recorded)
        model.trained = settings;
    model.from = ModelOrigin::Run;
    model.precision = run.settings.precision;
    model.listed = run.network;
    return model;
}

} // namespace

std::shared_ptr<const Run> Workbench::awayRun() const
{
    if (!losesAway())
        return nullptr;
    return m_away->model ? runOf(m_away->model) : runOf(m_away->run);
}

void Workbench::takeAway(const std::shared_ptr<const Run>& run)
{
    if (!run->network || losesAway())
        return;
    InitialModel model = modelOf(*run);
    const bool unfinished = run->epoch > 0.0 && run->epoch < run->settings.epochs;
    if (unfinished)
        model.halfDone = HalfDone{model.trained.value_or(run->settings), run->epoch};
    // One that has come to its end stays in the list, as any does.
    m_away = Away{{}, std::make_shared<const InitialModel>(std::move(model)), unfinished ? run : nullptr};
    emit updated();
    tellAway();
}

Result<void> Workbench::openRun(const Run& run)
{
    TrainingSettings settings = run.settings;
    settings.layers = run.network->stack.layers;
    if (const auto valid = validate(settings); !valid)
        return Error{"the run", "its settings cannot be used: " + valid.error().message(), ""};
    stopOpening();
    leaveUnfinished();
    const bool saved = run.network == m_document.file().weights;
    forgetShown();
    const auto initial = std::make_shared<const InitialModel>(modelOf(run));
    if (const SavedWeights* place = placeOf(run.network))
        m_saved.push_back({weightsOf(initial), place->path});
    listOpened(m_document.initial());
    const QScopedValueRollback opens(m_opens, true);
    m_document.editWithModel(settings, initial, tr("Open a run's network"));
    if (saved) { // its file holds the very same
        DocumentFile file = m_document.file();
        file.weights = weightsOf(initial);
        m_document.setSaved(m_document.fileRecord(), file);
    }
    showInitial();
    return {};
}

} // namespace chainrule
