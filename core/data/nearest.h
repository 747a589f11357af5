// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace chainrule {

/// A sample and how far its image is from the one asked for.
struct NearImage {
    std::uint32_t sample = 0;
    double distance = 0.0; ///< Euclidean, of pixels in [0, 1]
};

/// The `count` samples whose images are nearest, the nearest first; of equally near ones the one that comes
/// first in `samples`. `data` is an image set and `image` has the size of its images. Looks at every sample,
/// and gives nothing where it is stopped before the end.
[[nodiscard]] std::vector<NearImage> nearestImages(const Dataset& data,
                                                   std::span<const std::uint32_t> samples,
                                                   std::span<const std::uint8_t> image, std::size_t count,
                                                   const std::stop_token& stop = {});

} // namespace chainrule
