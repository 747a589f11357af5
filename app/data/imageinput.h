// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/formats/modelfile.h"

#include <string>

namespace chainrule {

/// How an image file becomes the inputs of a saved network.
struct ImageInput {
    bool isDigit = true; ///< its ink is found and prepared as MNIST's digits were; else preparedImage()
    int width = 28;      ///< of what the network reads, in pixels
    int height = 28;
};

/// What the images were that a model learned from: digits, or images of one's own, which are prepared as
/// those of loadImageFolder() are. Digits are images of 28 x 28 whose classes have no names but their
/// numbers, of the model and of its images alike. Looks at `data` (what --data can name; empty: what the
/// model's settings name), as a model's file does not hold the images' width and height; of a folder of
/// images only their headers are read. Where that source is gone, a network from 28 x 28 inputs to ten
/// classes that are numbers is taken to read digits. Fails where the size cannot be known, does not fit the
/// network, or the network reads no images. `name` is the model's, for messages.
[[nodiscard]] Result<ImageInput> imageInputOf(const ModelFile& model, const std::string& name,
                                              const std::string& data);

} // namespace chainrule
