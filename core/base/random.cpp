// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include "core/base/elementary.h"

#include <bit>
#include <cassert>
#include <cmath>

namespace chainrule {

namespace {

// The next number of SplitMix64, with which the authors of xoshiro recommend to seed it.
std::uint64_t splitMix(std::uint64_t& state)
{
    state += splitMixIncrement;
    return splitMixFinalized(state);
}

} // namespace

Random makeRandom(std::uint64_t seed, std::uint64_t stream)
{
    // The stream is scrambled before it is combined with the seed, so that neighbouring seeds and streams do
    // not produce overlapping sequences.
    std::uint64_t mixed = stream;
    std::uint64_t state = seed ^ splitMix(mixed);
    Random random;
    for (auto& word : random.state)
        word = splitMix(state);
    return random;
}

std::uint64_t nextBits(Random& random)
{
    auto& s = random.state;
    const std::uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
    const std::uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
}

double uniform(Random& random)
{
    return static_cast<double>(nextBits(random) >> 11) * 0x1.0p-53;
}

double uniform(Random& random, double low, double high)
{
    return low + (high - low) * uniform(random);
}

std::uint64_t uniformBelow(Random& random, std::uint64_t bound)
{
    assert(bound > 0);
    // 2^64 is in general no multiple of the bound. As many numbers as are left over are rejected, so that
    // every result is equally probable.
    const std::uint64_t excess = (0 - bound) % bound;
    std::uint64_t bits = nextBits(random);
    while (bits < excess)
        bits = nextBits(random);
    return bits % bound;
}

double normal(Random& random)
{
    if (random.hasSpareNormal) {
        random.hasSpareNormal = false;
        return random.spareNormal;
    }
    double u = 0.0;
    double v = 0.0;
    double s = 0.0;
    do {
        u = 2.0 * uniform(random) - 1.0;
        v = 2.0 * uniform(random) - 1.0;
        s = u * u + v * v;
    } while (s >= 1.0 || s == 0.0);
    const double scale = std::sqrt(-2.0 * portableLog(s) / s);
    random.spareNormal = v * scale;
    random.hasSpareNormal = true;
    return u * scale;
}

} // namespace chainrule
