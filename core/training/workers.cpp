// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/workers.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace chainrule {

Workers::Workers(int threads)
{
    m_threads.reserve(static_cast<std::size_t>(std::max(0, threads - 1)));
    try {
        for (int i = 1; i < threads; ++i)
            m_threads.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // No more threads to be had: those that started do everything, more slowly.
    }
}

Workers::~Workers()
{
    {
        const std::lock_guard lock(m_mutex);
        m_quit = true;
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

bool Workers::takeOne(std::unique_lock<std::mutex>& lock)
{
    if (m_next >= m_count)
        return false;
    const std::size_t mine = m_next++;
    const auto* task = m_task;
    lock.unlock();
    std::exception_ptr failure;
    try {
        (*task)(mine);
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    if (failure && !m_failure)
        m_failure = failure;
    if (--m_open == 0)
        m_finished.notify_one();
    return true;
}

void Workers::run(std::size_t count, const std::function<void(std::size_t)>& task)
{
    if (m_threads.empty() || count == 1) {
        for (std::size_t i = 0; i < count; ++i)
            task(i);
        return;
    }
    std::unique_lock lock(m_mutex);
    m_task = &task;
    m_next = 0;
    m_count = count;
    m_open = count;
    m_wake.notify_all();
    while (takeOne(lock)) {
    }
    m_finished.wait(lock, [this] { return m_open == 0; });
    if (const std::exception_ptr failure = std::exchange(m_failure, nullptr))
        std::rethrow_exception(failure);
}

void Workers::work()
{
    std::unique_lock lock(m_mutex);
    while (!m_quit) {
        if (!takeOne(lock))
            m_wake.wait(lock, [this] { return m_quit || m_next < m_count; });
    }
}

} // namespace chainrule
