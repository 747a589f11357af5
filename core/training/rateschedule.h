// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <string_view>

// How the learning rate changes while a run goes on, one row for each schedule. A new one is a value of the
// enum, a row of the table and a line in rateschedule.cpp.
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
    std::string_view name; ///< of the command line and of files
    std::string_view summary;
};

/// In the order in which a person is offered them; row i is RateSchedule(i)'s.
inline constexpr std::array rateScheduleTable{
    RateScheduleRow{RateSchedule::Constant, "constant", "The same rate all the way"},
    RateScheduleRow{RateSchedule::Step, "step", "A tenth of it after each third of the run"},
    RateScheduleRow{RateSchedule::Exponential, "exponential", "Falls evenly, to a hundredth at the end"},
    RateScheduleRow{RateSchedule::Cosine, "cosine", "Falls along half a cosine, to 0 at the end"},
    RateScheduleRow{RateSchedule::OneCycle, "one-cycle", "Rises for 30 % of the run, then falls to nearly 0"},
};
static_assert(rateScheduleTable.back().schedule == RateSchedule::OneCycle, "every schedule has a row");

[[nodiscard]] constexpr std::string_view rateScheduleName(RateSchedule schedule)
{
    return rateScheduleTable[static_cast<std::size_t>(schedule)].name;
}
[[nodiscard]] Result<RateSchedule> rateScheduleFromName(std::string_view name);

/// What the learning rate is multiplied with in one of `steps` steps; `step` counts from 0. The first
/// `warmup` steps are also multiplied with 1 / warmup, 2 / warmup and so on. The same number on every
/// machine. Exactly 1 for a constant rate without warm-up.
///
/// Step, exponential, cosine and one-cycle are PyTorch's StepLR (a third of the steps), ExponentialLR,
/// CosineAnnealingLR (down to 0) and OneCycleLR with their defaults, stepped after every batch.
[[nodiscard]] double rateFactor(RateSchedule schedule, std::int64_t step, std::int64_t steps, int warmup);

} // namespace chainrule
