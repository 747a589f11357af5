// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/hugepages.h"
#include "core/training/checkpoint.h"
#include "core/training/engines/engine.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace chainrule {

/// Checkpoints of one run in memory, so that each of its steps is near one of them. Where they would take
/// more than the store may hold, every other one goes, and from then on they come twice as far apart. Every
/// function may be called from any thread.
///
/// What add() costs is training time. So it copies the engine's numbers as they are, of a float network half
/// of what a Checkpoint has, into memory of this store that is used again; before() makes a Checkpoint of
/// them.
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

    /// The checkpoint that the run goes on from; it stays. To be called before add().
    void beginAt(std::shared_ptr<const Checkpoint> first);

    /// Whether one after this step would be kept; those of a run come in the order of their steps.
    [[nodiscard]] bool wants(std::int64_t step) const
    {
        return step >= m_next.load(std::memory_order_relaxed);
    }
    /// Adds a checkpoint: the state of the engine and its optimizer, always those of the same run, the best
    /// epoch, which may be null, and all the rest, of which `position` has the network without a value.
    /// False, and nothing is added, where there is no memory, or while another thread reads: training never
    /// waits.
    bool add(Checkpoint position, std::shared_ptr<const BestEpoch> best, const Engine& engine,
             const Optimizer& optimizer);

    /// The last one at or before this step; null where there is none.
    [[nodiscard]] std::shared_ptr<const Checkpoint> before(std::int64_t step) const;
    [[nodiscard]] std::size_t count() const; ///< of those that were added
    [[nodiscard]] std::size_t bytes() const; ///< that they take

private:
    struct Kept {
        Checkpoint position;
        std::shared_ptr<const BestEpoch> best;
        std::byte* state = nullptr; ///< m_stateBytes in one of the blocks
    };
    struct Block {
        HugePages memory;
        std::future<void> finding{}; ///< of its pages, by a thread beside the training; ends before they go
    };
    [[nodiscard]] std::size_t bytesOf(const Kept& kept) const;
    [[nodiscard]] std::byte* freeState();
    void thin();

    const std::size_t m_mostBytes;
    const double m_secondsBetween;
    std::atomic<std::int64_t> m_next{0}; ///< the first step whose checkpoint is wanted
    mutable std::mutex m_mutex;          ///< of what follows
    std::shared_ptr<const Checkpoint> m_first;
    EngineKind m_kind = EngineKind::Matrix;
    Network m_shape; ///< of all checkpoints, without parameters
    std::size_t m_stateBytes = 0;
    std::vector<Block> m_blocks;
    std::span<std::byte> m_unused;  ///< the end of the last block
    std::vector<std::byte*> m_free; ///< places whose states were thinned out
    std::vector<Kept> m_kept;       ///< in the order of their steps
    std::size_t m_bytes = 0;
    std::int64_t m_spacing = 1; ///< steps between two of them, at the least
};

} // namespace chainrule
