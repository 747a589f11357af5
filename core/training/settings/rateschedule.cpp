// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/settings/rateschedule.h"

#include "core/base/names.h"

#include <algorithm>

namespace chainrule {

Result<RateSchedule> rateScheduleFromName(std::string_view name)
{
    return fromName(name, rateScheduleTable, &RateScheduleRow::schedule, "--schedule",
                    MessageId::kindSchedule);
}

double rateFactor(RateSchedule schedule, std::int64_t step, std::int64_t steps, int warmup)
{
    const double factor = scheduledFactor(schedule, static_cast<double>(step),
                                          static_cast<double>(std::max<std::int64_t>(steps, 1)));
    if (step >= warmup)
        return factor;
    return factor * (static_cast<double>(step + 1) / static_cast<double>(warmup));
}

} // namespace chainrule
