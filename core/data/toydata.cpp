// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/toydata.h"

#include "core/base/elementary.h"
#include "core/base/random.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

struct Point {
    double x;
    double y;
};

// Label 1 where exactly one coordinate is negative, as in the truth table; the four squares keep the margin
// to the axes that TensorFlow Playground (dataset.ts, classifyXORData) has: 0.3 of 5.
Point xorPoint(int label, Random& random)
{
    constexpr double margin = 0.06;
    const double x = uniform(random, margin, 1.0);
    const double y = uniform(random, margin, 1.0);
    const double side = uniform(random) < 0.5 ? -1.0 : 1.0;
    return {side * x, label == 1 ? -side * y : side * y};
}

// scikit-learn's make_circles with factor 0.5 and label 1 inside, shrunk to leave room for the noise.
Point circlesPoint(int label, Random& random)
{
    constexpr double outer = 0.9;
    constexpr double factor = 0.5;
    const double radius = label == 1 ? outer * factor : outer;
    const double angle = uniform(random, 0.0, 2.0 * std::numbers::pi);
    return {radius * portableCos(angle), radius * portableSin(angle)};
}

// scikit-learn's make_moons, (cos t, sin t) and (1 - cos t, 1/2 - sin t), moved and shrunk evenly from
// [-1, 2] x [-1/2, 1] into the square.
Point moonsPoint(int label, Random& random)
{
    constexpr double shrink = 0.6;
    const double angle = uniform(random, 0.0, std::numbers::pi);
    const double x = label == 1 ? 1.0 - portableCos(angle) : portableCos(angle);
    const double y = label == 1 ? 0.5 - portableSin(angle) : portableSin(angle);
    return {shrink * (x - 0.5), shrink * (y - 0.25)};
}

// TensorFlow Playground (dataset.ts, classifySpiralData): r = s, t = 1.75 * 2 pi * s, the second arm half a
// turn on; without the innermost part, where the arms meet.
Point spiralPoint(int label, Random& random)
{
    constexpr double turns = 1.75;
    constexpr double innermost = 0.08;
    const double radius = uniform(random, innermost, 1.0);
    const double angle = turns * 2.0 * std::numbers::pi * radius + (label == 1 ? std::numbers::pi : 0.0);
    return {radius * portableSin(angle), radius * portableCos(angle)};
}

Point drawPoint(ToySet set, int label, Random& random)
{
    switch (set) {
    case ToySet::Xor:
        return xorPoint(label, random);
    case ToySet::Circles:
        return circlesPoint(label, random);
    case ToySet::Moons:
        return moonsPoint(label, random);
    case ToySet::Spiral:
        return spiralPoint(label, random);
    }
    return {0.0, 0.0};
}

const ToySetRow* rowNamed(std::string_view source)
{
    const auto row = std::ranges::find(toySetTable, source.substr(0, source.find(':')), &ToySetRow::name);
    return row == toySetTable.end() ? nullptr : &*row;
}

constexpr std::size_t fewestSamples = 2; // one of each class
constexpr std::size_t mostSamples = 1'000'000;
constexpr double mostNoise = 1.0;

template <typename Number>
bool readNumber(std::string_view text, Number least, Number most, Number& number)
{
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end && number >= least && number <= most;
}

} // namespace

ToyOptions toyDefaults(ToySet set)
{
    return {set, builtInSamples, toySetRow(set).noise, builtInSeed};
}

bool isToySource(std::string_view source)
{
    return rowNamed(source) != nullptr;
}

Result<ToyOptions> parseToySource(const std::string& source)
{
    const Message what{MessageId::dataSet, inQuotes(source)};
    ToyOptions options = toyDefaults(rowNamed(source)->set);
    const std::size_t colon = source.find(':');
    if (colon == std::string::npos)
        return options;
    const Message mend{MessageId::writeToyAs, source.substr(0, colon)};
    std::vector<std::string_view> seen;
    std::string_view rest = std::string_view(source).substr(colon);
    while (!rest.empty()) {
        rest.remove_prefix(1); // the colon or a comma
        const std::string_view option = rest.substr(0, rest.find(','));
        rest.remove_prefix(option.size());
        const std::size_t equals = std::min(option.find('='), option.size());
        const std::string_view name = option.substr(0, equals);
        const std::string_view value = option.substr(std::min(equals + 1, option.size()));
        if (std::ranges::find(seen, name) != seen.end())
            return Error{what, {MessageId::optionTwice, inQuotes(name)}, mend};
        seen.push_back(name);
        const auto outOfRange = [&](const Message& range) {
            return Error{what, {MessageId::optionOutside, name, range, inQuotes(value)}, mend};
        };
        if (name == "samples") {
            if (!readNumber(value, fewestSamples, mostSamples, options.samples))
                return outOfRange({MessageId::wholeNumberFrom, "2", "1,000,000"});
        } else if (name == "noise") {
            if (!readNumber(value, 0.0, mostNoise, options.noise))
                return outOfRange({MessageId::numberFrom, "0", "1"});
            options.noise += 0.0; // no -0
        } else if (name == "seed") {
            if (!readNumber(value, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(), options.seed))
                return outOfRange({MessageId::wholeNumberFrom, "0", "2^64 - 1"});
        } else {
            return Error{what, {MessageId::noToyOption, inQuotes(name)}, mend};
        }
    }
    return options;
}

std::string toySource(const ToyOptions& options)
{
    const ToyOptions defaults = toyDefaults(options.set);
    std::string source(toySetRow(options.set).name);
    char before = ':';
    const auto add = [&](bool isDefault, const char* name, const std::string& value) {
        if (!isDefault)
            source += std::exchange(before, ',') + (name + ('=' + value));
    };
    add(options.samples == defaults.samples, "samples", std::to_string(options.samples));
    add(options.noise == defaults.noise, "noise", shortestNumber(options.noise));
    add(options.seed == defaults.seed, "seed", std::to_string(options.seed));
    return source;
}

Dataset makeToySet(const ToyOptions& options)
{
    Dataset data = makeToySet(options.set, options.samples, options.noise, options.seed);
    data.source = toySource(options);
    return data;
}

Dataset makeToySet(ToySet set, std::size_t count, double noise, std::uint64_t seed)
{
    Dataset data;
    const ToySetRow& row = toySetRow(set);
    data.name = row.title;
    data.source = row.name;
    data.classNames.assign(row.classes.begin(), row.classes.end());
    data.width = 2;
    data.height = 1;
    data.classes = 2;
    data.official.training = count;
    data.features.reserve(2 * count);
    data.labels.reserve(count);

    Random random = makeRandom(seed);
    for (std::size_t i = 0; i < count; ++i) {
        const int label = static_cast<int>(i % 2);
        const Point point = drawPoint(set, label, random);
        // One after the other: within one expression the compiler might draw them in either order.
        const double noiseX = noise * normal(random);
        const double noiseY = noise * normal(random);
        data.features.push_back(static_cast<float>(point.x + noiseX));
        data.features.push_back(static_cast<float>(point.y + noiseY));
        data.labels.push_back(static_cast<std::uint8_t>(label));
    }
    return data;
}

} // namespace chainrule
