// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/layers.h"

#include "core/base/text.h"

#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace chainrule {

namespace {

constexpr std::string_view dropoutName = "dropout";

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

Result<int> parseUnits(std::string_view number, const Message& what)
{
    int units = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), units);
    const bool whole = end == number.data() + number.size();
    if (number.empty())
        return Error{what, MessageId::unitsMissing, MessageId::writeLayers};
    if (status == std::errc::invalid_argument || !whole)
        return Error{what, MessageId::unitsNotWhole, MessageId::writeLayers};
    if (status == std::errc::result_out_of_range || units < 1 || units > maximumUnits)
        return Error{what, {MessageId::unitsBounds, withSeparators(maximumUnits)}, MessageId::writeLayers};
    return units;
}

Result<Layer> parseLayer(std::string_view piece, Activation bare, std::string_view text)
{
    const std::string whole = inQuotes(text);
    if (piece.empty())
        return Error{{MessageId::layersOf, whole}, MessageId::emptyLayer, MessageId::writeLayers};

    const auto colon = piece.find(':');
    if (colon == std::string_view::npos) {
        const Message shown =
            piece == text ? Message(inQuotes(piece)) : Message(MessageId::partOf, inQuotes(piece), whole);
        if (piece == dropoutName)
            return Error{shown, MessageId::dropoutRateMissing, MessageId::dropoutExample};
        const Result<int> units = parseUnits(piece, shown);
        if (!units)
            return units.error();
        return Layer(*units, bare);
    }

    if (piece.find(':', colon + 1) != std::string_view::npos) {
        return Error{
            {MessageId::partOf, inQuotes(piece), whole}, MessageId::layerManyColons, MessageId::writeLayers};
    }
    const std::string_view number = trimmed(piece.substr(0, colon));
    const std::string_view name = trimmed(piece.substr(colon + 1));
    if (number == dropoutName) {
        const auto rate = parseDecimal(name);
        if (!rate || !(*rate >= 0.0 && *rate < 1.0)) {
            return Error{{MessageId::partOf, inQuotes(piece), whole},
                         MessageId::dropoutRate,
                         MessageId::dropoutExample};
        }
        return Layer(DropoutLayer{*rate});
    }
    const Result<int> units = parseUnits(number, {MessageId::partOf, inQuotes(number), inQuotes(piece)});
    if (!units)
        return units.error();
    Result<Activation> activation = activationFromName(name);
    if (!activation) {
        Error error = activation.error();
        error.what = {MessageId::partOf, inQuotes(name), inQuotes(piece)};
        return error;
    }
    return Layer(*units, *activation);
}

// One function for each kind of layer, so that a new kind does not compile before it has its own.

Shape outputShapeOf(const DenseLayer& dense, Shape)
{
    return dense.units;
}

Shape outputShapeOf(const DropoutLayer&, Shape input)
{
    return input;
}

std::int64_t parameterCountOf(const DenseLayer& dense, Shape input)
{
    return static_cast<std::int64_t>(dense.units) * (static_cast<std::int64_t>(input.size()) + 1);
}

std::int64_t parameterCountOf(const DropoutLayer&, Shape)
{
    return 0;
}

std::string formatted(const DenseLayer& dense)
{
    return std::to_string(dense.units) + ':' + std::string(activationName(dense.activation));
}

std::string formatted(const DropoutLayer& dropout)
{
    return std::string(dropoutName) + ':' + shortestNumber(dropout.rate);
}

} // namespace

Shape outputShape(const Layer& layer, Shape input)
{
    return visitLayer(layer, [input](const auto& kind) { return outputShapeOf(kind, input); });
}

std::int64_t parameterCount(const Layer& layer, Shape input)
{
    return visitLayer(layer, [input](const auto& kind) { return parameterCountOf(kind, input); });
}

std::int64_t parameterCount(const LayerStack& stack)
{
    std::int64_t total = 0;
    Shape shape = stack.input;
    for (const Layer& layer : stack.layers) {
        const std::int64_t count = parameterCount(layer, shape);
        if (count > std::numeric_limits<std::int64_t>::max() - total)
            return std::numeric_limits<std::int64_t>::max();
        total += count;
        shape = outputShape(layer, shape);
    }
    return total;
}

int outputCount(const LayerStack& stack)
{
    Shape shape = stack.input;
    for (const Layer& layer : stack.layers)
        shape = outputShape(layer, shape);
    return shape.size();
}

const DenseLayer& outputLayer(const std::vector<Layer>& layers)
{
    assert(!layers.empty());
    return std::get<DenseLayer>(layers.back());
}

DenseLayer& outputLayer(std::vector<Layer>& layers)
{
    assert(!layers.empty());
    return std::get<DenseLayer>(layers.back());
}

std::vector<LayerSpan> layerSpans(const LayerStack& stack)
{
    std::vector<LayerSpan> spans;
    spans.reserve(stack.layers.size());
    std::size_t next = 0;
    Shape shape = stack.input;
    for (std::size_t i = 0; i < stack.layers.size(); ++i) {
        if (const auto* const dense = std::get_if<DenseLayer>(&stack.layers[i])) {
            assert(shape.size() > 0 && dense->units > 0);
            LayerSpan span{shape.size(), dense->units, dense->activation, next, 0, i};
            span.bias =
                next + static_cast<std::size_t>(dense->units) * static_cast<std::size_t>(shape.size());
            next = span.bias + static_cast<std::size_t>(dense->units);
            spans.push_back(span);
        }
        shape = outputShape(stack.layers[i], shape);
    }
    return spans;
}

Result<std::vector<Layer>> parseLayers(std::string_view text, Activation output)
{
    text = trimmed(text);
    if (text.empty())
        return Error{MessageId::layers, MessageId::noneThere, MessageId::writeLayers};

    std::vector<Layer> layers;
    std::string_view rest = text;
    for (bool last = false; !last;) {
        const auto comma = rest.find(',');
        last = comma == std::string_view::npos;
        const Result<Layer> layer =
            parseLayer(trimmed(rest.substr(0, comma)), last ? output : Activation::Relu, text);
        if (!layer)
            return layer.error();
        if (layers.size() == static_cast<std::size_t>(maximumLayers)) {
            return Error{{MessageId::layersOf, inQuotes(text)},
                         {MessageId::tooManyLayers, std::to_string(maximumLayers)},
                         MessageId::writeLayers};
        }
        layers.push_back(*layer);
        if (!last)
            rest.remove_prefix(comma + 1);
    }
    return layers;
}

std::string formatLayer(const Layer& layer)
{
    return visitLayer(layer, [](const auto& kind) { return formatted(kind); });
}

std::string formatLayers(const std::vector<Layer>& layers)
{
    std::string text;
    for (const Layer& layer : layers)
        text += (text.empty() ? "" : ",") + formatLayer(layer);
    return text;
}

namespace {

Result<void> validate(const DenseLayer& dense, const LayerStack& stack, std::size_t i, Shape input)
{
    if (dense.units >= 1 && dense.units <= maximumUnits)
        return {};
    Message why{MessageId::unitsBounds, withSeparators(maximumUnits)};
    if (dense.units > maximumUnits) {
        const std::int64_t count = parameterCount(stack.layers[i], input);
        why = {MessageId::unitsBoundsAndMemory, withSeparators(maximumUnits), withSeparators(count),
               memoryOfDoubles(count)};
    }
    return Error{{MessageId::layerWithUnits, std::to_string(i + 1), withSeparators(dense.units)},
                 why,
                 MessageId::chooseUnits};
}

Result<void> validate(const DropoutLayer& dropout, const LayerStack& stack, std::size_t i, Shape)
{
    const Message what{MessageId::layerNumber, std::to_string(i + 1)};
    if (!(dropout.rate >= 0.0 && dropout.rate < 1.0))
        return Error{what, MessageId::dropoutRate, MessageId::dropoutExample};
    if (i + 1 == stack.layers.size())
        return Error{what, MessageId::dropoutLast, MessageId::dropoutBeforeOutput};
    return {};
}

} // namespace

Result<void> validate(const LayerStack& stack)
{
    if (stack.input.size() < 1) {
        return Error{MessageId::networkInputs,
                     {MessageId::thereAre, std::to_string(stack.input.size())},
                     MessageId::giveAnInput};
    }
    if (stack.layers.empty())
        return Error{MessageId::layers, MessageId::noneThere, MessageId::addAnOutput};
    if (stack.layers.size() > static_cast<std::size_t>(maximumLayers)) {
        return Error{MessageId::layers,
                     {MessageId::thereAreAndMostAre, std::to_string(stack.layers.size()),
                      std::to_string(maximumLayers)},
                     MessageId::removeSome};
    }
    Shape shape = stack.input;
    for (std::size_t i = 0; i < stack.layers.size(); ++i) {
        const auto valid =
            visitLayer(stack.layers[i], [&](const auto& kind) { return validate(kind, stack, i, shape); });
        if (!valid)
            return valid;
        shape = outputShape(stack.layers[i], shape);
    }
    const std::int64_t count = parameterCount(stack);
    if (count > maximumParameters) {
        return Error{{MessageId::layersOf, inQuotes(formatLayers(stack.layers))},
                     {MessageId::tooManyParameters, withSeparators(count), memoryOfDoubles(count),
                      withSeparators(maximumParameters)},
                     MessageId::fewerLayersOrUnits};
    }
    return {};
}

} // namespace chainrule
