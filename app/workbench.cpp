// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench.h"

#include "app/files.h"
#include "app/initialfile.h"

#include "core/data/sources.h"
#include "core/model/modelfile.h"

#include <QFileInfo>
#include <QTimer>

#include <algorithm>
#include <utility>

namespace chainrule {

namespace {

constexpr int gridPollMilliseconds = 33;
constexpr std::size_t mostPoints = 2000;     // of a run's curve that is kept
constexpr qint64 snapshotMilliseconds = 100; // between two looks at the weights of a running training

// What is set for the next run, as the file is to tell it: nothing where it is what the weights were trained
// with, or differs only by what could not be had here or by the layers, which are the weights'.
std::string nextSettings(const ModelToSave& model)
{
    TrainingSettings own = model.settings;
    if (own.data.empty())
        own.data = model.edited.data;
    if (model.edited.drawings.empty() && !QFileInfo::exists(QString::fromStdString(own.drawings)))
        own.drawings.clear();
    TrainingSettings next = model.edited;
    next.layers = own.layers;
    return next == own ? std::string() : settingsToJson(next);
}

} // namespace

Workbench::Workbench(const TrainingSettings& settings, QObject* parent)
    : QObject(parent)
    , m_document(settings)
    , m_predictor(predictGrid)
    , m_gridTimer(new QTimer(this))
    , m_before(settings)
{
    m_gridTimer->setInterval(gridPollMilliseconds);
    m_sinceSnapshot.start();
    connect(&m_document, &Document::changed, this, &Workbench::settingsChanged);
    connect(&m_store, &DataStore::loaded, this, &Workbench::dataLoaded);
    connect(&m_store, &DataStore::failed, this, [this](const Error& error) {
        m_pending = Pending::Nothing;
        emit problem(error, Problem::Data);
        emit updated();
    });
    connect(&m_store, &DataStore::opened, this, [this](const std::string& source) {
        TrainingSettings edited = m_document.settings();
        edited.data = source;
        m_document.edit(edited, tr("Data set"));
    });
    connect(&m_store, &DataStore::refused, this, [this](const Error& error, const std::string& source) {
        m_pending = Pending::Nothing; // other data than those that were asked for are no reason to train
        emit dataRefused(error, source);
        emit updated();
    });
    connect(&m_training, &TrainingController::prepared, this, [this] {
        m_runSetup = m_training.setup();
        m_latest = {};
        m_history = {};
        m_curve = {};
        takeStart();
        requestGrid();
        emit updated();
    });
    connect(&m_training, &TrainingController::news, this, &Workbench::takeNews);
    connect(&m_training, &TrainingController::ended, this, &Workbench::takeOutcome);
    connect(&m_training, &TrainingController::refused, this, [this](const Error& error) {
        emit problem(error, Problem::Other);
        emit updated();
    });
    connect(m_gridTimer, &QTimer::timeout, this, &Workbench::pollGrid);
}

void Workbench::begin()
{
    TrainingSettings settings = m_document.settings();
    if (settings.data.empty()) {
        settings.data = defaultSource();
        m_document.adjust(settings);
    }
    m_store.load(settings.data);
}

void Workbench::openData(const std::string& source)
{
    m_store.open(source);
    emit updated();
}

void Workbench::stopOpening()
{
    if (!m_store.isOpening())
        return;
    m_store.stopOpening();
    m_pending = Pending::Nothing;
    emit updated();
}

Result<void> Workbench::openModel(const QString& path, const std::string& data)
{
    const QString stamp = stampOf(path); // first: what changes it from now on is another program's
    auto model = loadModel(path.toStdString());
    if (!model)
        return model.error();
    TrainingSettings settings = m_document.settings();
    std::optional<TrainingSettings> trained;
    History history;
    if (!model->settings.empty()) {
        auto saved = settingsFromJson(model->settings);
        if (!saved)
            return saved.error();
        if (model->recorded)
            trained = *saved;
        if (!model->next.empty()) {
            saved = settingsFromJson(model->next);
            if (!saved)
                return saved.error();
        }
        if (saved->data.empty())
            saved->data = settings.data;
        settings = *saved;
    } else {
        settings.precision = model->precision;
    }
    if (!model->history.empty()) {
        auto saved = historyFromJson(model->history);
        if (!saved)
            return saved.error();
        history = std::move(*saved);
    }
    settings.layers = model->parameters.stack.layers;
    if (!data.empty())
        settings.data = data;
    if (!QFileInfo::exists(QString::fromStdString(settings.drawings)))
        settings.drawings.clear(); // of another person, or gone
    if (trained) {
        trained->layers = settings.layers;
        trained->precision = model->precision;
    }
    for (const TrainingSettings& each : {settings, trained.value_or(settings)}) {
        if (const auto valid = validate(each); !valid)
            return Error{path.toStdString(), "its settings cannot be used: " + valid.error().message(),
                         "Save the model again, or use another"};
    }
    m_store.stopOpening();
    leaveUnfinished();
    forgetShown();
    const auto initial = std::make_shared<const InitialModel>(InitialModel{
        std::move(model->parameters), history, path, std::move(model->classNames), std::move(model->scale),
        initialFileOf(path).sha256, std::move(model->initial), std::move(trained)});
    m_document.openFile(
        {QFileInfo(path).absoluteFilePath(), settings, {initial, &initial->parameters}, stamp}, settings,
        initial, tr("Open model"));
    showOpened(history, settings.epochs);
    return {};
}

void Workbench::showOpened(const History& history, int epochs)
{
    emit cleared();
    emit historyOpened(history, epochs);
    requestGrid();
    emit updated();
}

std::shared_ptr<const Parameters> Workbench::weights() const
{
    return m_latest.parameters ? m_latest.parameters : initialParameters();
}

ModelToSave Workbench::modelToSave() const
{
    return {weights(),
            ownSettings(),
            m_latest.parameters ? m_history : m_document.initial()->history,
            m_document.settings(),
            presentClassNames(),
            presentScale(),
            presentOrigin(),
            isRecorded()};
}

// What is set at the left of an opened model is the next run's.
const TrainingSettings& Workbench::ownSettings() const
{
    const auto& model = m_document.initial();
    return !m_latest.parameters && model && model->trained ? *model->trained : shownSettings();
}

// A run's settings are its own; those of a model that was opened are what its file says.
bool Workbench::isRecorded() const
{
    return m_latest.parameters || !m_document.initial() || m_document.initial()->trained;
}

std::optional<InitialFile> Workbench::presentOrigin() const
{
    if (m_latest.parameters)
        return m_runInitial;
    return m_document.initial() ? m_document.initial()->origin : std::nullopt;
}

std::vector<InputScale> Workbench::presentScale() const
{
    if (m_runSetup)
        return scaleOf(*m_runSetup->data);
    return m_document.initial() ? m_document.initial()->scale : std::vector<InputScale>();
}

std::vector<std::string> Workbench::presentClassNames() const
{
    if (m_runSetup)
        return m_runSetup->data->classNames;
    return m_document.initial() ? m_document.initial()->classNames : std::vector<std::string>();
}

Result<void> Workbench::writeModel(const ModelToSave& model, const QString& path)
{
    return writeFile(path,
                     encodeModel({*model.parameters, model.settings.precision, settingsToJson(model.settings),
                                  historyToJson(model.history), model.classNames, model.scale, model.initial,
                                  model.recorded, nextSettings(model)}));
}

void Workbench::setSaved(const ModelToSave& model, const QString& path)
{
    m_document.setSaved({QFileInfo(path).absoluteFilePath(), model.edited, model.parameters, stampOf(path)});
    emit updated();
}

Result<void> Workbench::saveModel(const QString& path)
{
    const ModelToSave model = modelToSave();
    if (const auto written = writeModel(model, path); !written)
        return written;
    setSaved(model, path);
    return {};
}

bool Workbench::isModified() const
{
    const DocumentFile& file = m_document.file();
    const bool stepped = m_latest.parameters && m_latest.epoch > 0.0;
    const auto present = stepped ? m_latest.parameters : initialParameters();
    if (present == file.weights)
        return !file.path.isEmpty() && m_document.settings() != file.settings;
    return !file.path.isEmpty() || (present && (!stepped || !m_history.epochs.empty()));
}

void Workbench::run()
{
    switch (m_training.state()) {
    case RunState::Running:
        m_training.pause();
        return;
    case RunState::Paused:
        m_training.resume();
        return;
    case RunState::Idle:
    case RunState::Finished:
    case RunState::Diverged:
    case RunState::Failed:
        startRun(Pending::Run);
        return;
    }
}

void Workbench::stepBatch()
{
    if (m_training.isActive())
        m_training.stepBatch();
    else
        startRun(Pending::StepBatch);
}

void Workbench::stepEpoch()
{
    if (m_training.isActive())
        m_training.stepEpoch();
    else
        startRun(Pending::StepEpoch);
}

void Workbench::startRun(Pending how)
{
    if (m_store.isOpening()) {
        m_pending = how;
        emit updated();
        return;
    }
    if (!m_store.data() || m_store.isLoading()) {
        m_pending = how;
        begin(); // after a failure this tries again
        emit updated();
        return;
    }
    m_pending = Pending::Nothing;
    RunRequest request{m_document.settings(), m_store.data(),      initialParameters(),
                       how != Pending::Run,   presentClassNames(), presentScale()};
    m_runInitial = fileToBeginFrom();
    m_start = {};
    if (continuesRun()) {
        const InitialModel& model = *m_document.initial();
        request.epoch = model.halfDone->epoch;
        request.epochs = model.history.epochs;
        m_runInitial = model.origin;
        m_start = m_document.initial();
    }
    m_away.reset();
    m_runSetup.reset();
    m_latest = {};
    if (!m_start)
        emit cleared();
    m_training.start(request);
    if (how == Pending::StepBatch)
        m_training.stepBatch();
    else if (how == Pending::StepEpoch)
        m_training.stepEpoch();
    emit updated();
}

void Workbench::setGridChoice(GridChoice choice)
{
    if (choice == GridChoice::Random)
        ++m_draw;
    m_gridChoice = choice;
    requestGrid();
}

bool Workbench::differsFromRun() const
{
    if (!m_runSetup)
        return false;
    TrainingSettings edited = m_document.settings();
    edited.learningRate = m_runSetup->settings.learningRate;
    return edited != m_runSetup->settings;
}

const TrainingSettings& Workbench::shownSettings() const
{
    return m_runSetup ? m_runSetup->settings : m_document.settings();
}

std::shared_ptr<const Parameters> Workbench::initialParameters() const
{
    const auto& model = m_document.initial();
    return model ? std::shared_ptr<const Parameters>(model, &model->parameters) : nullptr;
}

std::shared_ptr<const Parameters> Workbench::presentParameters() const
{
    if (m_latest.parameters)
        return m_latest.parameters;
    if (m_runSetup)
        return std::shared_ptr<const Parameters>(m_runSetup, &m_runSetup->initial);
    if (auto opened = initialParameters())
        return opened;
    const TrainingSettings& settings = m_document.settings();
    if (!m_store.data() || !validate(settings))
        return nullptr;
    return std::make_shared<const Parameters>(
        chainrule::initialParameters(settings, inputCount(*m_store.data())));
}

TrainedNetwork Workbench::shownNetwork() const
{
    const bool learned = m_latest.parameters != nullptr;
    TrainedNetwork network;
    network.parameters = presentParameters();
    network.settings = ownSettings();
    if (learned)
        network.history = m_history;
    else if (m_document.initial())
        network.history = m_document.initial()->history;
    network.initial = presentOrigin();
    network.recorded = isRecorded();
    network.setup = m_runSetup;
    network.classNames = presentClassNames();
    network.scale = presentScale();
    if (!m_runSetup && !m_document.initial() && m_store.data()) // weights that the seed draws have no others
    {
        network.classNames = m_store.data()->classNames;
        network.scale = scaleOf(*m_store.data());
    }
    return network;
}

void Workbench::settingsChanged(const TrainingSettings& settings)
{
    const TrainingSettings before = std::exchange(m_before, settings);
    if (settings.learningRate != before.learningRate)
        m_training.setLearningRate(settings.learningRate);
    if (settings.data != before.data)
        m_store.load(settings.data);
    else if (settings.samples != before.samples)
        fitToData(before.samples);
    if (!m_runSetup)
        requestGrid();
    emit updated();
}

// Cuts the sample counts down to what the data has; one that was just changed stays and the others give way.
// The output layer has a unit for each class, unless a model's weights say otherwise. Deforming images and
// learning from drawings end where the data have no images, or none of the drawings' size.
void Workbench::fitToData(const SampleCounts& before)
{
    if (!m_store.data() || m_store.isLoading())
        return;
    const Dataset& data = *m_store.data();
    TrainingSettings settings = m_document.settings();
    AskedFor asked{settings.samples.training != before.training,
                   settings.samples.validation != before.validation, settings.samples.test != before.test};
    if (asked.training && asked.validation && asked.test)
        asked = {}; // a preset's counts, which nobody typed
    settings.samples = fitCounts(settings.samples, asked, sampleCount(data));
    const int outputs = settings.layers.empty() ? data.classes : settings.layers.back().units;
    if (!settings.layers.empty() && !m_document.initial())
        settings.layers.back().units = data.classes;
    settings.augment = settings.augment && isImageSet(data);
    if (data.width != 28 || data.height != 28)
        settings.drawings.clear();
    m_document.adjust(settings);
    if (!m_document.initial() && outputs != data.classes)
        emit outputFollowed(data.classes);
}

void Workbench::dataLoaded()
{
    fitToData(m_document.settings().samples);
    const Pending pending = std::exchange(m_pending, Pending::Nothing);
    if (pending != Pending::Nothing)
        startRun(pending);
    else if (!m_runSetup)
        requestGrid();
    emit updated();
}

void Workbench::takeNews(const FeedContent& content)
{
    m_history.epochs.insert(m_history.epochs.end(), content.epochs.begin(), content.epochs.end());
    if (content.startValidation)
        m_curve.startValidation = content.startValidation;
    m_curve.points.insert(m_curve.points.end(), content.points.begin(), content.points.end());
    if (m_curve.points.size() > 2 * mostPoints)
        thinPoints(m_curve.points, mostPoints);
    if (content.snapshot.parameters) {
        m_latest = content.snapshot;
        requestGrid();
    }
    if (m_training.state() == RunState::Running && m_sinceSnapshot.elapsed() >= snapshotMilliseconds &&
        !m_predictor.isBusy()) {
        m_sinceSnapshot.restart();
        m_training.requestSnapshot();
    }
}

void Workbench::takeOutcome(const TrainingOutcome& outcome)
{
    if (!outcome.parameters.values.empty())
        m_latest.parameters = std::make_shared<const Parameters>(outcome.parameters);
    m_latest.epoch = outcome.epoch;
    m_history = outcome.history;
    requestGrid();
    if (outcome.error)
        emit problem(*outcome.error,
                     outcome.reason == EndReason::Diverged ? Problem::Divergence : Problem::Other);
    emit updated();
}

void Workbench::requestGrid()
{
    if (!m_runSetup && (!m_store.data() || m_store.isLoading()))
        return;
    GridRequest request;
    request.choice = m_gridChoice;
    request.draw = m_draw;
    if (m_runSetup) {
        request.setup = m_runSetup;
        request.parameters = m_latest.parameters;
        request.epoch = m_latest.epoch;
        request.trained = m_latest.parameters && m_latest.epoch > 0.0;
    } else {
        request.settings = m_document.settings();
        request.data = m_store.data();
        request.parameters = initialParameters();
        request.classNames = presentClassNames();
        request.scale = presentScale();
        request.trained = request.parameters != nullptr;
        if (m_document.initial())
            request.origin = m_document.initial()->from;
    }
    m_predictor.post(std::move(request));
    if (!m_gridTimer->isActive()) // begun again with every request, it might never come to its end
        m_gridTimer->start();
}

void Workbench::pollGrid()
{
    const bool busy = m_predictor.isBusy();
    const auto answer = m_predictor.take();
    if (!busy)
        m_gridTimer->stop();
    if (answer)
        emit gridChanged(*answer);
}

} // namespace chainrule
