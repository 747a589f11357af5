// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/checkpointstore.h"

#include "core/base/workers.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace chainrule {

namespace {

constexpr std::size_t blockBytes = 4 * hugePage;
constexpr std::size_t cacheLine = 64;

} // namespace

std::size_t CheckpointStore::bytesOf(const Kept& kept) const
{
    return sizeof(Kept) + m_stateBytes + kept.position.journal.size() * sizeof(JournalEvent) +
           (kept.best ? kept.best->parameters.size() * sizeof(double) : 0);
}

void CheckpointStore::beginAt(std::shared_ptr<const Checkpoint> first)
{
    const std::lock_guard lock(m_mutex);
    m_next.store(first->step + 1, std::memory_order_relaxed);
    m_first = std::move(first);
}

bool CheckpointStore::add(Checkpoint position, std::shared_ptr<const BestEpoch> best, const Engine& engine,
                          const Optimizer& optimizer)
{
    const std::unique_lock lock(m_mutex, std::try_to_lock);
    if (!lock)
        return false;
    if (m_kept.empty()) {
        m_kind = std::holds_alternative<ScalarEngine>(engine) ? EngineKind::Scalar : EngineKind::Matrix;
        m_shape = shapeOf(engine);
        m_stateBytes = (stateBytes(engine, optimizer) + cacheLine - 1) / cacheLine * cacheLine;
    }
    std::byte* const state = freeState();
    if (!state)
        return false;
    copyState(engine, optimizer, state);
    m_kept.push_back({std::move(position), std::move(best), state});
    m_bytes += bytesOf(m_kept.back());
    while (m_bytes > m_mostBytes && m_kept.size() > 1)
        thin();
    m_next.store(m_kept.back().position.step + m_spacing, std::memory_order_relaxed);
    return true;
}

// A place for another state; null where there is no memory.
std::byte* CheckpointStore::freeState()
{
    if (!m_free.empty()) {
        std::byte* const state = m_free.back();
        m_free.pop_back();
        return state;
    }
    if (m_unused.size() < m_stateBytes) {
        const std::size_t bytes = std::max(m_stateBytes, std::min(blockBytes, m_mostBytes));
        HugePages memory = allocateHugePages(bytes);
        if (!memory)
            return nullptr;
        m_unused = {memory.get(), bytes};
        Block& block = m_blocks.emplace_back(std::move(memory));
        if (usableProcessors() > 1) { // where no thread is to be had, nobody does it
            block.finding = std::async(std::launch::async | std::launch::deferred,
                                       [unused = m_unused] { findPages(unused.data(), unused.size()); });
        }
    }
    std::byte* const state = m_unused.data();
    m_unused = m_unused.subspan(m_stateBytes);
    return state;
}

// Keeps the first, the third and so on.
void CheckpointStore::thin()
{
    const std::int64_t steps = m_kept.back().position.step - m_kept.front().position.step;
    const auto gaps = static_cast<std::int64_t>(m_kept.size() - 1);
    m_spacing = std::max(m_spacing, 2 * steps / gaps);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < m_kept.size(); ++i) {
        if (i % 2 == 0) {
            std::swap(m_kept[kept++], m_kept[i]);
        } else {
            m_bytes -= bytesOf(m_kept[i]);
            m_free.push_back(m_kept[i].state);
        }
    }
    m_kept.resize(kept);
}

std::shared_ptr<const Checkpoint> CheckpointStore::before(std::int64_t step) const
{
    const std::lock_guard lock(m_mutex);
    const auto after =
        std::ranges::upper_bound(m_kept, step, {}, [](const Kept& kept) { return kept.position.step; });
    if (after == m_kept.begin())
        return m_first && m_first->step <= step ? m_first : nullptr;
    const Kept& kept = *std::prev(after);
    auto checkpoint = std::make_shared<Checkpoint>(kept.position);
    checkpoint->network = m_shape;
    readState(m_kind, kept.state, checkpoint->network, checkpoint->optimizer);
    if (kept.best)
        checkpoint->best = *kept.best;
    return checkpoint;
}

std::size_t CheckpointStore::count() const
{
    const std::lock_guard lock(m_mutex);
    return m_kept.size();
}

std::size_t CheckpointStore::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

} // namespace chainrule
