// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/digits/digitstrokes.h"

#include "core/data/digits/digittables.h"

#include <cassert>

namespace chainrule {

std::span<const Skeleton> skeletons(int digit)
{
    assert(digit >= 0 && digit <= 9);
    const auto place = static_cast<std::size_t>(digit);
    return place < zeroToFour.size() ? zeroToFour[place] : fiveToNine[place - zeroToFour.size()];
}

} // namespace chainrule
