// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chainrule {

/// The processors that this process may use; at least 1.
[[nodiscard]] int usableProcessors();

/// Threads that wait for work. A step of training is over in less time than it takes to wake a thread, so
/// they wait awake for a moment before they sleep, where there is a processor for each.
class Workers {
public:
    /// `threads` in all, the calling one included; at least 1.
    explicit Workers(int threads);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Calls task(0) to task(count - 1), each once, and returns when all are done; count is at most 65535.
    /// What one of them throws is thrown here. Which thread does which task is not to be relied on.
    void run(std::size_t count, const std::function<void(std::size_t)>& task);

private:
    void work(std::size_t mine);
    void call(std::size_t number);
    void throwFailure();
    void judgeHelp(std::chrono::steady_clock::duration own, std::chrono::steady_clock::duration waited);

    // A run's number and, in the low 16 bits, its count: one word, so that a thread that comes late never
    // takes one run's count for another's. A thread whose number is below the count does that task.
    std::atomic<std::uint64_t> m_run{0};
    std::atomic<std::uint64_t> m_open{0}; ///< tasks of other threads that are not done yet
    std::atomic<bool> m_quit{false};
    const std::function<void(std::size_t)>* m_task = nullptr; ///< stays while a task is open
    bool m_waitAwake = false;
    // Another program may take the processors that the other threads need: then the calling thread, which
    // would wait for them for longer than it works, does everything itself for a while.
    int m_lateRuns = 0;
    int m_runsAlone = 0;
    int m_nextRunsAlone = 0;
    std::mutex m_failureMutex;
    std::exception_ptr m_failure; ///< the first of a run
    std::vector<std::thread> m_threads;
};

} // namespace chainrule
