// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/trainingcontroller.h"

#include "app/trainednetwork.h"

#include "core/training/fork.h"

#include <QTimer>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 33;

TrainingState stateAfter(EndReason reason)
{
    switch (reason) {
    case EndReason::Finished:
        return TrainingState::Finished;
    case EndReason::Stopped: // only a run that was put away is stopped, and nobody hears of that
        return TrainingState::Idle;
    case EndReason::Diverged:
        return TrainingState::Diverged;
    case EndReason::Failed:
        return TrainingState::Failed;
    }
    return TrainingState::Idle;
}

} // namespace

// The end of a run's thread, and of the engines in it, for others to wait for.
class TrainingController::Ending {
public:
    void tell()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_told = true;
        }
        m_news.notify_all();
    }

    // False where it was stopped before.
    bool wait(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        return m_news.wait(lock, stop, [this] { return m_told; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_news;
    bool m_told = false;
};

// What one run shares between its thread and the window. A run that was put away keeps its own until its
// thread ends, so its last words reach nobody.
struct TrainingController::Job {
    Job(const RunRequest& request, std::shared_ptr<LibraryWriter> library)
        : control(request.learningRate.value_or(request.settings.learningRate), request.paused)
        , writer(std::move(library))
    {
    }

    // Those that were put away go first: a large scalar network takes seconds to be made, in which nothing
    // stops it, and gigabytes, which the machine may not have twice.
    void run(const RunRequest& request, const std::vector<std::shared_ptr<Ending>>& before,
             const std::stop_token& stop)
    {
        if (std::ranges::all_of(before, [&stop](const auto& each) { return each->wait(stop); }))
            train(request, stop);
        done.store(true);
        ending->tell();
    }

    // What the run begins with.
    struct Beginning {
        RunSetup setup;
        std::optional<Checkpoint> from;
    };

    static Result<Beginning> prepare(const RunRequest& request)
    {
        if (request.fork) {
            auto fork = makeFork(*request.fork->parent, *request.fork->checkpoint, request.settings);
            if (!fork)
                return fork.error();
            return Beginning{std::move(fork->setup), std::move(fork->from)};
        }
        auto prepared = request.initial
                            ? prepareRun(request.settings, {}, request.data,
                                         withNames(*request.initial, request.classNames, request.scale))
                            : prepareRun(request.settings, {}, request.data);
        if (!prepared)
            return prepared.error();
        Beginning beginning{std::move(*prepared), {}};
        if (request.epoch > 0.0) {
            const RunSetup& setup = beginning.setup;
            beginning.from =
                checkpointAt(setup.settings, setup.initial, setup.split.training.size(), request.epoch);
        }
        return beginning;
    }

    void train(const RunRequest& request, const std::stop_token& stop)
    {
        try {
            trainUnguarded(request, stop);
        } catch (const std::bad_alloc&) {
            const std::lock_guard lock(mutex);
            refusal = notEnoughMemory({inputCount(*request.data), request.settings.layers});
        }
    }

    void trainUnguarded(const RunRequest& request, const std::stop_token& stop)
    {
        auto beginning = prepare(request);
        if (!beginning) {
            const std::lock_guard lock(mutex);
            refusal = beginning.error();
            return;
        }
        const auto made = std::make_shared<const RunSetup>(std::move(beginning->setup));
        RunStart start;
        start.epochs = request.epochs;
        start.postsCheckpoints = writer != nullptr;
        start.store = store.get();
        if (beginning->from) {
            start.checkpoint = &*beginning->from;
            store->beginAt(std::make_shared<const Checkpoint>(*beginning->from));
        }
        keep(*made, start, request);
        {
            const std::lock_guard lock(mutex);
            setup = made;
            firstStep = beginning->from ? beginning->from->step : 0;
        }
        TrainingOutcome result = chainrule::train(*made, control, feed, stop, start);
        const std::lock_guard lock(mutex);
        outcome = std::move(result);
    }

    void keep(const RunSetup& made, const RunStart& start, const RunRequest& request)
    {
        if (!writer)
            return;
        std::optional<InitialFile> initial = request.initialFile;
        if (request.initial && !initial)
            initial.emplace(); // in no file
        RunRecord record = request.fork && !request.fork->parentId.empty()
                               ? newFork(made, request.fork->parentId, *start.checkpoint, CHAINRULE_VERSION)
                               : newRun(made, initial, CHAINRULE_VERSION);
        if (start.checkpoint && !record.parent) {
            record.step = start.checkpoint->step;
            record.epoch = request.epoch;
            record.resumedAt = request.epoch;
        }
        {
            const std::lock_guard lock(mutex);
            id = record.id;
        }
        writer->begin(std::move(record), made, start);
    }

    // What has come since the last time, for the library too.
    FeedContent takeNews()
    {
        FeedContent content = feed.take();
        if (writer)
            writer->news(runId(), content);
        return content;
    }

    // Of a run whose thread has ended.
    void finish(const std::optional<TrainingOutcome>& last)
    {
        if (writer && last)
            writer->end(runId(), *last);
    }

    std::string runId()
    {
        const std::lock_guard lock(mutex);
        return id;
    }

    Control control;
    Feed feed;
    std::shared_ptr<LibraryWriter> writer; ///< null: the run is not kept
    std::mutex mutex;
    std::string id; ///< in the library
    std::int64_t firstStep = 0;
    std::shared_ptr<CheckpointStore> store = std::make_shared<CheckpointStore>();
    std::shared_ptr<const RunSetup> setup;
    std::optional<Error> refusal;
    std::optional<TrainingOutcome> outcome;
    std::atomic<bool> done = false;
    std::shared_ptr<Ending> ending = std::make_shared<Ending>();
    std::jthread thread; // last: stopped and joined before what it uses goes
};

TrainingController::TrainingController(QObject* parent)
    : QObject(parent)
    , m_timer(new QTimer(this))
{
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &TrainingController::poll);
}

TrainingController::~TrainingController()
{
    retire();
    for (const auto& job : m_retired) {
        job->thread.join();
        job->takeNews();
        job->finish(job->outcome);
    }
}

std::string TrainingController::runId() const
{
    return m_job ? m_job->runId() : m_lastId;
}

void TrainingController::setState(TrainingState state)
{
    if (m_state == state)
        return;
    m_state = state;
    emit stateChanged(state);
}

void TrainingController::retire(std::unique_ptr<Job> job)
{
    if (!job)
        return;
    job->thread.request_stop();
    m_retired.push_back(std::move(job));
    m_timer->start(); // lets go of it and of its data once it is done
}

// The run that is here, and the one that was put aside.
void TrainingController::retire()
{
    retire(std::move(m_job));
    retire(std::exchange(m_aside, {}).job);
}

void TrainingController::start(const RunRequest& request)
{
    retire(std::move(m_job));
    if (m_aside.job)
        retire(std::exchange(m_aside, {}).job);
    ++m_run;
    m_lastId.clear();
    m_store.reset();
    m_setup.reset();
    m_job = std::make_unique<Job>(request, m_writer);
    std::vector<std::shared_ptr<Ending>> before;
    for (const auto& retired : m_retired)
        before.push_back(retired->ending);
    m_job->thread = std::jthread([job = m_job.get(), request, before](const std::stop_token& stop) {
        job->run(request, before, stop);
    });
    m_timer->start();
    m_state = TrainingState::Idle;
    setState(request.paused ? TrainingState::Paused : TrainingState::Running);
}

void TrainingController::pause()
{
    if (m_state != TrainingState::Running || !m_job)
        return;
    m_job->control.pause();
    setState(TrainingState::Paused);
}

void TrainingController::resume()
{
    if (m_state != TrainingState::Paused || !m_job)
        return;
    m_job->control.resume();
    setState(TrainingState::Running);
}

void TrainingController::stepBatch()
{
    if (!m_job)
        return;
    m_job->control.stepBatch();
    setState(TrainingState::Paused);
}

void TrainingController::stepEpoch()
{
    if (!m_job)
        return;
    m_job->control.stepEpoch();
    setState(TrainingState::Paused);
}

void TrainingController::reset()
{
    retire(std::exchange(m_aside, {}).job);
    drop();
}

void TrainingController::drop()
{
    retire(std::move(m_job));
    ++m_run;
    m_lastId.clear();
    m_store.reset();
    m_setup.reset();
    setState(TrainingState::Idle);
}

void TrainingController::putAside()
{
    Aside aside{isActive() ? TrainingState::Paused : m_state, std::move(m_job), m_setup};
    retire();
    if (aside.job)
        aside.job->control.pause();
    m_aside = std::move(aside);
    ++m_run;
    m_setup.reset();
    setState(TrainingState::Idle);
}

void TrainingController::letAsideGo()
{
    retire(std::exchange(m_aside, {}).job);
}

void TrainingController::bringBack()
{
    if (m_aside.state == TrainingState::Idle)
        return;
    Aside aside = std::exchange(m_aside, {});
    retire();
    ++m_run;
    m_job = std::move(aside.job);
    m_setup = std::move(aside.setup);
    if (m_job)
        m_timer->start();
    setState(aside.state);
}

void TrainingController::setLearningRate(double rate)
{
    if (m_job)
        m_job->control.setLearningRate(rate);
}

void TrainingController::requestSnapshot()
{
    if (m_job)
        m_job->control.requestSnapshot();
}

void TrainingController::poll()
{
    std::erase_if(m_retired, [](const auto& job) {
        if (!job->done.load())
            return false;
        job->thread.join();
        job->takeNews();
        job->finish(job->outcome);
        return true;
    });
    if (!m_job) {
        if (m_retired.empty())
            m_timer->stop();
        return;
    }
    // Looked at first: whatever a finished thread has said is then there to be taken.
    const bool done = m_job->done.load();
    std::shared_ptr<const RunSetup> setup;
    std::optional<Error> refusal;
    std::optional<TrainingOutcome> outcome;
    std::shared_ptr<CheckpointStore> store;
    std::int64_t firstStep = 0;
    {
        const std::lock_guard lock(m_job->mutex);
        setup = m_job->setup;
        store = m_job->store;
        firstStep = m_job->firstStep;
        refusal = m_job->refusal;
        if (done)
            outcome = std::move(m_job->outcome);
    }
    const FeedContent content = setup ? m_job->takeNews() : FeedContent(); // else next time
    if (done) {
        m_job->finish(outcome);
        m_lastId = m_job->runId();
        m_job.reset();
    }

    // From here on a slot may start another run or put this one away: then no more is said of this one.
    const std::uint64_t run = m_run;
    if (setup && setup != m_setup) {
        m_setup = setup;
        m_store = store;
        m_firstStep = firstStep;
        emit prepared();
    }
    if (setup && run == m_run)
        emit news(content);
    if (!done || run != m_run)
        return;
    if (refusal) {
        setState(TrainingState::Failed);
        if (run == m_run)
            emit refused(*refusal);
    } else if (outcome) {
        setState(stateAfter(outcome->reason));
        if (run == m_run)
            emit ended(*outcome);
    }
}

} // namespace chainrule
