// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/parameters.h"

#include <cassert>
#include <cmath>

namespace chainrule {

std::vector<LayerSpan> layerSpans(const LayerStack& stack)
{
    std::vector<LayerSpan> spans;
    spans.reserve(stack.layers.size());
    std::size_t next = 0;
    int inputs = stack.inputs;
    for (const DenseLayer& layer : stack.layers) {
        assert(inputs > 0 && layer.units > 0);
        LayerSpan span{inputs, layer.units, layer.activation, next, 0};
        span.bias = next + static_cast<std::size_t>(layer.units) * static_cast<std::size_t>(inputs);
        next = span.bias + static_cast<std::size_t>(layer.units);
        inputs = layer.units;
        spans.push_back(span);
    }
    return spans;
}

Parameters initializeParameters(const LayerStack& stack, Initialization initialization, Random& random)
{
    Parameters parameters{stack, {}};
    parameters.values.resize(static_cast<std::size_t>(parameterCount(stack)), 0.0);
    for (const LayerSpan& span : layerSpans(stack)) {
        const double fanIn = span.inputs;
        const double fanOut = span.units;
        double deviation = 0.0;
        switch (initialization) {
        case Initialization::FanIn:
            deviation = std::sqrt(1.0 / fanIn);
            break;
        case Initialization::FanInAndFanOut:
            deviation = std::sqrt(2.0 / (fanIn + fanOut));
            break;
        }
        for (std::size_t i = span.weight; i < span.bias; ++i)
            parameters.values[i] = deviation * normal(random);
    }
    return parameters;
}

} // namespace chainrule
