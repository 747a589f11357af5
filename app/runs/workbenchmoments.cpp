// SPDX-License-Identifier: GPL-3.0-or-later
// The steps of the run that is shown: looking at one of them, and going on from there with another run.
#include "app/runs/workbench.h"

#include "core/training/fork.h"

#include <algorithm>
#include <utility>

namespace chainrule {

std::shared_ptr<const Checkpoint> Workbench::shownMoment() const
{
    return m_run.seekable && m_momentRun == m_run.seekable ? m_moment : nullptr;
}

double Workbench::epochOf(const Checkpoint& moment) const
{
    return static_cast<double>(moment.samplesDone) / static_cast<double>(m_run.setup->split.training.size());
}

double Workbench::presentEpoch() const
{
    if (const auto moment = shownMoment())
        return epochOf(*moment);
    return m_run.latest.parameters ? m_run.latest.epoch : 0.0;
}

// Of a run that is no longer shown: it holds checkpoints of up to 256 MB.
void Workbench::forgetMoment()
{
    m_moments.cancel();
    m_moment.reset();
    m_momentRun.reset();
}

void Workbench::seek(std::int64_t step)
{
    if (m_run.seekable)
        m_moments.seek(m_run.seekable, step);
}

void Workbench::showNewest()
{
    m_moments.cancel();
    if (!std::exchange(m_moment, nullptr))
        return;
    requestGrid();
    emit momentChanged();
}

std::optional<std::int64_t> Workbench::shownStep() const
{
    const auto moment = shownMoment();
    return moment ? std::optional(moment->step) : std::nullopt;
}

std::optional<Workbench::Steps> Workbench::steps() const
{
    if (!m_run.seekable || !m_run.setup)
        return std::nullopt;
    const RunSetup& setup = *m_run.setup;
    const std::size_t samples = setup.split.training.size();
    Steps steps;
    steps.first = m_run.seekable->first();
    steps.total = stepCount(setup.settings, samples);
    steps.perEpoch = steps.total / setup.settings.epochs;
    steps.last = std::max(steps.first, checkpointAt(setup.settings, {}, samples, m_run.latest.epoch).step);
    double lowest = 0.0;
    for (const EpochRecord& record : m_run.history.epochs) {
        const std::int64_t end = record.epoch * steps.perEpoch;
        if (!record.validation || end < steps.first || (steps.best && record.validation->loss >= lowest))
            continue;
        lowest = record.validation->loss;
        steps.best = end;
    }
    return steps;
}

Result<void> Workbench::mayFork() const
{
    const auto moment = shownMoment();
    if (!moment)
        return Error{"a fork", "the newest step is shown", "Choose an earlier step with the slider"};
    Checkpoint place; // the weights have no say in it
    place.step = moment->step;
    place.samplesDone = moment->samplesDone;
    const TrainingSettings parent = settingsAfter(m_run.setup->settings, *moment);
    const auto from =
        forkFrom(std::move(place), parent, m_document.settings(), m_run.setup->split.training.size());
    return from ? Result<void>() : Result<void>(from.error());
}

History Workbench::historyUntil(double epoch) const
{
    History history;
    history.kernels = m_run.history.kernels;
    for (const EpochRecord& record : m_run.history.epochs) {
        if (record.epoch > epoch)
            break;
        history.epochs.push_back(record);
        history.trainSeconds += record.trainSeconds;
    }
    if (m_run.history.resumedAt && *m_run.history.resumedAt <= epoch)
        history.resumedAt = m_run.history.resumedAt;
    return history;
}

void Workbench::fork()
{
    const auto moment = shownMoment();
    if (!moment || !mayFork())
        return;
    RunRequest request{m_document.settings(), m_run.setup->data, nullptr};
    request.fork = std::make_shared<const ForkPoint>(ForkPoint{m_run.setup, moment, m_run.id});
    ShownRun next;
    next.history = historyUntil(epochOf(*moment));
    next.history.resumedAt = epochOf(*moment);
    next.curve = m_run.curve;
    std::erase_if(next.curve.points,
                  [&](const CurvePoint& point) { return point.epoch > *next.history.resumedAt; });
    next.latest = {std::make_shared<const Network>(moment->network), *next.history.resumedAt};
    next.initial = m_run.initial;
    next.forkedFrom = RunParent{m_run.id, moment->step};
    request.epochs = next.history.epochs;
    beginTraining(request, Pending::Run, std::move(next));
}

} // namespace chainrule
