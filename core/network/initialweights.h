// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/table.h"
#include "core/network/network.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

// How initial weights are drawn, one row for each way. A new one is a value of the enum, a row of the table
// and a line in initialweights.cpp.
namespace chainrule {

enum class WeightRule : std::uint8_t {
    Xavier, ///< sqrt(1 / fan-in), also called LeCun's: the assignment's part 3
    Glorot, ///< sqrt(2 / (fan-in + fan-out)) (Glorot and Bengio, 2010): the assignment's part 7
    He,     ///< sqrt(2 / fan-in) (He et al., 2015)
    Normal, ///< a deviation that is given
    Zero,   ///< every weight 0: the units of a layer never come to differ from one another
};

struct WeightRuleRow {
    WeightRule rule;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    std::string_view summary;
};

/// In the order in which a person is offered them; row i is WeightRule(i)'s.
inline constexpr std::array weightRuleTable{
    WeightRuleRow{WeightRule::Xavier, "xavier", "Xavier", "Deviation sqrt(1 / fan-in)"},
    WeightRuleRow{WeightRule::Glorot, "glorot", "Glorot", "Deviation sqrt(2 / (fan-in + fan-out))"},
    WeightRuleRow{WeightRule::He, "he", "He", "Deviation sqrt(2 / fan-in), made for ReLU"},
    WeightRuleRow{WeightRule::Normal, "normal", "Normal", "A deviation of your own: normal:0.05"},
    WeightRuleRow{WeightRule::Zero, "zero", "Zero", "All weights 0, to see that nothing is learned"},
};
static_assert(hasEachRow(weightRuleTable, &WeightRuleRow::rule, WeightRule::Zero));

struct InitialWeights {
    WeightRule rule = WeightRule::Glorot;
    double deviation = 0.0; ///< of WeightRule::Normal
    bool operator==(const InitialWeights&) const = default;
};

/// The standard deviation of the weights of a layer with so many inputs and units.
[[nodiscard]] inline double deviationOf(const InitialWeights& initial, double fanIn, double fanOut)
{
    switch (initial.rule) {
    case WeightRule::Xavier:
        return std::sqrt(1.0 / fanIn);
    case WeightRule::Glorot:
        return std::sqrt(2.0 / (fanIn + fanOut));
    case WeightRule::He:
        return std::sqrt(2.0 / fanIn);
    case WeightRule::Normal:
        return initial.deviation;
    case WeightRule::Zero:
        return 0.0;
    }
    return 0.0;
}

inline constexpr double maximumWeightDeviation = 1e6;

/// Reads "xavier", "glorot", "he", "normal:0.05" or "zero"; "lecun" is xavier by its other name.
[[nodiscard]] Result<InitialWeights> parseInitialWeights(std::string_view text);
/// Writes what parseInitialWeights() reads.
[[nodiscard]] std::string formatInitialWeights(const InitialWeights& initial);

/// A network with Gaussian weights, drawn unit by unit, layer by layer, in the order of Network::parameters;
/// biases are 0. Both engines start from the same numbers.
[[nodiscard]] Network makeNetwork(const LayerStack& stack, const InitialWeights& initial, Random& random,
                                  Loss loss = Loss::CrossEntropy);

} // namespace chainrule
