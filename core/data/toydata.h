// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chainrule {

enum class ToySet : std::uint8_t { Xor, Circles, Moons, Spiral };

/// How many samples the built-in digits and, unless others are asked for, the toy sets have. One size
/// whatever is taken of it: the split shuffles the whole pool, so that only equal pools give equal parts.
inline constexpr std::size_t builtInSamples = 70'000;

/// The built-in sets are the same at every start: the person's seed chooses among their samples.
inline constexpr std::uint64_t builtInSeed = 20'240;

/// Two classes in the plane, both features about within [-1, 1], alternating labels.
/// `noise` is the standard deviation of the Gaussian added to both features.
[[nodiscard]] Dataset makeToySet(ToySet set, std::size_t count, double noise, std::uint64_t seed);

/// Which toy set, as --data says it: "spiral", "spiral:samples=400,noise=0.1,seed=3".
struct ToyOptions {
    ToySet set = ToySet::Xor;
    std::size_t samples = builtInSamples; ///< 2 to 1,000,000
    double noise = 0.0;                   ///< 0 to 1
    std::uint64_t seed = builtInSeed;
    bool operator==(const ToyOptions&) const = default;
};

/// Without any options: the noise leaves a few points on the wrong side and none lost.
[[nodiscard]] ToyOptions toyDefaults(ToySet set);

/// Whether a source names a toy set, with options (whatever they are) or without.
[[nodiscard]] bool isToySource(std::string_view source);

/// Reads a source for which isToySource() holds. Fails on options that there are not, that stand there twice,
/// or have a value out of their range.
[[nodiscard]] Result<ToyOptions> parseToySource(const std::string& source);

/// A toy set's source, such as spiral:noise=0.1, which parseToySource() reads back as the given options. It
/// names only the options that differ from their defaults.
[[nodiscard]] std::string toySource(const ToyOptions& options);

/// makeToySet() with the options, which are also the data's source.
[[nodiscard]] Dataset makeToySet(const ToyOptions& options);

} // namespace chainrule
