// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace chainrule {

/// Where a key leads from one of `count` places that stand in rows of `columns`: arrows to the neighbours,
/// Home and End to the first and the last. Gives the place itself where there is none that way, and nothing
/// for other keys.
[[nodiscard]] std::optional<int> gridPlace(int from, int key, int columns, int count);

} // namespace chainrule
