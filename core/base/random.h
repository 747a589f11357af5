// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace chainrule {

/// What the state of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014) grows by for each number.
inline constexpr std::uint64_t splitMixIncrement = 0x9e3779b97f4a7c15ULL;

/// The finalizer of SplitMix64: each bit of the result depends on all bits of the argument.
[[nodiscard]] constexpr std::uint64_t splitMixFinalized(std::uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
}

/// State of a xoshiro256++ generator (Blackman and Vigna, "Scrambled linear pseudorandom number
/// generators", 2021). The program has its own generator and distributions because the standard library's
/// distributions differ between implementations: a seed must give the same numbers everywhere.
struct Random {
    std::array<std::uint64_t, 4> state{};
    double spareNormal = 0.0; ///< the second value of the last pair that normal() drew
    bool hasSpareNormal = false;
};

/// A generator for `seed`; different `stream`s of one seed are independent of each other.
[[nodiscard]] Random makeRandom(std::uint64_t seed, std::uint64_t stream = 0);

/// 64 uniform random bits.
std::uint64_t nextBits(Random& random);

/// Uniform in [0, 1), a multiple of 2^-53.
double uniform(Random& random);

/// Uniform in [low, high).
double uniform(Random& random, double low, double high);

/// Uniform in {0, ..., bound - 1} without bias; bound > 0.
std::uint64_t uniformBelow(Random& random, std::uint64_t bound);

/// Standard normal (Marsaglia's polar method).
double normal(Random& random);

/// Fisher-Yates shuffle.
template <typename T>
void shuffle(std::span<T> items, Random& random)
{
    for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[static_cast<std::size_t>(uniformBelow(random, i))]);
}

} // namespace chainrule
