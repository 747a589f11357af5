// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/replay.h"

#include "core/training/control.h"
#include "core/training/feed.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

namespace chainrule {

namespace {

constexpr std::size_t mostOrders = 32; // of 60,000 samples each 8 MB in all

} // namespace

Replay::Replay(std::shared_ptr<const RunSetup> setup)
    : m_setup(std::move(setup))
{
}

SampleOrder Replay::orderFor(int epochsDone)
{
    SampleOrder order;
    if (const auto after = m_orders.upper_bound(epochsDone); after != m_orders.begin())
        order = std::prev(after)->second;
    shuffleFor(order, m_setup->settings, m_setup->split.training, epochsDone);
    m_orders[epochsDone] = order;
    if (m_orders.size() > mostOrders) { // every other one goes
        for (auto each = m_orders.begin(); each != m_orders.end() && std::next(each) != m_orders.end();
             ++each)
            m_orders.erase(std::next(each));
    }
    return order;
}

Result<Checkpoint> Replay::to(std::int64_t step, const Checkpoint* from, const Journal& journal,
                              const std::stop_token& stop, bool measures)
{
    const RunSetup& run = *m_setup;
    if (from && from->step == step)
        return *from;
    RunStart start;
    start.checkpoint = from;
    start.stopAt = step;
    start.planned = journal;
    start.measuring = measures ? Measuring::InTurn : Measuring::Never;
    SampleOrder order = orderFor(from ? static_cast<int>(from->samplesDone / run.split.training.size()) : 0);
    start.order = &order;
    Control control(run.settings.learningRate);
    Feed feed;
    TrainingOutcome outcome = train(run, control, feed, stop, start);
    if (outcome.error)
        return *outcome.error;
    if (!outcome.checkpoint || outcome.checkpoint->step != step) {
        return Error{{MessageId::stepOfRun, std::to_string(step)},
                     stop.stop_requested()
                         ? Message(MessageId::replayStopped)
                         : Message(MessageId::runHasSteps,
                                   std::to_string(outcome.checkpoint
                                                      ? outcome.checkpoint->step
                                                      : stepCount(run.settings, run.split.training.size()))),
                     MessageId::chooseEarlierStep};
    }
    return std::move(*outcome.checkpoint);
}

} // namespace chainrule
