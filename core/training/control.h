// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace chainrule {

/// How a watcher steers a run from another thread. Every function may be called from any thread.
class Control {
public:
    explicit Control(double learningRate, bool startPaused = false);

    void pause();
    void resume();
    [[nodiscard]] bool isPaused() const;

    /// Lets a paused run do one batch, or go on to the end of the present epoch, and pause again.
    void stepBatch();
    void stepEpoch();

    /// The rate of the steps from now on.
    void setLearningRate(double rate) { m_learningRate.store(rate, std::memory_order_relaxed); }
    [[nodiscard]] double learningRate() const { return m_learningRate.load(std::memory_order_relaxed); }

    /// Penalties and the rate of every dropout layer, from now on; below 0: those of the settings.
    void setL1(double penalty) { m_l1.store(penalty, std::memory_order_relaxed); }
    void setL2(double penalty) { m_l2.store(penalty, std::memory_order_relaxed); }
    void setDropout(double rate) { m_dropout.store(rate, std::memory_order_relaxed); }
    [[nodiscard]] double l1() const { return m_l1.load(std::memory_order_relaxed); }
    [[nodiscard]] double l2() const { return m_l2.load(std::memory_order_relaxed); }
    [[nodiscard]] double dropout() const { return m_dropout.load(std::memory_order_relaxed); }

    /// Asks for the present weights in the feed, after the step that is under way.
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
    std::atomic<double> m_learningRate;
    std::atomic<double> m_l1{-1.0};
    std::atomic<double> m_l2{-1.0};
    std::atomic<double> m_dropout{-1.0};
    std::atomic<bool> m_snapshotRequested{false};
};

} // namespace chainrule
