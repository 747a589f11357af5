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

/// A column of a table of features.
struct FeatureColumn {
    std::string name;
    double least = 0.0; ///< this and the others in the table's own numbers
    double largest = 0.0;
    double mean = 0.0; ///< this and the deviation are what the features were brought to 0 and 1 by: those
                       ///< of all rows, to be looked at, until a network's own are known (withScale())
    double deviation = 0.0; ///< root of the mean square; where it is 0, the features are
};

/// How those who published a set divided it. Its samples are in this order: those of the training file, those
/// of the validation file where there is one, and behind them those of the test file; a set that is one file
/// has all of them in the training file.
struct OfficialSplit {
    std::size_t training = 0;
    std::size_t validation = 0;
    bool operator==(const OfficialSplit&) const = default;
};

/// Samples with their targets in one pool. Images are kept as bytes, 0 (black) to 255 (white ink), and become
/// numbers in [0, 1] when a sample is copied out; toy sets and tables keep real features instead. Targets are
/// classes (labels), or else amounts: then every label is 0 and there are no classes.
struct Dataset {
    std::string name;   ///< for people: "MNIST", "Built-in digits", a folder's name
    std::string source; ///< for --data: "mnist", "digits", a folder's or a file's path, "xor:noise=0.1", ...
    int width = 0;      ///< of an image; a toy set has the width of its feature count and height 1
    int height = 0;
    int classes = 0;
    std::vector<std::string> classNames;  ///< one for each class
    std::vector<std::uint8_t> pixels;     ///< images one after the other, row by row; or empty
    std::vector<float> features;          ///< of toy sets and tables, sample by sample; or empty
    std::vector<double> measured;         ///< a table's own numbers, which became the features; or empty
    std::vector<std::uint8_t> labels;     ///< one for each sample
    std::vector<float> amounts;           ///< targetCount() for each sample, sample by sample; or empty
    std::vector<std::string> targetNames; ///< one for each amount of a sample; empty where there are classes
    OfficialSplit official;
    std::vector<FeatureColumn> columns; ///< one for each feature of a table; empty where there is no table
    std::string note;                   ///< what a person should know about how it was read; mostly empty
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

/// Whether what is to be learned are amounts, not classes.
[[nodiscard]] inline bool hasAmounts(const Dataset& data)
{
    return !data.amounts.empty();
}

/// How many amounts each sample has; 0 where it has a class.
[[nodiscard]] inline std::size_t targetCount(const Dataset& data)
{
    return data.targetNames.size();
}

/// Where the test file's samples begin: sampleCount() in a set that is one file.
[[nodiscard]] inline std::size_t firstTestSample(const Dataset& data)
{
    return std::min(data.official.training + data.official.validation, sampleCount(data));
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

/// What each of a network's outputs is to be for this sample: its amounts; else the class itself for a single
/// output, and for several 1 at the class and 0 elsewhere.
template <typename T>
void copyTargets(const Dataset& data, std::size_t sample, std::span<T> out)
{
    if (hasAmounts(data)) {
        assert(out.size() == targetCount(data));
        const float* from = data.amounts.data() + sample * out.size();
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<T>(from[i]);
    } else if (out.size() == 1) {
        out[0] = static_cast<T>(data.labels[sample]);
    } else {
        std::fill(out.begin(), out.end(), T(0));
        out[data.labels[sample]] = T(1);
    }
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
