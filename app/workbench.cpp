// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench.h"

#include "core/data/sources.h"
#include "core/model/modelfile.h"

#include <QTimer>

#include <algorithm>
#include <utility>

namespace chainrule {

namespace {

constexpr int gridPollMilliseconds = 33;
constexpr qint64 snapshotMilliseconds = 100; // between two looks at the weights of a running training
constexpr int digitClasses = 10;

// What must agree for given weights to fit.
bool sameArchitecture(const TrainingSettings& settings, const Parameters& parameters)
{
    return settings.layers == parameters.stack.layers;
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
        emit problem(error);
        emit updated();
    });
    connect(&m_training, &TrainingController::prepared, this, [this] {
        m_runSetup = m_training.setup();
        m_latest = {};
        requestGrid();
        emit updated();
    });
    connect(&m_training, &TrainingController::news, this, &Workbench::takeNews);
    connect(&m_training, &TrainingController::ended, this, &Workbench::takeOutcome);
    connect(&m_training, &TrainingController::refused, this, [this](const Error& error) {
        emit problem(error);
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
    m_store.load(settings.data, samplesWanted(settings.samples));
}

Result<void> Workbench::openModel(const QString& path)
{
    auto model = loadModel(path.toStdString());
    if (!model)
        return model.error();
    TrainingSettings settings = m_document.settings();
    History history;
    if (!model->settings.empty()) {
        auto saved = settingsFromJson(model->settings);
        if (!saved)
            return saved.error();
        if (saved->data.empty())
            saved->data = settings.data;
        settings = *saved;
    }
    if (!model->history.empty()) {
        auto saved = historyFromJson(model->history);
        if (!saved)
            return saved.error();
        history = std::move(*saved);
    }
    settings.layers = model->parameters.stack.layers;
    m_training.reset();
    m_runSetup.reset();
    m_latest = {};
    m_document.edit(settings, tr("Open model"));
    setInitial(std::make_shared<const Parameters>(std::move(model->parameters)), path);
    emit cleared();
    emit historyOpened(history, settings.epochs);
    requestGrid();
    emit updated();
    return {};
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
    case RunState::Stopped:
    case RunState::Diverged:
    case RunState::Refused:
        begin(Pending::Run);
        return;
    }
}

void Workbench::stepBatch()
{
    if (m_training.isActive())
        m_training.stepBatch();
    else
        begin(Pending::StepBatch);
}

void Workbench::stepEpoch()
{
    if (m_training.isActive())
        m_training.stepEpoch();
    else
        begin(Pending::StepEpoch);
}

void Workbench::begin(Pending how)
{
    if (!m_store.data() || m_store.isLoading()) {
        m_pending = how;
        begin(); // after a failure this tries again
        emit updated();
        return;
    }
    m_pending = Pending::Nothing;
    m_runSetup.reset();
    m_latest = {};
    emit cleared();
    m_training.start({m_document.settings(), m_store.data(), m_initial, how != Pending::Run});
    if (how == Pending::StepBatch)
        m_training.stepBatch();
    else if (how == Pending::StepEpoch)
        m_training.stepEpoch();
    emit updated();
}

void Workbench::reset()
{
    m_pending = Pending::Nothing;
    m_runSetup.reset();
    m_latest = {};
    m_training.reset();
    emit cleared();
    requestGrid();
    emit updated();
}

void Workbench::newWeights()
{
    setInitial(nullptr, {});
    TrainingSettings settings = m_document.settings();
    ++settings.seed;
    m_document.edit(settings, tr("New weights"));
    reset();
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

void Workbench::setInitial(std::shared_ptr<const Parameters> parameters, const QString& path)
{
    m_initial = std::move(parameters);
    m_initialPath = path;
    emit initialModelChanged();
}

void Workbench::settingsChanged(const TrainingSettings& settings)
{
    const TrainingSettings before = std::exchange(m_before, settings);
    if (settings.learningRate != before.learningRate)
        m_training.setLearningRate(settings.learningRate);
    if (m_initial && !sameArchitecture(settings, *m_initial))
        setInitial(nullptr, {});
    if (settings.data != before.data || settings.samples != before.samples)
        m_store.load(settings.data, samplesWanted(settings.samples));
    if (!m_runSetup)
        requestGrid();
    emit updated();
}

void Workbench::dataLoaded()
{
    const Dataset& data = *m_store.data();
    TrainingSettings settings = m_document.settings();
    settings.samples = fitCounts(settings.samples, {}, sampleCount(data));
    if (!settings.layers.empty() && !m_initial) {
        // Coming from a toy set's two classes, images need their ten outputs back.
        int& outputs = settings.layers.back().units;
        outputs = isImageSet(data) ? std::max(outputs, digitClasses) : data.classes;
    }
    m_document.adjust(settings);
    const Pending pending = std::exchange(m_pending, Pending::Nothing);
    if (pending != Pending::Nothing)
        begin(pending);
    else if (!m_runSetup)
        requestGrid();
    emit updated();
}

void Workbench::takeNews(const FeedContent& content)
{
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
    m_latest.parameters = std::make_shared<const Parameters>(outcome.parameters);
    m_latest.epoch = outcome.epoch;
    requestGrid();
    if (outcome.error)
        emit problem(*outcome.error);
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
        request.parameters = m_initial;
        request.trained = m_initial != nullptr;
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
