// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/digitimage.h"

#include <QImage>
#include <QString>

#include <functional>
#include <optional>
#include <string>

namespace chainrule {

/// The ink in an image of any format that Qt knows, found as findInk() says; what has more bits or fewer than
/// eight a channel becomes eight. Fails as findInk() does.
[[nodiscard]] Result<InkImage> inkOf(const QImage& image);

/// Reads an image file, of an animated one the first picture. Fails where it cannot be read, is no image, or
/// would need more than maximumImageMegabytes.
[[nodiscard]] Result<QImage> readImage(const QString& path);

inline constexpr int maximumImageMegabytes = 512;

/// One thing to be classified: an image file, or a line of strokes.
struct DigitSource {
    std::string name;         ///< "FILE", or "FILE:LINE"
    Result<InkImage> ink;     ///< or why there is none
    std::optional<int> label; ///< where the line has one
};

/// Whether a file is read as lines of strokes: its name ends in .jsonl.
[[nodiscard]] bool isStrokeFile(const QString& path);

/// Hands over everything in a file in its order: one image, or the drawing of every line that is not empty.
/// What cannot be read is handed over as an error and does not keep the rest back.
void readDigits(const QString& path, const std::function<void(DigitSource)>& take);

} // namespace chainrule
