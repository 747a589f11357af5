// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chainrule {

/// Threads that wait for work. Which thread does which task is not fixed, so a task's result must not depend
/// on it.
class Workers {
public:
    /// `threads` in all, the calling one included; at least 1.
    explicit Workers(int threads);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Calls task(0) to task(count - 1), each once, and returns when all are done. What one of them throws is
    /// thrown here.
    void run(std::size_t count, const std::function<void(std::size_t)>& task);

private:
    void work();
    bool takeOne(std::unique_lock<std::mutex>& lock);

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_finished;
    const std::function<void(std::size_t)>* m_task = nullptr;
    std::size_t m_next = 0;
    std::size_t m_count = 0;
    std::size_t m_open = 0; ///< tasks that are not done yet
    bool m_quit = false;
    std::exception_ptr m_failure; ///< the first of a run
    std::vector<std::thread> m_threads;
};

} // namespace chainrule
