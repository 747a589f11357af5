// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Which inputs a dropout layer leaves out. The bits come from a counter, not from a sequence: from the seed,
// the step, the sample's position in the batch, the layer and the unit. So neither threads nor a replay that
// begins in the middle can change them.
namespace chainrule {

namespace dropout {

/// The finalizer of SplitMix64 (Steele, Lea, Flood, 2014), which spreads every bit over all others.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
}

inline constexpr std::uint64_t increment = 0x9e3779b97f4a7c15ULL;

} // namespace dropout

/// What one sample's mask of one dropout layer is drawn from. `step` counts a run's steps from 0, `layer` is
/// the place in the stack, `position` the sample's in its batch.
[[nodiscard]] constexpr std::uint64_t dropoutKey(std::uint64_t seed, std::int64_t step, std::size_t layer,
                                                 std::size_t position)
{
    std::uint64_t key = dropout::mixed(seed + dropout::increment);
    key = dropout::mixed(key ^ (static_cast<std::uint64_t>(step) + dropout::increment));
    key = dropout::mixed(key ^ (static_cast<std::uint64_t>(layer) + dropout::increment));
    return dropout::mixed(key ^ (static_cast<std::uint64_t>(position) + dropout::increment));
}

/// What each input of the layer is multiplied with: 0 with the probability `rate`, else 1 / (1 - rate).
/// 0 <= rate < 1.
template <typename T>
void fillDropout(std::uint64_t key, double rate, std::span<T> factors)
{
    // The share of 2^32 below which the upper half of the bits leaves a unit out.
    const auto threshold = static_cast<std::uint64_t>(rate * 4294967296.0);
    const T kept = static_cast<T>(1.0 / (1.0 - rate));
    for (std::size_t unit = 0; unit < factors.size(); ++unit) {
        const std::uint64_t bits =
            dropout::mixed(key + (static_cast<std::uint64_t>(unit) + 1) * dropout::increment);
        factors[unit] = (bits >> 32) < threshold ? T(0) : kept;
    }
}

} // namespace chainrule
