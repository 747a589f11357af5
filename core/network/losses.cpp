// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/losses.h"

#include "core/base/names.h"

#include <cassert>
#include <cmath>

namespace chainrule {

namespace {

// NaN comes through.
double floored(double probability)
{
    return probability < probabilityFloor ? probabilityFloor : probability;
}

} // namespace

Result<Loss> lossFromName(std::string_view name)
{
    return fromName(name, lossTable, &LossRow::loss, "--loss", "loss");
}

bool lossFits(Loss loss, Activation output)
{
    switch (loss) {
    case Loss::CrossEntropy:
        return output == Activation::Softmax;
    case Loss::Binary:
        return output == Activation::Sigmoid;
    case Loss::Squared:
        return output != Activation::Softmax;
    }
    return false;
}

LossPart lossPart(Loss loss, double output, double target)
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
