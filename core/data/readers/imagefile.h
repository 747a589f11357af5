// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace chainrule {

/// Whether an image file's bytes end before its (first) picture does, or a PNG's are damaged: readers fill in
/// what is missing with black or grey, which would be taken for ink, or complain on standard error. Knows
/// PNG, JPEG, GIF, BMP and ICO; false for whatever else.
[[nodiscard]] bool isDamagedImageFile(std::span<const std::uint8_t> bytes);

} // namespace chainrule
