// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/checkpointstore.h"

#include <algorithm>
#include <utility>

namespace chainrule {

namespace {

constexpr auto stepOf = [](const std::shared_ptr<const Checkpoint>& checkpoint) { return checkpoint->step; };

} // namespace

std::size_t bytesOf(const Checkpoint& checkpoint)
{
    std::size_t numbers = checkpoint.network.parameters.size() + checkpoint.optimizer.first.size() +
                          checkpoint.optimizer.second.size();
    if (checkpoint.best)
        numbers += checkpoint.best->parameters.size();
    return sizeof(Checkpoint) + numbers * sizeof(double) + checkpoint.journal.size() * sizeof(JournalEvent);
}

void CheckpointStore::add(std::shared_ptr<const Checkpoint> checkpoint)
{
    const std::lock_guard lock(m_mutex);
    if (!m_checkpoints.empty() && checkpoint->step <= m_checkpoints.back()->step)
        return;
    m_bytes += bytesOf(*checkpoint);
    m_checkpoints.push_back(std::move(checkpoint));
    while (m_bytes > m_mostBytes && m_checkpoints.size() > 1)
        thin();
    m_next.store(m_checkpoints.back()->step + m_spacing, std::memory_order_relaxed);
}

// Keeps the first, the third and so on.
void CheckpointStore::thin()
{
    const std::int64_t steps = m_checkpoints.back()->step - m_checkpoints.front()->step;
    const auto gaps = static_cast<std::int64_t>(m_checkpoints.size() - 1);
    m_spacing = std::max(m_spacing, 2 * steps / gaps);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < m_checkpoints.size(); ++i) {
        if (i % 2 == 0)
            m_checkpoints[kept++] = std::move(m_checkpoints[i]);
        else
            m_bytes -= bytesOf(*m_checkpoints[i]);
    }
    m_checkpoints.resize(kept);
}

void CheckpointStore::removeAfter(std::int64_t step)
{
    const std::lock_guard lock(m_mutex);
    while (!m_checkpoints.empty() && m_checkpoints.back()->step > step) {
        m_bytes -= bytesOf(*m_checkpoints.back());
        m_checkpoints.pop_back();
    }
    m_next.store(m_checkpoints.empty() ? 0 : m_checkpoints.back()->step + m_spacing,
                 std::memory_order_relaxed);
}

std::shared_ptr<const Checkpoint> CheckpointStore::before(std::int64_t step) const
{
    const std::lock_guard lock(m_mutex);
    const auto after = std::ranges::upper_bound(m_checkpoints, step, {}, stepOf);
    return after == m_checkpoints.begin() ? nullptr : *std::prev(after);
}

std::size_t CheckpointStore::count() const
{
    const std::lock_guard lock(m_mutex);
    return m_checkpoints.size();
}

std::size_t CheckpointStore::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

} // namespace chainrule
