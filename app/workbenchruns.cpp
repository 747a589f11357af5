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
    if (!m_runSetup || !m_latest.parameters || m_latest.epoch <= 0.0)
        return nullptr;
    SessionRun run{m_runSetup->settings, m_history,      m_latest.parameters, m_runSetup->data->classNames,
                   m_latest.epoch,       presentScale(), m_runInitial};
    if (run.history.trainSeconds <= 0.0) { // told at a run's end
        for (const EpochRecord& epoch : run.history.epochs)
            run.history.trainSeconds += epoch.trainSeconds;
    }
    return std::make_shared<const SessionRun>(std::move(run));
}

QString Workbench::initialModel() const
{
    const auto& model = m_document.initial();
    if (!model || !model->path.isEmpty())
        return model ? model->path : QString();
    const DocumentFile& file = m_document.file(); // saved since
    return file.weights.get() == &model->parameters ? file.path : QString();
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
    if (m_runSetup || !model || !model->halfDone)
        return false;
    TrainingSettings edited = m_document.settings();
    edited.learningRate = model->halfDone->settings.learningRate; // acts at once, as in any run
    return edited == model->halfDone->settings;
}

// What a run that goes on has behind it.
void Workbench::takeStart()
{
    if (!m_start)
        return;
    const HalfDone& before = *m_start->halfDone;
    for (const EpochRecord& record : m_start->history.epochs) {
        if (record.epoch <= static_cast<int>(before.epoch))
            m_history.epochs.push_back(record);
    }
    m_curve = before.curve;
    m_latest = {{m_start, &m_start->parameters}, before.epoch};
}

void Workbench::leaveUnfinished()
{
    if (!m_training.isActive() || m_history.epochs.empty())
        return;
    if (const auto run = shownRun())
        emit leftUnfinished(run);
}

void Workbench::forgetShown()
{
    m_away.reset();
    m_runSetup.reset();
    m_latest = {};
    m_history = {};
    m_curve = {};
    m_start = {};
    m_training.reset();
}

// False where there was nothing that anyone could miss.
bool Workbench::putShownAway()
{
    m_pending = Pending::Nothing;
    if (!shownRun()) {
        forgetShown();
        return false;
    }
    const bool unsaved = m_latest.parameters != m_document.file().weights;
    leaveUnfinished();
    AwayRun away{m_runSetup, m_latest, m_history, m_curve, m_runInitial};
    m_runSetup.reset();
    m_latest = {};
    m_history = {};
    m_curve = {};
    m_start = {};
    m_training.putAside();
    m_away = std::move(away);
    return unsaved;
}

void Workbench::reset()
{
    const bool unsaved = putShownAway();
    emit cleared();
    requestGrid();
    emit updated();
    if (unsaved)
        emit putAway(m_away->latest.epoch);
}

void Workbench::newWeights()
{
    const bool unsaved = putShownAway();
    TrainingSettings settings = m_document.settings();
    ++settings.seed;
    m_document.editWithModel(settings, nullptr, tr("New weights"));
    if (m_away)
        m_away->undoIndex = m_document.undoStack().index();
    emit cleared();
    requestGrid();
    emit updated();
    if (unsaved)
        emit putAway(m_away->latest.epoch);
}

void Workbench::bringBack()
{
    if (!m_away)
        return;
    const AwayRun away = *std::exchange(m_away, std::nullopt);
    if (away.undoIndex == m_document.undoStack().index()) // else something was edited since, which stays
        m_document.undoStack().undo();
    m_runSetup = away.setup;
    m_latest = away.latest;
    m_history = away.history;
    m_curve = away.curve;
    m_runInitial = away.initial;
    m_training.bringBack();
    m_training.setLearningRate(m_document.settings().learningRate);
    emit cleared();
    emit historyOpened(m_history, m_runSetup->settings.epochs);
    FeedContent curve = m_curve;
    Progress progress;
    const auto samples = static_cast<double>(m_runSetup->split.training.size());
    progress.samplesDone = static_cast<std::size_t>(std::llround(m_latest.epoch * samples));
    progress.samplesTotal =
        m_runSetup->split.training.size() * static_cast<std::size_t>(m_runSetup->settings.epochs);
    progress.samplesPerSecond = m_history.samplesPerSecond;
    curve.progress = progress;
    emit curveOpened(curve);
    requestGrid();
    emit updated();
    emit broughtBack();
}

Result<void> Workbench::openRun(const SessionRun& run)
{
    TrainingSettings settings = run.settings;
    settings.layers = run.parameters->stack.layers;
    if (const auto valid = validate(settings); !valid)
        return Error{"the run", "its settings cannot be used: " + valid.error().message(), ""};
    m_store.stopOpening();
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
                                                                           ModelOrigin::Run});
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
    session.history = std::move(model.history);
    session.classNames = std::move(model.classNames);
    session.scale = std::move(model.scale);
    session.initial = std::move(model.initial);
    session.recorded = model.recorded;
    if (m_latest.parameters) {
        session.epoch = m_latest.epoch;
        session.unfinished = m_training.isActive();
        session.startValidation = m_curve.startValidation;
        session.points = m_curve.points;
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
    m_store.stopOpening();
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
                           ModelOrigin::Session};
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
    m_document.edit(settings, tr("Settings of the session")); // of other layers than the weights'
    showOpened(session.history, trained.epochs);
    emit curveOpened(curve);
    return {};
}

} // namespace chainrule
