// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that make room for others, and come back: put away, chosen from the list, or kept through a crash.
#include "app/workbench.h"

#include "app/files.h"

#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <utility>

namespace chainrule {

std::shared_ptr<const SessionRun> Workbench::shownRun() const
{
    if (!m_run.setup || !m_run.latest.parameters || m_run.latest.epoch <= 0.0)
        return nullptr;
    SessionRun run{m_run.setup->settings,
                   m_run.history,
                   m_run.latest.parameters,
                   m_run.setup->data->classNames,
                   m_run.latest.epoch,
                   scaleOf(*m_run.setup->data),
                   m_run.initial};
    if (run.history.trainSeconds <= 0.0) { // told at a run's end
        for (const EpochRecord& epoch : run.history.epochs)
            run.history.trainSeconds += epoch.trainSeconds;
    }
    return std::make_shared<const SessionRun>(std::move(run));
}

QString Workbench::initialModel() const
{
    const auto& model = m_document.initial();
    if (!model)
        return {};
    const DocumentFile& file = m_document.file();
    const bool isFile = file.weights.get() == &model->parameters;
    if (model->path.isEmpty())
        return isFile ? file.path : QString(); // saved since
    const bool replaced = !isFile && QFileInfo(model->path).absoluteFilePath() == file.path;
    return replaced ? QString() : model->path; // by what was trained since
}

// What a new run would begin from, for its model to tell; nothing where the seed draws its weights.
std::optional<InitialFile> Workbench::fileToBeginFrom() const
{
    const auto& model = m_document.initial();
    if (!model)
        return std::nullopt;
    const QString path = initialModel();
    if (path.isEmpty())
        return InitialFile{};
    return InitialFile{QFileInfo(path).absoluteFilePath().toStdString(), model->sha256};
}

bool Workbench::startsFromUnsaved() const
{
    return m_document.initial() && initialModel().isEmpty() && !continuesRun();
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
    m_run.curve = m_start->halfDone->curve;
    m_run.latest = {{m_start, &m_start->parameters}, m_start->halfDone->epoch};
    m_run.measured = m_run.latest;
}

// Of a run that is under way, or that was cut off before its end and not gone on with.
std::shared_ptr<const SessionRun> Workbench::unfinishedRun() const
{
    if (m_training.isActive())
        return m_run.history.epochs.empty() ? nullptr : shownRun();
    const auto& model = m_document.initial();
    if (m_run.setup || !model || !model->halfDone || model->history.epochs.empty())
        return nullptr;
    return std::make_shared<const SessionRun>(
        SessionRun{model->halfDone->settings, model->history, initialParameters(), model->classNames,
                   model->halfDone->epoch, model->scale, model->origin});
}

std::shared_ptr<const SessionRun> Workbench::leaveUnfinished()
{
    auto run = unfinishedRun();
    if (run)
        emit leftUnfinished(run);
    return run;
}

void Workbench::forgetShown()
{
    m_pending = Pending::Nothing;
    m_away.reset();
    m_run = {};
    m_start = {};
    m_training.reset();
}

// False where there was nothing that anyone could miss.
bool Workbench::putShownAway()
{
    if (!shownRun()) {
        forgetShown();
        return false;
    }
    m_pending = Pending::Nothing;
    AwayRun away{m_run, leaveUnfinished(), m_run.latest.parameters != m_document.file().weights};
    m_run = {};
    m_start = {};
    m_training.putAside();
    m_away = std::move(away);
    return m_away->unsaved;
}

void Workbench::reset()
{
    const bool unsaved = putShownAway();
    emit cleared();
    requestGrid();
    emit updated();
    if (unsaved)
        emit putAway(m_away->run.latest.epoch);
}

void Workbench::newWeights()
{
    if (!m_run.setup)
        leaveUnfinished();
    const bool unsaved = putShownAway();
    TrainingSettings settings = m_document.settings();
    ++settings.seed;
    m_document.editWithModel(settings, nullptr, tr("New weights"));
    fitToData(); // the output layer was the model's
    if (m_away)
        m_away->undoIndex = m_document.undoStack().index();
    emit cleared();
    requestGrid();
    emit updated();
    if (unsaved)
        emit putAway(m_away->run.latest.epoch);
}

void Workbench::bringBack()
{
    if (!m_away)
        return;
    const AwayRun away = *std::exchange(m_away, std::nullopt);
    m_pending = Pending::Nothing; // it was asked for without this run
    if (away.undoIndex >= 0)      // else something was edited since, which stays
        m_document.undoStack().undo();
    m_run = away.run;
    m_training.bringBack();
    m_training.setLearningRate(m_document.settings().learningRate);
    emit cleared();
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

Result<void> Workbench::openRun(const SessionRun& run)
{
    TrainingSettings settings = run.settings;
    settings.layers = run.parameters->stack.layers;
    if (const auto valid = validate(settings); !valid)
        return Error{"the run", "its settings cannot be used: " + valid.error().message(), ""};
    stopOpening();
    leaveUnfinished();
    const bool saved = run.parameters == m_document.file().weights;
    forgetShown();
    const auto initial = std::make_shared<const InitialModel>(InitialModel{*run.parameters,
                                                                           run.history,
                                                                           {},
                                                                           run.classNames,
                                                                           run.scale,
                                                                           {},
                                                                           run.initial,
                                                                           settings,
                                                                           ModelOrigin::Run,
                                                                           {},
                                                                           run.settings.precision});
    m_document.editWithModel(settings, initial, tr("Open a run's network"));
    if (saved) { // its file holds the very same
        DocumentFile file = m_document.file();
        file.weights = {initial, &initial->parameters};
        m_document.setSaved(file);
    }
    showOpened(run.history, settings.epochs);
    return {};
}

void Workbench::putInto(Session& session) const
{
    session.file = m_document.file().path.toStdString();
    session.fileStamp = m_document.file().stamp.toStdString();
    session.modified = isModified();
    session.settings = m_document.settings();
    if (!hasWeights())
        return;
    ModelToSave model = modelToSave();
    session.parameters = std::move(model.parameters);
    session.trained = std::move(model.settings);
    session.trained.precision = model.precision.value_or(session.trained.precision);
    session.history = std::move(model.history);
    session.classNames = std::move(model.classNames);
    session.scale = std::move(model.scale);
    session.initial = std::move(model.initial);
    session.recorded = model.recorded;
    if (m_run.latest.parameters) {
        session.unfinished = m_training.isActive();
        const Snapshot& kept = session.unfinished ? m_run.measured : m_run.latest;
        session.parameters = kept.parameters;
        session.epoch = kept.epoch;
        session.startValidation = m_run.curve.startValidation;
        session.points = m_run.curve.points;
        std::erase_if(session.points, [&kept](const CurvePoint& point) { return point.epoch > kept.epoch; });
    } else if (const auto& half = m_document.initial()->halfDone) {
        session.epoch = half->epoch;
        session.unfinished = true;
        session.trained = half->settings;
        session.startValidation = half->curve.startValidation;
        session.points = half->curve.points;
    }
}

Result<void> Workbench::restore(const Session& session)
{
    TrainingSettings settings = session.settings;
    TrainingSettings trained = session.trained;
    if (session.parameters)
        trained.layers = session.parameters->stack.layers;
    for (const TrainingSettings* each : {&settings, session.parameters ? &trained : &settings}) {
        if (const auto valid = validate(*each); !valid)
            return Error{"the session", "its settings cannot be used: " + valid.error().message(), ""};
    }
    stopOpening();
    leaveUnfinished();
    forgetShown();
    FeedContent curve;
    curve.startValidation = session.startValidation;
    curve.points = session.points;
    std::shared_ptr<const InitialModel> initial;
    if (session.parameters) {
        InitialModel model{*session.parameters,
                           session.history,
                           session.modified ? QString() : QString::fromStdString(session.file),
                           session.classNames,
                           session.scale,
                           {},
                           session.initial,
                           session.recorded ? std::optional(trained) : std::nullopt,
                           ModelOrigin::Session,
                           {},
                           trained.precision};
        if (session.unfinished && session.epoch > 0.0)
            model.halfDone = HalfDone{trained, session.epoch, curve};
        initial = std::make_shared<const InitialModel>(std::move(model));
    }
    DocumentFile file{QString::fromStdString(session.file), {}, nullptr};
    if (!session.modified)
        file = {file.path, settings, {initial, initial ? &initial->parameters : nullptr}};
    file.stamp = QString::fromStdString(session.fileStamp);
    const bool sameLayers = !initial || trained.layers == settings.layers;
    m_document.openFile(file, sameLayers ? settings : trained, initial, tr("Restore session"));
    if (sameLayers) {
        showOpened(session.history, trained.epochs);
        emit curveOpened(curve);
        return {};
    }
    // The layers that were edited for the next run leave no place for the network but the list.
    const auto network = std::make_shared<const SessionRun>(
        SessionRun{trained, session.history, session.parameters, session.classNames, session.epoch,
                   session.scale, session.initial});
    m_document.edit(settings, tr("Settings of the session"));
    emit leftUnfinished(network);
    showOpened({}, settings.epochs);
    return {};
}

} // namespace chainrule
