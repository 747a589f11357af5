// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace chainrule {

/// Whether a table has one row for each value of an enum up to `last`, in the enum's order. Then the index of
/// a value's row is static_cast<std::size_t>(value).
template <typename Table, typename Row, typename Enum>
[[nodiscard]] consteval bool hasEachRow(const Table& table, Enum Row::*member, Enum last)
{
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].*member != static_cast<Enum>(i))
            return false;
    }
    return table.size() == static_cast<std::size_t>(last) + 1;
}

} // namespace chainrule
