// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <cstddef>
#include <cstdint>

namespace chainrule {

enum class ToySet : std::uint8_t { Xor, Circles, Moons, Spiral };

/// Two classes in the plane, both features about within [-1, 1], alternating labels.
/// `noise` is the standard deviation of the Gaussian added to both features.
[[nodiscard]] Dataset makeToySet(ToySet set, std::size_t count, double noise, std::uint64_t seed);

} // namespace chainrule
