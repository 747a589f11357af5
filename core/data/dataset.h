// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// A column of a table of features, which were brought to mean 0 and deviation 1.
struct FeatureColumn {
    std::string name;
    double least = 0.0; ///< this and the others in the table's own numbers
    double largest = 0.0;
    double mean = 0.0;      ///< this and the deviation are what the features were brought to 0 and 1 by: the
                            ///< table's own, or those of a model (withScale())
    double deviation = 0.0; ///< root of the mean square; where it is 0, the features are
};

/// Labelled samples in one pool. Images are kept as bytes, 0 (black) to 255 (white ink), and become
/// numbers in [0, 1] when a sample is copied out; toy sets and tables keep real features instead.
struct Dataset {
    std::string name;   ///< for people: "MNIST", "Built-in digits", a folder's name
    std::string source; ///< for --data: "mnist", "digits", a folder's or a file's path, "xor", ...
    int width = 0;      ///< of an image; a toy set has the width of its feature count and height 1
    int height = 0;
    int classes = 0;
    std::vector<std::string> classNames; ///< one for each class
    std::vector<std::uint8_t> pixels;    ///< images one after the other, row by row; or empty
    std::vector<float> features;         ///< of toy sets and tables, sample by sample; or empty
    std::vector<float> measured;         ///< a table's own numbers, which became the features; or empty
    std::vector<std::uint8_t> labels;    ///< one for each sample
    std::size_t trainingFileSamples = 0; ///< how many samples, from the first, are the training file's
    std::vector<FeatureColumn> columns;  ///< one for each feature of a table; empty where there is no table
    std::string note;                    ///< what a person should know about how it was read; mostly empty
};

inline constexpr int maximumClasses = 256; ///< of a set: labels are bytes

/// A class's name, its number where it has none.
[[nodiscard]] inline std::string className(const Dataset& data, int label)
{
    const auto index = static_cast<std::size_t>(label);
    return label >= 0 && index < data.classNames.size() ? data.classNames[index] : std::to_string(label);
}

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

/// What a byte of an image stands for.
template <typename T>
inline constexpr std::array<T, 256> pixelNumbers = [] {
    std::array<T, 256> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<T>(i) / static_cast<T>(255);
    return numbers;
}();

/// Copies a sample's inputs to `out`, which holds inputCount() numbers; pixels are divided by 255.
template <typename T>
void copySample(const Dataset& data, std::size_t sample, T* out)
{
    assert(sample < sampleCount(data));
    const auto size = static_cast<std::size_t>(inputCount(data));
    if (isImageSet(data)) {
        const std::uint8_t* from = data.pixels.data() + sample * size;
        std::size_t i = 0;
        for (; i + 8 <= size; i += 8) { // most of a picture is background, eight bytes of which are one 0
            std::uint64_t word = 0;
            std::memcpy(&word, from + i, sizeof word);
            if (word == 0) {
                std::fill_n(out + i, 8, T(0));
            } else {
                for (std::size_t k = i; k < i + 8; ++k)
                    out[k] = pixelNumbers<T>[from[k]];
            }
        }
        for (; i < size; ++i)
            out[i] = pixelNumbers<T>[from[i]];
    } else {
        const float* from = data.features.data() + sample * size;
        for (std::size_t i = 0; i < size; ++i)
            out[i] = static_cast<T>(from[i]);
    }
}

} // namespace chainrule
