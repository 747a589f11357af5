// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/augment.h"

#include "core/base/random.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>

// The arithmetic keeps to + - * /, which IEEE 754 rounds alike everywhere.

namespace chainrule {

namespace {

constexpr std::size_t maximumTables = 128;
constexpr int fineSteps = 16; // of a pixel

// Streams of the seed that no other part draws from: one for each epoch's tables.
constexpr std::uint64_t tableStream = 0x617567'00000000ULL;

// A smooth random displacement: cubic B-splines over a coarse grid of normal numbers (as the smoothed fields
// of Simard, Steinkraus, Platt, "Best practices for convolutional neural networks", 2003, but cheaper).
constexpr int gridCells = 4;
constexpr int gridPoints = gridCells + 3;

struct Bend {
    std::array<double, gridPoints * gridPoints> x;
    std::array<double, gridPoints * gridPoints> y;
};

// Weights of the four grid points around a place that lies at `share` (0 to 1) between the middle two.
std::array<double, 4> splineWeights(double share)
{
    const double rest = 1.0 - share;
    return {rest * rest * rest / 6.0, (3.0 * share * share * share - 6.0 * share * share + 4.0) / 6.0,
            (3.0 * rest * rest * rest - 6.0 * rest * rest + 4.0) / 6.0, share * share * share / 6.0};
}

// The splines' weights leave about half of the grid's deviation.
constexpr double splineGain = 2.0;

struct Place {
    std::size_t first;
    std::array<double, 4> weights;
};

std::vector<Place> places(int length)
{
    std::vector<Place> all;
    for (int i = 0; i < length; ++i) {
        const double at = (i + 0.5) / length * gridCells;
        const int cell = std::min(static_cast<int>(at), gridCells - 1);
        all.push_back({static_cast<std::size_t>(cell), splineWeights(at - cell)});
    }
    return all;
}

// A coordinate in the padded image, cut to the paper beyond the image.
struct Split {
    int whole;
    int share;
};

Split splitCoordinate(double value, int length, int wholeShift)
{
    const auto least = static_cast<double>(-1 - wholeShift);
    const auto most = static_cast<double>(length + wholeShift);
    // Beyond these there is only paper, and no share of a neighbour may reach into the image.
    const double cut = value > least ? (value < most ? value : most) : least;
    const auto steps = static_cast<int>((cut - least) * fineSteps + 0.5);
    return {steps / fineSteps + static_cast<int>(least), steps % fineSteps};
}

void addTable(Augmentation& augmentation, const AugmentStrength& strength, Random& random)
{
    const auto both = [&](double bound) { return uniform(random, -bound, bound); };
    const double unit = std::min(augmentation.width, augmentation.height) / 28.0;
    // The tangent of half the angle, from its series.
    constexpr double degree = 3.14159265358979323846 / 180.0;
    const double angle = both(strength.rotation) * degree;
    const double t = 0.5 * angle * (1.0 + angle * angle / 12.0);
    const double cosine = (1.0 - t * t) / (1.0 + t * t);
    const double sine = 2.0 * t / (1.0 + t * t);
    const double wider = 1.0 / (1.0 + both(strength.scale));
    const double higher = 1.0 / (1.0 + both(strength.scale));
    const double shear = both(strength.shear);
    const double fine = std::max(0.0, strength.shift * unit - augmentation.wholeShift);
    const double shiftX = both(fine);
    const double shiftY = both(fine);
    Bend bend;
    for (std::size_t i = 0; i < bend.x.size(); ++i) {
        bend.x[i] = splineGain * strength.elastic * unit * normal(random);
        bend.y[i] = splineGain * strength.elastic * unit * normal(random);
    }
    const auto columns = places(augmentation.width);
    const auto rows = places(augmentation.height);
    const double middleX = 0.5 * (augmentation.width - 1);
    const double middleY = 0.5 * (augmentation.height - 1);
    const int stride = augmentation.width + 2 * augmentation.margin;
    for (int y = 0; y < augmentation.height; ++y) {
        const Place& row = rows[static_cast<std::size_t>(y)];
        // The row's own combination of the grid's rows.
        std::array<double, gridPoints> lineX{};
        std::array<double, gridPoints> lineY{};
        for (std::size_t k = 0; k < 4; ++k) {
            for (std::size_t i = 0; i < gridPoints; ++i) {
                lineX[i] += row.weights[k] * bend.x[(row.first + k) * gridPoints + i];
                lineY[i] += row.weights[k] * bend.y[(row.first + k) * gridPoints + i];
            }
        }
        for (int x = 0; x < augmentation.width; ++x) {
            const Place& column = columns[static_cast<std::size_t>(x)];
            double moveX = shiftX;
            double moveY = shiftY;
            for (std::size_t k = 0; k < 4; ++k) {
                moveX += column.weights[k] * lineX[column.first + k];
                moveY += column.weights[k] * lineY[column.first + k];
            }
            const double fromMiddleX = x - middleX;
            const double fromMiddleY = y - middleY;
            const double turnedX = cosine * fromMiddleX - sine * fromMiddleY;
            const double turnedY = sine * fromMiddleX + cosine * fromMiddleY;
            const auto atX = splitCoordinate(wider * turnedX + shear * turnedY + middleX + moveX,
                                             augmentation.width, augmentation.wholeShift);
            const auto atY = splitCoordinate(higher * turnedY + middleY + moveY, augmentation.height,
                                             augmentation.wholeShift);
            const int offset = (atY.whole + augmentation.margin) * stride + atX.whole + augmentation.margin;
            augmentation.taps.push_back({static_cast<std::uint32_t>(offset),
                                         static_cast<std::uint16_t>(atX.share),
                                         static_cast<std::uint16_t>(atY.share)});
        }
    }
}

// Mixes three numbers into one that looks random (the finalizer of SplitMix64).
std::uint64_t mixed(std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample)
{
    const auto finish = [](std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    };
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15ULL;
    return finish(finish(finish(seed + step) + epoch + step) + sample + step);
}

} // namespace

Augmentation makeAugmentation(int width, int height, std::size_t samples, std::uint64_t seed,
                              std::uint64_t epoch, const AugmentStrength& strength)
{
    assert(width > 0 && height > 0);
    Augmentation augmentation;
    augmentation.width = width;
    augmentation.height = height;
    augmentation.wholeShift = static_cast<int>(0.5 * strength.shift * std::min(width, height) / 28.0);
    augmentation.margin = 2 * augmentation.wholeShift + 2;
    augmentation.seed = seed;
    augmentation.epoch = epoch;
    Random random = makeRandom(seed, tableStream + epoch);
    const std::size_t tables = std::clamp<std::size_t>(samples, 1, maximumTables);
    augmentation.taps.reserve(tables * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (std::size_t i = 0; i < tables; ++i)
        addTable(augmentation, strength, random);
    return augmentation;
}

std::size_t paddedSize(const Augmentation& augmentation)
{
    return static_cast<std::size_t>(augmentation.width + 2 * augmentation.margin) *
           static_cast<std::size_t>(augmentation.height + 2 * augmentation.margin);
}

void augment(const Augmentation& augmentation, std::span<const std::uint8_t> image, std::uint32_t sample,
             std::span<std::uint8_t> padded, std::span<std::uint8_t> out)
{
    const auto width = static_cast<std::size_t>(augmentation.width);
    const auto height = static_cast<std::size_t>(augmentation.height);
    const auto margin = static_cast<std::size_t>(augmentation.margin);
    const std::size_t stride = width + 2 * margin;
    const std::size_t pixels = width * height;
    assert(image.size() == pixels && out.size() == pixels && padded.size() == paddedSize(augmentation));
    for (std::size_t y = 0; y < height; ++y)
        std::memcpy(padded.data() + (y + margin) * stride + margin, image.data() + y * width, width);

    const std::uint64_t choice = mixed(augmentation.seed, augmentation.epoch, sample);
    const std::size_t tables = augmentation.taps.size() / pixels;
    const auto shifts = static_cast<std::uint64_t>(2 * augmentation.wholeShift + 1);
    const auto shiftX = static_cast<std::ptrdiff_t>((choice >> 32) % shifts) - augmentation.wholeShift;
    const auto shiftY = static_cast<std::ptrdiff_t>((choice >> 48) % shifts) - augmentation.wholeShift;
    const Augmentation::Tap* const taps = augmentation.taps.data() + (choice & 0xffffffffU) % tables * pixels;
    const std::uint8_t* const from = padded.data() + shiftY * static_cast<std::ptrdiff_t>(stride) + shiftX;
    for (std::size_t i = 0; i < pixels; ++i) {
        const Augmentation::Tap tap = taps[i];
        const std::uint8_t* const place = from + tap.offset;
        const int right = tap.right;
        const int above = place[0] * fineSteps + (place[1] - place[0]) * right;
        const int below = place[stride] * fineSteps + (place[stride + 1] - place[stride]) * right;
        out[i] = static_cast<std::uint8_t>(
            (above * fineSteps + (below - above) * tap.below + fineSteps * fineSteps / 2) /
            (fineSteps * fineSteps));
    }
}

} // namespace chainrule
