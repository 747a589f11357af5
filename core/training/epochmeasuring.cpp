// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/epochmeasuring.h"

#include "core/training/evaluation.h"

#include <chrono>
#include <utility>

namespace chainrule {

namespace {

// How long a run that is to stop waits for a measurement that is nearly done.
constexpr std::chrono::milliseconds patience{100};
constexpr std::chrono::milliseconds glance{5};

} // namespace

std::optional<Metrics> measure(Engine& engine, const Dataset& data, std::span<const std::uint32_t> samples,
                               const std::stop_token& stop)
{
    const auto predictions = predict(engine, data, samples, stop);
    if (predictions.empty())
        return std::nullopt;
    return metricsOf(predictions, data, samples);
}

EpochMeasuring::EpochMeasuring(const TrainingSettings& settings, const Network& like, const Dataset& data,
                               const Split& split)
    : m_data(data)
    , m_split(split)
    , m_engine(makeEngine(like, settings.engine, settings.precision, 0, 1, settings.kernels))
{
}

EpochMeasuring::~EpochMeasuring()
{
    m_giveUp.request_stop();
    if (m_pending.valid())
        m_pending.wait();
}

void EpochMeasuring::start(std::shared_ptr<const Network> parameters)
{
    const auto work = [this, weights = std::move(parameters), giveUp = m_giveUp.get_token()] {
        setNetwork(m_engine, *weights);
        EpochMetrics metrics;
        metrics.training = measure(m_engine, m_data, m_split.training, giveUp);
        metrics.validation = measure(m_engine, m_data, m_split.validation, giveUp);
        if (giveUp.stop_requested())
            metrics.training.reset();
        return metrics;
    };
    // Where no thread is to be had, the work is done by take().
    m_pending = std::async(std::launch::async | std::launch::deferred, work);
}

bool EpochMeasuring::isReady() const
{
    return m_pending.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

EpochMetrics EpochMeasuring::take(const std::stop_token& stop)
{
    using Clock = std::chrono::steady_clock;
    std::optional<Clock::time_point> stopped;
    while (m_pending.wait_for(glance) == std::future_status::timeout) {
        if (!stop.stop_requested())
            continue;
        if (!stopped)
            stopped = Clock::now();
        else if (Clock::now() - *stopped > patience)
            m_giveUp.request_stop();
    }
    return m_pending.get();
}

} // namespace chainrule
