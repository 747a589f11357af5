// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelfile.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/formats/modelmetadata.h"
#include "core/formats/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <optional>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view formatPrefix = "chainrule/";
constexpr std::uint64_t formatVersion = 1;

const char* const mendFile = "Choose a model that Chainrule saved";
const char* const mendTensors = "Save the model again, with tensors layers.0.weight [units, inputs], "
                                "layers.0.bias [units] and so on in F32 or F64";

struct LayerTensors {
    std::optional<TensorEntry> weight;
    std::optional<TensorEntry> bias;
};

struct TensorName {
    std::size_t layer = 0;
    bool isBias = false;
};

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

// An absent member is empty.
std::string metadataText(const SafetensorsHeader& header, std::string_view member)
{
    const auto found =
        std::ranges::find(header.metadata, member, [](const auto& pair) { return pair.first; });
    return found == header.metadata.end() ? std::string() : found->second;
}

Result<void> checkMetadata(const SafetensorsHeader& header, const std::string& what)
{
    // Other programs put names of their own here ("pt"); the tensors then say what the model is.
    const std::string format = metadataText(header, "format");
    if (format.starts_with(formatPrefix)) {
        const std::string_view number = std::string_view(format).substr(formatPrefix.size());
        std::uint64_t version = 0;
        const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), version);
        if (status != std::errc() || end != number.data() + number.size() || version < 1)
            return Error{what + ", metadata", "there is no format " + inQuotes(format), mendFile};
        if (version > formatVersion) {
            return Error{what,
                         "it was saved by a newer version of Chainrule, in format " + inQuotes(format) +
                             ", and this version reads up to chainrule/" + std::to_string(formatVersion),
                         "Open it with a newer version of Chainrule"};
        }
    }
    for (const char* member : {"settings", "next", "history"}) {
        const std::string text = metadataText(header, member);
        const std::string fault = text.empty() ? std::string() : jsonFault(text, maximumHistoryValues);
        if (!fault.empty())
            return Error{what + ", metadata, " + member, fault, mendFile};
    }
    return {};
}

// The names of the classes; none where the file has none.
Result<std::vector<std::string>> classNamesOf(const SafetensorsHeader& header, const std::string& file)
{
    std::vector<std::string> names;
    const std::string text = metadataText(header, "classes");
    if (text.empty())
        return names;
    const std::string what = file + ", metadata, classes";
    const std::size_t mostValues = static_cast<std::size_t>(maximumUnits) + 1;
    if (const std::string fault = jsonFault(text, mostValues); !fault.empty())
        return Error{what, fault, mendFile};
    const json classes = json::parse(text);
    const auto isName = [](const json& each) { return each.is_string(); };
    if (!classes.is_array() || !std::all_of(classes.begin(), classes.end(), isName))
        return Error{what, "it is not an array of names", mendFile};
    for (const json& each : classes)
        names.push_back(cleanName(each.get<std::string>()));
    return names;
}

// Sorts tensors to their layers 0, 1, ..., each of which has weight and bias.
Result<std::vector<LayerTensors>> layersOf(const SafetensorsHeader& header, const std::string& file)
{
    std::vector<TensorName> names;
    for (const std::string& name : header.names) {
        const auto parsed = parseTensorName(name);
        if (!parsed) {
            return Error{file + ", tensor " + inQuotes(name),
                         "its name is not layers.N.weight or layers.N.bias with N from 0 to " +
                             std::to_string(maximumLayers - 1),
                         mendTensors};
        }
        names.push_back(*parsed);
    }
    if (names.empty())
        return Error{file, "it has no tensors", mendTensors};
    if (!header.tensors)
        return header.tensors.error();

    std::vector<LayerTensors> layers(std::ranges::max(names, {}, &TensorName::layer).layer + 1);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const TensorEntry& tensor = (*header.tensors)[i];
        if (tensor.shape.size() != (names[i].isBias ? 1U : 2U)) {
            return Error{file + ", tensor " + inQuotes(tensor.name),
                         "it has " + std::to_string(tensor.shape.size()) + " dimensions, not " +
                             (names[i].isBias ? "1: [units]" : "2: [units, inputs]"),
                         mendTensors};
        }
        LayerTensors& layer = layers[names[i].layer];
        (names[i].isBias ? layer.bias : layer.weight) = tensor;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string prefix = "tensor 'layers." + std::to_string(i);
        if (!layers[i].weight)
            return Error{file, prefix + ".weight' is missing", mendTensors};
        if (!layers[i].bias)
            return Error{file, prefix + ".bias' is missing", mendTensors};
    }
    return layers;
}

// The stack that the shapes say; activations are ReLU, and softmax at the end.
Result<LayerStack> stackOfShapes(const std::vector<LayerTensors>& layers, const std::string& file)
{
    LayerStack stack;
    std::uint64_t inputs = layers.front().weight->shape[1];
    if (inputs > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
        return Error{file + ", tensor 'layers.0.weight'", "it has too many inputs", mendTensors};
    stack.input = static_cast<int>(inputs);
    for (const LayerTensors& layer : layers) {
        const std::uint64_t units = layer.weight->shape[0];
        if (layer.weight->shape[1] != inputs) {
            return Error{file + ", tensor " + inQuotes(layer.weight->name),
                         "its shape " + shapeText(layer.weight->shape) + " takes " +
                             std::to_string(layer.weight->shape[1]) + " inputs, and the layer before has " +
                             std::to_string(inputs) + " units",
                         mendTensors};
        }
        if (layer.bias->shape[0] != units) {
            return Error{file + ", tensor " + inQuotes(layer.bias->name),
                         "its shape " + shapeText(layer.bias->shape) + " does not fit the layer's " +
                             std::to_string(units) + " units",
                         mendTensors};
        }
        if (units > static_cast<std::uint64_t>(maximumUnits)) {
            return Error{file + ", tensor " + inQuotes(layer.weight->name),
                         "a layer has at most " + withSeparators(maximumUnits) + " units", mendTensors};
        }
        stack.layers.emplace_back(static_cast<int>(units), Activation::Relu);
        inputs = units;
    }
    outputLayer(stack.layers).activation = Activation::Softmax;
    return stack;
}

// Takes the activations from the metadata's layers, which must agree with the shapes.
Result<void> applyLayersMetadata(const std::string& text, LayerStack& stack, const std::string& file)
{
    const std::string what = file + ", metadata, layers";
    if (const std::string fault = jsonFault(text, maximumHeaderValues); !fault.empty())
        return Error{what, fault, mendFile};
    const json list = json::parse(text, nullptr, false);
    if (!list.is_array())
        return Error{what, "it is not a list", mendFile};
    if (list.size() != stack.layers.size()) {
        return Error{what,
                     "it has " + std::to_string(list.size()) + " layers, and there are tensors for " +
                         std::to_string(stack.layers.size()),
                     mendFile};
    }
    for (std::size_t i = 0; i < stack.layers.size(); ++i) {
        const json& layer = list[i];
        const std::string entry = what + ", entry " + std::to_string(i);
        const auto units = layer.is_object() ? layer.find("units") : layer.end();
        const auto activation = layer.is_object() ? layer.find("activation") : layer.end();
        if (units == layer.end() || activation == layer.end() || !units->is_number_unsigned() ||
            !activation->is_string())
            return Error{entry, "it does not have units and an activation", mendFile};
        if (units->get<std::uint64_t>() !=
            static_cast<std::uint64_t>(std::get<DenseLayer>(stack.layers[i]).units)) {
            return Error{entry,
                         "it has " + std::to_string(units->get<std::uint64_t>()) +
                             " units, and tensor 'layers." + std::to_string(i) + ".weight' has " +
                             std::to_string(std::get<DenseLayer>(stack.layers[i]).units),
                         mendFile};
        }
        const auto known = activationFromName(activation->get_ref<const std::string&>());
        if (!known)
            return Error{entry, {MessageId::colon, known.error().what, known.error().why}, mendFile};
        std::get<DenseLayer>(stack.layers[i]).activation = *known;
    }
    return {};
}

Result<ModelFile> decode(std::span<const char> bytes, const std::string& name)
{
    const std::string file = "model file " + name;
    const auto header = readSafetensorsHeader(bytes, file);
    if (!header)
        return header.error();
    // Before anything else: a newer version may have changed whatever follows.
    if (const auto metadata = checkMetadata(*header, file); !metadata)
        return metadata.error();
    const auto layers = layersOf(*header, file);
    if (!layers)
        return layers.error();
    const auto data = bytes.subspan(safetensorsLengthBytes + static_cast<std::size_t>(header->length));
    if (const auto covered = checkCoverage(*header->tensors, data.size(), file); !covered)
        return covered.error();
    const auto stack = stackOfShapes(*layers, file);
    if (!stack)
        return stack.error();

    ModelFile model;
    model.parameters.stack = *stack;
    if (const std::string text = metadataText(*header, "layers"); !text.empty()) {
        if (const auto applied = applyLayersMetadata(text, model.parameters.stack, file); !applied)
            return applied.error();
    }
    if (const auto valid = validate(model.parameters.stack, Loss::CrossEntropy); !valid) {
        Error error = valid.error();
        error.what = {MessageId::optionPart, file, error.what};
        return error;
    }
    model.precision = layers->front().weight->isDouble ? Precision::Double : Precision::Float;
    model.settings = metadataText(*header, "settings");
    model.history = metadataText(*header, "history");
    auto classNames = classNamesOf(*header, file);
    if (!classNames)
        return classNames.error();
    model.classNames = std::move(*classNames);
    if (const std::string text = metadataText(*header, "input_scale"); !text.empty()) {
        auto scale =
            scaleFromJson(text, model.parameters.stack.input.size(), file + ", metadata, input_scale");
        if (!scale)
            return scale.error();
        model.scale = std::move(*scale);
    }
    if (const std::string text = metadataText(*header, "init"); !text.empty()) {
        auto initial = initialFileFromJson(text, file + ", metadata, init");
        if (!initial)
            return initial.error();
        model.initial = std::move(*initial);
    }
    model.recorded = metadataText(*header, "recorded") != "no";
    model.next = metadataText(*header, "next");
    model.parameters.parameters.reserve(static_cast<std::size_t>(parameterCount(model.parameters.stack)));
    for (const LayerTensors& layer : *layers) {
        for (const TensorEntry* tensor : {&*layer.weight, &*layer.bias}) {
            if (const auto read = appendTensorValues(*tensor, data, file, model.parameters.parameters); !read)
                return read.error();
        }
    }
    return model;
}

Result<ModelFile> load(const std::string& path)
{
    const std::string what = "model file " + path;
    const std::filesystem::path file(path);
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (status.type() == std::filesystem::file_type::not_found)
        return Error{what, "there is no such file", "Check the path"};
    if (!std::filesystem::exists(status)) // a folder on its way may not be entered, for instance
        return Error{what, "it cannot be read: " + error.message(), "Check the path and who may read it"};
    if (!std::filesystem::is_regular_file(status))
        return Error{what, "it is not a file but a folder or a device", mendFile};
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error)
        return Error{what, error.message(), "Check the path"};
    if (size >
        safetensorsLengthBytes + maximumSafetensorsHeader + static_cast<std::uint64_t>(maximumParameters) * 8)
        return Error{what, "it is larger than any model that Chainrule trains", mendFile};

    std::ifstream stream(file, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!stream || !stream.read(bytes.data(), static_cast<std::streamsize>(size)))
        return Error{what, "it cannot be read", "Check that you may read it"};
    return decode(bytes, path);
}

Error notEnoughMemory(const std::string& name)
{
    return Error{"model file " + name, "there is not enough memory to read it",
                 "Close other programs and try again"};
}

struct HeaderParts {
    bool history = true;
    bool scale = true;
};

std::string encodeHeader(const ModelFile& model, const HeaderParts& with)
{
    ordered_json layers = ordered_json::array();
    for (const LayerSpan& layer : layerSpans(model.parameters.stack)) {
        ordered_json entry;
        entry["units"] = layer.units;
        entry["activation"] = activationName(layer.activation);
        layers.push_back(std::move(entry));
    }
    TextPairs metadata{{"format", std::string(formatPrefix) + std::to_string(formatVersion)},
                       {"layers", layers.dump()}};
    if (!model.settings.empty())
        metadata.emplace_back("settings", model.settings);
    if (!areIndices(model.classNames)) {
        const auto replace = ordered_json::error_handler_t::replace; // a name need not be UTF-8
        metadata.emplace_back("classes", ordered_json(model.classNames).dump(-1, ' ', false, replace));
    }
    if (with.scale && !model.scale.empty())
        metadata.emplace_back("input_scale", scaleToJson(model.scale));
    if (model.initial)
        metadata.emplace_back("init", initialFileToJson(*model.initial));
    if (!model.recorded)
        metadata.emplace_back("recorded", "no");
    if (!model.next.empty())
        metadata.emplace_back("next", model.next);
    if (with.history && !model.history.empty())
        metadata.emplace_back("history", model.history);

    const bool isDouble = model.precision == Precision::Double;
    std::vector<TensorEntry> tensors;
    std::size_t index = 0;
    for (const LayerSpan& span : layerSpans(model.parameters.stack)) {
        const std::string prefix = "layers." + std::to_string(index++);
        const auto units = static_cast<std::uint64_t>(span.units);
        appendTensorEntry(tensors, prefix + ".weight", isDouble,
                          {units, static_cast<std::uint64_t>(span.inputs)});
        appendTensorEntry(tensors, prefix + ".bias", isDouble, {units});
    }
    return encodeSafetensorsHeader(metadata, tensors);
}

} // namespace

std::string encodeModel(const ModelFile& model)
{
    const std::vector<double>& values = model.parameters.parameters;
    assert(values.size() == static_cast<std::size_t>(parameterCount(model.parameters.stack)));

    assert(model.scale.empty() ||
           model.scale.size() == static_cast<std::size_t>(model.parameters.stack.input.size()));

    // A history of very many epochs, or the scale of hundreds of thousands of inputs, must not make a file
    // that nothing reads again: the weights matter more.
    std::string bytes;
    for (const HeaderParts& with : {HeaderParts{}, HeaderParts{false, true}, HeaderParts{false, false}}) {
        bytes = encodeHeader(model, with);
        if (bytes.size() <= safetensorsLengthBytes + maximumSafetensorsHeader)
            break;
    }
    appendEncodedValues(bytes, values, model.precision == Precision::Double);
    return bytes;
}

Result<ModelFile> decodeModel(std::span<const char> bytes, const std::string& name)
{
    try {
        return decode(bytes, name);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(name);
    }
}

Result<ModelFile> loadModel(const std::string& path)
{
    try {
        return load(path);
    } catch (const std::bad_alloc&) {
        return notEnoughMemory(path);
    }
}

} // namespace chainrule
