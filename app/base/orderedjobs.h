// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <stop_token>
#include <thread>
#include <utility>

namespace chainrule {

/// One background thread that does all jobs in the order in which they came. What is to be done with a result
/// is fetched by polling, so that no Qt object is touched from the thread.
class OrderedJobs {
public:
    /// For the thread that polls; null: nothing.
    using Done = std::function<void()>;
    using Job = std::function<Done(const std::stop_token&)>;

    OrderedJobs()
        : m_thread([this](const std::stop_token& stop) { loop(stop); })
    {
    }

    /// The token is stopped when this object ends, which waits for all jobs: those that need not be done then
    /// should return early. A job that runs out of memory is given up.
    void post(Job job)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_jobs.push_back(std::move(job));
        }
        m_wake.notify_one();
    }

    /// Calls what the jobs that are done have left.
    void poll()
    {
        std::deque<Done> done;
        {
            const std::lock_guard lock(m_mutex);
            std::swap(done, m_done);
        }
        for (const Done& each : done)
            each();
    }

    /// Whether there are jobs that are not done.
    [[nodiscard]] bool isBusy() const
    {
        const std::lock_guard lock(m_mutex);
        return m_working || !m_jobs.empty();
    }

private:
    void loop(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        while (m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); })) {
            const Job job = std::move(m_jobs.front());
            m_jobs.pop_front();
            m_working = true;
            lock.unlock();
            Done done;
            try {
                done = job(stop);
            } catch (const std::bad_alloc&) {
                done = nullptr;
            }
            lock.lock();
            m_working = false;
            if (done)
                m_done.push_back(std::move(done));
        }
    }

    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs;
    std::deque<Done> m_done;
    bool m_working = false;
    std::jthread m_thread; // last, so that it ends before what it uses
};

} // namespace chainrule
