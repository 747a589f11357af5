// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/split.h"
#include "core/training/engines/engine.h"
#include "core/training/history.h"
#include "core/training/settings/settings.h"

#include <future>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

namespace chainrule {

/// Mean loss and accuracy of these samples; nothing where there are none, or where it was stopped.
[[nodiscard]] std::optional<Metrics> measure(Engine& engine, const Dataset& data,
                                             std::span<const std::uint32_t> samples,
                                             const std::stop_token& stop);

struct EpochMetrics {
    std::optional<Metrics> training; ///< nothing where it was stopped
    std::optional<Metrics> validation;
};

/// Measures the weights of an epoch's end with a thread and an engine of its own, while the next epoch is
/// being trained. One epoch at a time. Passing all training samples forward takes about a third of the time
/// of training on them; with a thread of its own, another processor does it.
class EpochMeasuring {
public:
    EpochMeasuring(const TrainingSettings& settings, const Network& like, const Dataset& data,
                   const Split& split);
    ~EpochMeasuring();
    EpochMeasuring(const EpochMeasuring&) = delete;
    EpochMeasuring& operator=(const EpochMeasuring&) = delete;

    /// To be called only when no measurement is under way.
    void start(std::shared_ptr<const Network> parameters);
    /// Whether take() would answer at once.
    [[nodiscard]] bool isReady() const;
    /// Waits for the measurement that was started; returns soon after `stop` is requested. May throw
    /// std::bad_alloc.
    [[nodiscard]] EpochMetrics take(const std::stop_token& stop);

private:
    const Dataset& m_data;
    const Split& m_split;
    Engine m_engine;
    std::stop_source m_giveUp;
    std::future<EpochMetrics> m_pending; // declared last, so that it ends before the objects that it uses
};

} // namespace chainrule
