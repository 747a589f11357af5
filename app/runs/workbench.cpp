// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/workbench.h"

#include "core/data/classnames.h"
#include "core/data/readers/sources.h"

#include <QTimer>

#include <utility>

namespace chainrule {

namespace {

constexpr int gridPollMilliseconds = 33;
constexpr std::size_t mostPoints = 2000;     // of a run's curve that is kept
constexpr qint64 snapshotMilliseconds = 100; // between two looks at the weights of a running training

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
        m_replaced = {};
        m_run.setup = m_training.setup();
        m_run.id = m_training.runId();
        m_run.seekable = std::make_shared<SeekableRun>(m_run.setup, m_training.store(),
                                                       m_training.firstStep(), m_run.seekable);
        requestGrid();
        emit updated();
    });
    connect(&m_training, &TrainingController::news, this, &Workbench::takeNews);
    connect(&m_training, &TrainingController::ended, this, &Workbench::takeOutcome);
    connect(&m_training, &TrainingController::refused, this, &Workbench::takeRefusal);
    connect(&m_opener, &RunOpener::opened, this, &Workbench::takeOpened);
    connect(&m_opener, &RunOpener::failed, this, [this](const Error& error) {
        emit problem(error, Problem::Other);
        emit updated();
    });
    connect(&m_opener, &RunOpener::prepared, this, &Workbench::takePrepared);
    connect(&m_opener, &RunOpener::refused, this, [this](const std::string& id) {
        if (id != m_run.id)
            return;
        m_run.cannotGoOn = true;
        m_pending = Pending::Nothing;
        emit updated();
    });
    connect(m_gridTimer, &QTimer::timeout, this, &Workbench::pollGrid);
    connect(this, &Workbench::cleared, this, &Workbench::forgetMoment);
    connect(&m_moments, &Moments::found, this,
            [this](const std::shared_ptr<SeekableRun>& run, const std::shared_ptr<const Checkpoint>& moment) {
                if (run != m_run.seekable)
                    return;
                m_momentRun = run;
                m_moment = moment;
                requestGrid();
                emit momentChanged();
            });
    connect(&m_moments, &Moments::failed, this, [this](const Error& error) {
        emit problem(error, Problem::Other);
        emit momentChanged(); // back to what is shown
    });
}

void Workbench::useLibrary(const std::shared_ptr<LibraryWriter>& writer, const std::string& path)
{
    m_training.keepRuns(writer);
    m_opener.useLibrary(writer, path);
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
    emit openingStopped();
    emit updated();
}

void Workbench::run()
{
    switch (m_training.state()) {
    case TrainingState::Running:
        m_training.pause();
        return;
    case TrainingState::Paused:
        m_training.resume();
        return;
    case TrainingState::Idle:
    case TrainingState::Finished:
    case TrainingState::Diverged:
    case TrainingState::Failed:
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
    how != Pending::NewRun&& canResume() ? resume(how) : startRun(how);
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
    if (!m_run.setup && !m_run.opened)
        return false;
    TrainingSettings edited = m_document.settings();
    edited.learningRate = shownSettings().learningRate;
    edited.kernels = shownSettings().kernels; // a run that goes on keeps those that it began with
    return edited != shownSettings();
}

const TrainingSettings& Workbench::shownSettings() const
{
    if (m_run.opened)
        return m_run.opened->settings;
    return m_run.setup ? m_run.setup->settings : m_document.settings();
}

std::shared_ptr<const Network> Workbench::initialParameters() const
{
    const auto& initial = m_document.initial();
    return initial ? initial->network : nullptr;
}

std::shared_ptr<const Network> Workbench::presentParameters() const
{
    if (auto moment = shownMoment())
        return {moment, &moment->network};
    if (m_run.latest.parameters)
        return m_run.latest.parameters;
    if (m_run.setup)
        return std::shared_ptr<const Network>(m_run.setup, &m_run.setup->initial);
    if (auto opened = initialParameters())
        return opened;
    const TrainingSettings& settings = m_document.settings();
    if (!m_store.data() || !validate(settings))
        return nullptr;
    return std::make_shared<const Network>(initialNetwork(settings, inputCount(*m_store.data())));
}

TrainedNetwork Workbench::shownNetwork() const
{
    TrainedNetwork network;
    network.settings = shownSettings();
    network.parameters = presentParameters();
    network.setup = m_run.setup;
    network.recorded = !m_run.opened || m_run.opened->recorded;
    if (m_run.latest.parameters) {
        network.history = shownMoment() ? historyUntil(presentEpoch()) : m_run.history;
        network.forkedFrom = m_run.forkedFrom;
        network.initial = m_run.initial;
    }
    if (m_run.opened) {
        network.classNames = m_run.opened->network->outputNames;
        network.scale = m_run.opened->network->scale;
    } else if (const auto data = m_run.setup ? m_run.setup->data : m_store.data()) {
        network.classNames = data->classNames;
        if (m_run.setup) // a scale is that of a run's training samples
            network.scale = scaleOf(*data);
    }
    return network;
}

void Workbench::settingsChanged(const TrainingSettings& settings)
{
    const TrainingSettings before = std::exchange(m_before, settings);
    const auto initial = std::exchange(m_initial, m_document.initial());
    TrainingSettings withRate = before;
    withRate.learningRate = settings.learningRate;
    if (settings.learningRate != before.learningRate && withRate == settings) // not a preset's
        m_training.setLearningRate(settings.learningRate);
    if (settings.data != before.data)
        m_store.load(settings.data);
    else if (settings.samples != before.samples)
        fitToData(before.samples);
    const bool showsInitial = m_training.state() == TrainingState::Idle && m_run.opened == initial;
    if (initial != m_document.initial() && showsInitial && !m_opens)
        showInitial(true);
    else if (m_training.state() == TrainingState::Idle && !m_run.setup)
        requestGrid();
    emit updated();
}

// Cuts the sample counts down to what the data has; one that was just changed stays and the others give way.
// Other data are given the counts that were wanted, not those that the data before had room for. The output
// layer has a unit for each class, unless a model's weights say otherwise. Deforming images and learning from
// drawings end where the data have no images, or none of the drawings' size.
void Workbench::fitToData(const std::optional<SampleCounts>& before)
{
    if (!m_store.data() || m_store.isLoading())
        return;
    const Dataset& data = *m_store.data();
    TrainingSettings settings = m_document.settings();
    AskedFor asked;
    if (before) {
        asked = {settings.samples.training != before->training,
                 settings.samples.validation != before->validation, settings.samples.test != before->test};
        if (asked.training && asked.validation && asked.test)
            asked = {}; // a preset's counts, which nobody typed
    }
    if (settings.samples != m_fitted)
        m_wanted = settings.samples;
    settings.samples = fitCounts(before ? settings.samples : m_wanted, asked, sampleCount(data));
    m_fitted = settings.samples;
    const int outputs = settings.layers.empty() ? data.classes : outputLayer(settings.layers).units;
    if (!settings.layers.empty() && !m_document.initial())
        outputLayer(settings.layers).units = data.classes;
    settings.augment = settings.augment && isImageSet(data);
    if (data.width != 28 || data.height != 28)
        settings.drawings.clear();
    m_document.adjust(settings);
    if (!m_document.initial() && outputs != data.classes)
        emit outputFollowed(data.classes);
}

bool Workbench::networkReadsData() const
{
    const auto initial = initialParameters();
    return !initial || !m_store.data() || initial->stack.input.size() == inputCount(*m_store.data());
}

bool Workbench::networkFitsData() const
{
    const auto initial = initialParameters();
    const auto data = m_store.data();
    if (!initial || !data)
        return true;
    const int classes = classCount(*initial);
    const auto aligned = alignClasses(data, initial->outputNames, classes);
    return networkReadsData() && aligned && (*aligned)->classes <= classes;
}

void Workbench::dataLoaded()
{
    fitToData();
    if (!networkReadsData()) {
        const Dataset& data = *m_store.data();
        m_pending = Pending::Nothing;
        emit problem({data.name,
                      "a sample has " + std::to_string(inputCount(data)) +
                          " numbers, and the network reads " +
                          std::to_string(initialParameters()->stack.input.size()),
                      "Begin with new weights, or undo the choice of data"},
                     Problem::Model);
    }
    prepareOpened();
    const Pending pending = std::exchange(m_pending, Pending::Nothing);
    if (pending != Pending::Nothing)
        begin(pending);
    else if (!m_run.setup)
        requestGrid();
    emit updated();
}

void Workbench::takeNews(const FeedContent& content)
{
    m_run.history.epochs.insert(m_run.history.epochs.end(), content.epochs.begin(), content.epochs.end());
    if (content.startValidation)
        m_run.curve.startValidation = content.startValidation;
    m_run.curve.points.insert(m_run.curve.points.end(), content.points.begin(), content.points.end());
    if (m_run.curve.points.size() > 2 * mostPoints)
        thinPoints(m_run.curve.points, mostPoints);
    if (m_run.seekable)
        m_run.seekable->add(content.events);
    if (content.snapshot.parameters) {
        m_run.latest = content.snapshot;
        if (!shownMoment())
            requestGrid();
    }
    if (m_training.state() == TrainingState::Running && m_sinceSnapshot.elapsed() >= snapshotMilliseconds &&
        !m_predictor.isBusy()) {
        m_sinceSnapshot.restart();
        m_training.requestSnapshot();
    }
}

void Workbench::takeOutcome(const TrainingOutcome& outcome)
{
    if (!outcome.network.parameters.empty())
        m_run.latest.parameters = std::make_shared<const Network>(outcome.network);
    m_run.latest.epoch = outcome.epoch;
    m_run.history = outcome.history;
    requestGrid();
    if (outcome.error)
        emit problem(*outcome.error,
                     outcome.reason == EndReason::Diverged ? Problem::Divergence : Problem::Other);
    emit updated();
}

void Workbench::requestGrid()
{
    if (!m_run.setup && (!m_store.data() || m_store.isLoading()))
        return;
    GridRequest request;
    request.choice = m_gridChoice;
    request.draw = m_draw;
    if (m_run.setup) {
        request.setup = m_run.setup;
        request.parameters = shownMoment() ? presentParameters() : m_run.latest.parameters;
        request.epoch = presentEpoch();
        request.trained = request.parameters && request.epoch > 0.0;
    } else {
        request.settings = m_document.settings();
        request.data = m_store.data();
        request.parameters = m_run.latest.parameters ? m_run.latest.parameters : initialParameters();
        if (request.parameters)
            request.settings.layers = request.parameters->stack.layers;
        request.epoch = presentEpoch();
        request.trained = request.parameters != nullptr;
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
