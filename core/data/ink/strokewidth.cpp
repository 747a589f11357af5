// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/strokewidth.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace chainrule {

namespace {

// The squared distance of every place of a line to the nearest seed, where `line` holds each place's own
// squared distance in the other direction (Felzenszwalb and Huttenlocher, "Distance transforms of sampled
// functions", 2012).
struct DistanceLine {
    std::vector<float> input;
    std::vector<int> sites;
    std::vector<float> bounds;
};

void transformLine(DistanceLine& work, float* line, int count, std::size_t stride)
{
    constexpr float infinity = std::numeric_limits<float>::infinity();
    work.input.resize(static_cast<std::size_t>(count));
    work.sites.resize(static_cast<std::size_t>(count));
    work.bounds.resize(static_cast<std::size_t>(count) + 1);
    for (int i = 0; i < count; ++i)
        work.input[static_cast<std::size_t>(i)] = line[static_cast<std::size_t>(i) * stride];
    const auto height = [&](int i) { return work.input[static_cast<std::size_t>(i)]; };
    const auto site = [&](int k) -> int& { return work.sites[static_cast<std::size_t>(k)]; };
    const auto bound = [&](int k) -> float& { return work.bounds[static_cast<std::size_t>(k)]; };
    int top = -1;
    for (int i = 0; i < count; ++i) {
        if (height(i) == infinity)
            continue;
        float crossing = -infinity;
        while (top >= 0) {
            const int other = site(top);
            const auto fi = static_cast<float>(i);
            const auto fo = static_cast<float>(other);
            crossing = (height(i) + fi * fi - height(other) - fo * fo) / (2.0F * (fi - fo));
            if (crossing > bound(top))
                break;
            --top;
            crossing = -infinity;
        }
        ++top;
        site(top) = i;
        bound(top) = crossing;
        bound(top + 1) = infinity;
    }
    if (top < 0)
        return;
    int k = 0;
    for (int i = 0; i < count; ++i) {
        while (bound(k + 1) < static_cast<float>(i))
            ++k;
        const auto apart = static_cast<float>(i - site(k));
        line[static_cast<std::size_t>(i) * stride] = apart * apart + height(site(k));
    }
}

// The distance of every pixel's centre to the nearest pixel that is ink (or, with `paper`, that is not).
Grey distanceTo(const Grey& ink, bool paper)
{
    Grey distance = ink;
    for (float& value : distance.values)
        value = (value >= 0.5F) != paper ? 0.0F : std::numeric_limits<float>::infinity();
    DistanceLine work;
    for (int x = 0; x < ink.width; ++x)
        transformLine(work, distance.values.data() + x, ink.height, static_cast<std::size_t>(ink.width));
    for (int y = 0; y < ink.height; ++y)
        transformLine(work, distance.values.data() + index(distance, 0, y), ink.width, 1);
    for (float& value : distance.values)
        value = std::sqrt(value);
    return distance;
}

} // namespace

double strokeWidth(const Grey& ink)
{
    double area = 0.0;
    double edge = 0.0;
    const auto width = static_cast<std::size_t>(ink.width);
    std::vector<float> slopes(width);
    for (int y = 0; y + 1 < ink.height; ++y) {
        const float* const row = ink.values.data() + static_cast<std::size_t>(y) * width;
        const float* const next = row + width;
        for (std::size_t x = 0; x + 1 < width; ++x) {
            const float gx = row[x + 1] - row[x] + next[x + 1] - next[x];
            const float gy = next[x] - row[x] + next[x + 1] - row[x + 1];
            slopes[x] = 0.25F * (gx * gx + gy * gy);
        }
        for (std::size_t x = 0; x + 1 < width; ++x) {
            // Most of a drawing is paper or the inside of a stroke.
            if (slopes[x] > 0.0F)
                edge += static_cast<double>(std::sqrt(slopes[x]));
            area += static_cast<double>(row[x]);
        }
    }
    return edge > 0.0 ? 2.0 * area / edge : 0.0;
}

void moveEdge(Grey& ink, double grow)
{
    const Grey outside = distanceTo(ink, false);
    const Grey inside = distanceTo(ink, true);
    for (std::size_t i = 0; i < ink.values.size(); ++i) {
        // Half a pixel lies between a centre and the edge next to it; what the pixel's own value says of the
        // edge's place within it is kept.
        const bool isInk = ink.values[i] >= 0.5F;
        const float depth = isInk ? inside.values[i] - 0.5F : 0.5F - outside.values[i];
        ink.values[i] = std::clamp(depth + static_cast<float>(grow) + 0.5F, 0.0F, 1.0F);
    }
}

} // namespace chainrule
