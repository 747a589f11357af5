// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/modelfile.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <cmath>
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

constexpr std::size_t lengthBytes = 8; // the header's length, little-endian, before the header
constexpr std::uint64_t maximumHeader = 16 * 1024 * 1024;
constexpr std::size_t maximumHeaderValues = 100'000;
constexpr std::string_view formatPrefix = "chainrule/";
constexpr std::uint64_t formatVersion = 1;

const char* const mendFile = "Choose a model that Chainrule saved";
const char* const mendTensors = "Save the model again, with tensors layers.0.weight [units, inputs], "
                                "layers.0.bias [units] and so on in F32 or F64";

// Throws nothing but std::bad_alloc; jsonFault() has found nothing wrong with the text.
json parsed(std::string_view text)
{
    return json::parse(text.begin(), text.end(), nullptr, false);
}

// One line; bytes that are not UTF-8 become U+FFFD.
std::string writeJson(const ordered_json& value)
{
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// What the header says about one tensor, already checked against the bytes that are there.
struct Tensor {
    std::string name;
    bool isDouble = false;
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0; // in bytes after the header
    std::uint64_t end = 0;
};

struct LayerTensors {
    std::optional<Tensor> weight;
    std::optional<Tensor> bias;
};

struct TensorName {
    std::size_t layer = 0;
    bool isBias = false;
};

std::size_t bytesOf(bool isDouble)
{
    return isDouble ? 8 : 4;
}

void appendLittleEndian(std::string& bytes, std::uint64_t bits, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        bytes += static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
}

std::uint64_t littleEndian(std::span<const char> bytes)
{
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return bits;
}

std::string shapeText(const std::vector<std::uint64_t>& shape)
{
    std::string text;
    for (const std::uint64_t size : shape)
        text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
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

// A list of whole numbers from 0; nothing for anything else, also for numbers beyond 64 bits, which the
// JSON library reads as reals.
std::optional<std::vector<std::uint64_t>> wholeNumbers(const json& object, const char* member)
{
    const auto found = object.find(member);
    if (found == object.end() || !found->is_array())
        return {};
    std::vector<std::uint64_t> numbers;
    for (const json& value : *found) {
        if (!value.is_number_unsigned())
            return {};
        numbers.push_back(value.get<std::uint64_t>());
    }
    return numbers;
}

// One tensor's entry in the header; `bufferSize` is how many bytes follow the header.
Result<Tensor> readTensor(const std::string& tensorName, const json& entry, bool isBias,
                          std::uint64_t bufferSize, const std::string& what)
{
    Tensor tensor{tensorName, false, {}, 0, 0};
    if (!entry.is_object())
        return Error{what, "its description is not an object", mendTensors};

    const auto dtype = entry.find("dtype");
    if (dtype == entry.end() || !dtype->is_string())
        return Error{what, "its dtype is missing", mendTensors};
    const std::string& dtypeName = dtype->get_ref<const std::string&>();
    if (dtypeName != "F32" && dtypeName != "F64")
        return Error{what, "its dtype is " + inQuotes(dtypeName) + ", not F32 or F64", mendTensors};
    tensor.isDouble = dtypeName == "F64";

    const auto shape = wholeNumbers(entry, "shape");
    if (!shape)
        return Error{what, "its shape is not a list of whole numbers from 0", mendTensors};
    tensor.shape = *shape;
    if (tensor.shape.size() != (isBias ? 1U : 2U)) {
        return Error{what,
                     "it has " + std::to_string(tensor.shape.size()) + " dimensions, not " +
                         (isBias ? "1: [units]" : "2: [units, inputs]"),
                     mendTensors};
    }
    const std::uint64_t room = bufferSize / bytesOf(tensor.isDouble);
    std::uint64_t elements = 1;
    for (const std::uint64_t size : tensor.shape) {
        if (size == 0)
            return Error{what, "its shape " + shapeText(tensor.shape) + " has a 0", mendTensors};
        if (size > room / elements) {
            return Error{what, "its shape " + shapeText(tensor.shape) + " is larger than the file",
                         "The file is damaged or cut short; get it again"};
        }
        elements *= size;
    }

    const auto offsets = wholeNumbers(entry, "data_offsets");
    if (!offsets || offsets->size() != 2)
        return Error{what, "its data_offsets are not two whole numbers from 0", mendTensors};
    tensor.begin = offsets->front();
    tensor.end = offsets->back();
    const std::string offsetsText = "its data_offsets " + shapeText(*offsets);
    if (tensor.begin > tensor.end)
        return Error{what, offsetsText + " end before they begin", mendTensors};
    if (tensor.end > bufferSize) {
        return Error{what,
                     offsetsText + " lie outside the " + std::to_string(bufferSize) + " bytes that are there",
                     "The file is damaged or cut short; get it again"};
    }
    if (tensor.end - tensor.begin != elements * bytesOf(tensor.isDouble)) {
        return Error{what,
                     offsetsText + " do not have the size of shape " + shapeText(tensor.shape) + " in " +
                         dtypeName,
                     mendTensors};
    }
    return tensor;
}

// The header's object without the tensors' data; `bytes` is the whole file.
Result<json> readHeader(std::span<const char> bytes, const std::string& name)
{
    const std::string what = "model file " + name;
    if (bytes.empty())
        return Error{what, "it is empty", mendFile};
    if (bytes.size() < lengthBytes)
        return Error{what, "it ends within the first 8 bytes", mendFile};
    const std::uint64_t length = littleEndian(bytes.first(lengthBytes));
    if (bytes.size() > lengthBytes && bytes[lengthBytes] != '{')
        return Error{what, "it is not a safetensors file", mendFile};
    if (length > maximumHeader) {
        return Error{what,
                     "its header would be " + std::to_string(length) + " bytes long, and 16 MiB are the most",
                     mendFile};
    }
    if (length > bytes.size() - lengthBytes) {
        return Error{what,
                     "its header should have " + std::to_string(length) + " bytes, and the file has only " +
                         std::to_string(bytes.size() - lengthBytes) + " after the length",
                     "The file is damaged or cut short; get it again"};
    }
    const std::string_view text(bytes.data() + lengthBytes, static_cast<std::size_t>(length));
    if (const std::string fault = jsonFault(text, maximumHeaderValues); !fault.empty())
        return Error{what + ", header", fault, mendFile};
    json header = parsed(text);
    if (!header.is_object())
        return Error{what + ", header", "it is not an object", mendFile};
    return Result<json>(std::move(header));
}

// Metadata members are texts; an absent one is empty.
std::string metadataText(const json& header, const char* member)
{
    const auto metadata = header.find("__metadata__");
    if (metadata == header.end())
        return {};
    const auto found = metadata->find(member);
    return found == metadata->end() ? std::string() : found->get<std::string>();
}

Result<void> checkMetadata(const json& header, const std::string& name)
{
    const std::string what = "model file " + name + ", metadata";
    const auto metadata = header.find("__metadata__");
    if (metadata == header.end())
        return {};
    if (!metadata->is_object())
        return Error{what, "it is not an object", mendFile};
    for (const auto& [member, value] : metadata->items()) {
        if (!value.is_string())
            return Error{what, inQuotes(member) + " is not a text", mendFile};
    }

    // Other programs put names of their own here ("pt"); the tensors then say what the model is.
    const std::string format = metadataText(header, "format");
    if (format.starts_with(formatPrefix)) {
        const std::string_view number = std::string_view(format).substr(formatPrefix.size());
        std::uint64_t version = 0;
        const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), version);
        if (status != std::errc() || end != number.data() + number.size() || version < 1)
            return Error{what, "there is no format " + inQuotes(format), mendFile};
        if (version > formatVersion) {
            return Error{"model file " + name,
                         "it was saved by a newer version of Chainrule, in format " + inQuotes(format) +
                             ", and this version reads up to chainrule/" + std::to_string(formatVersion),
                         "Open it with a newer version of Chainrule"};
        }
    }
    for (const char* member : {"settings", "history"}) {
        const std::string text = metadataText(header, member);
        const std::string fault = text.empty() ? std::string() : jsonFault(text, maximumHistoryValues);
        if (!fault.empty())
            return Error{what + ", " + member, fault, mendFile};
    }
    return {};
}

// The tensors of layers 0, 1, ..., each with weight and bias.
Result<std::vector<LayerTensors>> readTensors(const json& header, std::uint64_t bufferSize,
                                              const std::string& name)
{
    const std::string file = "model file " + name;
    std::vector<LayerTensors> layers(static_cast<std::size_t>(maximumLayers));
    std::size_t count = 0;
    for (const auto& [tensorName, entry] : header.items()) {
        if (tensorName == "__metadata__")
            continue;
        const std::string what = file + ", tensor " + inQuotes(tensorName);
        const auto part = parseTensorName(tensorName);
        if (!part) {
            return Error{what,
                         "its name is not layers.N.weight or layers.N.bias with N from 0 to " +
                             std::to_string(maximumLayers - 1),
                         mendTensors};
        }
        auto tensor = readTensor(tensorName, entry, part->isBias, bufferSize, what);
        if (!tensor)
            return tensor.error();
        LayerTensors& layer = layers[part->layer];
        (part->isBias ? layer.bias : layer.weight) = *tensor;
        count = std::max(count, part->layer + 1);
    }
    if (count == 0)
        return Error{file, "it has no tensors", mendTensors};
    layers.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string prefix = "tensor 'layers." + std::to_string(i);
        if (!layers[i].weight)
            return Error{file, prefix + ".weight' is missing", mendTensors};
        if (!layers[i].bias)
            return Error{file, prefix + ".bias' is missing", mendTensors};
    }
    return layers;
}

// Whether the tensors lie one after the other over the whole buffer, as the format requires, and are all
// of one dtype.
Result<void> checkCoverage(const std::vector<LayerTensors>& layers, std::uint64_t bufferSize,
                           const std::string& name)
{
    std::vector<const Tensor*> tensors;
    for (const LayerTensors& layer : layers) {
        tensors.push_back(&*layer.weight);
        tensors.push_back(&*layer.bias);
    }
    std::ranges::sort(tensors, {}, &Tensor::begin);
    std::uint64_t next = 0;
    for (const Tensor* tensor : tensors) {
        const std::string what = "model file " + name + ", tensor " + inQuotes(tensor->name);
        if (tensor->isDouble != tensors.front()->isDouble)
            return Error{what, "its dtype differs from the other tensors'", mendTensors};
        if (tensor->begin < next)
            return Error{what, "its bytes overlap another tensor's", mendTensors};
        if (tensor->begin > next)
            return Error{what, "there are bytes before it that belong to no tensor", mendTensors};
        next = tensor->end;
    }
    if (next != bufferSize) {
        return Error{"model file " + name,
                     std::to_string(bufferSize - next) + " bytes at its end belong to no tensor",
                     mendTensors};
    }
    return {};
}

// The stack that the shapes say; activations are ReLU, and softmax at the end.
Result<LayerStack> stackOfShapes(const std::vector<LayerTensors>& layers, const std::string& name)
{
    LayerStack stack;
    std::uint64_t inputs = layers.front().weight->shape[1];
    if (inputs > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
        return Error{"model file " + name + ", tensor 'layers.0.weight'", "it has too many inputs",
                     mendTensors};
    stack.inputs = static_cast<int>(inputs);
    for (const LayerTensors& layer : layers) {
        const std::string file = "model file " + name + ", tensor ";
        const std::uint64_t units = layer.weight->shape[0];
        if (layer.weight->shape[1] != inputs) {
            return Error{file + inQuotes(layer.weight->name),
                         "its shape " + shapeText(layer.weight->shape) + " takes " +
                             std::to_string(layer.weight->shape[1]) + " inputs, and the layer before has " +
                             std::to_string(inputs) + " units",
                         mendTensors};
        }
        if (layer.bias->shape[0] != units) {
            return Error{file + inQuotes(layer.bias->name),
                         "its shape " + shapeText(layer.bias->shape) + " does not fit the layer's " +
                             std::to_string(units) + " units",
                         mendTensors};
        }
        if (units > static_cast<std::uint64_t>(maximumUnits)) {
            return Error{file + inQuotes(layer.weight->name),
                         "a layer has at most " + withSeparators(maximumUnits) + " units", mendTensors};
        }
        stack.layers.push_back({static_cast<int>(units), Activation::Relu});
        inputs = units;
    }
    stack.layers.back().activation = Activation::Softmax;
    return stack;
}

// Takes the activations from the metadata's layers, which must agree with the shapes.
Result<void> applyLayersMetadata(const std::string& text, LayerStack& stack, const std::string& name)
{
    const std::string what = "model file " + name + ", metadata, layers";
    if (const std::string fault = jsonFault(text, maximumHeaderValues); !fault.empty())
        return Error{what, fault, mendFile};
    const json list = parsed(text);
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
        if (units->get<std::uint64_t>() != static_cast<std::uint64_t>(stack.layers[i].units)) {
            return Error{entry,
                         "it has " + std::to_string(units->get<std::uint64_t>()) +
                             " units, and tensor 'layers." + std::to_string(i) + ".weight' has " +
                             std::to_string(stack.layers[i].units),
                         mendFile};
        }
        const auto known = activationFromName(activation->get_ref<const std::string&>());
        if (!known)
            return Error{entry, known.error().what + ": " + known.error().why, mendFile};
        stack.layers[i].activation = *known;
    }
    return {};
}

// Appends a tensor's values.
Result<void> appendValues(const Tensor& tensor, std::span<const char> buffer, const std::string& name,
                          std::vector<double>& values)
{
    const std::size_t width = bytesOf(tensor.isDouble);
    const auto bytes = buffer.subspan(tensor.begin, tensor.end - tensor.begin);
    for (std::size_t i = 0; i < bytes.size(); i += width) {
        const std::uint64_t bits = littleEndian(bytes.subspan(i, width));
        const double value = tensor.isDouble ? std::bit_cast<double>(bits)
                                             : std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        if (!std::isfinite(value)) {
            return Error{"model file " + name + ", tensor " + inQuotes(tensor.name),
                         "its value " + std::to_string(i / width) + " (counted from 0) is " +
                             (std::isnan(value) ? "not a number" : "infinite"),
                         "Choose a model that was saved before its training diverged"};
        }
        values.push_back(value);
    }
    return {};
}

Result<ModelFile> decode(std::span<const char> bytes, const std::string& name)
{
    const auto header = readHeader(bytes, name);
    if (!header)
        return header.error();
    // Before anything else: a newer version may have changed whatever follows.
    if (const auto metadata = checkMetadata(*header, name); !metadata)
        return metadata.error();

    const auto headerLength = static_cast<std::size_t>(littleEndian(bytes.first(lengthBytes)));
    const std::span<const char> buffer = bytes.subspan(lengthBytes + headerLength);
    const auto layers = readTensors(*header, buffer.size(), name);
    if (!layers)
        return layers.error();
    if (const auto covered = checkCoverage(*layers, buffer.size(), name); !covered)
        return covered.error();
    const auto stack = stackOfShapes(*layers, name);
    if (!stack)
        return stack.error();

    ModelFile model;
    model.parameters.stack = *stack;
    if (const std::string text = metadataText(*header, "layers"); !text.empty()) {
        if (const auto applied = applyLayersMetadata(text, model.parameters.stack, name); !applied)
            return applied.error();
    }
    if (const auto valid = validate(model.parameters.stack); !valid) {
        Error error = valid.error();
        error.what = "model file " + name + ", " + error.what;
        return error;
    }
    model.precision = layers->front().weight->isDouble ? Precision::Double : Precision::Float;
    model.settings = metadataText(*header, "settings");
    model.history = metadataText(*header, "history");
    model.parameters.values.reserve(static_cast<std::size_t>(parameterCount(model.parameters.stack)));
    for (const LayerTensors& layer : *layers) {
        for (const Tensor* tensor : {&*layer.weight, &*layer.bias}) {
            if (const auto read = appendValues(*tensor, buffer, name, model.parameters.values); !read)
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
    if (!std::filesystem::exists(status))
        return Error{what, error ? error.message() : "there is no such file", "Check the path"};
    if (!std::filesystem::is_regular_file(status))
        return Error{what, "it is not a file but a folder or a device", mendFile};
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error)
        return Error{what, error.message(), "Check the path"};
    if (size > lengthBytes + maximumHeader + static_cast<std::uint64_t>(maximumParameters) * 8)
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

ordered_json tensorEntry(bool isDouble, const std::vector<int>& shape, std::uint64_t& offset)
{
    std::uint64_t elements = 1;
    for (const int size : shape)
        elements *= static_cast<std::uint64_t>(size);
    ordered_json entry;
    entry["dtype"] = isDouble ? "F64" : "F32";
    entry["shape"] = shape;
    const std::uint64_t end = offset + elements * bytesOf(isDouble);
    entry["data_offsets"] = {offset, end};
    offset = end;
    return entry;
}

std::string headerText(const ModelFile& model, bool withHistory)
{
    ordered_json layers = ordered_json::array();
    for (const DenseLayer& layer : model.parameters.stack.layers) {
        ordered_json entry;
        entry["units"] = layer.units;
        entry["activation"] = activationName(layer.activation);
        layers.push_back(std::move(entry));
    }
    ordered_json header;
    ordered_json& metadata = header["__metadata__"];
    metadata["format"] = std::string(formatPrefix) + std::to_string(formatVersion);
    metadata["layers"] = writeJson(layers);
    if (!model.settings.empty())
        metadata["settings"] = model.settings;
    if (withHistory && !model.history.empty())
        metadata["history"] = model.history;

    const bool isDouble = model.precision == Precision::Double;
    std::uint64_t offset = 0;
    std::size_t index = 0;
    for (const LayerSpan& span : layerSpans(model.parameters.stack)) {
        const std::string prefix = "layers." + std::to_string(index++);
        header[prefix + ".weight"] = tensorEntry(isDouble, {span.units, span.inputs}, offset);
        header[prefix + ".bias"] = tensorEntry(isDouble, {span.units}, offset);
    }
    std::string text = writeJson(header);
    text.append((8 - text.size() % 8) % 8, ' '); // so that the tensors start at a multiple of 8 bytes
    return text;
}

} // namespace

std::string encodeModel(const ModelFile& model)
{
    const std::vector<double>& values = model.parameters.values;
    assert(values.size() == static_cast<std::size_t>(parameterCount(model.parameters.stack)));

    std::string header = headerText(model, true);
    // A history of very many epochs must not make a file that nothing reads again: the weights matter more.
    if (header.size() > maximumHeader)
        header = headerText(model, false);

    const bool isDouble = model.precision == Precision::Double;
    std::string bytes;
    bytes.reserve(lengthBytes + header.size() + values.size() * bytesOf(isDouble));
    appendLittleEndian(bytes, header.size(), lengthBytes);
    bytes += header;
    for (const double value : values) {
        if (isDouble) {
            appendLittleEndian(bytes, std::bit_cast<std::uint64_t>(value), 8);
        } else {
            // The conversion of a finite number that leaves the range of float has no defined result.
            constexpr double highest = std::numeric_limits<float>::max();
            const auto narrow =
                static_cast<float>(std::isfinite(value) ? std::clamp(value, -highest, highest) : value);
            appendLittleEndian(bytes, std::bit_cast<std::uint32_t>(narrow), 4);
        }
    }
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
