// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace chainrule {

/// One background thread that works on the newest request. A request that comes while another is worked on
/// waits; a newer one takes the place of one that waits. Results are fetched by polling, so that no Qt object
/// is touched from the thread.
template <typename Request, typename Answer>
class LatestJob {
public:
    /// `work` runs in the background and should return early once its token is stopped, which happens only
    /// when this object ends.
    explicit LatestJob(std::function<Answer(const Request&, const std::stop_token&)> work)
        : m_work(std::move(work))
        , m_thread([this](const std::stop_token& stop) { loop(stop); })
    {
    }

    void post(Request request)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_request = std::move(request);
        }
        m_wake.notify_one();
    }

    /// The newest result that was not fetched yet.
    [[nodiscard]] std::optional<Answer> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_answer, std::nullopt);
    }

    /// Whether something is asked for that has not been answered.
    [[nodiscard]] bool isBusy() const
    {
        const std::lock_guard lock(m_mutex);
        return m_working || m_request;
    }

private:
    void loop(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        // A request that still waits when the end is asked for is not begun.
        while (m_wake.wait(lock, stop, [this] { return m_request.has_value(); }) && !stop.stop_requested()) {
            const Request request = std::move(*m_request);
            m_request.reset();
            m_working = true;
            lock.unlock();
            Answer answer = m_work(request, stop);
            lock.lock();
            m_working = false;
            m_answer = std::move(answer);
        }
    }

    std::function<Answer(const Request&, const std::stop_token&)> m_work;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Request> m_request;
    std::optional<Answer> m_answer;
    bool m_working = false;
    std::jthread m_thread; // last, so that it ends before what it uses
};

} // namespace chainrule
