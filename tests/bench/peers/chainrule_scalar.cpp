// SPDX-License-Identifier: GPL-3.0-or-later
// The step with Chainrule's scalar engine: recorded anew, or recorded once and replayed.
#include "step.h"

#include "core/scalar/network.h"
#include "core/scalar/replay/lanes.h"
#include "core/scalar/replay/schedule.h"

#include <algorithm>
#include <string_view>

using namespace chainrule;

namespace {

struct Network {
    scalar::Graph graph;
    scalar::NetworkLeaves network;
    scalar::ScheduleSpec spec;
};

Network recordNetwork(const step::Data& data)
{
    Network made;
    Network parameters;
    parameters.stack = {static_cast<int>(step::inputs),
                        {{static_cast<int>(step::hidden), Activation::Relu},
                         {static_cast<int>(step::outputs), Activation::Softmax}}};
    parameters.parameters = data.parameters;
    made.network = scalar::createModel(made.graph, parameters);
    made.spec.parameters = scalar::getParameters(made.network);
    for (std::size_t i = 0; i < made.spec.parameters.size(); ++i)
        made.spec.parameters[i] = scalar::NodeId(i);
    return made;
}

scalar::Schedule schedule(Network& made)
{
    for (std::size_t i = 0; i < step::inputs; ++i)
        made.spec.inputs.push_back(scalar::createValue(made.graph, 0.0));
    std::vector<scalar::NodeId> current = made.spec.inputs;
    for (const scalar::Layer& layer : made.network.layers) {
        scalar::LayerNodes nodes = scalar::forwardLayer(made.graph, layer, current);
        if (nodes.maximum != scalar::noNode)
            made.spec.maxima.push_back({nodes.maximum, nodes.sums});
        current = nodes.outputs;
    }
    made.spec.outputs = current;
    for (std::size_t label = 0; label < current.size(); ++label)
        made.spec.roots.push_back(scalar::crossEntropyLoss(made.graph, current, static_cast<int>(label)));
    return scalar::compile(made.graph, made.spec);
}

} // namespace

int main(int count, char** arguments)
{
    const step::Data data = step::read(arguments[1]);
    const std::string seconds = count > 2 ? arguments[2] : "1";
    const std::string_view mode = count > 3 ? arguments[3] : "every";
    Network made = recordNetwork(data);
    if (mode == "anew") {
        const std::size_t parameters = made.graph.nodes.size();
        step::measure("anew", data, seconds, [&](const double* x, int label) {
            made.graph.nodes.resize(parameters);
            const auto outputs = scalar::forward(made.graph, made.network, {x, step::inputs});
            const auto loss = scalar::crossEntropyLoss(made.graph, outputs, label);
            scalar::backward(made.graph, loss);
            for (std::size_t i = 0; i < parameters; ++i) {
                made.graph.nodes[i].data -= step::rate * made.graph.nodes[i].grad;
                made.graph.nodes[i].grad = 0.0;
            }
            return made.graph.nodes[scalar::index(loss)].data;
        });
        return 0;
    }
    scalar::Schedule replayed = schedule(made);
    if (count > 4) {
        for (const scalar::ChainKernels* kernels : scalar::availableChainKernels()) {
            if (std::string_view(arguments[4]) == kernels->name)
                replayed.kernels = kernels;
        }
    }
    if (mode == "evaluate") {
        scalar::Lanes lanes = scalar::makeLanes(replayed);
        std::vector<std::size_t> group;
        step::measure("evaluate", data, seconds, [&](const double* x, int label) {
            std::copy_n(x, step::inputs, scalar::inputsOf(replayed, lanes, group.size()).begin());
            group.push_back(static_cast<std::size_t>(label));
            if (group.size() < scalar::sampleLanes)
                return 0.0; // its loss is in the sum that the last of the group returns
            scalar::replay(replayed, lanes, group);
            double loss = 0.0;
            for (std::size_t i = 0; i < group.size(); ++i)
                loss += scalar::valueOf(replayed, lanes, made.spec.roots[group[i]], i);
            group.clear();
            return loss;
        });
        return 0;
    }
    const auto keep = mode == "every" ? scalar::Keep::EveryNode : scalar::Keep::OnDemand;
    step::measure(mode == "every" ? "every" : "demand", data, seconds, [&](const double* x, int label) {
        scalar::setInputs(replayed, {x, step::inputs});
        scalar::replay(replayed, keep, static_cast<std::size_t>(label));
        scalar::backward(replayed);
        scalar::descend(replayed, step::rate);
        return scalar::valueOf(replayed, made.spec.roots[static_cast<std::size_t>(label)]);
    });
}
