// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/feed.h"

#include <algorithm>
#include <span>
#include <utility>

namespace chainrule {

namespace {

// The lowest and the highest value of some neighbours, in the order in which they came.
std::pair<double, double> extremes(std::span<const CurvePoint> points, double CurvePoint::*value)
{
    const auto [low, high] = std::ranges::minmax_element(points, {}, value);
    return low < high ? std::pair(*low.*value, *high.*value) : std::pair(*high.*value, *low.*value);
}

} // namespace

void thinPoints(std::vector<CurvePoint>& points, std::size_t most)
{
    if (points.size() <= most)
        return;
    std::size_t all = 0;
    for (const CurvePoint& point : points)
        all += point.samples;
    const std::size_t share = all / (most / 2) + 1; // of a group, of which two points stay
    std::vector<CurvePoint> kept;
    for (std::size_t begin = 0, end = 0; begin < points.size(); begin = end) {
        std::size_t samples = 0;
        while (end < points.size() && samples < share)
            samples += points[end++].samples;
        const auto group = std::span(points).subspan(begin, end - begin);
        if (group.size() == 1) {
            kept.push_back(group.front());
            continue;
        }
        const auto losses = extremes(group, &CurvePoint::loss);
        const auto accuracies = extremes(group, &CurvePoint::accuracy);
        const CurvePoint& middle = group[(group.size() - 1) / 2];
        kept.push_back({middle.epoch, losses.first, accuracies.first, samples / 2});
        kept.push_back({group.back().epoch, losses.second, accuracies.second, samples - samples / 2});
    }
    points = std::move(kept);
}

void Feed::post(const CurvePoint& point)
{
    const std::lock_guard lock(m_mutex);
    m_content.points.push_back(point);
    if (m_content.points.size() > maximumPoints)
        thinPoints(m_content.points, maximumPoints / 2);
}

void Feed::post(const EpochRecord& record)
{
    const std::lock_guard lock(m_mutex);
    m_content.epochs.push_back(record);
}

void Feed::post(const Progress& progress)
{
    const std::lock_guard lock(m_mutex);
    m_content.progress = progress;
}

void Feed::post(Snapshot snapshot)
{
    const std::lock_guard lock(m_mutex);
    m_content.snapshot = std::move(snapshot);
}

void Feed::post(const JournalEvent& event)
{
    const std::lock_guard lock(m_mutex);
    m_content.events.push_back(event);
}

void Feed::post(std::shared_ptr<const Checkpoint> checkpoint)
{
    const std::lock_guard lock(m_mutex);
    auto& waiting = m_content.checkpoints;
    if (waiting.size() == maximumCheckpoints) {
        std::size_t kept = 0;
        for (std::size_t i = 1; i < waiting.size(); i += 2)
            waiting[kept++] = std::move(waiting[i]);
        waiting.resize(kept);
    }
    waiting.push_back(std::move(checkpoint));
}

void Feed::postStart(const Metrics& validation)
{
    const std::lock_guard lock(m_mutex);
    m_content.startValidation = validation;
}

FeedContent Feed::take()
{
    FeedContent taken;
    const std::lock_guard lock(m_mutex);
    std::swap(taken, m_content);
    return taken;
}

} // namespace chainrule
