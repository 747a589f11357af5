// SPDX-License-Identifier: GPL-3.0-or-later
// Which run is shown: one that was opened, one that begins, or one that goes on.
#include "app/runs/workbench.h"

#include <QFileInfo>
#include <QScopedValueRollback>

#include <cmath>
#include <utility>

namespace chainrule {

// ---- opening ------------------------------------------------------------------------------------------

void Workbench::openModel(const QString& path, const std::string& data)
{
    m_openedData = data;
    m_startsFrom = true;
    m_opener.openFile(path);
    emit updated();
}

void Workbench::openRun(const std::string& id)
{
    m_openedData.clear();
    m_startsFrom = true;
    m_opener.openRun(id);
    emit updated();
}

void Workbench::showAgain(const std::string& id)
{
    m_openedData.clear();
    m_startsFrom = false;
    m_opener.openRun(id);
}

void Workbench::takeOpened(const OpenedRun& found)
{
    const std::shared_ptr<const Run>& run = found.run;
    if (!run->network) {
        emit problem({{MessageId::runNamed, run->id}, MessageId::runHasNoWeights, MessageId::runTrainAgain},
                     Problem::Other);
        return;
    }
    if (found.file)
        m_files[run->id] = *found.file;
    stopOpening();
    m_pending = Pending::Nothing;
    m_training.reset();
    m_run = {};
    if (m_startsFrom) {
        TrainingSettings settings = found.edited.value_or(run->settings);
        if (!found.hasSettings) {
            settings = m_document.settings();
            settings.precision = run->settings.precision;
            settings.engine = run->settings.engine;
        }
        settings.layers = run->network->stack.layers;
        if (!m_openedData.empty())
            settings.data = m_openedData;
        else if (settings.data.empty())
            settings.data = m_document.settings().data;
        if (!QFileInfo::exists(QString::fromStdString(settings.drawings)))
            settings.drawings.clear(); // of another person, or gone
        const QScopedValueRollback opens(m_opens, true);
        m_document.editWithRun(settings, run, found.file ? tr("Open model") : tr("Open a run"));
    }
    showOpened(run, false);
    emit fileChanged();
    emit updated();
    emit opened();
}

void Workbench::showOpened(const std::shared_ptr<const Run>& run, bool byEdit)
{
    m_run = {};
    m_run.opened = run;
    m_run.id = run->id;
    m_run.history = run->history;
    m_run.latest = {run->network, run->epoch};
    m_run.initial = run->parent;
    m_run.forkedFrom = run->forkedFrom;
    emit cleared(byEdit);
    tellCurves();
    if (!m_store.data() || m_store.isLoading())
        emit gridChanged({}); // until its data are there; those that stand there are another network's
    requestGrid();
    prepareOpened();
}

// Once its data are there, the steps of an opened run can be computed again.
void Workbench::prepareOpened()
{
    if (!m_run.opened || m_run.seekable || !m_store.data() || m_store.isLoading())
        return;
    m_run.cannotGoOn = m_store.source() != m_run.opened->settings.data;
    if (!m_run.cannotGoOn)
        m_opener.prepare(m_run.id, m_store.data());
}

void Workbench::takePrepared(const PreparedRun& prepared)
{
    if (prepared.record.id != m_run.id || !m_run.opened)
        return;
    m_run.setup = prepared.steps->setup();
    m_run.seekable = prepared.steps;
    m_run.cannotGoOn = !prepared.last;
    if (prepared.last)
        m_run.resume =
            std::make_shared<const ResumePoint>(ResumePoint{m_run.setup, prepared.last, prepared.record});
    tellCurves();
    requestGrid();
    const Pending pending = std::exchange(m_pending, Pending::Nothing);
    if (pending != Pending::Nothing)
        begin(pending);
    emit updated();
    emit momentChanged();
}

// The curves of a run that is shown anew, and how far it came.
void Workbench::tellCurves()
{
    emit historyOpened(m_run.history, shownSettings().epochs);
    FeedContent curve = m_run.curve;
    if (m_run.setup && m_run.latest.parameters) {
        const auto samples = m_run.setup->split.training.size();
        Progress progress;
        progress.samplesDone =
            static_cast<std::size_t>(std::llround(m_run.latest.epoch * static_cast<double>(samples)));
        progress.samplesTotal = samples * static_cast<std::size_t>(m_run.setup->settings.epochs);
        progress.samplesPerSecond = m_run.history.samplesPerSecond;
        curve.progress = progress;
    }
    emit curveOpened(curve);
}

// The network that the next run starts with, where no run stands before it.
void Workbench::showInitial(bool byEdit)
{
    if (const auto& initial = m_document.initial()) {
        showOpened(initial, byEdit);
    } else {
        m_run = {};
        emit cleared(byEdit);
        if (!m_store.data() || m_store.isLoading())
            emit gridChanged({});
        requestGrid();
    }
    emit fileChanged();
}

// ---- files --------------------------------------------------------------------------------------------

ShownMoment Workbench::shownMomentToSave() const
{
    const auto all = steps();
    return {shownNetwork(), m_run.id, shownStep().value_or(all ? all->last : 0)};
}

void Workbench::setFile(const std::string& run, const RunFile& file)
{
    std::erase_if(m_files, [&](const auto& other) { return other.second.path == file.path; });
    m_files[run] = file; // alone: what the file held before is in no file now
    emit fileChanged();
}

std::optional<RunFile> Workbench::file() const
{
    const auto found = m_files.find(m_run.id);
    return found == m_files.end() ? std::nullopt : std::optional(found->second);
}

QString Workbench::initialModel() const
{
    const auto& initial = m_document.initial();
    const auto found = initial ? m_files.find(initial->id) : m_files.end();
    return found == m_files.end() ? QString() : QString::fromStdString(found->second.path);
}

// What a new run begins from, for its record to tell; nothing where the seed draws its weights.
std::optional<InitialFile> Workbench::fileToBeginFrom() const
{
    const auto& initial = m_document.initial();
    if (!initial)
        return std::nullopt;
    const auto found = m_files.find(initial->id);
    return found == m_files.end() ? InitialFile{} : InitialFile{found->second.path, found->second.sha256};
}

bool Workbench::startsFromUnsaved() const
{
    return m_document.initial() && initialModel().isEmpty();
}

// ---- running ------------------------------------------------------------------------------------------

std::shared_ptr<const Run> Workbench::shownRun() const
{
    if (!m_run.latest.parameters || m_run.latest.epoch <= 0.0)
        return nullptr;
    Run run{shownSettings(), m_run.history, m_run.latest.parameters, m_run.latest.epoch, m_run.initial};
    run.id = m_run.id;
    run.forkedFrom = m_run.forkedFrom;
    return std::make_shared<const Run>(std::move(run));
}

bool Workbench::canResume() const
{
    return !m_training.isActive() && m_run.opened && m_run.opened->unfinished && !m_run.cannotGoOn;
}

void Workbench::trainNew()
{
    startRun(Pending::NewRun);
}

void Workbench::startRun(Pending how)
{
    if (m_store.isOpening() || !m_store.data() || m_store.isLoading()) {
        m_pending = how;
        if (!m_store.isOpening())
            begin(); // after a failure this tries again
        emit updated();
        return;
    }
    const auto initial = initialParameters();
    RunRequest request{m_document.settings(), m_store.data(), initial,
                       how == Pending::StepBatch || how == Pending::StepEpoch};
    ShownRun next;
    next.initial = request.initialFile = fileToBeginFrom();
    beginTraining(request, how, std::move(next));
}

// The run's own settings hold, whatever is being edited.
void Workbench::resume(Pending how)
{
    if (!m_run.resume) { // still being prepared
        m_pending = how;
        emit updated();
        return;
    }
    const Checkpoint& from = *m_run.resume->checkpoint;
    RunRequest request{m_run.opened->settings, m_run.setup->data, nullptr, how != Pending::Run};
    request.resume = m_run.resume;
    ShownRun next = m_run;
    next.opened.reset();
    next.resume.reset();
    std::erase_if(next.history.epochs,
                  [&](const EpochRecord& record) { return record.epoch > from.epochsMeasured; });
    request.epochs = next.history.epochs;
    beginTraining(request, how, std::move(next));
}

// What was shown comes back where the run is refused.
void Workbench::beginTraining(const RunRequest& request, Pending how, ShownRun next)
{
    m_pending = Pending::Nothing;
    m_replaced = std::exchange(m_run, std::move(next));
    emit cleared(false);
    if (m_run.latest.parameters)
        tellCurves();
    m_training.start(request);
    if (how == Pending::StepBatch)
        m_training.stepBatch();
    else if (how == Pending::StepEpoch)
        m_training.stepEpoch();
    emit updated();
    emit momentChanged();
    emit fileChanged();
}

void Workbench::takeRefusal(const Error& error)
{
    const ShownRun before = std::exchange(m_replaced, {});
    if (before.latest.parameters) {
        m_run = before;
        emit cleared(false);
        tellCurves();
        requestGrid();
    } else {
        showInitial();
    }
    emit problem(error, networkFitsData() ? Problem::Other : Problem::Model);
    emit updated();
}

void Workbench::reset()
{
    m_pending = Pending::Nothing;
    m_opener.cancel();
    m_training.reset();
    showInitial();
    emit updated();
}

void Workbench::newWeights()
{
    TrainingSettings settings = m_document.settings();
    ++settings.seed;
    m_pending = Pending::Nothing;
    m_training.reset();
    {
        const QScopedValueRollback opens(m_opens, true);
        m_document.editWithRun(settings, nullptr, tr("New weights"));
    }
    fitToData(); // the output layer was the opened network's
    showInitial();
    emit updated();
}

} // namespace chainrule
