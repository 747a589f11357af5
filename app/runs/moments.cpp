// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/moments.h"

#include <QTimer>

#include <algorithm>
#include <new>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 8;

} // namespace

SeekableRun::SeekableRun(std::shared_ptr<const RunSetup> setup, std::shared_ptr<const CheckpointStore> store,
                         std::int64_t first, std::shared_ptr<SeekableRun> before)
    : m_setup(setup)
    , m_store(std::move(store))
    , m_replay(Replay(std::move(setup)))
    , m_first(first)
    , m_before(std::move(before))
{
}

SeekableRun::SeekableRun(RunReplay stored, std::int64_t first)
    : m_setup(stored.setup())
    , m_replay(std::move(stored))
    , m_first(first)
{
}

void SeekableRun::add(const Journal& events)
{
    const std::lock_guard lock(m_mutex);
    m_journal.insert(m_journal.end(), events.begin(), events.end());
}

Result<Checkpoint> SeekableRun::at(std::int64_t step, const std::stop_token& stop)
{
    if (m_before && step < m_first)
        return m_before->at(step, stop);
    auto there = compute(std::max(step, m_first), stop);
    if (there)
        m_last = std::make_shared<const Checkpoint>(*there);
    return there;
}

Result<Checkpoint> SeekableRun::compute(std::int64_t step, const std::stop_token& stop)
{
    const TrainingSettings& settings = m_setup->settings;
    const bool looksForBest = settings.patience > 0 || settings.keep == Keep::Best;
    // Playing on, the step before is nearer than what the run has left.
    if (auto* stored = std::get_if<RunReplay>(&m_replay)) {
        CheckpointStore recent;
        if (m_last && m_last->step <= step)
            recent.beginAt(m_last);
        return stored->at(step, stop, looksForBest, &recent);
    }
    Journal journal;
    {
        const std::lock_guard lock(m_mutex);
        journal = m_journal;
    }
    auto from = m_store->before(step);
    if (m_last && m_last->step <= step && (!from || from->step < m_last->step))
        from = m_last;
    return std::get<Replay>(m_replay).to(step, from.get(), journal, stop, looksForBest);
}

Moments::Moments(QObject* parent)
    : QObject(parent)
    , m_poll(new QTimer(this))
    , m_job([](const Wish& wish, const std::stop_token& stop) -> Answer {
        std::stop_source either;
        const auto end = [&either] { either.request_stop(); };
        const std::stop_callback byWish(wish.stop, end);
        const std::stop_callback byEnd(stop, end);
        try {
            return {wish.number, wish.run, wish.run->at(wish.step, either.get_token())};
        } catch (const std::bad_alloc&) {
            return {wish.number, wish.run, notEnoughMemory(wish.run->setup()->initial.stack)};
        }
    })
{
    m_poll->setInterval(pollMilliseconds);
    connect(m_poll, &QTimer::timeout, this, &Moments::poll);
}

Moments::~Moments()
{
    m_stop.request_stop();
}

void Moments::cancel()
{
    ++m_number;
    m_stop.request_stop();
    m_poll->stop();
    static_cast<void>(m_job.take()); // an answer to the cancelled request
}

void Moments::seek(const std::shared_ptr<SeekableRun>& run, std::int64_t step)
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    m_job.post({++m_number, run, step, m_stop.get_token()});
    m_poll->start();
}

void Moments::poll()
{
    auto answer = m_job.take();
    if (!answer || answer->number != m_number)
        return;
    m_poll->stop();
    if (answer->checkpoint)
        emit found(answer->run, std::make_shared<const Checkpoint>(std::move(*answer->checkpoint)));
    else
        emit failed(answer->checkpoint.error());
}

} // namespace chainrule
