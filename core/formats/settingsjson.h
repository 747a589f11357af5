// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/settings/settings.h"

#include <string>

namespace chainrule {

/// JSON text for a model file's metadata, one member for each row of settingsFields(): numbers as numbers,
/// switches as true or false, everything else as texts. Rows that are not
/// `always` written are left out where they have the default of TrainingSettings. The initial weights are
/// left out where they are those that the engine used before there was a choice: xavier in the scalar engine,
/// glorot in the matrix engine.
[[nodiscard]] std::string settingsToJson(const TrainingSettings& settings);

/// Reads what settingsToJson() writes. Unknown members are ignored, missing ones keep their defaults. Members
/// of a wrong type and words that are in no table are an error; numbers out of their bounds are not, since
/// validate() reports those.
[[nodiscard]] Result<TrainingSettings> settingsFromJson(const std::string& text);

} // namespace chainrule
