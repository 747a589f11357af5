// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/trainingcontroller.h"

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
    case EndReason::Stopped: // by reset() or another run: nobody hears of its end
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

// What one run shares between its thread and the window. A run that was stopped keeps its own until its
// thread ends.
struct TrainingController::Job {
    Job(const RunRequest& request, std::shared_ptr<LibraryWriter> library)
        : control(request.settings.learningRate, request.paused)
        , writer(std::move(library))
    {
    }

    // Those that were stopped end first: a large scalar network takes seconds to be made, in which nothing
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
        if (request.resume)
            return Beginning{*request.resume->setup, *request.resume->checkpoint};
        auto prepared = request.initial
                            ? prepareRun(request.settings, {}, request.data, Network(*request.initial))
                            : prepareRun(request.settings, {}, request.data);
        if (!prepared)
            return prepared.error();
        return Beginning{std::move(*prepared), {}};
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
        if (request.resume) // nothing was lost by it
            result.history.resumedAt = request.resume->record.resumedAt;
        const std::lock_guard lock(mutex);
        outcome = std::move(result);
    }

    void keep(const RunSetup& made, const RunStart& start, const RunRequest& request)
    {
        if (!writer)
            return;
        RunRecord record = recordOf(made, start, request);
        {
            const std::lock_guard lock(mutex);
            id = record.id;
        }
        if (request.resume)
            writer->resume(std::move(record), made, start);
        else
            writer->begin(std::move(record), made, start);
    }

    static RunRecord recordOf(const RunSetup& made, const RunStart& start, const RunRequest& request)
    {
        if (request.resume)
            return request.resume->record;
        if (request.fork && !request.fork->parentId.empty())
            return newFork(made, request.fork->parentId, *start.checkpoint, CHAINRULE_VERSION);
        std::optional<InitialFile> initial = request.initialFile;
        if (request.initial && !initial)
            initial.emplace(); // in no file
        return newRun(made, initial, CHAINRULE_VERSION);
    }

    // What has come since the last time, for the library too.
    FeedContent takeNews()
    {
        FeedContent content = feed.take();
        if (writer)
            writer->news(runId(), content);
        return content;
    }

    // Of a run whose thread has ended. One that was under way when the window was closed is interrupted.
    void finish(const std::optional<TrainingOutcome>& last)
    {
        if (writer && last)
            writer->end(runId(), *last, closing);
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
    std::string id;       ///< in the library
    bool closing = false; ///< the window is
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
    if (m_job)
        m_job->closing = true;
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

void TrainingController::retire()
{
    if (!m_job)
        return;
    m_job->thread.request_stop();
    m_retired.push_back(std::move(m_job));
    m_timer->start(); // lets go of it and of its data once it is done
}

void TrainingController::start(const RunRequest& request)
{
    retire();
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
    retire();
    ++m_run;
    m_lastId.clear();
    m_store.reset();
    m_setup.reset();
    setState(TrainingState::Idle);
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

    // From here on a slot may start another run or stop this one: then no more is said of this one.
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
