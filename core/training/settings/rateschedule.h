// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/elementary.h"
#include "core/base/result.h"
#include "core/base/table.h"

#include <array>
#include <cstdint>
#include <numbers>
#include <string_view>

// How the learning rate changes while a run goes on, one row for each schedule. A new one is a value of the
// enum, a row of the table and a line of scheduledFactor().
namespace chainrule {

enum class RateSchedule : std::uint8_t {
    Constant,
    Step,        ///< times 0.1 after each third of the steps
    Exponential, ///< by the same factor each step, down to 1 %
    Cosine,      ///< along half a cosine, down to 0 (Loshchilov and Hutter, 2017)
    OneCycle,    ///< up from a 25th for 30 % of the steps, then down to a 250,000th (Smith and Topin, 2018)
};

struct RateScheduleRow {
    RateSchedule schedule;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    std::string_view summary;
};

/// In the order in which a person is offered them; row i is RateSchedule(i)'s.
inline constexpr std::array rateScheduleTable{
    RateScheduleRow{RateSchedule::Constant, "constant", "Constant", "The same rate all the way"},
    RateScheduleRow{RateSchedule::Step, "step", "Step", "A tenth of it after each third of the run"},
    RateScheduleRow{RateSchedule::Exponential, "exponential", "Exponential",
                    "Falls evenly, to a hundredth at the end"},
    RateScheduleRow{RateSchedule::Cosine, "cosine", "Cosine", "Falls along half a cosine, to 0 at the end"},
    RateScheduleRow{RateSchedule::OneCycle, "one-cycle", "One cycle",
                    "Rises for 30 % of the run, then falls to nearly 0"},
};
static_assert(hasEachRow(rateScheduleTable, &RateScheduleRow::schedule, RateSchedule::OneCycle));

[[nodiscard]] constexpr std::string_view rateScheduleName(RateSchedule schedule)
{
    return rateScheduleTable[static_cast<std::size_t>(schedule)].name;
}
[[nodiscard]] Result<RateSchedule> rateScheduleFromName(std::string_view name);

/// From `from` to `to` along half a cosine, as `part` goes from 0 to 1.
[[nodiscard]] inline double cosineBetween(double from, double to, double part)
{
    return to + (from - to) / 2.0 * (1.0 + portableCos(std::numbers::pi * part));
}

/// Up to 1 at 30 % of the steps, then down.
[[nodiscard]] inline double oneCycleFactor(double step, double steps)
{
    constexpr double rising = 0.3;
    constexpr double first = 1.0 / 25.0;
    constexpr double last = first * 1e-4;
    const double top = rising * steps - 1.0;
    const double end = steps - 1.0;
    if (step <= top)
        return cosineBetween(first, 1.0, step / top);
    return cosineBetween(1.0, last, end > top ? (step - top) / (end - top) : 1.0);
}

/// The factor of one step, without warm-up.
[[nodiscard]] inline double scheduledFactor(RateSchedule schedule, double step, double steps)
{
    switch (schedule) {
    case RateSchedule::Constant:
        return 1.0;
    case RateSchedule::Step:
        return 3.0 * step < steps ? 1.0 : (3.0 * step < 2.0 * steps ? 0.1 : 0.01);
    case RateSchedule::Exponential:
        return portableExp(-std::numbers::ln10 * 2.0 * step / steps);
    case RateSchedule::Cosine:
        return cosineBetween(1.0, 0.0, step / steps);
    case RateSchedule::OneCycle:
        return oneCycleFactor(step, steps);
    }
    return 1.0;
}

/// What the learning rate is multiplied by in one of `steps` steps; `step` counts from 0. The first `warmup`
/// steps are also multiplied by 1 / warmup, 2 / warmup and so on, whatever the schedule: one-cycle keeps its
/// own rise besides. The same number on every machine. Exactly 1 for a constant rate without warm-up.
///
/// Step, exponential, cosine and one-cycle are PyTorch's StepLR (a third of the steps), ExponentialLR,
/// CosineAnnealingLR (down to 0) and OneCycleLR with their defaults, stepped after every batch.
[[nodiscard]] double rateFactor(RateSchedule schedule, std::int64_t step, std::int64_t steps, int warmup);

} // namespace chainrule
