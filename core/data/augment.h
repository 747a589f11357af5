// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chainrule {

/// How far an image is changed at the most. Pixels are those of an image of 28 on its shorter side; others
/// are changed in proportion.
struct AugmentStrength {
    double shift = 2.0;     ///< pixels, either way
    double rotation = 12.0; ///< degrees, either way
    double scale = 0.12;    ///< share of the size, larger or smaller, each side by itself
    double shear = 0.12;    ///< sideways for each pixel upwards
    double elastic = 0.3;   ///< deviation in pixels of a smooth random displacement; more harms pen strokes
};

/// The deformations of one epoch: tables of where each pixel of the new image comes from. Samples share them,
/// which makes them cheap; each sample is moved by whole pixels besides.
struct Augmentation {
    /// Where four neighbouring pixels of the padded image begin, and how to weight them, in sixteenths.
    struct Tap {
        std::uint32_t offset = 0;
        std::uint16_t right = 0; ///< weight of the right ones
        std::uint16_t below = 0; ///< weight of the lower ones
    };
    int width = 0; ///< of an image
    int height = 0;
    int margin = 0;     ///< pixels of paper around the padded image
    int wholeShift = 0; ///< each sample is moved by as much at the most
    std::uint64_t seed = 0;
    std::uint64_t epoch = 0;
    std::vector<Tap> taps; ///< table after table, each width * height
};

/// The tables of one epoch for images of this size, at most as many as there are `samples`. They depend on
/// the seed and the epoch only, and are the same everywhere.
[[nodiscard]] Augmentation makeAugmentation(int width, int height, std::size_t samples, std::uint64_t seed,
                                            std::uint64_t epoch, const AugmentStrength& strength = {});

/// The bytes that augment() needs for its work.
[[nodiscard]] std::size_t paddedSize(const Augmentation& augmentation);

/// Writes the sample's deformed image to `out` (width * height bytes, as `image`): its table and its shift
/// depend on the seed, the epoch and the sample's number only. `padded` has paddedSize() bytes that were 0
/// when it was first used.
void augment(const Augmentation& augmentation, std::span<const std::uint8_t> image, std::uint32_t sample,
             std::span<std::uint8_t> padded, std::span<std::uint8_t> out);

} // namespace chainrule
