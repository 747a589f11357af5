// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/inkimage.h"

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

/// One drawing, and what its writer says it is. Drawings made here lie on a square canvas whose side is 1,
/// with a pen of a known width, perhaps over a picture; others come without a pen, in any unit.
struct StrokeSample {
    std::vector<Stroke> strokes;
    std::optional<int> label{}; ///< the class, from 0 on
    /// For each stroke the width of its pen as a share of the canvas, negative where it erases; or empty.
    std::vector<double> pens{};
    InkImage picture{}; ///< what lies on the canvas under the strokes; without pixels where nothing does
    bool operator==(const StrokeSample&) const = default;
};

inline constexpr std::size_t maximumStrokeLine = 4'000'000; ///< bytes of one line
inline constexpr std::size_t maximumStrokePoints = 100'000; ///< of one drawing
inline constexpr double maximumCoordinate = 1e9;            ///< magnitude
inline constexpr int maximumStrokeLabel = 255;
inline constexpr double thinnestPen = 0.005; ///< as a share of the canvas
inline constexpr double widestPen = 0.5;
inline constexpr int maximumPicturePixels = 1024 * 1024; ///< of a drawing's picture

/// Reads one line, {"strokes":[[[x,y],...],...],"label":3}; the label may be missing or null, other members
/// are passed over, and a point may have more numbers after the first two (pressure, time). Drawings made
/// here have "pens":[0.09,...], and perhaps "picture":{"width":...,"height":...,"ink":"..."}, the ink's bytes
/// packed by zlib and written in base64. `name` is what the error calls the line, for instance
/// "digits.jsonl:3". Fails on what is not JSON, on missing or malformed members, on numbers that are not
/// finite or beyond the limits above, and where there is neither a point nor a picture.
[[nodiscard]] Result<StrokeSample> readStrokeLine(std::string_view line, const std::string& name);

/// The line, without a line feed, that readStrokeLine() reads back the same; coordinates must be finite.
[[nodiscard]] std::string writeStrokeLine(const StrokeSample& sample);

} // namespace chainrule
