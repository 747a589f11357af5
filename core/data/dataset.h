// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// Labelled samples in one pool. Images are kept as bytes, 0 (black) to 255 (white ink), and become
/// numbers in [0, 1] when a sample is copied out; toy sets keep real features instead.
struct Dataset {
    std::string name;   ///< for people: "MNIST", "Built-in digits", a folder's name
    std::string source; ///< for --data: "mnist", "digits", a folder's path, "xor", ...
    int width = 0;      ///< of an image; a toy set has the width of its feature count and height 1
    int height = 0;
    int classes = 0;
    std::vector<std::string> classNames; ///< one for each class
    std::vector<std::uint8_t> pixels;    ///< images one after the other, row by row; or empty
    std::vector<float> features;         ///< of toy sets, sample by sample; or empty
    std::vector<std::uint8_t> labels;    ///< one for each sample
    std::size_t trainingFileSamples = 0; ///< how many samples, from the first, are the training file's
};

[[nodiscard]] inline int inputCount(const Dataset& data)
{
    return data.width * data.height;
}

[[nodiscard]] inline std::size_t sampleCount(const Dataset& data)
{
    return data.labels.size();
}

[[nodiscard]] inline bool isImageSet(const Dataset& data)
{
    return !data.pixels.empty();
}

/// The bytes of one image, row by row.
[[nodiscard]] inline std::span<const std::uint8_t> image(const Dataset& data, std::size_t sample)
{
    const auto size = static_cast<std::size_t>(inputCount(data));
    return std::span(data.pixels).subspan(sample * size, size);
}

/// Copies a sample's inputs to `out`, which holds inputCount() numbers; pixels are divided by 255.
template <typename T>
void copySample(const Dataset& data, std::size_t sample, T* out)
{
    assert(sample < sampleCount(data));
    const auto size = static_cast<std::size_t>(inputCount(data));
    if (isImageSet(data)) {
        const std::uint8_t* from = data.pixels.data() + sample * size;
        for (std::size_t i = 0; i < size; ++i)
            out[i] = static_cast<T>(from[i]) / static_cast<T>(255);
    } else {
        const float* from = data.features.data() + sample * size;
        for (std::size_t i = 0; i < size; ++i)
            out[i] = static_cast<T>(from[i]);
    }
}

} // namespace chainrule
