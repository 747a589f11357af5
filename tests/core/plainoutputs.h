// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace chainrule::tests {

/// What the network makes of one sample, in plain loops over doubles by the formulas of the table of
/// activations. Dropout changes nothing.
inline std::vector<double> plainOutputs(const Network& network, std::span<const double> inputs)
{
    std::vector<double> current(inputs.begin(), inputs.end());
    for (const LayerSpan& span : layerSpans(network.stack)) {
        std::vector<double> next;
        for (std::size_t unit = 0; unit < static_cast<std::size_t>(span.units); ++unit) {
            double sum = network.parameters[span.bias + unit];
            for (std::size_t i = 0; i < current.size(); ++i)
                sum += network.parameters[span.weight + unit * current.size() + i] * current[i];
            next.push_back(sum);
        }
        if (span.activation == Activation::Softmax) {
            const double highest = *std::max_element(next.begin(), next.end());
            double total = 0.0;
            for (double& value : next)
                total += value = std::exp(value - highest);
            for (double& value : next)
                value /= total;
        } else {
            for (double& value : next)
                value = activationFormula(span.activation, value).value;
        }
        current = std::move(next);
    }
    return current;
}

} // namespace chainrule::tests
