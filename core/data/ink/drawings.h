// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/data/ink/strokes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

inline constexpr std::size_t maximumDrawings = 100'000; ///< of one file

/// Hands over the drawing of every line of a file, as readStrokeLine() reads it, or why there is none, and
/// how an error calls the line: "FILE:LINE". Empty lines are passed over. Fails where the file cannot be
/// read.
[[nodiscard]] Result<void>
readDrawingLines(const std::string& path,
                 const std::function<void(Result<StrokeSample> drawing, const std::string& name)>& take);

/// All drawings of a file. Fails where it cannot be read, has too many, or a line is not a drawing.
[[nodiscard]] Result<std::vector<StrokeSample>> readDrawings(const std::string& path);

/// Drawings as a network sees them, prepared as MNIST was, and what they are.
struct DrawnImages {
    std::vector<std::uint8_t> pixels; ///< 28 x 28 each
    std::vector<std::uint8_t> labels;
};

/// Prepares drawings for training. `source` is what an error calls them. Fails where one has no label, or
/// cannot be prepared.
[[nodiscard]] Result<DrawnImages> drawnImages(std::span<const StrokeSample> drawings,
                                              const std::string& source);

/// The data with drawings behind their own samples. Fails where the data are no images of 28 x 28, and where
/// a label is none of their classes.
[[nodiscard]] Result<Dataset> withDrawings(const Dataset& data, const DrawnImages& drawings,
                                           const std::string& source);

} // namespace chainrule
