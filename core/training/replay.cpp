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

// Of a scalar engine that is kept for the next call: 130 MB. Making it takes as long as thousands of its
// steps; a matrix engine is made in the time of a few.
constexpr std::size_t mostKeptParameters = 250'000;

} // namespace

Replay::Replay(std::shared_ptr<const RunSetup> setup)
    : m_setup(std::move(setup))
{
}

SampleOrder Replay::orderFor(int epochsDone, const std::stop_token& stop)
{
    SampleOrder order;
    if (const auto after = m_orders.upper_bound(epochsDone); after != m_orders.begin())
        order = std::prev(after)->second;
    constexpr int atOnce = 1000; // epochs
    for (int epoch = order.epochs; epoch < epochsDone && !stop.stop_requested();) {
        epoch = std::min(epoch + atOnce, epochsDone);
        shuffleFor(order, m_setup->settings, m_setup->split.training, epoch);
        keep(order);
    }
    if (epochsDone == 0)
        shuffleFor(order, m_setup->settings, m_setup->split.training, 0);
    return order;
}

void Replay::keep(const SampleOrder& order)
{
    m_orders[order.epochs] = order;
    if (m_orders.size() > mostOrders) { // every other one goes
        for (auto each = m_orders.begin(); each != m_orders.end() && std::next(each) != m_orders.end();
             ++each)
            m_orders.erase(std::next(each));
    }
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
    SampleOrder order =
        orderFor(from ? static_cast<int>(from->samplesDone / run.split.training.size()) : 0, stop);
    start.order = &order;
    if (run.settings.engine == EngineKind::Scalar && run.initial.parameters.size() <= mostKeptParameters)
        start.engine = &m_engine;
    Control control(run.settings.learningRate);
    Feed feed;
    TrainingOutcome outcome = train(run, control, feed, stop, start);
    if (outcome.error)
        return *outcome.error;
    const Message what{MessageId::stepOfRun, std::to_string(step)};
    if (outcome.checkpoint && outcome.checkpoint->step == step)
        return std::move(*outcome.checkpoint);
    if (stop.stop_requested())
        return Error{what, MessageId::replayStopped, MessageId::tryAgain};
    const std::int64_t steps = stepCount(run.settings, run.split.training.size());
    return Error{what, {MessageId::runHasSteps, std::to_string(steps)}, MessageId::chooseEarlierStep};
}

} // namespace chainrule
