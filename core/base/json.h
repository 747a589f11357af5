// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messages.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace chainrule {

/// Why a text is not JSON that this program reads; empty: it is. That is at most `maximumValues` values and
/// 32 levels, no object with more than 10,000 members, no member named twice, nothing after the end. Builds
/// nothing, so that a text which would cost absurd memory is refused before it is parsed.
[[nodiscard]] Message faultInJson(std::string_view text, std::size_t maximumValues);

/// faultInJson() in English.
[[nodiscard]] inline std::string jsonFault(std::string_view text, std::size_t maximumValues)
{
    return faultInJson(text, maximumValues).english();
}

/// Values in a run's history or settings: enough for more epochs than a model file's header has room for.
inline constexpr std::size_t maximumHistoryValues = 1'000'000;

} // namespace chainrule
