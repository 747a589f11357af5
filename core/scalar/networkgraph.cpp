// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/networkgraph.h"

#include "core/base/text.h"
#include "core/scalar/network.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace chainrule::scalar {

namespace {

/// The nodes that softmax() makes for so many logits: four for each exponential, their sum, its inverse,
/// the products, and the maximum.
std::size_t softmaxNodeCount(std::size_t units)
{
    return 6 * units + 1;
}

/// The nodes that one unit's activation takes; 1 for softmax, the unit's output: the others are the layer's.
std::size_t unitNodeCount(Activation activation)
{
    if (activation == Activation::Softmax)
        return 1;
    Graph graph;
    activate(graph, activation, createValue(graph, 0.0));
    return graph.nodes.size() - 1;
}

std::size_t activationNodeCount(Activation activation, std::size_t units)
{
    return activation == Activation::Softmax ? softmaxNodeCount(units) : units * unitNodeCount(activation);
}

std::size_t lossNodeCount(std::size_t outputs, Loss loss)
{
    if (!lossRow(loss).meanOverOutputs)
        return 3; // those of crossEntropyLoss()
    // As many as it records, the targets' leaves included.
    Graph graph;
    std::vector<NodeId> leaves(outputs);
    for (NodeId& leaf : leaves)
        leaf = createValue(graph, 0.5);
    meanLoss(graph, loss, leaves, leaves);
    return graph.nodes.size();
}

} // namespace

Result<void> checkSample(const LayerStack& stack, Loss loss)
{
    if (stack.input.size() < 1)
        return Error{MessageId::networkGraph, MessageId::hasNoInputs, MessageId::giveAtLeastOne};
    if (stack.layers.empty())
        return Error{MessageId::networkGraph, MessageId::hasNoLayers, MessageId::addAnOutput};
    for (std::size_t i = 0; i < stack.layers.size(); ++i) {
        const auto* const dense = std::get_if<DenseLayer>(&stack.layers[i]);
        if (dense && dense->units < 1) {
            return Error{MessageId::networkGraph,
                         {MessageId::layerHasNoUnits, std::to_string(i + 1)},
                         MessageId::giveAtLeastOne};
        }
    }
    const std::size_t count = sampleNodeCount(stack, loss);
    if (count > maximumSampleNodes) {
        return Error{MessageId::networkGraph,
                     {MessageId::tooManyNodes, withSeparators(static_cast<std::int64_t>(count)),
                      withSeparators(static_cast<std::int64_t>(maximumSampleNodes))},
                     MessageId::fewerWeights};
    }
    if (auto valid = validate(stack, loss); !valid)
        return valid;
    const DenseLayer& last = outputLayer(stack.layers);
    if (last.units == 1 && last.activation == Activation::Softmax)
        return Error{MessageId::singleSoftmax, MessageId::alwaysOne, MessageId::sigmoidOrTwo};
    return {};
}

namespace {

/// Gives `node` the name "w1[2,3]": a letter, the layer, and indices in brackets. A negative layer or input
/// is left out.
void setName(NamedGraph& named, std::size_t node, std::string_view letter, int layer, std::size_t unit,
             std::ptrdiff_t input = -1)
{
    std::string& name = named.names[node];
    const auto append = [&](auto number) {
        char digits[24];
        name.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    };
    name = letter;
    if (layer >= 0)
        append(layer);
    name += '[';
    append(unit);
    if (input >= 0) {
        name += ',';
        append(input);
    }
    name += ']';
}

int addGroup(NamedGraph& named, Group group)
{
    named.groups.push_back(std::move(group));
    return static_cast<int>(named.groups.size() - 1);
}

/// Puts the nodes [first, end) into a group.
void putInto(NamedGraph& named, int group, std::size_t first, std::size_t end)
{
    std::fill(named.groupOf.begin() + static_cast<std::ptrdiff_t>(first),
              named.groupOf.begin() + static_cast<std::ptrdiff_t>(end), group);
}

std::vector<NodeId> consecutive(std::size_t first, std::size_t count)
{
    std::vector<NodeId> nodes;
    nodes.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        nodes.push_back(NodeId(first + i));
    return nodes;
}

void nameInputs(NamedGraph& named)
{
    const std::size_t first = index(named.inputs.first);
    const std::size_t count = named.inputs.count;
    Group group;
    group.kind = GroupKind::Inputs;
    group.outputs = consecutive(first, count);
    putInto(named, addGroup(named, std::move(group)), first, first + count);
    for (std::size_t i = 0; i < count; ++i)
        setName(named, first + i, "x", -1, i);
    if (count > 3)
        return;
    for (std::size_t i = first; i < first + count; ++i)
        named.variables.push_back({named.names[i], NodeId(i), named.graph.nodes[i].data, true});
}

/// The place of a layer among the nodes, as createModel() and forward() record it: parameters in the order
/// of Network::parameters; of each neuron product and sum for each input in turn; then the activations.
struct LayerPlace {
    LayerSpan span;
    int number = 0;            ///< from 1
    bool last = false;         ///< the network's output
    std::size_t first = 0;     ///< the first product
    std::size_t end = 0;       ///< after the last node
    std::size_t unitNodes = 0; ///< of each unit's activation, the last of them its output; 0: the sum is
};

/// After the last node of this unit's activation.
std::size_t unitEnd(const LayerPlace& place, std::size_t unit)
{
    return place.end - (static_cast<std::size_t>(place.span.units) - 1 - unit) * place.unitNodes;
}

/// Names and groups one neuron; returns what others take from it.
NodeId nameNeuron(NamedGraph& named, const LayerPlace& place, int layerGroup, std::size_t unit)
{
    const auto inputs = static_cast<std::size_t>(place.span.inputs);
    const std::size_t firstParameter = index(named.parameters.first);
    const std::size_t weight = firstParameter + place.span.weight + unit * inputs;
    const std::size_t bias = firstParameter + place.span.bias + unit;
    const std::size_t chain = place.first + unit * 2 * inputs;
    const std::size_t sum = chain + 2 * inputs - 1;
    const Activation activation = place.span.activation;
    const std::string_view outputLetter = place.last ? "p" : "h";
    const int outputLayer = place.last ? -1 : place.number;

    Group group{GroupKind::Neuron, layerGroup, place.number, static_cast<int>(unit), activation, {}};
    const int number = static_cast<int>(named.groups.size());
    for (std::size_t i = 0; i < inputs; ++i)
        setName(named, weight + i, "w", place.number, unit, static_cast<std::ptrdiff_t>(i));
    setName(named, bias, "b", place.number, unit);
    putInto(named, number, weight, weight + inputs);
    putInto(named, number, bias, bias + 1);
    putInto(named, number, chain, sum + 1);

    std::size_t output = sum;
    if (activation == Activation::Linear) {
        setName(named, sum, outputLetter, outputLayer, unit);
    } else {
        setName(named, sum, "z", place.number, unit);
        setName(named, unitEnd(place, unit) - 1, outputLetter, outputLayer, unit);
    }
    if (activation != Activation::Linear && activation != Activation::Softmax) {
        output = unitEnd(place, unit) - 1;
        putInto(named, number, output + 1 - place.unitNodes, output + 1);
    }
    group.outputs = {NodeId(output)};
    addGroup(named, std::move(group));
    return NodeId(output);
}

void nameLayer(NamedGraph& named, const LayerPlace& place)
{
    const auto units = static_cast<std::size_t>(place.span.units);
    Group group{GroupKind::Layer, -1, place.number, 0, place.span.activation, {}};
    const int layer = addGroup(named, std::move(group));
    std::vector<NodeId> outputs;
    outputs.reserve(units);
    for (std::size_t unit = 0; unit < units; ++unit)
        outputs.push_back(nameNeuron(named, place, layer, unit));
    if (place.span.activation == Activation::Softmax) {
        outputs = consecutive(place.end - units, units);
        const Group softmax{GroupKind::Softmax, layer, place.number, 0, place.span.activation, outputs};
        putInto(named, addGroup(named, softmax), place.end - softmaxNodeCount(units), place.end);
    }
    named.groups[static_cast<std::size_t>(layer)].outputs = std::move(outputs);
}

/// Records the loss of a sample of class `target`, with leaves for the targets where the loss is a mean over
/// the outputs.
NodeId recordLoss(Graph& graph, std::span<const NodeId> outputs, int target, Loss loss)
{
    if (!lossRow(loss).meanOverOutputs)
        return crossEntropyLoss(graph, outputs, target);
    const auto place = static_cast<std::size_t>(target);
    std::vector<NodeId> targets;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const bool one = outputs.size() == 1 ? target == 1 : i == place;
        targets.push_back(createValue(graph, one ? 1.0 : 0.0));
    }
    return meanLoss(graph, loss, outputs, targets);
}

} // namespace

std::size_t sampleNodeCount(const LayerStack& stack, Loss loss)
{
    std::size_t count = static_cast<std::size_t>(stack.input.size());
    for (const LayerSpan& span : layerSpans(stack)) {
        [[maybe_unused]] const auto units = static_cast<std::size_t>(span.units);
        const auto inputs = static_cast<std::size_t>(span.inputs);
        // A weight, its product and the sum so far for each input, and the bias.
        count += units * (3 * inputs + 1) + activationNodeCount(span.activation, units);
    }
    return count + lossNodeCount(static_cast<std::size_t>(outputCount(stack)), loss);
}

Result<NamedGraph> recordSample(const Network& parameters, std::span<const double> x, int target, Loss loss)
{
    const LayerStack& stack = parameters.stack;
    if (const Result<void> possible = checkSample(stack, loss); !possible)
        return possible.error();
    assert(x.size() == static_cast<std::size_t>(stack.input.size()));
    assert(target >= 0 && target < std::max(2, outputCount(stack)));

    NamedGraph named;
    named.graph.nodes.reserve(sampleNodeCount(stack, loss));
    const NetworkLeaves network = createModel(named.graph, parameters);
    named.parameters = {network.firstParameter, parameters.parameters.size()};
    named.inputs = {NodeId(named.graph.nodes.size()), x.size()};
    std::vector<NodeId> inputs;
    inputs.reserve(x.size());
    for (const double value : x)
        inputs.push_back(createValue(named.graph, value));
    const std::vector<LayerNodes> layers = forwardLayers(named.graph, network, inputs);
    const std::vector<NodeId>& outputs = layers.back().outputs;
    const std::size_t lossFirst = named.graph.nodes.size();
    named.root = recordLoss(named.graph, outputs, target, loss);

    const std::size_t count = named.graph.nodes.size();
    named.names.resize(count);
    named.groupOf.assign(count, -1);
    nameInputs(named);
    std::size_t first = index(named.inputs.first) + named.inputs.count;
    int number = 0;
    for (const LayerSpan& span : layerSpans(stack)) {
        const std::size_t end = layers[static_cast<std::size_t>(number)].end;
        [[maybe_unused]] const auto units = static_cast<std::size_t>(span.units);
        ++number;
        const bool last = static_cast<std::size_t>(number) == layers.size();
        assert(end == first + 2 * units * static_cast<std::size_t>(span.inputs) +
                          activationNodeCount(span.activation, units));
        nameLayer(named, {span, number, last, first, end, unitNodeCount(span.activation)});
        first = end;
    }

    Group group;
    group.kind = GroupKind::Loss;
    group.outputs = {named.root};
    putInto(named, addGroup(named, std::move(group)), lossFirst, count);
    if (lossRow(loss).meanOverOutputs) {
        for (std::size_t i = 0; i < outputs.size(); ++i)
            setName(named, lossFirst + i, "target", -1, i);
    }
    named.names[index(named.root)] = "loss";
    return named;
}

} // namespace chainrule::scalar
