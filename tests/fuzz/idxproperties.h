// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/readers/idx.h"
#include "tests/fuzz/fuzz.h"

/// What holds of every IDX file that is read.
namespace fuzz {

inline void checkArray(const chainrule::IdxArray& array, chainrule::IdxKind kind)
{
    require(array.dimensions.size() == (kind == chainrule::IdxKind::Images ? 3U : 1U));
    std::uint64_t size = 1;
    for (const std::uint32_t dimension : array.dimensions) {
        require(dimension > 0);
        size *= dimension;
    }
    require(array.bytes.size() == size);
}

inline bool isSame(const chainrule::Result<chainrule::IdxArray>& a,
                   const chainrule::Result<chainrule::IdxArray>& b)
{
    if (a.has_value() != b.has_value())
        return false;
    return !a || (a->dimensions == b->dimensions && a->bytes == b->bytes);
}

} // namespace fuzz
