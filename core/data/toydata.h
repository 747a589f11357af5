// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/table.h"
#include "core/data/dataset.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chainrule {

enum class ToySet : std::uint8_t { Xor, Circles, Moons, Spiral };

struct ToySetRow {
    ToySet set;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    std::array<std::string_view, 2> classes;
    double noise; ///< unless another one is given: leaves a few points on the wrong side, and none lost
};

/// In the order in which a person is offered them; row i is ToySet(i)'s.
inline constexpr std::array toySetTable{
    ToySetRow{ToySet::Xor, "xor", "XOR", {"0", "1"}, 0.05},
    ToySetRow{ToySet::Circles, "circles", "Circles", {"outer", "inner"}, 0.08},
    ToySetRow{ToySet::Moons, "moons", "Moons", {"upper", "lower"}, 0.08},
    ToySetRow{ToySet::Spiral, "spiral", "Spiral", {"0", "1"}, 0.03},
};
static_assert(hasEachRow(toySetTable, &ToySetRow::set, ToySet::Spiral));

[[nodiscard]] constexpr const ToySetRow& toySetRow(ToySet set)
{
    return toySetTable[static_cast<std::size_t>(set)];
}

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

/// The options of a toy set that is named without any.
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
