// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/data/ink/inkimage.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace chainrule {

/// Draws one handwritten-looking digit: a stroke skeleton of that digit (one of several ways to write it)
/// with random slant, size, thickness and wobble, antialiased, in MNIST's frame: the longer side 20 pixels,
/// the centre of mass in the middle of 28 x 28. The same `seed` and `index` draw the same image everywhere.
[[nodiscard]] DigitImage drawDigit(int digit, std::uint64_t seed, std::uint64_t index);

/// `count` built-in digits, every class equally often, in an order that the seed shuffles; drawn on all
/// processors that this program may use, the same whatever their number. Where it is stopped before the end,
/// the images that are missing are black.
[[nodiscard]] Dataset makeDigits(std::size_t count, std::uint64_t seed, const std::stop_token& stop = {});

} // namespace chainrule
