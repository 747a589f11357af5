// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/table.h"
#include "core/network/activations.h"

#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The losses that a network is trained by, one row for each. A new one is a value of the enum, a row of the
// table and its formula, a composition of scalar operations (core/scalar/network.cpp) and, where
// the formula for one output is too slow, a kernel (core/matrix/fast).
//
// Targets of classes are 1 at the sample's class and 0 elsewhere; of a network with a single output the
// class's number, 0 or 1. Amounts are targets as they are.
namespace chainrule {

enum class Loss : std::uint8_t {
    CrossEntropy, ///< -log of the probability of the sample's class, of a softmax
    Binary,       ///< mean over the outputs p of -t log p - (1 - t) log(1 - p), of sigmoids
    Squared,      ///< mean over the outputs y of (y - t)^2
};

struct LossRow {
    Loss loss;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    Activation output;      ///< what its output layer is unless another one is named
    bool otherOutputs;      ///< whether it takes other activations, too, softmax left out
    bool meanOverOutputs;   ///< the mean of each output's lossPart(); else of the target class's output alone
    bool wantsClasses;      ///< a target is one class; else amounts will do
    bool singleOutputIsYesNo;  ///< one output tells two classes apart: it is class 1 from 0.5 on
    std::string_view exported; ///< what exported files call the outputs
    std::string_view summary;
};

/// Every loss, in the order in which a person is offered them; row i is Loss(i)'s.
inline constexpr std::array lossTable{
    LossRow{.loss = Loss::CrossEntropy,
            .name = "cross-entropy",
            .title = "Cross-entropy",
            .output = Activation::Softmax,
            .otherOutputs = false,
            .meanOverOutputs = false,
            .wantsClasses = true,
            .singleOutputIsYesNo = false,
            .exported = "probabilities",
            .summary = "One class of several: softmax outputs"},
    LossRow{.loss = Loss::Binary,
            .name = "binary",
            .title = "Binary cross-entropy",
            .output = Activation::Sigmoid,
            .otherOutputs = false,
            .meanOverOutputs = true,
            .wantsClasses = false,
            .singleOutputIsYesNo = true,
            .exported = "probabilities",
            .summary = "Yes or no for each output: sigmoid outputs"},
    LossRow{.loss = Loss::Squared,
            .name = "squared",
            .title = "Squared error",
            .output = Activation::Linear,
            .otherOutputs = true,
            .meanOverOutputs = true,
            .wantsClasses = false,
            .singleOutputIsYesNo = true,
            .exported = "output",
            .summary = "Amounts: linear outputs"},
};

inline constexpr std::size_t lossCount = lossTable.size();
static_assert(hasEachRow(lossTable, &LossRow::loss, Loss::Squared));

/// The loss of a file that names none. Files do not name it, as in the first version of their formats.
inline constexpr Loss unnamedLoss = Loss::CrossEntropy;

[[nodiscard]] constexpr const LossRow& lossRow(Loss loss)
{
    return lossTable[static_cast<std::size_t>(loss)];
}
[[nodiscard]] constexpr std::string_view lossName(Loss loss)
{
    return lossRow(loss).name;
}
[[nodiscard]] Result<Loss> lossFromName(std::string_view name);

/// Whether the loss can be taken of outputs with this activation: cross-entropy of softmax only, binary
/// cross-entropy of sigmoid only, squared error of anything but softmax. Both engines compute whatever fits.
[[nodiscard]] constexpr bool lossFits(Loss loss, Activation output)
{
    return lossRow(loss).output == output || (lossRow(loss).otherOutputs && output != Activation::Softmax);
}

/// The loss that fits the output and is nearest to what was asked for: `wanted` where it fits, else the first
/// of the table. So cross-entropy becomes binary where the output is sigmoid.
[[nodiscard]] constexpr Loss fittingLoss(Loss wanted, Activation output)
{
    if (lossFits(wanted, output))
        return wanted;
    for (const LossRow& row : lossTable) {
        if (lossFits(row.loss, output))
            return row.loss;
    }
    return wanted;
}

/// The floor under a probability whose logarithm is taken, in both engines and for training, validation and
/// test alike: the loss of a sample that the network considers impossible is -log(1e-10), about 23, and the
/// curves of a hopeless run stay comparable. As in the assignment.
inline constexpr double probabilityFloor = 1e-10;

/// NaN comes through.
[[nodiscard]] inline double floored(double probability)
{
    return probability < probabilityFloor ? probabilityFloor : probability;
}

/// One output's part of a loss that is a mean over the outputs, and d part / d output.
struct LossPart {
    double value;
    double derivative;
};
[[nodiscard]] inline LossPart lossPart(Loss loss, double output, double target)
{
    switch (loss) {
    case Loss::CrossEntropy:
        break;
    case Loss::Binary: {
        const double yes = floored(output);
        const double no = floored(1.0 - output);
        return {-target * std::log(yes) - (1.0 - target) * std::log(no), (1.0 - target) / no - target / yes};
    }
    case Loss::Squared:
        return {(output - target) * (output - target), 2.0 * (output - target)};
    }
    assert(false);
    return {0.0, 0.0};
}

} // namespace chainrule
