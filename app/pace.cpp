// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pace.h"

#include <cstdio>

namespace chainrule {

namespace {

constexpr std::int64_t windowMilliseconds = 8'000;
constexpr std::int64_t atLeastMilliseconds = 1'000;
constexpr std::int64_t stepMilliseconds = 100; // between points that are kept

} // namespace

void Pace::start()
{
    m_points.clear();
}

void Pace::add(std::int64_t milliseconds, std::int64_t done)
{
    if (!m_points.empty() && (milliseconds < m_points.back().milliseconds || done < m_points.back().done))
        m_points.clear();
    // The newest point moves on until it is a step away from the one before.
    if (m_points.size() >= 2 && milliseconds - m_points[m_points.size() - 2].milliseconds < stepMilliseconds)
        m_points.back() = {milliseconds, done};
    else
        m_points.push_back({milliseconds, done});
    while (m_points.size() > 2 && milliseconds - m_points[1].milliseconds >= windowMilliseconds)
        m_points.pop_front();
}

std::optional<double> Pace::secondsFor(std::int64_t rest) const
{
    if (m_points.size() < 2)
        return std::nullopt;
    const auto time = m_points.back().milliseconds - m_points.front().milliseconds;
    const auto done = m_points.back().done - m_points.front().done;
    if (time < atLeastMilliseconds || done <= 0)
        return std::nullopt;
    return static_cast<double>(rest) * static_cast<double>(time) / 1000.0 / static_cast<double>(done);
}

std::string megabytes(std::uint64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

} // namespace chainrule
