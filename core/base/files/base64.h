// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// Bytes as text, padded with "=" (RFC 4648, section 4).
[[nodiscard]] std::string toBase64(std::span<const std::uint8_t> bytes);

/// The bytes that toBase64() encoded; nothing where the text is not in its form.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> fromBase64(std::string_view text);

} // namespace chainrule
