// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chainrule {

/// Whether a text is JSON that this program reads: at most `maximumValues` values and 32 levels, no object
/// with more than 10,000 members, no member named twice, nothing after the end. An empty string, or why not,
/// as a clause for Error::why. Builds nothing, so that a text which would cost absurd memory is refused
/// before it is parsed.
[[nodiscard]] std::string jsonFault(std::string_view text, std::size_t maximumValues);

/// Values in a run's history or settings: enough for more epochs than a model file's header has room for.
inline constexpr std::size_t maximumHistoryValues = 1'000'000;

} // namespace chainrule
