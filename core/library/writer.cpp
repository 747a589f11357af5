// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/writer.h"

#include "core/formats/checkpoint.h"
#include "core/library/samplesdigest.h"

#include <algorithm>
#include <chrono>
#include <new>

namespace chainrule {

namespace {

constexpr std::chrono::milliseconds interval{100};
constexpr int mostTries = 3; // where another program keeps the file locked, five seconds each

// The position of a run that has done so much of it.
RunProgress progressAt(const TrainingSettings& settings, std::size_t trainingSamples, double epoch)
{
    const Checkpoint position = checkpointAt(settings, {}, trainingSamples, epoch);
    return {position.step, epoch};
}

StoredCheckpoint stored(const Checkpoint& checkpoint, CheckpointKind kind)
{
    return {checkpoint.step, kind, encodeCheckpoint(checkpoint)};
}

bool isFull(const std::optional<Checkpoint>& checkpoint, const Network& network)
{
    return checkpoint && checkpoint->network.parameters == network.parameters;
}

} // namespace

std::vector<std::int64_t> CheckpointThinning::add(std::int64_t step, int epoch)
{
    std::vector<std::int64_t> gone;
    if (m_newest && *m_newest != step)
        gone.push_back(*m_newest);
    m_newest.reset();
    if (!m_kept.empty() && m_kept.back().second == step)
        return gone;
    if (epoch == 0 || epoch % m_stride != 0) {
        m_newest = step;
        return gone;
    }
    m_kept.emplace_back(epoch, step);
    while (m_kept.size() > most) {
        m_stride *= 2;
        std::erase_if(m_kept, [&](const auto& kept) {
            if (kept.first % m_stride == 0)
                return false;
            if (kept.second == step)
                m_newest = step;
            else
                gone.push_back(kept.second);
            return true;
        });
    }
    return gone;
}

LibraryWriter::LibraryWriter(Result<std::string> path, std::uint64_t budget)
    : m_path(std::move(path))
    , m_budget(budget)
    , m_thread([this] { work(); })
{
}

LibraryWriter::~LibraryWriter()
{
    finish();
}

// With the mutex locked.
LibraryWriter::Live& LibraryWriter::makeLive(const RunRecord& run, const RunSetup& setup)
{
    Live& live = m_live[run.id];
    live.record = run;
    live.settings = setup.settings;
    live.trainingSamples = setup.split.training.size();
    return live;
}

void LibraryWriter::begin(RunRecord run, const RunSetup& setup, const RunStart& start)
{
    std::shared_ptr<const Checkpoint> first;
    if (start.checkpoint)
        first = std::make_shared<const Checkpoint>(*start.checkpoint);
    else if (run.initial)
        first = std::make_shared<const Checkpoint>(
            checkpointAt(setup.settings, setup.initial, setup.split.training.size(), 0.0));
    const std::lock_guard lock(m_mutex);
    Live& live = makeLive(run, setup);
    Waiting& waiting = m_waiting[run.id];
    waiting.data = setup.data;
    waiting.split = setup.split;
    live.keepsFirst = first != nullptr;
    if (first) { // not thinned
        waiting.checkpoints.push_back(std::move(first));
        waiting.changes.epochs = start.epochs;
        waiting.changes.events = waiting.checkpoints.front()->journal;
    }
    waiting.begin = std::move(run);
    m_urgent = true;
    m_wake.notify_one();
}

void LibraryWriter::resume(RunRecord run, const RunSetup& setup, const RunStart& start)
{
    const Checkpoint& from = *start.checkpoint;
    run.step = from.step;
    const std::lock_guard lock(m_mutex);
    Live& live = makeLive(run, setup);
    Waiting& waiting = m_waiting[run.id];
    waiting.resume = Resumption{from.step, from.epochsMeasured};
    addCheckpoint(waiting, live, std::make_shared<const Checkpoint>(from)); // it need not be a stored one
    m_urgent = true;
    m_wake.notify_one();
}

void LibraryWriter::addCheckpoint(Waiting& waiting, Live& live, std::shared_ptr<const Checkpoint> checkpoint)
{
    if (live.keepsFirst && checkpoint->step == live.record.step)
        return;
    const std::size_t done = checkpoint->samplesDone;
    const bool isEpochsEnd = live.trainingSamples > 0 && done % live.trainingSamples == 0;
    live.lastFull = checkpoint->step;
    const auto gone =
        live.thinning.add(checkpoint->step, isEpochsEnd ? static_cast<int>(done / live.trainingSamples) : 0);
    // The end of a run that finishes comes twice: the second one has its last epoch measured.
    std::erase_if(waiting.checkpoints, [&](const auto& other) {
        return other->step == checkpoint->step || std::ranges::find(gone, other->step) != gone.end();
    });
    waiting.changes.thinned.insert(waiting.changes.thinned.end(), gone.begin(), gone.end());
    waiting.checkpoints.push_back(std::move(checkpoint));
}

void LibraryWriter::news(const std::string& id, const FeedContent& content)
{
    if (content.epochs.empty() && content.events.empty() && content.checkpoints.empty() && !content.progress)
        return;
    const std::lock_guard lock(m_mutex);
    const auto found = m_live.find(id);
    if (found == m_live.end())
        return;
    Live& live = found->second;
    Waiting& waiting = m_waiting[id];
    RunChanges& changes = waiting.changes;
    changes.epochs.insert(changes.epochs.end(), content.epochs.begin(), content.epochs.end());
    changes.events.insert(changes.events.end(), content.events.begin(), content.events.end());
    for (const auto& checkpoint : content.checkpoints)
        addCheckpoint(waiting, live, checkpoint);
    if (content.progress && live.trainingSamples > 0) {
        changes.progress = progressAt(live.settings, live.trainingSamples,
                                      static_cast<double>(content.progress->samplesDone) /
                                          static_cast<double>(live.trainingSamples));
    }
    m_wake.notify_one();
}

void LibraryWriter::end(const std::string& id, const TrainingOutcome& outcome, bool closing)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_live.find(id);
    if (found == m_live.end())
        return;
    Live& live = found->second;
    Waiting& waiting = m_waiting[id];
    RunEnd end;
    end.state =
        closing && outcome.reason == EndReason::Stopped ? RunState::Interrupted : stateOf(outcome.reason);
    if (outcome.error)
        end.fault = outcome.error->message();
    end.progress = progressAt(live.settings, live.trainingSamples, outcome.epoch);
    end.history = outcome.history;
    end.history.epochs.clear();
    end.journal = outcome.journal;
    if (outcome.checkpoint)
        addCheckpoint(waiting, live, std::make_shared<const Checkpoint>(*outcome.checkpoint));
    if (outcome.reason == EndReason::Diverged) {
        const auto& epochs = outcome.history.epochs;
        const double measured = epochs.empty() ? 0.0 : epochs.back().epoch;
        end.lastGoodStep =
            std::max(live.record.step, progressAt(live.settings, live.trainingSamples, measured).step);
    }
    const bool hasResult = outcome.reason == EndReason::Finished
                               ? live.lastFull == end.progress.step
                               : isFull(outcome.checkpoint, outcome.network);
    if (!hasResult && !outcome.network.parameters.empty()) {
        Checkpoint weights =
            checkpointAt(live.settings, outcome.network, live.trainingSamples, outcome.epoch);
        weights.optimizer.kind = OptimizerKind::Sgd; // which remembers nothing
        waiting.result = std::make_shared<const Checkpoint>(std::move(weights));
    }
    waiting.changes.end = std::move(end);
    m_urgent = true;
    m_wake.notify_one();
}

void LibraryWriter::finish()
{
    {
        const std::lock_guard lock(m_mutex);
        m_finishing = true;
        m_wake.notify_one();
    }
    if (m_thread.joinable())
        m_thread.join();
}

std::optional<Error> LibraryWriter::takeNotice()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_notice, std::nullopt);
}

void LibraryWriter::settle()
{
    std::unique_lock lock(m_mutex);
    m_urgent = true;
    m_wake.notify_one();
    m_settled.wait(lock, [this] { return !m_writing && m_waiting.empty(); });
}

std::shared_ptr<Library> LibraryWriter::library()
{
    std::unique_lock lock(m_mutex);
    m_opened.wait(lock, [this] { return m_isOpen; });
    return m_memory ? m_memory : m_file;
}

std::shared_ptr<Library> LibraryWriter::memory()
{
    const std::lock_guard lock(m_mutex);
    return m_memory;
}

std::shared_ptr<Library> LibraryWriter::file()
{
    const std::lock_guard lock(m_mutex);
    return m_file;
}

void LibraryWriter::work()
{
    open();
    {
        const std::lock_guard lock(m_mutex);
        m_isOpen = true;
    }
    m_opened.notify_all();
    for (;;) {
        std::map<std::string, Waiting> taken;
        bool last = false;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_finishing || !m_waiting.empty(); });
            m_wake.wait_for(lock, interval, [this] { return m_finishing || m_urgent; });
            m_urgent = false;
            std::swap(taken, m_waiting);
            m_writing = true;
            last = m_finishing;
        }
        for (auto& [id, waiting] : taken)
            write(id, waiting);
        {
            const std::lock_guard lock(m_mutex);
            m_writing = false;
        }
        m_settled.notify_all();
        if (last)
            return;
    }
}

void LibraryWriter::open()
{
    if (!m_path) {
        goToMemory(m_path.error());
        return;
    }
    auto library = Library::open(*m_path);
    if (!library) {
        goToMemory(library.error());
    } else if ((*library)->isReadOnly()) {
        goToMemory(*(*library)->notice());
    } else {
        m_library = std::move(*library);
        static_cast<void>(m_library->markInterrupted()); // what fails here fails again when it matters
        const std::lock_guard lock(m_mutex);
        (*m_path == inMemory ? m_memory : m_file) = m_library;
    }
}

void LibraryWriter::write(const std::string& id, Waiting& waiting)
{
    try {
        for (const auto& checkpoint : std::exchange(waiting.checkpoints, {}))
            waiting.changes.checkpoints.push_back(stored(*checkpoint, CheckpointKind::Full));
        if (const auto result = std::exchange(waiting.result, nullptr))
            waiting.changes.checkpoints.push_back(stored(*result, CheckpointKind::Weights));
        writeWithRetries(id, waiting);
    } catch (const std::bad_alloc&) {
        const std::lock_guard lock(m_mutex);
        m_notice = Error{{MessageId::runNamed, id}, MessageId::noRoomForIt, MessageId::closeOtherPrograms};
    }
    if (waiting.changes.end) {
        m_begun.erase(id);
        const std::lock_guard lock(m_mutex);
        m_live.erase(id);
    }
}

void LibraryWriter::writeWithRetries(const std::string& id, Waiting& waiting)
{
    for (int tries = 1; m_library; ++tries) {
        const auto done = tryWriting(id, waiting);
        if (done)
            return;
        if (isBusy(done.error()) && tries < mostTries)
            continue;
        if (done.error().why.id == MessageId::runIsRunning) { // another window has resumed it just before
            const std::lock_guard lock(m_mutex);
            m_notice = done.error();
            m_live.erase(id);
            return;
        }
        if (m_memory) // where even memory fails, there is nothing more to be done
            return;
        goToMemory(done.error());
    }
}

Result<void> LibraryWriter::tryWriting(const std::string& id, Waiting& waiting)
{
    if (waiting.begin) {
        if (auto done = m_library->beginRun(*waiting.begin); !done)
            return done;
        waiting.begin.reset();
        m_begun.insert(id);
    }
    if (waiting.resume) {
        if (auto done = m_library->resumeRun(id, *waiting.resume); !done)
            return done;
        waiting.resume.reset();
        m_begun.insert(id);
    }
    if (auto done = m_library->append(id, waiting.changes); !done)
        return done;
    const bool ended = waiting.changes.end.has_value();
    // Only now: it takes a while, and the run is to be there from its first step.
    if (waiting.data) {
        RunChanges digest;
        digest.samples = samplesDigest(*waiting.data, waiting.split);
        waiting.data.reset();
        if (const auto done = m_library->append(id, digest); !done)
            return {}; // the run is there, and says that its samples are not known
    }
    if (ended)
        static_cast<void>(m_library->keepBudget(m_budget)); // tried again after the next run
    return {};
}

void LibraryWriter::goToMemory(const Error& why)
{
    const std::shared_ptr<Library> file = std::exchange(m_library, nullptr);
    std::vector<RunRecord> begun;
    {
        const std::lock_guard lock(m_mutex);
        m_notice = Error{why.what, {MessageId::libraryInMemory, why.why}, why.mend};
        m_file.reset();
        for (const std::string& id : m_begun)
            begun.push_back(m_live.at(id).record);
    }
    auto memory = Library::open(":memory:");
    if (!memory)
        return;
    m_library = *memory;
    for (const RunRecord& record : begun)
        carryOver(*file, record);
    const std::lock_guard lock(m_mutex);
    m_memory = *memory;
}

void LibraryWriter::carryOver(Library& from, const RunRecord& record)
{
    auto found = from.find(record.id);
    if (const auto done = m_library->beginRun(found ? *found : record); !done || !found)
        return;
    RunChanges changes;
    if (auto epochs = from.epochs(record.id))
        changes.epochs = std::move(*epochs);
    if (auto events = from.journal(record.id))
        changes.events = std::move(*events);
    if (const auto checkpoint = from.lastCheckpoint(record.id); checkpoint && *checkpoint)
        changes.checkpoints.push_back(stored(**checkpoint, CheckpointKind::Full));
    static_cast<void>(m_library->append(record.id, changes));
}

} // namespace chainrule
