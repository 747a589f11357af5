// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/layers.h"

#include "core/base/text.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace chainrule {

namespace {

const char* const layersExample =
    "Write layers as units:activation, for instance 128:relu,64:relu,10:softmax";

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Memory of that many doubles, in the unit in which it reads best.
std::string memoryOfDoubles(std::int64_t count)
{
    const double megabytes = static_cast<double>(count) * 8e-6;
    if (megabytes >= 1e6)
        return withSeparators(std::llround(megabytes * 1e-6)) + " TB";
    if (megabytes >= 1e3)
        return withSeparators(std::llround(megabytes * 1e-3)) + " GB";
    return withSeparators(std::llround(megabytes)) + " MB";
}

std::string unitsBounds()
{
    return "a layer has 1 to " + withSeparators(maximumUnits) + " units";
}

Result<int> parseUnits(std::string_view number, const std::string& what)
{
    int units = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), units);
    const bool whole = end == number.data() + number.size();
    if (number.empty())
        return Error{what, "the number of units is missing", layersExample};
    if (status == std::errc::invalid_argument || !whole)
        return Error{what, "this is not a whole number of units", layersExample};
    if (status == std::errc::result_out_of_range || units < 1 || units > maximumUnits)
        return Error{what, unitsBounds(), layersExample};
    return units;
}

Result<DenseLayer> parseLayer(std::string_view piece, bool last, std::string_view text)
{
    const std::string whole = inQuotes(text);
    const std::string shown = inQuotes(piece) + (piece == text ? "" : " in " + whole);
    if (piece.empty())
        return Error{"layers " + whole, "there is nothing before, after or between two commas",
                     layersExample};

    const auto colon = piece.find(':');
    if (colon == std::string_view::npos) {
        const Result<int> units = parseUnits(piece, shown);
        if (!units)
            return units.error();
        return DenseLayer{*units, last ? Activation::Softmax : Activation::Relu};
    }

    const std::string_view number = trimmed(piece.substr(0, colon));
    const std::string_view name = trimmed(piece.substr(colon + 1));
    const Result<int> units = parseUnits(number, inQuotes(number) + " in " + inQuotes(piece));
    if (!units)
        return units.error();
    Result<Activation> activation = activationFromName(name);
    if (!activation) {
        Error error = activation.error();
        error.what = inQuotes(name) + " in " + inQuotes(piece);
        return error;
    }
    return DenseLayer{*units, *activation};
}

} // namespace

std::string_view activationName(Activation activation)
{
    switch (activation) {
    case Activation::Relu:
        return "relu";
    case Activation::Sigmoid:
        return "sigmoid";
    case Activation::Tanh:
        return "tanh";
    case Activation::Linear:
        return "linear";
    case Activation::Softmax:
        return "softmax";
    }
    return {};
}

Result<Activation> activationFromName(std::string_view name)
{
    std::string names;
    for (const Activation activation : allActivations) {
        if (name == activationName(activation))
            return activation;
        if (!names.empty())
            names += activation == Activation::Softmax ? " or " : ", ";
        names += activationName(activation);
    }
    return Error{"activation " + inQuotes(name), "there is no such activation",
                 "Use " + names + ", for instance 128:relu"};
}

std::int64_t parameterCount(const DenseLayer& layer, int inputs)
{
    return static_cast<std::int64_t>(layer.units) * (static_cast<std::int64_t>(inputs) + 1);
}

std::int64_t parameterCount(const LayerStack& stack)
{
    std::int64_t total = 0;
    int inputs = stack.inputs;
    for (const DenseLayer& layer : stack.layers) {
        const std::int64_t count = parameterCount(layer, inputs);
        if (count > std::numeric_limits<std::int64_t>::max() - total)
            return std::numeric_limits<std::int64_t>::max();
        total += count;
        inputs = layer.units;
    }
    return total;
}

int outputCount(const LayerStack& stack)
{
    return stack.layers.empty() ? stack.inputs : stack.layers.back().units;
}

Result<std::vector<DenseLayer>> parseLayers(std::string_view text)
{
    text = trimmed(text);
    if (text.empty())
        return Error{"layers", "there are none", layersExample};

    std::vector<DenseLayer> layers;
    std::string_view rest = text;
    for (bool last = false; !last;) {
        const auto comma = rest.find(',');
        last = comma == std::string_view::npos;
        const Result<DenseLayer> layer = parseLayer(trimmed(rest.substr(0, comma)), last, text);
        if (!layer)
            return layer.error();
        if (layers.size() == static_cast<std::size_t>(maximumLayers)) {
            return Error{"layers " + inQuotes(text),
                         "there are more than " + std::to_string(maximumLayers) + ", the most a network has",
                         layersExample};
        }
        layers.push_back(*layer);
        if (!last)
            rest.remove_prefix(comma + 1);
    }
    return layers;
}

std::string formatLayers(const std::vector<DenseLayer>& layers)
{
    std::string text;
    for (const DenseLayer& layer : layers) {
        if (!text.empty())
            text += ',';
        text += std::to_string(layer.units) + ':' + std::string(activationName(layer.activation));
    }
    return text;
}

Result<void> validate(const LayerStack& stack)
{
    if (stack.inputs < 1) {
        return Error{"network inputs", "there are " + std::to_string(stack.inputs),
                     "Give at least one input, for instance 784 for 28 by 28 pixels"};
    }
    if (stack.layers.empty())
        return Error{"layers", "there are none", "Add at least an output layer, for instance 10:softmax"};
    if (stack.layers.size() > static_cast<std::size_t>(maximumLayers)) {
        return Error{"layers",
                     "there are " + std::to_string(stack.layers.size()) + ", and " +
                         std::to_string(maximumLayers) + " are the most",
                     "Remove some"};
    }
    for (std::size_t i = 0; i < stack.layers.size(); ++i) {
        const int units = stack.layers[i].units;
        if (units >= 1 && units <= maximumUnits)
            continue;
        std::string why = unitsBounds();
        if (units > maximumUnits) {
            const int inputs = i == 0 ? stack.inputs : stack.layers[i - 1].units;
            const std::int64_t count = parameterCount(stack.layers[i], inputs);
            why += "; this one would have about " + withSeparators(count) + " parameters, " +
                   memoryOfDoubles(count) + " of memory";
        }
        return Error{"layer " + std::to_string(i + 1) + " with " + withSeparators(units) + " units", why,
                     "Choose a number within these bounds, for instance 128"};
    }
    if (stack.layers.back().activation != Activation::Softmax) {
        return Error{"layer " + std::to_string(stack.layers.size()) + ", the output",
                     "its activation is " + std::string(activationName(stack.layers.back().activation)) +
                         ", and a classifier ends in softmax",
                     "Make it softmax, for instance " + std::to_string(stack.layers.back().units) +
                         ":softmax"};
    }
    const std::int64_t count = parameterCount(stack);
    if (count > maximumParameters) {
        return Error{"layers " + inQuotes(formatLayers(stack.layers)),
                     "they have " + withSeparators(count) + " parameters, about " + memoryOfDoubles(count) +
                         " of memory for the weights alone, and " + withSeparators(maximumParameters) +
                         " are the most",
                     "Use fewer layers or fewer units, for instance 128:relu,64:relu,10:softmax"};
    }
    return {};
}

} // namespace chainrule
