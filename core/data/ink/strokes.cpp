// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/strokes.h"

#include "core/base/files/base64.h"
#include "core/base/files/json.h"
#include "core/base/text.h"

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <new>

namespace chainrule {

namespace {

using nlohmann::json;

Message mendLine()
{
    return {MessageId::writeItAs, R"({"strokes":[[[x,y],[x,y]]],"label":3})"};
}

Result<double> readCoordinate(const json& value, const Message& where, const std::string& name)
{
    if (!value.is_number())
        return Error{name, {MessageId::notANumberThere, where}, mendLine()};
    const double number = value.get<double>();
    if (!std::isfinite(number) || std::abs(number) > maximumCoordinate)
        return Error{name, {MessageId::beyondThousandMillion, where}, MessageId::useSmallerUnits};
    return number;
}

Result<Stroke> readStroke(const json& points, const Message& where, const std::string& name)
{
    if (!points.is_array())
        return Error{name, {MessageId::notPoints, where}, mendLine()};
    Stroke stroke;
    stroke.reserve(points.size());
    for (const json& point : points) {
        const auto place = [&] {
            return Message(MessageId::pointOf, std::to_string(stroke.size() + 1), where);
        };
        if (!point.is_array() || point.size() < 2)
            return Error{name, {MessageId::notAPair, place()}, mendLine()};
        StrokePoint read;
        for (double* const coordinate : {&read.x, &read.y}) {
            const json& value = point[coordinate == &read.x ? 0 : 1];
            // Finite numbers are the rule, and the place is a text that takes time to make.
            if (value.is_number() && std::abs(value.get<double>()) <= maximumCoordinate) {
                *coordinate = value.get<double>();
                continue;
            }
            auto number = readCoordinate(value, place(), name);
            if (!number)
                return number.error();
            *coordinate = *number;
        }
        stroke.push_back(read);
    }
    return stroke;
}

Result<std::vector<double>> readPens(const json& pens, std::size_t strokes, const std::string& name)
{
    if (!pens.is_array() || pens.size() != strokes)
        return Error{name, MessageId::pensNotAList, mendLine()};
    std::vector<double> widths;
    for (const json& pen : pens) {
        const double width = pen.is_number() ? pen.get<double>() : 0.0;
        if (!(std::abs(width) >= thinnestPen && std::abs(width) <= widestPen)) {
            return Error{name,
                         {MessageId::penOutside, std::to_string(widths.size() + 1),
                          shortestNumber(thinnestPen), shortestNumber(widestPen)},
                         MessageId::correctPens};
        }
        widths.push_back(width);
    }
    return widths;
}

Result<InkImage> readPicture(const json& picture, const std::string& name)
{
    const auto broken = [&](const Message& why) { return Error{name, why, MessageId::takeLineOut}; };
    if (!picture.is_object())
        return broken(MessageId::pictureNoObject);
    InkImage ink;
    for (const auto& [member, side] : {std::pair{"width", &ink.width}, {"height", &ink.height}}) {
        const auto value = picture.find(member);
        if (value == picture.end() || !value->is_number_integer() || *value < 1 || *value > maximumInkSide) {
            return broken({MessageId::pictureNoSide, member, std::to_string(maximumInkSide)});
        }
        *side = value->get<int>();
    }
    if (ink.width * ink.height > maximumPicturePixels)
        return broken({MessageId::pictureTooMany, withSeparators(maximumPicturePixels)});
    const auto text = picture.find("ink");
    if (text == picture.end() || !text->is_string())
        return broken(MessageId::pictureNoInk);
    const auto packed = fromBase64(text->get_ref<const std::string&>());
    if (!packed)
        return broken(MessageId::pictureNoBase64);
    ink.ink.resize(static_cast<std::size_t>(ink.width) * static_cast<std::size_t>(ink.height));
    uLongf size = static_cast<uLongf>(ink.ink.size());
    if (uncompress(ink.ink.data(), &size, packed->data(), static_cast<uLong>(packed->size())) != Z_OK ||
        size != ink.ink.size())
        return broken(MessageId::pictureOtherSize);
    return ink;
}

Result<std::optional<int>> readLabel(const json& root, const std::string& name)
{
    const auto label = root.find("label");
    if (label == root.end() || label->is_null())
        return std::optional<int>();
    if (!label->is_number_integer() || *label < 0 || *label > maximumStrokeLabel) {
        return Error{name,
                     {MessageId::labelNotWhole, std::to_string(maximumStrokeLabel)},
                     MessageId::writeClassNumber};
    }
    return std::optional(label->get<int>());
}

Result<StrokeSample> readSample(const json& root, const std::string& name)
{
    if (!root.is_object())
        return Error{name, MessageId::notAJsonObject, mendLine()};
    const auto strokes = root.find("strokes");
    if (strokes == root.end())
        return Error{name, {MessageId::noMember, "'strokes'"}, mendLine()};
    if (!strokes->is_array())
        return Error{name, MessageId::strokesNotAList, mendLine()};

    StrokeSample sample;
    std::size_t points = 0;
    for (const json& each : *strokes) {
        auto stroke =
            readStroke(each, {MessageId::strokeNumber, std::to_string(sample.strokes.size() + 1)}, name);
        if (!stroke)
            return stroke.error();
        points += stroke->size();
        sample.strokes.push_back(std::move(*stroke));
        if (points > maximumStrokePoints) {
            return Error{
                name,
                {MessageId::strokesTooLong, withSeparators(static_cast<std::int64_t>(maximumStrokePoints))},
                MessageId::leaveOutClosePoints};
        }
    }
    if (const auto picture = root.find("picture"); picture != root.end()) {
        auto ink = readPicture(*picture, name);
        if (!ink)
            return ink.error();
        sample.picture = std::move(*ink);
    }
    if (points == 0 && sample.picture.ink.empty())
        return Error{name, MessageId::strokesNoPoints, mendLine()};
    if (const auto pens = root.find("pens"); pens != root.end() || !sample.picture.ink.empty()) {
        auto widths = readPens(pens != root.end() ? *pens : json(), sample.strokes.size(), name);
        if (!widths)
            return widths.error();
        sample.pens = std::move(*widths);
    }
    auto label = readLabel(root, name);
    if (!label)
        return label.error();
    sample.label = *label;
    return sample;
}

// JSON's "-0" is a whole number, and read as 0: it is written so at once.
std::string coordinate(double number)
{
    return shortestNumber(number == 0.0 ? 0.0 : number);
}

std::string packed(const InkImage& picture)
{
    uLongf size = compressBound(static_cast<uLong>(picture.ink.size()));
    std::vector<std::uint8_t> bytes(size);
    if (compress(bytes.data(), &size, picture.ink.data(), static_cast<uLong>(picture.ink.size())) != Z_OK)
        throw std::bad_alloc(); // the one way in which it can fail with room enough
    return toBase64(std::span(bytes).first(size));
}

} // namespace

Result<StrokeSample> readStrokeLine(std::string_view line, const std::string& name)
{
    if (line.size() > maximumStrokeLine) {
        return Error{
            name,
            {MessageId::longerThanBytes, withSeparators(static_cast<std::int64_t>(maximumStrokeLine))},
            MessageId::leaveOutClosePoints};
    }
    // Three values a point, and some more for pressure, time and members of others.
    constexpr std::size_t maximumValues = 8 * maximumStrokePoints;
    try {
        if (const std::string fault = jsonFault(line, maximumValues); !fault.empty())
            return Error{name, fault, mendLine()};
        return readSample(json::parse(line.begin(), line.end(), nullptr, false), name);
    } catch (const std::bad_alloc&) {
        return Error{name, MessageId::noRoomForIt, MessageId::leaveOutClosePoints};
    }
}

std::string writeStrokeLine(const StrokeSample& sample)
{
    std::string line = "{\"strokes\":[";
    for (std::size_t i = 0; i < sample.strokes.size(); ++i) {
        line += i > 0 ? ",[" : "[";
        for (std::size_t k = 0; k < sample.strokes[i].size(); ++k) {
            const StrokePoint& point = sample.strokes[i][k];
            line += (k > 0 ? ",[" : "[") + coordinate(point.x) + ',' + coordinate(point.y) + ']';
        }
        line += ']';
    }
    line += ']';
    const bool onCanvas = !sample.pens.empty() || !sample.picture.ink.empty();
    for (std::size_t i = 0; onCanvas && i < sample.strokes.size(); ++i)
        line += (i > 0 ? "," : ",\"pens\":[") + shortestNumber(sample.pens[i]);
    if (onCanvas)
        line += sample.strokes.empty() ? ",\"pens\":[]" : "]";
    if (!sample.picture.ink.empty()) {
        line += ",\"picture\":{\"width\":" + std::to_string(sample.picture.width) +
                ",\"height\":" + std::to_string(sample.picture.height) + ",\"ink\":\"" +
                packed(sample.picture) + "\"}";
    }
    if (sample.label)
        line += ",\"label\":" + std::to_string(*sample.label);
    return line + '}';
}

} // namespace chainrule
