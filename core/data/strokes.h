// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// Where a pen was: in any unit, x to the right, y downwards.
struct StrokePoint {
    double x = 0.0;
    double y = 0.0;
    bool operator==(const StrokePoint&) const = default;
};

/// From where the pen was put down to where it was lifted.
using Stroke = std::vector<StrokePoint>;

/// One drawing, and what its writer says it is.
struct StrokeSample {
    std::vector<Stroke> strokes;
    std::optional<int> label; ///< the class, from 0 on
    bool operator==(const StrokeSample&) const = default;
};

inline constexpr std::size_t maximumStrokeLine = 4'000'000; ///< bytes of one line
inline constexpr std::size_t maximumStrokePoints = 100'000; ///< of one drawing
inline constexpr double maximumCoordinate = 1e9;            ///< magnitude
inline constexpr int maximumStrokeLabel = 255;

/// Reads one line, {"strokes":[[[x,y],...],...],"label":3}; the label may be missing or null, other members
/// are passed over, and a point may have more numbers after the first two (pressure, time). `name` is what
/// the error calls the line, for instance "digits.jsonl:3". Fails on what is not JSON, on missing or
/// malformed strokes, on numbers that are not finite or beyond the limits above, and where there is no point.
[[nodiscard]] Result<StrokeSample> readStrokeLine(std::string_view line, const std::string& name);

/// The line, without a line feed, that readStrokeLine() reads back the same; coordinates must be finite.
[[nodiscard]] std::string writeStrokeLine(const StrokeSample& sample);

} // namespace chainrule
