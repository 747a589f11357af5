// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/workers.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <system_error>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif

namespace chainrule {

namespace {

constexpr unsigned countBits = 16;
constexpr std::uint64_t countMask = (1U << countBits) - 1;

constexpr int lateRunsBeforeBackoff = 4;
constexpr int minimumSoloRuns = 64;
constexpr int maximumSoloRuns = 4096;

void pauseProcessor()
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

// Waits until `word` differs from `old`: actively for a moment, then asleep.
void waitForOther(const std::atomic<std::uint64_t>& word, std::uint64_t old, bool awake)
{
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::microseconds patience{100};
    constexpr int pausesBetweenLooks = 16;
    if (awake) {
        const auto end = Clock::now() + patience;
        do {
            for (int i = 0; i < pausesBetweenLooks; ++i) {
                if (word.load(std::memory_order_acquire) != old)
                    return;
                pauseProcessor();
            }
        } while (Clock::now() < end);
    }
    word.wait(old, std::memory_order_acquire);
}

} // namespace

int usableProcessors()
{
#if defined(__linux__)
    // std::thread counts all processors, not those this process may use.
    if (cpu_set_t allowed; sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return std::max(1, CPU_COUNT(&allowed));
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Workers::Workers(int threads)
    : m_waitAwake(threads <= usableProcessors())
    , m_nextSoloRuns(minimumSoloRuns)
{
    m_threads.reserve(static_cast<std::size_t>(std::max(0, threads - 1)));
    try {
        for (int i = 1; i < threads; ++i)
            m_threads.emplace_back([this, i] { work(static_cast<std::size_t>(i)); });
    } catch (const std::system_error&) {
        // If the system refuses more threads, the ones already started do all the work.
    }
}

Workers::~Workers()
{
    m_quit.store(true, std::memory_order_relaxed);
    m_run.store(((m_run.load(std::memory_order_relaxed) >> countBits) + 1) << countBits,
                std::memory_order_release);
    m_run.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

void Workers::call(std::size_t number)
{
    try {
        (*m_task)(number);
    } catch (...) {
        const std::lock_guard lock(m_failureMutex);
        if (!m_failure)
            m_failure = std::current_exception();
    }
}

void Workers::throwFailure()
{
    if (const std::exception_ptr failure = std::exchange(m_failure, nullptr))
        std::rethrow_exception(failure);
}

void Workers::judgeHelp(std::chrono::steady_clock::duration own, std::chrono::steady_clock::duration waited)
{
    if (waited <= 2 * own) {
        m_lateRuns = 0;
        m_nextSoloRuns = minimumSoloRuns;
        return;
    }
    if (++m_lateRuns < lateRunsBeforeBackoff)
        return;
    m_lateRuns = 0;
    m_soloRuns = m_nextSoloRuns;
    m_nextSoloRuns = std::min(2 * m_nextSoloRuns, maximumSoloRuns);
}

void Workers::run(std::size_t count, const std::function<void(std::size_t)>& task)
{
    assert(count <= countMask);
    m_task = &task;
    if (m_threads.empty() || count <= 1 || m_soloRuns > 0) {
        m_soloRuns = std::max(0, m_soloRuns - 1);
        for (std::size_t i = 0; i < count; ++i)
            call(i);
        throwFailure();
        return;
    }
    const std::size_t helped = std::min(count - 1, m_threads.size());
    m_open.store(helped, std::memory_order_relaxed);
    const std::uint64_t number = (m_run.load(std::memory_order_relaxed) >> countBits) + 1;
    m_run.store(number << countBits | count, std::memory_order_release);
    m_run.notify_all();
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    call(0);
    for (std::size_t i = helped + 1; i < count; ++i)
        call(i);
    const auto done = Clock::now();
    for (std::uint64_t open = m_open.load(std::memory_order_acquire); open != 0;
         open = m_open.load(std::memory_order_acquire))
        waitForOther(m_open, open, m_waitAwake);
    judgeHelp(done - begin, Clock::now() - done);
    throwFailure();
}

void Workers::work(std::size_t mine)
{
    std::uint64_t seen = 0;
    while (true) {
        waitForOther(m_run, seen, m_waitAwake);
        seen = m_run.load(std::memory_order_acquire);
        if (m_quit.load(std::memory_order_relaxed))
            return;
        if (mine >= (seen & countMask))
            continue;
        call(mine);
        m_open.fetch_sub(1, std::memory_order_release);
        m_open.notify_one();
    }
}

} // namespace chainrule
