// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/safetensors.h"

#include "core/base/text.h"
#include "core/formats/jsonmembers.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const char* const metadataMember = "__metadata__";
constexpr MessageId mendFile = MessageId::chooseSavedModel;
constexpr MessageId mendTensors = MessageId::saveDtypesAgain;
constexpr MessageId mendDamage = MessageId::getFileAgain;

std::size_t bytesOf(bool isDouble)
{
    return isDouble ? 8 : 4;
}

std::string dtypeOf(bool isDouble)
{
    return isDouble ? "F64" : "F32";
}

// The bytes of a tensor of this shape; checkShape() has made sure that the product does not overflow.
std::uint64_t byteCount(const TensorEntry& tensor)
{
    std::uint64_t count = bytesOf(tensor.isDouble);
    for (const std::uint64_t size : tensor.shape)
        count *= size;
    return count;
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

// A list of nonnegative whole numbers; nothing for anything else. That includes numbers beyond 64 bits, which
// the JSON library reads as real numbers.
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

// Whether a tensor of this shape has at least one value and at most `room`.
Result<void> checkShape(const std::vector<std::uint64_t>& shape, std::uint64_t room, const Message& what)
{
    std::uint64_t elements = 1;
    for (const std::uint64_t size : shape) {
        if (size == 0)
            return Error{what, {MessageId::shapeHasZero, shapeText(shape)}, mendTensors};
        if (size > room / elements)
            return Error{what, {MessageId::shapeLargerThanFile, shapeText(shape)}, mendDamage};
        elements *= size;
    }
    return {};
}

// One tensor's entry in the header; `size` is how many bytes follow the header.
Result<TensorEntry> readEntry(const std::string& name, const json& entry, std::uint64_t size,
                              const Message& what)
{
    TensorEntry tensor{name, false, {}, 0, 0};
    if (!entry.is_object())
        return Error{what, MessageId::descriptionNoObject, mendTensors};

    const auto dtype = entry.find("dtype");
    if (dtype == entry.end() || !dtype->is_string())
        return Error{what, MessageId::dtypeMissing, mendTensors};
    const std::string& dtypeName = dtype->get_ref<const std::string&>();
    if (dtypeName != "F32" && dtypeName != "F64")
        return Error{what, {MessageId::dtypeUnknown, inQuotes(dtypeName)}, mendTensors};
    tensor.isDouble = dtypeName == "F64";

    const auto shape = wholeNumbers(entry, "shape");
    if (!shape)
        return Error{what, MessageId::shapeNoWholeNumbers, mendTensors};
    tensor.shape = *shape;
    const auto fits = checkShape(tensor.shape, size / bytesOf(tensor.isDouble), what);
    if (!fits)
        return fits.error();

    const auto offsets = wholeNumbers(entry, "data_offsets");
    if (!offsets || offsets->size() != 2)
        return Error{what, MessageId::offsetsNoWholeNumbers, mendTensors};
    tensor.begin = offsets->front();
    tensor.end = offsets->back();
    const std::string offsetsText = shapeText(*offsets);
    if (tensor.begin > tensor.end)
        return Error{what, {MessageId::offsetsBackwards, offsetsText}, mendTensors};
    if (tensor.end > size) {
        return Error{what, {MessageId::offsetsOutside, offsetsText, std::to_string(size)}, mendDamage};
    }
    return tensor;
}

Result<std::vector<TensorEntry>> readEntries(const json& header, std::uint64_t size, const Message& what)
{
    std::vector<TensorEntry> tensors;
    for (const auto& [name, entry] : header.items()) {
        if (name == metadataMember)
            continue;
        auto tensor = readEntry(name, entry, size, tensorIn(what, name));
        if (!tensor)
            return tensor.error();
        tensors.push_back(std::move(*tensor));
    }
    return tensors;
}

// The metadata; each member must be a string.
Result<TextPairs> readMetadata(const json& header, const Message& what)
{
    TextPairs pairs;
    const auto metadata = header.find(metadataMember);
    if (metadata == header.end())
        return pairs;
    const Message which{MessageId::optionPart, what, MessageId::metadataPart};
    if (!metadata->is_object())
        return Error{which, MessageId::isNoObject, mendFile};
    for (const auto& [member, value] : metadata->items()) {
        if (!value.is_string())
            return Error{which, {MessageId::memberIsNoText, inQuotes(member)}, mendFile};
        pairs.emplace_back(member, value.get<std::string>());
    }
    return pairs;
}

// The header's text, within the file's bytes.
Result<std::string_view> headerText(std::span<const char> bytes, const Message& what)
{
    if (bytes.empty())
        return Error{what, MessageId::isEmpty, mendFile};
    if (bytes.size() < safetensorsLengthBytes)
        return Error{what, MessageId::endsInLength, mendFile};
    const std::uint64_t length = littleEndian(bytes.first(safetensorsLengthBytes));
    const std::span<const char> rest = bytes.subspan(safetensorsLengthBytes);
    if (!rest.empty() && rest.front() != '{')
        return Error{what, MessageId::noSafetensors, mendFile};
    if (length > maximumSafetensorsHeader) {
        return Error{what, {MessageId::headerTooLong, std::to_string(length)}, mendFile};
    }
    if (length > rest.size()) {
        return Error{
            what, {MessageId::headerCut, std::to_string(length), std::to_string(rest.size())}, mendDamage};
    }
    return std::string_view(rest.data(), static_cast<std::size_t>(length));
}

} // namespace

std::string metadataText(const SafetensorsHeader& header, std::string_view member)
{
    const auto found =
        std::ranges::find(header.metadata, member, [](const auto& pair) { return pair.first; });
    return found == header.metadata.end() ? std::string() : found->second;
}

Message tensorIn(const Message& what, const std::string& name)
{
    return {MessageId::optionPart, what, Message(MessageId::tensorNamed, inQuotes(name))};
}

std::string shapeText(std::span<const std::uint64_t> shape)
{
    std::string text;
    for (const std::uint64_t size : shape)
        text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
}

Result<SafetensorsHeader> readSafetensorsHeader(std::span<const char> bytes, const Message& what)
{
    const auto text = headerText(bytes, what);
    if (!text)
        return text.error();
    const Message which{MessageId::optionPart, what, MessageId::headerPart};
    const auto parsed = parsedJson(*text, maximumHeaderValues, which, mendFile);
    if (!parsed)
        return parsed.error();
    const json& object = *parsed;
    if (!object.is_object())
        return Error{which, MessageId::isNoObject, mendFile};

    SafetensorsHeader header;
    header.length = text->size();
    auto metadata = readMetadata(object, what);
    if (!metadata)
        return metadata.error();
    header.metadata = std::move(*metadata);
    for (const auto& [name, entry] : object.items()) {
        if (name != metadataMember)
            header.names.push_back(name);
    }
    header.tensors = readEntries(object, bytes.size() - safetensorsLengthBytes - text->size(), what);
    return header;
}

Result<void> checkCoverage(std::span<const TensorEntry> tensors, std::uint64_t size, const Message& what)
{
    std::vector<const TensorEntry*> inOrder;
    for (const TensorEntry& tensor : tensors)
        inOrder.push_back(&tensor);
    std::ranges::sort(inOrder, {}, &TensorEntry::begin);
    std::uint64_t next = 0;
    for (const TensorEntry* tensor : inOrder) {
        const Message which = tensorIn(what, tensor->name);
        if (tensor->isDouble != inOrder.front()->isDouble)
            return Error{which, MessageId::dtypeDiffers, mendTensors};
        if (tensor->end - tensor->begin != byteCount(*tensor)) {
            return Error{which,
                         {MessageId::offsetsDoNotFit, shapeText(std::array{tensor->begin, tensor->end}),
                          shapeText(tensor->shape), dtypeOf(tensor->isDouble)},
                         mendTensors};
        }
        if (tensor->begin < next)
            return Error{which, MessageId::bytesOverlap, mendTensors};
        if (tensor->begin > next)
            return Error{which, MessageId::bytesBefore, mendTensors};
        next = tensor->end;
    }
    if (next != size)
        return Error{what, {MessageId::bytesAtEnd, std::to_string(size - next)}, mendTensors};
    return {};
}

Result<void> appendTensorValues(const TensorEntry& tensor, std::span<const char> data, const Message& what,
                                std::vector<double>& values)
{
    const std::size_t width = bytesOf(tensor.isDouble);
    const auto bytes = data.subspan(tensor.begin, tensor.end - tensor.begin);
    for (std::size_t i = 0; i < bytes.size(); i += width) {
        const std::uint64_t bits = littleEndian(bytes.subspan(i, width));
        const double value = tensor.isDouble ? std::bit_cast<double>(bits)
                                             : std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        if (!std::isfinite(value)) {
            return Error{tensorIn(what, tensor.name),
                         {std::isnan(value) ? MessageId::valueIsNaN : MessageId::valueIsInfinite,
                          std::to_string(i / width)},
                         MessageId::modelBeforeDiverging};
        }
        values.push_back(value);
    }
    return {};
}

void appendTensorEntry(std::vector<TensorEntry>& tensors, std::string name, bool isDouble,
                       std::vector<std::uint64_t> shape)
{
    const std::uint64_t begin = tensors.empty() ? 0 : tensors.back().end;
    TensorEntry tensor{std::move(name), isDouble, std::move(shape), begin, begin};
    tensor.end += byteCount(tensor);
    tensors.push_back(std::move(tensor));
}

std::string encodeSafetensorsHeader(const TextPairs& metadata, std::span<const TensorEntry> tensors)
{
    ordered_json header;
    for (const auto& [member, text] : metadata)
        header[metadataMember][member] = text;
    for (const TensorEntry& tensor : tensors) {
        ordered_json& entry = header[tensor.name];
        entry["dtype"] = dtypeOf(tensor.isDouble);
        entry["shape"] = tensor.shape;
        entry["data_offsets"] = {tensor.begin, tensor.end};
    }
    std::string text = writtenJson(header);
    text.append((8 - text.size() % 8) % 8, ' ');
    std::string bytes;
    bytes.reserve(safetensorsLengthBytes + text.size());
    appendLittleEndian(bytes, text.size(), safetensorsLengthBytes);
    return bytes + text;
}

void appendEncodedValues(std::string& bytes, std::span<const double> values, bool isDouble)
{
    bytes.reserve(bytes.size() + values.size() * bytesOf(isDouble));
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
}

} // namespace chainrule
