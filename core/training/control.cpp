// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/control.h"

namespace chainrule {

Control::Control(double learningRate, bool startPaused)
    : m_paused(startPaused)
{
    for (const LiveFieldRow& row : liveFieldTable)
        set(row.field, -1.0);
    setLearningRate(learningRate);
}

void Control::pause()
{
    const std::lock_guard lock(m_mutex);
    m_paused = true;
    m_batchesAllowed = 0;
    m_epochsAllowed = 0;
}

void Control::resume()
{
    {
        const std::lock_guard lock(m_mutex);
        m_paused = false;
    }
    m_changed.notify_all();
}

bool Control::isPaused() const
{
    const std::lock_guard lock(m_mutex);
    return m_paused;
}

void Control::stepBatch()
{
    {
        const std::lock_guard lock(m_mutex);
        m_paused = true;
        ++m_batchesAllowed;
    }
    m_changed.notify_all();
}

void Control::stepEpoch()
{
    {
        const std::lock_guard lock(m_mutex);
        m_paused = true;
        ++m_epochsAllowed;
    }
    m_changed.notify_all();
}

void Control::requestSnapshot()
{
    m_snapshotRequested.store(true, std::memory_order_relaxed);
}

Control::Turn Control::use(const std::stop_token& stop)
{
    if (stop.stop_requested())
        return Turn::Stop;
    if (!mayGo())
        return Turn::Wait;
    if (m_paused && m_batchesAllowed > 0)
        --m_batchesAllowed;
    return Turn::Go;
}

Control::Turn Control::takeTurn(const std::stop_token& stop)
{
    const std::lock_guard lock(m_mutex);
    return use(stop);
}

Control::Turn Control::waitForTurn(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [this] { return mayGo(); });
    return use(stop);
}

void Control::epochEnded()
{
    const std::lock_guard lock(m_mutex);
    if (m_epochsAllowed > 0)
        --m_epochsAllowed;
}

bool Control::takeSnapshotRequest()
{
    return m_snapshotRequested.exchange(false, std::memory_order_relaxed);
}

} // namespace chainrule
