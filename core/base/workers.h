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

/// Threads that wait for work. A training step takes less time than waking a thread, so where there is a
/// processor for each thread, they wait actively for a moment before they sleep.
class Workers {
public:
    /// `threads` in total, including the calling one; at least 1.
    explicit Workers(int threads);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Calls task(0) to task(count - 1), each once, and returns when all are done; count is at most 65535.
    /// Throws the first exception that a task throws. Any thread may do any task.
    void run(std::size_t count, const std::function<void(std::size_t)>& task);

private:
    void work(std::size_t mine);
    void call(std::size_t number);
    void throwFailure();
    void judgeHelp(std::chrono::steady_clock::duration own, std::chrono::steady_clock::duration waited);

    // The run's number and, in the low 16 bits, its count. They are one word, so that a late thread never
    // combines one run's number with another run's count. A thread whose number is below the count does the
    // task with that number.
    std::atomic<std::uint64_t> m_run{0};
    std::atomic<std::uint64_t> m_open{0}; ///< unfinished tasks of the other threads
    std::atomic<bool> m_quit{false};
    const std::function<void(std::size_t)>* m_task = nullptr; ///< valid while a task is open
    bool m_waitAwake = false;
    // Where another program uses the processors that the other threads need, the calling thread would wait
    // for them longer than it works. Then it does a number of runs alone ("solo").
    int m_lateRuns = 0;
    int m_soloRuns = 0;
    int m_nextSoloRuns = 0;
    std::mutex m_failureMutex;
    std::exception_ptr m_failure; ///< the first one of a run
    std::vector<std::thread> m_threads;
};

} // namespace chainrule
