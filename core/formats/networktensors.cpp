// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/networktensors.h"

#include "core/base/text.h"
#include "core/formats/modelmetadata.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace chainrule {

namespace {

constexpr MessageId mendFile = MessageId::chooseSavedModel;
constexpr MessageId mendTensors = MessageId::saveTensorsAgain;

struct LayerTensors {
    std::optional<TensorEntry> weight;
    std::optional<TensorEntry> bias;
};

struct TensorName {
    std::size_t layer = 0;
    bool isBias = false;
};

std::string tensorName(std::size_t layer, bool isBias)
{
    return "layers." + std::to_string(layer) + (isBias ? ".bias" : ".weight");
}

// "layers.12.bias"; the number without leading zeros, so that no two names mean the same tensor.
std::optional<TensorName> parseTensorName(std::string_view name)
{
    constexpr std::string_view prefix = "layers.";
    if (!name.starts_with(prefix))
        return {};
    const std::string_view rest = name.substr(prefix.size());
    const auto dot = rest.find('.');
    const std::string_view number = rest.substr(0, dot);
    const std::string_view part = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    if (number.empty() || (number.size() > 1 && number.front() == '0') ||
        (part != "weight" && part != "bias"))
        return {};
    TensorName parsed{0, part == "bias"};
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), parsed.layer);
    if (status != std::errc() || end != number.data() + number.size() ||
        parsed.layer >= static_cast<std::size_t>(maximumLayers))
        return {};
    return parsed;
}

// Sorts tensors to their layers 0, 1, ..., each of which has weight and bias.
Result<std::vector<LayerTensors>> layersOf(const SafetensorsHeader& header,
                                           std::span<const std::string_view> others, const Message& file)
{
    std::vector<std::optional<TensorName>> names;
    std::size_t count = 0;
    for (const std::string& name : header.names) {
        if (std::ranges::find(others, name) != others.end()) {
            names.emplace_back();
            continue;
        }
        const auto parsed = parseTensorName(name);
        if (!parsed) {
            return Error{tensorIn(file, name),
                         {MessageId::nameOfNoTensor, std::to_string(maximumLayers - 1)},
                         mendTensors};
        }
        names.push_back(parsed);
        count = std::max(count, parsed->layer + 1);
    }
    if (count == 0)
        return Error{file, MessageId::hasNoTensors, mendTensors};
    if (!header.tensors)
        return header.tensors.error();

    std::vector<LayerTensors> layers(count);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!names[i])
            continue;
        const TensorEntry& tensor = (*header.tensors)[i];
        if (tensor.shape.size() != (names[i]->isBias ? 1U : 2U)) {
            return Error{
                tensorIn(file, tensor.name),
                {names[i]->isBias ? MessageId::wrongVectorDimensions : MessageId::wrongWeightDimensions,
                 std::to_string(tensor.shape.size())},
                mendTensors};
        }
        LayerTensors& layer = layers[names[i]->layer];
        (names[i]->isBias ? layer.bias : layer.weight) = tensor;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        for (const bool isBias : {false, true}) {
            if (!(isBias ? layers[i].bias : layers[i].weight))
                return Error{
                    file, {MessageId::tensorIsMissing, inQuotes(tensorName(i, isBias))}, mendTensors};
        }
    }
    return layers;
}

// The stack with the sizes of these tensors. The activations are ReLU, and at the end the one that the loss
// goes with.
Result<LayerStack> stackOfShapes(const std::vector<LayerTensors>& layers, Loss loss, const Message& file)
{
    LayerStack stack;
    std::uint64_t inputs = layers.front().weight->shape[1];
    if (inputs > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
        return Error{tensorIn(file, layers.front().weight->name), MessageId::tooManyInputs, mendTensors};
    stack.input = static_cast<int>(inputs);
    for (const LayerTensors& layer : layers) {
        const std::uint64_t units = layer.weight->shape[0];
        if (layer.weight->shape[1] != inputs) {
            return Error{tensorIn(file, layer.weight->name),
                         {MessageId::shapeDoesNotFollow, shapeText(layer.weight->shape),
                          std::to_string(layer.weight->shape[1]), std::to_string(inputs)},
                         mendTensors};
        }
        if (layer.bias->shape[0] != units) {
            return Error{
                tensorIn(file, layer.bias->name),
                {MessageId::shapeDoesNotFitUnits, shapeText(layer.bias->shape), std::to_string(units)},
                mendTensors};
        }
        if (units > static_cast<std::uint64_t>(maximumUnits)) {
            return Error{tensorIn(file, layer.weight->name),
                         {MessageId::mostUnits, withSeparators(maximumUnits)},
                         mendTensors};
        }
        stack.layers.emplace_back(static_cast<int>(units), Activation::Relu);
        inputs = units;
    }
    outputLayer(stack.layers).activation = lossRow(loss).output;
    return stack;
}

Message metadataIn(const Message& file, const char* member)
{
    return {MessageId::optionPart, file, Message(MessageId::metadataMember, member)};
}

// Takes the layers of the metadata, whose dense ones must agree with the shapes.
Result<void> applyLayersMetadata(const std::string& text, LayerStack& stack, const Message& file)
{
    const Message what = metadataIn(file, "layers");
    auto layers = layersFromJson(text, what);
    if (!layers)
        return layers.error();
    const auto isDense = [](const Layer& layer) { return std::holds_alternative<DenseLayer>(layer); };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(*layers, isDense));
    if (count != stack.layers.size()) {
        return Error{
            what,
            {MessageId::layersDoNotFitTensors, std::to_string(count), std::to_string(stack.layers.size())},
            mendFile};
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < layers->size(); ++i) {
        if (!isDense((*layers)[i]))
            continue;
        const int units = std::get<DenseLayer>((*layers)[i]).units;
        const int there = std::get<DenseLayer>(stack.layers[next]).units;
        if (units != there) {
            return Error{{MessageId::optionPart, what, Message(MessageId::entryNumber, std::to_string(i))},
                         {MessageId::unitsDifferFromTensor, std::to_string(units),
                          inQuotes(tensorName(next, false)), std::to_string(there)},
                         mendFile};
        }
        ++next;
    }
    stack.layers = std::move(*layers);
    return {};
}

// Reads what else the metadata say of the network.
Result<void> applyMetadata(const SafetensorsHeader& header, std::uint64_t version, Network& network,
                           const Message& file)
{
    const int inputs = network.stack.input.size();
    if (const std::string text = metadataText(header, "input"); version >= 2 && !text.empty()) {
        const auto shape = shapeFromJson(text, inputs, metadataIn(file, "input"));
        if (!shape)
            return shape.error();
        network.stack.input = *shape;
    }
    if (const std::string text = metadataText(header, "classes"); !text.empty()) {
        auto names = namesFromJson(text, metadataIn(file, "classes"));
        if (!names)
            return names.error();
        network.outputNames = std::move(*names);
    }
    if (const std::string text = metadataText(header, "input_scale"); !text.empty()) {
        auto scale = scaleFromJson(text, inputs, metadataIn(file, "input_scale"));
        if (!scale)
            return scale.error();
        network.scale = std::move(*scale);
    }
    return {};
}

bool isInVersion1(const Layer& layer)
{
    constexpr std::array known{Activation::Relu, Activation::Sigmoid, Activation::Tanh, Activation::Linear,
                               Activation::Softmax};
    const auto* const dense = std::get_if<DenseLayer>(&layer);
    return dense != nullptr && std::ranges::find(known, dense->activation) != known.end();
}

// The number after the prefix; 0 where the format does not begin with it.
Result<std::uint64_t> formatVersion(const std::string& format, std::string_view prefix, std::uint64_t newest,
                                    const Message& what)
{
    if (!format.starts_with(prefix))
        return std::uint64_t{0};
    const std::string_view number = std::string_view(format).substr(prefix.size());
    std::uint64_t version = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), version);
    if (status != std::errc() || end != number.data() + number.size() || version < 1) {
        return Error{{MessageId::optionPart, what, MessageId::metadataPart},
                     {MessageId::noSuchFormat, inQuotes(format)},
                     mendFile};
    }
    if (version > newest) {
        return Error{what,
                     {MessageId::newerFormat, inQuotes(format), std::string(prefix) + std::to_string(newest)},
                     MessageId::openWithNewer};
    }
    return version;
}

} // namespace

int formatVersionOf(const Network& network)
{
    const bool old = network.loss == unnamedLoss && std::ranges::all_of(network.stack.layers, isInVersion1) &&
                     outputLayer(network.stack.layers).activation == Activation::Softmax;
    return old ? 1 : 2;
}

void appendNetworkTensors(std::vector<TensorEntry>& tensors, const Network& network)
{
    const bool isDouble = network.precision == Precision::Double;
    std::size_t index = 0;
    for (const LayerSpan& span : layerSpans(network.stack)) {
        const auto units = static_cast<std::uint64_t>(span.units);
        appendTensorEntry(tensors, tensorName(index, false), isDouble,
                          {units, static_cast<std::uint64_t>(span.inputs)});
        appendTensorEntry(tensors, tensorName(index, true), isDouble, {units});
        ++index;
    }
}

void appendNetworkMetadata(TextPairs& metadata, const Network& network)
{
    if (network.loss != unnamedLoss)
        metadata.emplace_back("loss", lossName(network.loss));
    if (network.stack.input != Shape(network.stack.input.size()))
        metadata.emplace_back("input", shapeToJson(network.stack.input));
}

Result<NetworkHeader> readNetworkHeader(const SafetensorsHeader& header, std::uint64_t version,
                                        std::span<const std::string_view> others, std::uint64_t dataBytes,
                                        const Message& what)
{
    const auto layers = layersOf(header, others, what);
    if (!layers)
        return layers.error();
    if (const auto covered = checkCoverage(*header.tensors, dataBytes, what); !covered)
        return covered.error();
    NetworkHeader read;
    if (const std::string text = metadataText(header, "loss"); version >= 2 && !text.empty()) {
        const auto loss = lossFromName(text);
        if (!loss)
            return Error{
                metadataIn(what, "loss"), {MessageId::colon, inQuotes(text), loss.error().why}, mendFile};
        read.network.loss = *loss;
    }
    const auto stack = stackOfShapes(*layers, read.network.loss, what);
    if (!stack)
        return stack.error();
    read.network.stack = *stack;
    if (const std::string text = metadataText(header, "layers"); !text.empty()) {
        if (const auto applied = applyLayersMetadata(text, read.network.stack, what); !applied)
            return applied.error();
    }
    if (const auto valid = validate(read.network.stack, read.network.loss); !valid) {
        Error error = valid.error();
        error.what = {MessageId::optionPart, what, error.what};
        return error;
    }
    if (const auto applied = applyMetadata(header, version, read.network, what); !applied)
        return applied.error();
    read.network.precision = layers->front().weight->isDouble ? Precision::Double : Precision::Float;
    for (const LayerTensors& layer : *layers) {
        read.tensors.push_back(*layer.weight);
        read.tensors.push_back(*layer.bias);
    }
    return read;
}

Result<Network> readNetwork(NetworkHeader header, std::span<const char> data, const Message& what)
{
    std::vector<double>& values = header.network.parameters;
    values.reserve(static_cast<std::size_t>(parameterCount(header.network.stack)));
    for (const TensorEntry& tensor : header.tensors) {
        if (const auto read = appendTensorValues(tensor, data, what, values); !read)
            return read.error();
    }
    return std::move(header.network);
}

Result<VersionedHeader> readVersionedHeader(std::span<const char> bytes, std::string_view prefix,
                                            std::uint64_t newest, const Message& what)
{
    auto header = readSafetensorsHeader(bytes, what);
    if (!header)
        return header.error();
    const auto version = formatVersion(metadataText(*header, "format"), prefix, newest, what);
    if (!version)
        return version.error();
    const auto data = bytes.subspan(safetensorsLengthBytes + static_cast<std::size_t>(header->length));
    return VersionedHeader{std::move(*header), *version, data};
}

} // namespace chainrule
