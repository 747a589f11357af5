// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/journal.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace chainrule {

/// Steers a run from another thread. Every function may be called from any thread.
class Control {
public:
    explicit Control(double learningRate, bool startPaused = false);

    void pause();
    void resume();
    [[nodiscard]] bool isPaused() const;

    /// Lets a paused run do one batch, or go on to the end of the present epoch, and pause again.
    void stepBatch();
    void stepEpoch();

    /// Changes a field for the steps from now on; below 0: back to the settings' value.
    void set(LiveField field, double value)
    {
        m_live[static_cast<std::size_t>(field)].store(value, std::memory_order_relaxed);
    }
    [[nodiscard]] double value(LiveField field) const
    {
        return m_live[static_cast<std::size_t>(field)].load(std::memory_order_relaxed);
    }
    void setLearningRate(double rate) { set(LiveField::LearningRate, rate); }
    [[nodiscard]] double learningRate() const { return value(LiveField::LearningRate); }

    /// Asks the run to post its weights to the feed after the step that is under way.
    void requestSnapshot();

    // For the training thread:

    enum class Turn : std::uint8_t { Go, Wait, Stop };
    /// Called before each batch: whether it may go on, must wait (paused and no step allowed) or is to stop.
    Turn takeTurn(const std::stop_token& stop);
    /// Waits as long as takeTurn() would answer Wait.
    Turn waitForTurn(const std::stop_token& stop);
    /// Called at an epoch's end: a stepEpoch() ends here.
    void epochEnded();
    /// True once for each request.
    bool takeSnapshotRequest();

private:
    [[nodiscard]] bool mayGo() const { return !m_paused || m_batchesAllowed > 0 || m_epochsAllowed > 0; }
    Turn use(const std::stop_token& stop);

    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    bool m_paused = false;
    std::int64_t m_batchesAllowed = 0;
    int m_epochsAllowed = 0;
    std::array<std::atomic<double>, liveFieldTable.size()> m_live{};
    std::atomic<bool> m_snapshotRequested{false};
};

} // namespace chainrule
