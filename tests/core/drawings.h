// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/ink/digitimage.h"
#include "core/data/ink/strokes.h"
#include "core/data/photo/pictureink.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

// Drawings for the tests of what a network gets to see.
namespace chainrule::tests {

/// Digits as somebody may draw them, in a box about 60 wide and 100 high, y downwards.
inline std::vector<std::vector<Stroke>> drawnDigits()
{
    return {
        {{{30, 0}, {8, 15}, {0, 50}, {10, 88}, {32, 100}, {52, 85}, {60, 48}, {50, 12}, {30, 0}}},
        {{{10, 20}, {30, 0}, {30, 50}, {30, 100}}},
        {{{2, 22}, {15, 3}, {38, 0}, {55, 18}, {48, 42}, {20, 75}, {0, 100}, {30, 98}, {60, 99}}},
        {{{4, 12}, {25, 0}, {50, 10}, {50, 32}, {28, 46}, {52, 58}, {58, 80}, {34, 100}, {4, 90}}},
        {{{12, 0}, {6, 30}, {0, 58}, {30, 56}, {60, 54}}, {{42, 30}, {42, 65}, {40, 100}}},
        {{{8, 2}, {6, 25}, {4, 45}, {30, 40}, {54, 56}, {52, 85}, {28, 100}, {2, 90}}, {{8, 2}, {52, 0}}},
        {{{44, 0}, {18, 25}, {2, 62}, {12, 94}, {36, 100}, {54, 80}, {42, 58}, {16, 62}, {4, 76}}},
        {{{0, 4}, {30, 2}, {60, 0}, {42, 45}, {24, 100}}},
        {{{46, 12},
          {26, 0},
          {8, 14},
          {20, 40},
          {48, 64},
          {50, 90},
          {26, 100},
          {4, 86},
          {14, 58},
          {44, 34},
          {46, 12}}},
        {{{52, 20}, {32, 0}, {8, 14}, {10, 40}, {34, 48}, {50, 30}, {52, 20}, {50, 60}, {40, 100}}},
    };
}

inline InkImage emptyInk(int width, int height)
{
    return {width, height,
            std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
}

inline std::uint8_t& pixel(InkImage& ink, int x, int y)
{
    return ink
        .ink[static_cast<std::size_t>(y) * static_cast<std::size_t>(ink.width) + static_cast<std::size_t>(x)];
}

inline void fillRectangle(InkImage& ink, int left, int top, int width, int height, std::uint8_t value = 255)
{
    for (int y = top; y < top + height; ++y)
        for (int x = left; x < left + width; ++x)
            pixel(ink, x, y) = value;
}

/// Mean magnitude of the difference, in shares of full ink, over the pixels where either has ink.
inline double difference(const DigitImage& a, const DigitImage& b)
{
    double sum = 0.0;
    int count = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += std::abs(int{a[i]} - int{b[i]}) / 255.0;
        count += a[i] > 0 || b[i] > 0 ? 1 : 0;
    }
    return count > 0 ? sum / count : 0.0;
}

/// The ink's centre of mass in pixel indices.
struct Centre {
    double x = 0.0;
    double y = 0.0;
};

inline Centre centreOf(const DigitImage& image)
{
    Centre centre;
    double mass = 0.0;
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            const double value = image[static_cast<std::size_t>(y * 28 + x)];
            mass += value;
            centre.x += value * x;
            centre.y += value * y;
        }
    }
    return {centre.x / mass, centre.y / mass};
}

/// The ink as a picture: full ink has the colour `ink`, paper the colour `paper` (grey levels); both opaque.
inline std::vector<std::uint8_t> painted(const InkImage& from, int ink, int paper)
{
    std::vector<std::uint8_t> rgba;
    for (const std::uint8_t value : from.ink) {
        const auto level = static_cast<std::uint8_t>(std::lround(paper + (ink - paper) * value / 255.0));
        rgba.insert(rgba.end(), {level, level, level, 255});
    }
    return rgba;
}

} // namespace chainrule::tests
