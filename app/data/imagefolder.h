// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/memory.h"
#include "core/base/result.h"
#include "core/data/dataset.h"

#include <QSize>

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

class QImage;

namespace chainrule {

/// Images of one size up to this many pixels stay as they are.
inline constexpr int mostImagePixels = 128 * 128;
/// Longer side of larger images of one size, once they are read.
inline constexpr int largeImageSide = 64;
/// Sides of images of different sizes, once they are read.
inline constexpr int mixedImageSide = 28;

/// Whether a folder is to be read by loadImageFolder(): it has no IDX files. That also says what is amiss
/// with folders of loose images and empty ones.
[[nodiscard]] bool looksLikeImageFolder(const std::string& folder);

/// Reads a folder that has a folder of images for each class: the folders' names, in natural order, are the
/// classes' names, the files in them (of any format that Qt knows; of animated ones the first picture) the
/// samples, in natural order too, one of each class in turn. Folders within those are not looked into.
///
/// Pixels become grey and keep their brightness, 0 black and 255 white; what is transparent lies on white.
/// Images of one size of at most mostImagePixels keep it, larger ones are shrunk to largeImageSide; images of
/// different sizes are scaled into mixedImageSide squares, their shape kept, the rest filled with the grey
/// that most of their border has.
///
/// Files that cannot be read as images are left out, and Dataset::note says how many. Fails where fewer than
/// two classes or more than 256 are left, or where the samples would not fit into what is `available`, which
/// is found out before any is decoded. Stopped, it gives up with an error.
[[nodiscard]] Result<Dataset> loadImageFolder(const std::string& folder, const std::stop_token& stop = {},
                                              std::uint64_t available = availableMemory());

/// Width and height that loadImageFolder() gives the images of a folder; none is decoded for that.
[[nodiscard]] Result<QSize> imageFolderSize(const std::string& folder, const std::stop_token& stop = {});

/// An image as loadImageFolder() prepares it where all become width x height: its bytes row by row, 0 black
/// and 255 white; none where it is null or there was not enough memory.
[[nodiscard]] std::vector<std::uint8_t> preparedImage(const QImage& image, int width, int height);

} // namespace chainrule
