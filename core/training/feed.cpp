// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/feed.h"

#include <utility>

namespace chainrule {

namespace {

CurvePoint merged(const CurvePoint& a, const CurvePoint& b)
{
    const auto weightA = static_cast<double>(a.samples);
    const auto weightB = static_cast<double>(b.samples);
    const double all = weightA + weightB;
    return {b.epoch, (a.loss * weightA + b.loss * weightB) / all,
            (a.accuracy * weightA + b.accuracy * weightB) / all, a.samples + b.samples};
}

void halve(std::vector<CurvePoint>& points)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i + 1 < points.size(); i += 2)
        points[kept++] = merged(points[i], points[i + 1]);
    if (points.size() % 2 != 0)
        points[kept++] = points.back();
    points.resize(kept);
}

} // namespace

void thinPoints(std::vector<CurvePoint>& points, std::size_t most)
{
    while (points.size() > most)
        halve(points);
}

void Feed::post(const CurvePoint& point)
{
    const std::lock_guard lock(m_mutex);
    m_content.points.push_back(point);
    if (m_content.points.size() > maximumPoints)
        halve(m_content.points);
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
