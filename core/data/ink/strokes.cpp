// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/strokes.h"

#include "core/base/base64.h"
#include "core/base/json.h"
#include "core/base/text.h"

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <new>

namespace chainrule {

namespace {

using nlohmann::json;

constexpr auto mendLine = "Write it as {\"strokes\":[[[x,y],[x,y]]],\"label\":3}, or take the line out";

std::string numbered(const char* what, std::size_t position)
{
    return what + (" " + std::to_string(position + 1));
}

Result<double> readCoordinate(const json& value, const std::string& where, const std::string& name)
{
    if (!value.is_number())
        return Error{name, where + " has something else than a number", mendLine};
    const double number = value.get<double>();
    if (!std::isfinite(number) || std::abs(number) > maximumCoordinate)
        return Error{name, where + " lies beyond a thousand million", "Use smaller units"};
    return number;
}

Result<Stroke> readStroke(const json& points, const std::string& where, const std::string& name)
{
    if (!points.is_array())
        return Error{name, where + " is not a list of points", mendLine};
    Stroke stroke;
    stroke.reserve(points.size());
    for (const json& point : points) {
        const auto place = [&] { return numbered("point", stroke.size()) + " of " + where; };
        if (!point.is_array() || point.size() < 2)
            return Error{name, place() + " is not a pair of numbers", mendLine};
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
        return Error{name, "its pens are not a list with a width for each stroke", mendLine};
    std::vector<double> widths;
    for (const json& pen : pens) {
        const double width = pen.is_number() ? pen.get<double>() : 0.0;
        if (!(std::abs(width) >= thinnestPen && std::abs(width) <= widestPen)) {
            return Error{name,
                         numbered("pen", widths.size()) + " is not a number from " +
                             shortestNumber(thinnestPen) + " to " + shortestNumber(widestPen) +
                             ", or such a one with a minus sign for an eraser",
                         "Correct it, or leave the pens out"};
        }
        widths.push_back(width);
    }
    return widths;
}

Result<InkImage> readPicture(const json& picture, const std::string& name)
{
    const auto broken = [&](const std::string& why) {
        return Error{name, "its picture " + why, "Take the line out"};
    };
    if (!picture.is_object())
        return broken("is not an object");
    InkImage ink;
    for (const auto& [member, side] : {std::pair{"width", &ink.width}, {"height", &ink.height}}) {
        const auto value = picture.find(member);
        if (value == picture.end() || !value->is_number_integer() || *value < 1 || *value > maximumInkSide) {
            return broken(std::string("has no ") + member + " from 1 to " + std::to_string(maximumInkSide));
        }
        *side = value->get<int>();
    }
    if (ink.width * ink.height > maximumPicturePixels)
        return broken("has more than " + withSeparators(maximumPicturePixels) + " pixels");
    const auto text = picture.find("ink");
    if (text == picture.end() || !text->is_string())
        return broken("has no ink");
    const auto packed = fromBase64(text->get_ref<const std::string&>());
    if (!packed)
        return broken("is not written in base64");
    ink.ink.resize(static_cast<std::size_t>(ink.width) * static_cast<std::size_t>(ink.height));
    uLongf size = static_cast<uLongf>(ink.ink.size());
    if (uncompress(ink.ink.data(), &size, packed->data(), static_cast<uLong>(packed->size())) != Z_OK ||
        size != ink.ink.size())
        return broken("does not unpack to as many bytes as it has pixels");
    return ink;
}

Result<std::optional<int>> readLabel(const json& root, const std::string& name)
{
    const auto label = root.find("label");
    if (label == root.end() || label->is_null())
        return std::optional<int>();
    if (!label->is_number_integer() || *label < 0 || *label > maximumStrokeLabel) {
        return Error{name, "its label is not a whole number from 0 to " + std::to_string(maximumStrokeLabel),
                     "Write the class's number, or leave the label out"};
    }
    return std::optional(label->get<int>());
}

Result<StrokeSample> readSample(const json& root, const std::string& name)
{
    if (!root.is_object())
        return Error{name, "it is not a JSON object", mendLine};
    const auto strokes = root.find("strokes");
    if (strokes == root.end())
        return Error{name, "it has no member 'strokes'", mendLine};
    if (!strokes->is_array())
        return Error{name, "its strokes are not a list", mendLine};

    StrokeSample sample;
    std::size_t points = 0;
    for (const json& each : *strokes) {
        auto stroke = readStroke(each, numbered("stroke", sample.strokes.size()), name);
        if (!stroke)
            return stroke.error();
        points += stroke->size();
        sample.strokes.push_back(std::move(*stroke));
        if (points > maximumStrokePoints) {
            return Error{name,
                         "its strokes have more than " +
                             withSeparators(static_cast<std::int64_t>(maximumStrokePoints)) + " points",
                         "Leave out points that lie close together"};
        }
    }
    if (const auto picture = root.find("picture"); picture != root.end()) {
        auto ink = readPicture(*picture, name);
        if (!ink)
            return ink.error();
        sample.picture = std::move(*ink);
    }
    if (points == 0 && sample.picture.ink.empty())
        return Error{name, "its strokes have no points", mendLine};
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
        return Error{name,
                     "it is longer than " + withSeparators(static_cast<std::int64_t>(maximumStrokeLine)) +
                         " bytes",
                     "Leave out points that lie close together"};
    }
    // Three values a point, and some more for pressure, time and members of others.
    constexpr std::size_t maximumValues = 8 * maximumStrokePoints;
    try {
        if (const std::string fault = jsonFault(line, maximumValues); !fault.empty())
            return Error{name, fault, mendLine};
        return readSample(json::parse(line.begin(), line.end(), nullptr, false), name);
    } catch (const std::bad_alloc&) {
        return Error{name, "there is not enough memory for it", "Leave out points that lie close together"};
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
