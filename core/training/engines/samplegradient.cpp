// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/samplegradient.h"

#include "core/matrix/network.h"

#include <algorithm>
#include <cassert>

namespace chainrule {

std::vector<double> matrixGradients(const Network& parameters, std::span<const double> x, int target)
{
    const LayerStack& stack = parameters.stack;
    assert(x.size() == static_cast<std::size_t>(stack.input.size()));
    const int outputs = outputCount(stack);
    assert(target >= 0 && target < std::max(outputs, 2));
    matrix::Buffer<double> values = matrix::toEngine<double>(parameters);
    matrix::Buffer<double> gradients(values.size(), 0.0);
    auto recording =
        matrix::recordNetwork<double>(stack, parameters.loss, values.data(), gradients.data(), 1);
    matrix::Graph<double>& graph = recording.graph;

    auto inputs = matrix::value(graph, recording.inputs);
    std::copy(x.begin(), x.end(), inputs.data());
    auto targets = matrix::value(graph, recording.targets);
    targets.setZero();
    if (outputs == 1)
        targets(0, 0) = target;
    else
        targets(target, 0) = 1.0;
    matrix::replay(graph);
    matrix::backward(graph, recording.loss);
    return matrix::fromEngine<double>(stack, gradients).parameters;
}

} // namespace chainrule
