// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/toydata.h"

#include "core/base/random.h"

#include <cmath>
#include <numbers>

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
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

// scikit-learn's make_moons, (cos t, sin t) and (1 - cos t, 1/2 - sin t), moved and shrunk evenly from
// [-1, 2] x [-1/2, 1] into the square.
Point moonsPoint(int label, Random& random)
{
    constexpr double shrink = 0.6;
    const double angle = uniform(random, 0.0, std::numbers::pi);
    const double x = label == 1 ? 1.0 - std::cos(angle) : std::cos(angle);
    const double y = label == 1 ? 0.5 - std::sin(angle) : std::sin(angle);
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
    return {radius * std::sin(angle), radius * std::cos(angle)};
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

void describe(ToySet set, Dataset& data)
{
    switch (set) {
    case ToySet::Xor:
        data.name = "XOR";
        data.source = "xor";
        data.classNames = {"0", "1"};
        return;
    case ToySet::Circles:
        data.name = "Circles";
        data.source = "circles";
        data.classNames = {"outer", "inner"};
        return;
    case ToySet::Moons:
        data.name = "Moons";
        data.source = "moons";
        data.classNames = {"upper", "lower"};
        return;
    case ToySet::Spiral:
        data.name = "Spiral";
        data.source = "spiral";
        data.classNames = {"0", "1"};
        return;
    }
}

} // namespace

Dataset makeToySet(ToySet set, std::size_t count, double noise, std::uint64_t seed)
{
    Dataset data;
    describe(set, data);
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
