// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/strokes.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <nlohmann/json.hpp>

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
    if (points == 0)
        return Error{name, "its strokes have no points", mendLine};

    if (const auto label = root.find("label"); label != root.end() && !label->is_null()) {
        const bool whole = label->is_number_integer() && *label >= 0 && *label <= maximumStrokeLabel;
        if (!whole) {
            return Error{name,
                         "its label is not a whole number from 0 to " + std::to_string(maximumStrokeLabel),
                         "Write the class's number, or leave the label out"};
        }
        sample.label = label->get<int>();
    }
    return sample;
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
            line += (k > 0 ? ",[" : "[") + shortestNumber(point.x) + ',' + shortestNumber(point.y) + ']';
        }
        line += ']';
    }
    line += ']';
    if (sample.label)
        line += ",\"label\":" + std::to_string(*sample.label);
    return line + '}';
}

} // namespace chainrule
