// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/digits/digitstrokes.h"

#include <array>
#include <cstddef>
#include <span>

namespace chainrule {

/// The skeletons of five digits that follow each other.
using DigitTables = std::array<std::span<const Skeleton>, 5>;

extern const DigitTables zeroToFour;
extern const DigitTables fiveToNine;

/// Whether every table keeps what skeletons() promises.
constexpr bool wellFormed(const DigitTables& tables)
{
    for (const auto& ways : tables) {
        for (const Skeleton& way : ways) {
            if (way.weight <= 0 || way.points.size() < 2 || way.points.size() > maximumControlPoints)
                return false;
            if (way.points.front().pass != Pass::Down || way.points.back().pass != Pass::Smooth)
                return false;
            for (std::size_t i = 1; i < way.points.size(); ++i)
                if (way.points[i].pass == Pass::Down && way.points[i - 1].pass != Pass::Smooth)
                    return false;
        }
    }
    return true;
}

} // namespace chainrule
