// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/table.h"
#include "core/training/settings/settings.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace chainrule {

/// What can be changed while a run goes on.
enum class LiveField : std::uint8_t { LearningRate, L1, L2, Dropout };

struct LiveFieldRow {
    LiveField field;
    std::string_view name;         ///< the option of the command line without its dashes
    double TrainingSettings::*own; ///< where the settings have it; null: each dropout layer has its own rate
    double most;                   ///< the largest possible value
    bool mayBeZero;
    bool mayBeMost;
};

inline constexpr std::array liveFieldTable{
    LiveFieldRow{LiveField::LearningRate, "lr", &TrainingSettings::learningRate, maximumLearningRate, false,
                 true},
    LiveFieldRow{LiveField::L1, "l1", &TrainingSettings::l1, maximumPenalty, true, true},
    LiveFieldRow{LiveField::L2, "l2", &TrainingSettings::l2, maximumPenalty, true, true},
    LiveFieldRow{LiveField::Dropout, "dropout", nullptr, 1.0, true, false},
};
static_assert(hasEachRow(liveFieldTable, &LiveFieldRow::field, LiveField::Dropout));

[[nodiscard]] constexpr const LiveFieldRow& liveFieldRow(LiveField field)
{
    return liveFieldTable[static_cast<std::size_t>(field)];
}

/// Nothing where no field has this name.
[[nodiscard]] constexpr std::optional<LiveField> liveFieldFromName(std::string_view name)
{
    for (const LiveFieldRow& row : liveFieldTable) {
        if (row.name == name)
            return row.field;
    }
    return std::nullopt;
}

/// Whether a run can have the field at this value.
[[nodiscard]] constexpr bool isPossible(LiveField field, double value)
{
    const LiveFieldRow& row = liveFieldRow(field);
    if (value == -1.0 && !row.own) // back to each layer's own
        return true;
    return (value > 0.0 || (value == 0.0 && row.mayBeZero)) &&
           (value < row.most || (value == row.most && row.mayBeMost));
}

/// The fields' values, in the order of liveFieldTable; below 0: those of the settings, or of each dropout
/// layer.
using LiveValues = std::array<double, liveFieldTable.size()>;

/// Something that was changed while a run went on, so that the run can be replayed.
struct JournalEvent {
    std::int64_t step = 0; ///< the first that it holds for, counted from 0
    LiveField field = LiveField::LearningRate;
    double value = 0.0;
    bool operator==(const JournalEvent&) const = default;
};

/// In the order of their steps.
using Journal = std::vector<JournalEvent>;

} // namespace chainrule
