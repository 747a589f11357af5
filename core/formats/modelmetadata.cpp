// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelmetadata.h"

#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/formats/jsonmembers.h"
#include "core/formats/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace chainrule {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr MessageId mendFile = MessageId::chooseSavedModel;
constexpr std::size_t longestPath =
    15'000; // the system's limit is 4,096 bytes, each of which may become a U+FFFD
constexpr std::size_t digestDigits = 64;

Message entryOf(const Message& what, std::size_t index)
{
    return {MessageId::optionPart, what, Message(MessageId::entryNumber, std::to_string(index))};
}

std::optional<int> unitsOf(const json& entry)
{
    const auto units = entry.find("units");
    constexpr auto highest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    if (units == entry.end() || !units->is_number_unsigned() || units->get<std::uint64_t>() > highest)
        return {};
    return units->get<int>();
}

Result<Layer> layerFromJson(const json& entry, const Message& what)
{
    const Error strange{what, MessageId::noLayerEntry, mendFile};
    if (!entry.is_object())
        return strange;
    if (const auto dropout = entry.find("dropout"); dropout != entry.end()) {
        if (!dropout->is_number() || entry.size() != 1)
            return strange;
        return Layer(DropoutLayer{dropout->get<double>()});
    }
    const auto units = unitsOf(entry);
    const auto activation = entry.find("activation");
    if (!units || activation == entry.end() || !activation->is_string())
        return strange;
    const auto known = activationFromName(activation->get_ref<const std::string&>());
    if (!known)
        return Error{what, {MessageId::colon, known.error().what, known.error().why}, mendFile};
    return Layer(*units, *known);
}

// The numbers of one member, one for each input.
Result<std::vector<double>> numbersOf(const json& root, const char* member, int inputs, const Message& what)
{
    const auto found = root.is_object() ? root.find(member) : root.end();
    if (!root.is_object() || found == root.end() || !found->is_array())
        return Error{what, {MessageId::hasNoListCalled, inQuotes(member)}, mendFile};
    if (found->size() != static_cast<std::size_t>(inputs)) {
        return Error{{MessageId::optionPart, what, member},
                     {MessageId::numbersForInputs, std::to_string(found->size()), std::to_string(inputs)},
                     mendFile};
    }
    std::vector<double> numbers;
    numbers.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
        const json& each = (*found)[i];
        const double number = each.is_number() ? each.get<double>() : NAN;
        if (!std::isfinite(number)) {
            return Error{entryOf({MessageId::optionPart, what, member}, i), MessageId::noFiniteNumber,
                         mendFile};
        }
        numbers.push_back(number);
    }
    return numbers;
}

} // namespace

std::string scaleToJson(std::span<const InputScale> scale)
{
    ordered_json means = ordered_json::array();
    ordered_json deviations = ordered_json::array();
    for (const InputScale& each : scale) {
        means.push_back(each.mean);
        deviations.push_back(each.deviation);
    }
    ordered_json root;
    root["mean"] = std::move(means);
    root["deviation"] = std::move(deviations);
    return root.dump();
}

Result<std::vector<InputScale>> scaleFromJson(const std::string& text, int inputs, const Message& what)
{
    const std::size_t mostValues = 2 * static_cast<std::size_t>(inputs) + 8;
    const auto parsed = parsedJson(text, mostValues, what, mendFile);
    if (!parsed)
        return parsed.error();
    const json& root = *parsed;
    const auto means = numbersOf(root, "mean", inputs, what);
    if (!means)
        return means.error();
    const auto deviations = numbersOf(root, "deviation", inputs, what);
    if (!deviations)
        return deviations.error();
    std::vector<InputScale> scale;
    scale.reserve(means->size());
    for (std::size_t i = 0; i < means->size(); ++i) {
        if ((*deviations)[i] < 0.0)
            return Error{entryOf({MessageId::optionPart, what, "deviation"}, i), MessageId::isBelowZero,
                         mendFile};
        scale.push_back({(*means)[i], (*deviations)[i]});
    }
    return scale;
}

namespace {

ordered_json toJson(const DenseLayer& dense)
{
    ordered_json entry;
    entry["units"] = dense.units;
    entry["activation"] = activationName(dense.activation);
    return entry;
}

ordered_json toJson(const DropoutLayer& dropout)
{
    ordered_json entry;
    entry["dropout"] = dropout.rate;
    return entry;
}

} // namespace

std::string layersToJson(const std::vector<Layer>& layers)
{
    ordered_json list = ordered_json::array();
    for (const Layer& layer : layers) {
        list.push_back(visitLayer(layer, [](const auto& kind) { return toJson(kind); }));
    }
    return list.dump();
}

Result<std::vector<Layer>> layersFromJson(const std::string& text, const Message& what)
{
    const auto list = parsedJson(text, maximumHeaderValues, what, mendFile);
    if (!list)
        return list.error();
    if (!list->is_array())
        return Error{what, MessageId::isNoList, mendFile};
    std::vector<Layer> layers;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto layer = layerFromJson((*list)[i], entryOf(what, i));
        if (!layer)
            return layer.error();
        layers.push_back(*layer);
    }
    return layers;
}

std::string shapeToJson(Shape shape)
{
    return ordered_json{shape.channels, shape.rows, shape.columns}.dump();
}

Result<Shape> shapeFromJson(const std::string& text, int size, const Message& what)
{
    constexpr std::size_t mostValues = 4;
    const auto list = parsedJson(text, mostValues, what, mendFile);
    if (!list)
        return list.error();
    const Error strange{what, {MessageId::noInputShape, std::to_string(size)}, mendFile};
    if (!list->is_array() || list->size() != 3)
        return strange;
    std::uint64_t left = static_cast<std::uint64_t>(size);
    for (const json& each : *list) {
        // Divided, not multiplied: no product overflows.
        if (!each.is_number_unsigned() || each == 0 || left % each.get<std::uint64_t>() != 0)
            return strange;
        left /= each.get<std::uint64_t>();
    }
    if (left != 1)
        return strange;
    return Shape((*list)[0].get<int>(), (*list)[1].get<int>(), (*list)[2].get<int>());
}

std::string namesToJson(const std::vector<std::string>& names)
{
    return writtenJson(names);
}

Result<std::vector<std::string>> namesFromJson(const std::string& text, const Message& what)
{
    constexpr std::size_t mostValues = static_cast<std::size_t>(maximumUnits) + 1;
    const auto list = parsedJson(text, mostValues, what, mendFile);
    if (!list)
        return list.error();
    const auto isName = [](const json& each) { return each.is_string(); };
    if (!list->is_array() || !std::all_of(list->begin(), list->end(), isName))
        return Error{what, MessageId::noArrayOfNames, mendFile};
    std::vector<std::string> names;
    for (const json& each : *list)
        names.push_back(cleanName(each.get_ref<const std::string&>()));
    return names;
}

std::string initialFileToJson(const InitialFile& initial)
{
    ordered_json root;
    root["file"] = ordered_json::parse(writtenJson(initial.file));
    if (root["file"].get_ref<const std::string&>().size() > longestPath)
        root["file"] = "";
    root["sha256"] = initial.sha256;
    return root.dump();
}

Result<InitialFile> initialFileFromJson(const std::string& text, const Message& what)
{
    constexpr std::size_t mostValues = 8;
    const auto parsed = parsedJson(text, mostValues, what, mendFile);
    if (!parsed)
        return parsed.error();
    const json& root = *parsed;
    Members members(root, what);
    InitialFile initial;
    if (!members.read("file", initial.file) || !members.read("sha256", initial.sha256))
        return Error{what, MessageId::noFileWithSha256, mendFile};
    if (initial.file.size() > longestPath)
        return Error{what, MessageId::fileNameTooLong, mendFile};
    const auto isDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    const std::string& digest = initial.sha256;
    if (!digest.empty() && (digest.size() != digestDigits || !std::ranges::all_of(digest, isDigit)))
        return Error{what, MessageId::noSha256, mendFile};
    return initial;
}

} // namespace chainrule
