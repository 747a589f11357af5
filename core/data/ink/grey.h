// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace chainrule {

/// A grey picture, or one number for each of its pixels, row by row.
struct Grey {
    int width = 0;
    int height = 0;
    std::vector<float> values;
};

/// A picture of zeros.
[[nodiscard]] inline Grey emptyGrey(int width, int height)
{
    return {width, height,
            std::vector<float>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
}

[[nodiscard]] inline std::size_t index(const Grey& grey, int x, int y)
{
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(grey.width) + static_cast<std::size_t>(x);
}

[[nodiscard]] inline int longerSide(const Grey& grey)
{
    return grey.width > grey.height ? grey.width : grey.height;
}

} // namespace chainrule
