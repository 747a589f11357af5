// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/photo/picturepaper.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace chainrule {

namespace {

// The pixels of the picture in which the paper's brightness is found, and of the one for its grain.
constexpr double backgroundPixels = 200.0 * 200.0;
constexpr double grainPixels = 100.0 * 100.0;

// Half of the side of a square that fits into no stroke. In pictures of a few pixels strokes take more of the
// whole.
int wideReach(const Grey& grey)
{
    return std::min(std::max(5, longerSide(grey) / 7), std::min(grey.width, grey.height));
}

Grey negative(Grey grey)
{
    for (float& value : grey.values)
        value = -value;
    return grey;
}

// What closing adds to a picture has the picture's own edges around it where it is ink, and others, of the
// square that did not fit in, where it is paper between strokes. This is the share of the edges that are the
// picture's; shadows and sheets add none.
double ownEdges(const Grey& grey, const Grey& closed)
{
    double own = 0.0;
    double all = 1e-9;
    const auto add = [&](std::size_t i, std::size_t j) {
        const float step = grey.values[i] - grey.values[j];
        const float added = std::abs((closed.values[i] - closed.values[j]) - step);
        own += static_cast<double>(added * std::min(added, std::abs(step)));
        all += static_cast<double>(added * added);
    };
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x) {
            if (x > 0)
                add(index(grey, x, y), index(grey, x - 1, y));
            if (y > 0)
                add(index(grey, x, y), index(grey, x, y - 1));
        }
    }
    return own / all;
}

// How much of the picture is darker than its surroundings and narrow, the narrower the more it counts: summed
// over squares of doubling size of what does not fit into them. Squared, because grain is paler than ink.
double narrowDark(const Grey& grey)
{
    double sum = 0.0;
    for (int reach = 1; reach <= wideReach(grey); reach *= 2) {
        const Grey closed = close(grey, reach);
        double here = 0.0;
        for (std::size_t i = 0; i < grey.values.size(); ++i)
            here += static_cast<double>((closed.values[i] - grey.values[i]) *
                                        (closed.values[i] - grey.values[i]));
        sum += here / (static_cast<double>(reach) * reach);
    }
    return sum;
}

// Whether the ink is darker than the paper: the ink is less than the paper, so that the differences from what
// is usual around each pixel have their long tail on its side; a median keeps edges of shadows and sheets.
// Where both have about as much, the border is paper.
bool tailIsDark(const Grey& grey)
{
    Grey difference = shrink(grey, 2);
    const Grey usual = localQuantiles(difference, std::max(1, longerSide(difference) / 4), {0.5}).front();
    double square = 0.0;
    double cube = 0.0;
    double sum = 0.0;
    double border = 0.0;
    std::size_t borderCount = 0;
    for (int y = 0; y < difference.height; ++y) {
        for (int x = 0; x < difference.width; ++x) {
            const std::size_t i = index(difference, x, y);
            const auto off = static_cast<double>(difference.values[i] - usual.values[i]);
            sum += off;
            square += off * off;
            cube += off * off * off;
            if (x == 0 || y == 0 || x == difference.width - 1 || y == difference.height - 1) {
                border += off;
                ++borderCount;
            }
        }
    }
    const auto count = static_cast<double>(difference.values.size());
    const double spreadOf = std::sqrt(square / count);
    const double skew = spreadOf > 0.0 ? cube / count / (spreadOf * spreadOf * spreadOf) : 0.0;
    if (std::abs(skew) > 0.5)
        return skew < 0.0;
    return border / static_cast<double>(borderCount) > sum / count;
}

// The paper's brightness, of squares of `step` pixels.
struct Paper {
    Grey level;
    int step = 1;
    bool inkIsDark = true;
};

// Strokes, being narrower than the square, vanish where every pixel takes the lightest value around it and
// then gives it back; slopes of light and edges of shadows stay.
Paper findPaper(const Grey& grey)
{
    Paper paper;
    paper.step = stepTo(backgroundPixels, grey.width, grey.height);
    const Grey small = shrink(grey, paper.step);
    const int reach = wideReach(small);
    Grey ifDark = close(small, reach);
    Grey ifLight = negative(close(negative(small), reach));
    const double dark = ownEdges(small, ifDark);
    const double light = ownEdges(small, ifLight);
    if (std::abs(dark - light) > 0.05) {
        paper.inkIsDark = dark > light;
    } else {
        // The hole of a ring and the squares between lines have their own edges too, but are wider.
        const double narrow = narrowDark(small);
        const double narrowLight = narrowDark(negative(small));
        constexpr double clearly = 1.25;
        paper.inkIsDark = std::max(narrow, narrowLight) > clearly * std::min(narrow, narrowLight)
                              ? narrow > narrowLight
                              : tailIsDark(small);
    }
    paper.level = std::move(paper.inkIsDark ? ifDark : ifLight);
    return paper;
}

// How far each pixel stands out from the paper towards the ink; the paper itself is about 0.
Grey contrastOf(GreyPicture picture, const Paper& found)
{
    Grey grey = std::move(picture.grey);
    const Grey& paper = found.level;
    const int step = found.step;
    const float sign = found.inkIsDark ? 1.0F : -1.0F;
    const float usual = quantile(paper.values, 0.5);
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x) {
            float& value = grey.values[index(grey, x, y)];
            const int column = x / step;
            const int row = y / step;
            // At a shadow's edge either side's paper will do.
            float least = std::numeric_limits<float>::max();
            float level = usual;
            for (int ny = std::max(0, row - 1); ny <= std::min(paper.height - 1, row + 1); ++ny) {
                for (int nx = std::max(0, column - 1); nx <= std::min(paper.width - 1, column + 1); ++nx) {
                    const float here = paper.values[index(paper, nx, ny)];
                    if (sign * (here - value) < least) {
                        least = sign * (here - value);
                        level = here;
                    }
                }
            }
            // Dark ink takes away a share of the light that there is.
            value =
                picture.isLight && sign > 0.0F ? least * usual / std::max(level, 0.2F * usual + 1.0F) : least;
        }
    }
    return grey;
}

// Puts groups of few pixels, in which no grain can be measured, to the next one that has more.
void joinSmallGroups(Groups& groups)
{
    std::array<std::size_t, 256> sizes{};
    for (const std::uint8_t group : groups)
        ++sizes[group];
    const auto isLarge = [&](int group) {
        return group >= 0 && group < 256 && 50 * sizes[static_cast<std::size_t>(group)] > groups.size();
    };
    for (std::uint8_t& group : groups) {
        int apart = 0;
        while (apart < 256 && !isLarge(group - apart) && !isLarge(group + apart))
            ++apart;
        if (apart < 256)
            group = static_cast<std::uint8_t>(isLarge(group - apart) ? group - apart : group + apart);
    }
}

// Subtracts what even the paper stands out by where it has grain, and tells how much grain it has. Sheet and
// table beside it have each their own: only what has about the same brightness is looked at.
PaperContrast withoutGrain(Grey contrast, const Paper& paper)
{
    const int step = stepTo(grainPixels, contrast.width, contrast.height);
    const Grey some = everyNth(contrast, step);
    const auto lowest = *std::min_element(paper.level.values.begin(), paper.level.values.end());
    constexpr float perBand = 5.0F; // a band is a fifth wide
    Groups bands(some.values.size());
    for (int y = 0; y < some.height; ++y) {
        for (int x = 0; x < some.width; ++x) {
            const float level =
                paper.level.values[index(paper.level, std::min(x * step / paper.step, paper.level.width - 1),
                                         std::min(y * step / paper.step, paper.level.height - 1))];
            bands[index(some, x, y)] =
                static_cast<std::uint8_t>(perBand * std::log((level + 16.0F) / (lowest + 16.0F)) + 0.5F);
        }
    }
    joinSmallGroups(bands);
    // What lies within the square is paper for a quarter at least, and the lower quantiles see nothing else.
    // On a normal distribution these two are 0.607 deviations apart, and the first 0.674 below the middle.
    const auto levels = localQuantiles(some, std::max(1, longerSide(some) / 3), {0.25, 0.1}, bands);
    PaperContrast result{std::move(contrast), {}};
    Grey& left = result.contrast;
    result.grain = left;
    for (int y = 0; y < left.height; ++y) {
        for (int x = 0; x < left.width; ++x) {
            const std::size_t i = index(left, x, y);
            const std::size_t at = index(some, x / step, y / step);
            const float deviation = (levels[0].values[at] - levels[1].values[at]) / 0.607F;
            result.grain.values[i] = deviation;
            left.values[i] -= std::max(0.0F, levels[0].values[at] + 0.674F * deviation);
        }
    }
    return result;
}

} // namespace

PaperContrast contrastWithPaper(GreyPicture picture)
{
    const Paper paper = findPaper(picture.grey);
    return withoutGrain(contrastOf(std::move(picture), paper), paper);
}

} // namespace chainrule
