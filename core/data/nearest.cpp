// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/nearest.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace chainrule {

namespace {

constexpr std::size_t samplesBetweenStops = 1024;
constexpr std::size_t blockSize = 8192; // pixels whose squares an unsigned 32-bit sum surely holds

std::uint64_t squaredDistance(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b)
{
    std::uint64_t total = 0;
    for (std::size_t begin = 0; begin < a.size(); begin += blockSize) {
        const std::size_t end = std::min(a.size(), begin + blockSize);
        std::uint32_t sum = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const int difference = int{a[i]} - int{b[i]};
            sum += static_cast<std::uint32_t>(difference * difference);
        }
        total += sum;
    }
    return total;
}

} // namespace

std::vector<NearImage> nearestImages(const Dataset& data, std::span<const std::uint32_t> samples,
                                     std::span<const std::uint8_t> image, std::size_t count,
                                     const std::stop_token& stop)
{
    assert(isImageSet(data) && image.size() == static_cast<std::size_t>(inputCount(data)));
    struct Found {
        std::uint64_t distance;
        std::uint32_t sample;
    };
    std::vector<Found> nearest; // sorted, at most `count`
    for (std::size_t i = 0; count > 0 && i < samples.size(); ++i) {
        if (i % samplesBetweenStops == 0 && stop.stop_requested())
            return {};
        const std::uint64_t distance = squaredDistance(chainrule::image(data, samples[i]), image);
        if (nearest.size() == count && distance >= nearest.back().distance)
            continue;
        if (nearest.size() == count)
            nearest.pop_back();
        const auto place =
            std::upper_bound(nearest.begin(), nearest.end(), distance,
                             [](std::uint64_t d, const Found& found) { return d < found.distance; });
        nearest.insert(place, {distance, samples[i]});
    }
    std::vector<NearImage> result;
    for (const Found& found : nearest)
        result.push_back({found.sample, std::sqrt(static_cast<double>(found.distance)) / 255.0});
    return result;
}

} // namespace chainrule
