// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"

#include <cstddef>
#include <cstdint>
#include <span>

// Which inputs a dropout layer leaves out. The bits are a hash of a counter, not a sequence: of the seed, the
// step, the sample's position in the batch, the layer and the unit. So neither the number of threads nor a
// replay that begins in the middle of a run can change them.
namespace chainrule {

/// The key from which one sample's mask of one dropout layer is generated. `step` counts a run's steps from
/// 0, `layer` is the layer's place in the stack, `position` the sample's in its batch.
[[nodiscard]] constexpr std::uint64_t dropoutKey(std::uint64_t seed, std::int64_t step, std::size_t layer,
                                                 std::size_t position)
{
    std::uint64_t key = splitMixFinalized(seed + splitMixIncrement);
    key = splitMixFinalized(key ^ (static_cast<std::uint64_t>(step) + splitMixIncrement));
    key = splitMixFinalized(key ^ (static_cast<std::uint64_t>(layer) + splitMixIncrement));
    return splitMixFinalized(key ^ (static_cast<std::uint64_t>(position) + splitMixIncrement));
}

/// Fills in what each input of the layer is multiplied by: 0 with probability `rate`, else 1 / (1 - rate).
/// 0 <= rate < 1.
template <typename T>
void fillDropout(std::uint64_t key, double rate, std::span<T> factors)
{
    // A unit is dropped when the upper 32 bits are below this threshold.
    const auto threshold = static_cast<std::uint64_t>(rate * 4294967296.0);
    const T kept = static_cast<T>(1.0 / (1.0 - rate));
    for (std::size_t unit = 0; unit < factors.size(); ++unit) {
        const std::uint64_t bits =
            splitMixFinalized(key + (static_cast<std::uint64_t>(unit) + 1) * splitMixIncrement);
        factors[unit] = (bits >> 32) < threshold ? T(0) : kept;
    }
}

} // namespace chainrule
