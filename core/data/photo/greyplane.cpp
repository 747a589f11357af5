// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/photo/greyplane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace chainrule {

int stepTo(double pixels, int width, int height)
{
    const double each = static_cast<double>(width) * static_cast<double>(height) / pixels;
    return std::max(1, static_cast<int>(std::ceil(std::sqrt(each) - 1e-9)));
}

float quantile(std::vector<float> values, double share)
{
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

Grey shrink(const Grey& grey, int step)
{
    Grey small = emptyGrey((grey.width + step - 1) / step, (grey.height + step - 1) / step);
    std::vector<float> counts(small.values.size());
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x) {
            const std::size_t to = index(small, x / step, y / step);
            small.values[to] += grey.values[index(grey, x, y)];
            counts[to] += 1.0F;
        }
    }
    for (std::size_t i = 0; i < counts.size(); ++i)
        small.values[i] /= counts[i];
    return small;
}

Grey everyNth(const Grey& grey, int step)
{
    Grey some{(grey.width + step - 1) / step, (grey.height + step - 1) / step, {}};
    some.values.reserve(static_cast<std::size_t>(some.width) * static_cast<std::size_t>(some.height));
    for (int y = 0; y < grey.height; y += step)
        for (int x = 0; x < grey.width; x += step)
            some.values.push_back(grey.values[index(grey, x, y)]);
    return some;
}

namespace {

// Fills in the pixels of one group.
void groupQuantiles(std::vector<Grey>& all, const std::vector<std::uint8_t>& bins, const Groups& groups,
                    std::uint8_t group, float low, float binSize, int reach,
                    const std::vector<double>& shares)
{
    const Grey& first = all.front();
    const auto isMember = [&](std::size_t i) { return groups.empty() || groups[i] == group; };
    for (int y = 0; y < first.height; ++y) {
        const int top = std::max(0, y - reach);
        const int bottom = std::min(first.height - 1, y + reach);
        std::array<int, 256> histogram{};
        int count = 0;
        const auto change = [&](int x, int by) {
            if (x < 0 || x >= first.width)
                return;
            for (int row = top; row <= bottom; ++row) {
                const std::size_t i = index(first, x, row);
                if (isMember(i)) {
                    histogram[bins[i]] += by;
                    count += by;
                }
            }
        };
        for (int x = 0; x < std::min(reach, first.width); ++x)
            change(x, 1);
        for (int x = 0; x < first.width; ++x) {
            change(x + reach, 1);
            change(x - reach - 1, -1);
            const std::size_t i = index(first, x, y);
            for (std::size_t k = 0; k < shares.size() && isMember(i); ++k) {
                const auto wanted = static_cast<int>(shares[k] * (count - 1));
                int seen = 0;
                std::size_t bin = 0;
                while (seen + histogram[bin] <= wanted)
                    seen += histogram[bin++];
                all[k].values[i] = low + binSize * static_cast<float>(bin);
            }
        }
    }
}

} // namespace

std::vector<Grey> localQuantiles(const Grey& grey, int reach, const std::vector<double>& shares,
                                 const Groups& groups)
{
    std::vector<Grey> all(shares.size(), grey);
    if (grey.values.empty())
        return all;
    const auto [lowest, highest] = std::minmax_element(grey.values.begin(), grey.values.end());
    const float low = *lowest;
    const float binSize = (*highest - low) / 255.0F;
    if (binSize <= 0.0F)
        return all;
    std::vector<std::uint8_t> bins(grey.values.size());
    for (std::size_t i = 0; i < bins.size(); ++i)
        bins[i] = static_cast<std::uint8_t>((grey.values[i] - low) / binSize + 0.5F);
    std::array<bool, 256> used{};
    used[0] = groups.empty();
    for (const std::uint8_t group : groups)
        used[group] = true;
    for (std::size_t group = 0; group < used.size(); ++group) {
        if (used[group])
            groupQuantiles(all, bins, groups, static_cast<std::uint8_t>(group), low, binSize, reach, shares);
    }
    return all;
}

namespace {

// Every pixel's maximum (or minimum) over a square of 2 reach + 1 pixels around it.
void spread(Grey& grey, int reach, bool maximum)
{
    const auto better = [maximum](float a, float b) { return maximum ? std::max(a, b) : std::min(a, b); };
    std::vector<float> line;
    const auto pass = [&](int count, int lines, std::size_t along, std::size_t across) {
        line.resize(static_cast<std::size_t>(count));
        for (int k = 0; k < lines; ++k) {
            float* const first = grey.values.data() + static_cast<std::size_t>(k) * across;
            for (int i = 0; i < count; ++i) {
                const int from = std::max(0, i - reach);
                const int to = std::min(count - 1, i + reach);
                float best = first[static_cast<std::size_t>(from) * along];
                for (int j = from + 1; j <= to; ++j)
                    best = better(best, first[static_cast<std::size_t>(j) * along]);
                line[static_cast<std::size_t>(i)] = best;
            }
            for (int i = 0; i < count; ++i)
                first[static_cast<std::size_t>(i) * along] = line[static_cast<std::size_t>(i)];
        }
    };
    const auto width = static_cast<std::size_t>(grey.width);
    pass(grey.width, grey.height, 1, width);
    pass(grey.height, grey.width, width, 1);
}

} // namespace

Grey close(const Grey& grey, int reach)
{
    Grey wide{grey.width + 2 * reach, grey.height + 2 * reach, {}};
    wide.values.reserve(static_cast<std::size_t>(wide.width) * static_cast<std::size_t>(wide.height));
    for (int y = -reach; y < grey.height + reach; ++y) {
        for (int x = -reach; x < grey.width + reach; ++x)
            wide.values.push_back(grey.values[index(grey, std::clamp(x, 0, grey.width - 1),
                                                    std::clamp(y, 0, grey.height - 1))]);
    }
    spread(wide, reach, true);
    spread(wide, reach, false);
    Grey closed = grey;
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x)
            closed.values[index(closed, x, y)] = wide.values[index(wide, x + reach, y + reach)];
    }
    return closed;
}

} // namespace chainrule
