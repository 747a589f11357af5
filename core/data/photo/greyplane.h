// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/ink/grey.h"

#include <cstddef>
#include <cstdint>
#include <vector>

// What finding ink in pictures is built from.
namespace chainrule {

/// How many pixels a square's side must have for the picture to be brought down to about `pixels` by squares;
/// 1 where it has no more.
[[nodiscard]] int stepTo(double pixels, int width, int height);

/// The value that `share` of the others, 0 to 1, lie below. There must be one at least.
[[nodiscard]] float quantile(std::vector<float> values, double share);

/// The mean of each square of step by step pixels; at the right and the bottom of what is left of it.
[[nodiscard]] Grey shrink(const Grey& grey, int step);

/// Every step-th pixel of every step-th row, which has the noise of the whole.
[[nodiscard]] Grey everyNth(const Grey& grey, int step);

/// The group of each pixel of a picture.
using Groups = std::vector<std::uint8_t>;

/// Every pixel's quantiles, for each of the shares, over those of its own group in a square of 2 reach + 1
/// pixels around it, as far as that lies within the picture: in steps of a 255th of the values' range.
/// `groups` may be empty: then all are in one.
[[nodiscard]] std::vector<Grey> localQuantiles(const Grey& grey, int reach, const std::vector<double>& shares,
                                               const Groups& groups = {});

/// Fills what is darker than its surroundings and too narrow for a square of 2 reach + 1 pixels; a shadow
/// that comes in from outside goes on there.
[[nodiscard]] Grey close(const Grey& grey, int reach);

} // namespace chainrule
