// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/checkpoint.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace chainrule {

/// The memory that a checkpoint takes, in bytes.
[[nodiscard]] std::size_t bytesOf(const Checkpoint& checkpoint);

/// Checkpoints of one run in memory, so that each of its steps is near one of them. Where they would take
/// more than the store may hold, every other one goes, and from then on they come twice as far apart. Every
/// function may be called from any thread.
class CheckpointStore {
public:
    static constexpr std::size_t defaultBytes = std::size_t{256} << 20U;

    /// So that a step takes about as long to compute again as a picture of the screen lasts.
    static constexpr double defaultSeconds = 0.008;

    /// `secondsBetween` of training are to lie between two checkpoints at the least.
    explicit CheckpointStore(std::size_t mostBytes = defaultBytes, double secondsBetween = defaultSeconds)
        : m_mostBytes(mostBytes)
        , m_secondsBetween(secondsBetween)
    {
    }
    [[nodiscard]] double secondsBetween() const { return m_secondsBetween; }

    /// Whether one after this step would be kept; those of a run come in the order of their steps.
    [[nodiscard]] bool wants(std::int64_t step) const
    {
        return step >= m_next.load(std::memory_order_relaxed);
    }
    void add(std::shared_ptr<const Checkpoint> checkpoint);
    /// Removes those after this step: of a run that diverged, or that goes on from an earlier step.
    void removeAfter(std::int64_t step);

    /// The last one at or before this step; null where there is none.
    [[nodiscard]] std::shared_ptr<const Checkpoint> before(std::int64_t step) const;
    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t bytes() const;

private:
    void thin();

    const std::size_t m_mostBytes;
    const double m_secondsBetween;
    std::atomic<std::int64_t> m_next{0}; ///< the first step whose checkpoint is wanted
    mutable std::mutex m_mutex;          ///< of what follows
    std::vector<std::shared_ptr<const Checkpoint>> m_checkpoints; ///< in the order of their steps
    std::size_t m_bytes = 0;
    std::int64_t m_spacing = 1; ///< steps between two of them, at the least
};

} // namespace chainrule
