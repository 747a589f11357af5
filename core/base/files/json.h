// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messages.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace chainrule {

/// The reason why this program does not read the text as JSON; empty where it does. It reads valid JSON with
/// at most `maximumValues` values, 32 levels and 10,000 members to an object, without duplicate members.
/// Builds no values, so a text that would need too much memory is refused before it is parsed.
[[nodiscard]] Message faultInJson(std::string_view text, std::size_t maximumValues);

/// faultInJson() in English.
[[nodiscard]] inline std::string jsonFault(std::string_view text, std::size_t maximumValues)
{
    return faultInJson(text, maximumValues).english();
}

/// The most values in a run's history or settings: more than fit in the header of a model file.
inline constexpr std::size_t maximumHistoryValues = 1'000'000;

} // namespace chainrule
