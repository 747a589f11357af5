// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/delayprobe.h"

#include <QCoreApplication>
#include <QEvent>
#include <QEventLoop>
#include <QTimer>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

namespace chainrule {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds period{5};

class StampedEvent : public QEvent {
public:
    StampedEvent()
        : QEvent(QEvent::User)
        , posted(Clock::now())
    {
    }

    const Clock::time_point posted;
};

} // namespace

std::vector<double> DelayProbe::measure(std::chrono::milliseconds duration)
{
    m_delays.clear();
    QEventLoop loop;
    std::jthread poster([this](const std::stop_token& stop) {
        for (auto next = Clock::now(); !stop.stop_requested(); next += period) {
            std::this_thread::sleep_until(next);
            QCoreApplication::postEvent(this, new StampedEvent);
        }
    });
    QTimer::singleShot(duration, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    loop.exec();
    poster.request_stop();
    poster.join();
    // Those still waiting belong to the measurement too.
    QCoreApplication::sendPostedEvents(this);
    std::sort(m_delays.begin(), m_delays.end());
    return m_delays;
}

void DelayProbe::customEvent(QEvent* event)
{
    const auto delay = Clock::now() - static_cast<StampedEvent*>(event)->posted;
    m_delays.push_back(std::chrono::duration<double, std::milli>(delay).count());
}

double quantile(const std::vector<double>& sorted, double share)
{
    if (sorted.empty())
        return std::numeric_limits<double>::quiet_NaN();
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

} // namespace chainrule
