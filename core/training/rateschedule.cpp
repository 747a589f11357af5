// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/rateschedule.h"

#include "core/base/elementary.h"
#include "core/base/names.h"

#include <algorithm>
#include <numbers>

namespace chainrule {

namespace {

// From `from` to `to` along half a cosine, as `part` goes from 0 to 1.
double cosineBetween(double from, double to, double part)
{
    return to + (from - to) / 2.0 * (1.0 + portableCos(std::numbers::pi * part));
}

double oneCycle(double step, double steps)
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

double scheduled(RateSchedule schedule, double step, double steps)
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
        return oneCycle(step, steps);
    }
    return 1.0;
}

} // namespace

Result<RateSchedule> rateScheduleFromName(std::string_view name)
{
    return fromName(name, rateScheduleTable, &RateScheduleRow::schedule, "--schedule", "schedule");
}

double rateFactor(RateSchedule schedule, std::int64_t step, std::int64_t steps, int warmup)
{
    const double factor =
        scheduled(schedule, static_cast<double>(step), static_cast<double>(std::max<std::int64_t>(steps, 1)));
    if (step >= warmup)
        return factor;
    return factor * (static_cast<double>(step + 1) / static_cast<double>(warmup));
}

} // namespace chainrule
