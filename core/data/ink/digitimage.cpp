// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/digitimage.h"

#include "core/base/text.h"
#include "core/data/ink/grey.h"
#include "core/data/ink/strokewidth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace chainrule {

namespace {

constexpr int imageSide = 28;
constexpr int inkSide = 20;

// Below this a pixel is paper: a trace of an antialiased edge must not widen the crop.
constexpr int leastInk = 13;
constexpr int halfInk = 128;

// Stroke widths between which MNIST's own digits lie, but for the thinnest 5 % and the thickest 5 %, in
// pixels of the prepared image and measured as strokeWidth() does.
constexpr double thinnestStroke = 1.8;
constexpr double thickestStroke = 3.7;

// To change a stroke's width the ink is brought to at least so many pixels, so that small steps exist; and
// larger ones are first brought down to so many, which is fast and loses nothing.
constexpr int leastWorkingSide = 160;
constexpr int mostWorkingSide = 240;

// Strokes thinner than this many pixels there are hairlines.
constexpr double thinnestWorking = 2.5;

// Pixels of the ink for one of the network's, from which on the centre of mass is put on the very middle.
constexpr double leastFineSize = 2.0;

struct Box {
    int left = 0, top = 0, right = 0, bottom = 0; ///< right and bottom excluded
    [[nodiscard]] int width() const { return right - left; }
    [[nodiscard]] int height() const { return bottom - top; }
    [[nodiscard]] int longer() const { return std::max(width(), height()); }
};

std::optional<Error> sizeError(const InkImage& ink)
{
    if (ink.width <= 0 || ink.height <= 0 ||
        ink.ink.size() != static_cast<std::size_t>(ink.width) * static_cast<std::size_t>(ink.height))
        return Error{MessageId::theImage, MessageId::noPixels, MessageId::takeAnother};
    if (ink.width > maximumInkSide || ink.height > maximumInkSide) {
        return Error{MessageId::theImage,
                     {MessageId::largerThanSide, withSeparators(maximumInkSide)},
                     MessageId::makeItSmaller};
    }
    return {};
}

Error noInk()
{
    return {MessageId::theImage, MessageId::noInkThere, MessageId::drawOrContrast};
}

// The pixels with ink; empty where there are none.
Box inkBox(int width, int height, const auto& isInk)
{
    Box box{width, height, 0, 0};
    for (int y = 0; y < height; ++y) {
        int first = 0;
        while (first < width && !isInk(first, y))
            ++first;
        if (first == width)
            continue;
        int last = width - 1;
        while (!isInk(last, y))
            --last;
        box.left = std::min(box.left, first);
        box.right = std::max(box.right, last + 1);
        box.top = std::min(box.top, y);
        box.bottom = y + 1;
    }
    return box;
}

// One output pixel's share of the input along one axis.
struct Taps {
    int first = 0;
    std::vector<float> weights;
};

// For `count` pixels that reach from `begin` on, each `size` input pixels long, along an axis with `length`
// input pixels and paper beyond: the mean of what each covers where it is longer than an input pixel, else
// the line between the two input pixels around its middle.
std::vector<Taps> tapsFor(int count, double begin, double size, int length)
{
    std::vector<Taps> all(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        Taps& taps = all[static_cast<std::size_t>(i)];
        const double from = begin + i * size;
        const double to = from + size;
        if (size >= 1.0) {
            const int first = std::max(0, static_cast<int>(std::floor(from)));
            const int last = std::min(length - 1, static_cast<int>(std::ceil(to)) - 1);
            taps.first = first;
            for (int k = first; k <= last; ++k) {
                const double covered = std::min(to, k + 1.0) - std::max(from, static_cast<double>(k));
                taps.weights.push_back(static_cast<float>(std::max(0.0, covered) / size));
            }
            continue;
        }
        const double middle = 0.5 * (from + to) - 0.5;
        const int low = static_cast<int>(std::floor(middle));
        const double share = middle - low;
        taps.first = std::clamp(low, 0, length - 1);
        if (low >= 0 && low < length)
            taps.weights.push_back(static_cast<float>(1.0 - share));
        if (low + 1 >= 0 && low + 1 < length)
            taps.weights.push_back(static_cast<float>(share));
        if (low + 1 == 0)
            taps.first = 0;
    }
    return all;
}

// width x height pixels, the first of which begins at (left, top) of the input, each `size` input pixels.
// `read(x, y)` is the input, of which the box `limits` is looked at.
template <typename Read>
Grey resample(const Read& read, const Box& limits, double left, double top, double size, int width,
              int height)
{
    const auto columns = tapsFor(width, left - limits.left, size, limits.width());
    const auto rows = tapsFor(height, top - limits.top, size, limits.height());
    Grey plane = emptyGrey(width, height);
    // Rows of the input that neighbouring output pixels share are read twice at the most.
    std::vector<float> sums(static_cast<std::size_t>(limits.width()));
    for (int y = 0; y < height; ++y) {
        const Taps& row = rows[static_cast<std::size_t>(y)];
        std::fill(sums.begin(), sums.end(), 0.0F);
        for (std::size_t k = 0; k < row.weights.size(); ++k) {
            const float weight = row.weights[k];
            const int inputRow = limits.top + row.first + static_cast<int>(k);
            for (int x = 0; x < limits.width(); ++x)
                sums[static_cast<std::size_t>(x)] += weight * read(limits.left + x, inputRow);
        }
        for (int x = 0; x < width; ++x) {
            const Taps& column = columns[static_cast<std::size_t>(x)];
            float sum = 0.0F;
            for (std::size_t k = 0; k < column.weights.size(); ++k)
                sum += column.weights[k] * sums[static_cast<std::size_t>(column.first) + k];
            plane.values[index(plane, x, y)] = sum;
        }
    }
    return plane;
}

// As resample(), but each pixel takes the most of what it covers (size >= 1): what is thinner than a pixel
// stays whole, and everything grows by about one.
template <typename Read>
Grey resampleMost(const Read& read, const Box& limits, double left, double top, double size, int width,
                  int height)
{
    Grey plane = emptyGrey(width, height);
    const auto covered = [size](double begin, int i, int from, int to) {
        const double start = begin + i * size;
        return std::pair{std::max(from, static_cast<int>(std::floor(start + 1e-6))),
                         std::min(to, static_cast<int>(std::ceil(start + size - 1e-6)))};
    };
    for (int y = 0; y < height; ++y) {
        const auto [firstRow, endRow] = covered(top, y, limits.top, limits.bottom);
        for (int x = 0; x < width; ++x) {
            const auto [first, end] = covered(left, x, limits.left, limits.right);
            float most = 0.0F;
            for (int row = firstRow; row < endRow; ++row)
                for (int column = first; column < end; ++column)
                    most = std::max(most, read(column, row));
            plane.values[index(plane, x, y)] = most;
        }
    }
    return plane;
}

// Where the pen was too thin or too thick for MNIST, the cropped ink with another stroke width, its pixels
// `size` of the original's, its first one beginning at (left, top).
struct Redrawn {
    Grey plane;
    double left = 0.0;
    double top = 0.0;
    double size = 1.0;
};

template <typename Read>
std::optional<Redrawn> fitStrokes(const Read& read, const Box& box)
{
    const int longer = box.longer();
    const auto bringTo = [&](int side, int margin, bool most = false) {
        Redrawn redrawn;
        redrawn.size = static_cast<double>(longer) / side;
        redrawn.left = box.left - margin * redrawn.size;
        redrawn.top = box.top - margin * redrawn.size;
        const auto scaled = [&](int length) {
            return static_cast<int>(std::ceil(length / redrawn.size)) + 2 * margin;
        };
        const int columns = scaled(box.width());
        const int rows = scaled(box.height());
        redrawn.plane = most ? resampleMost(read, box, redrawn.left, redrawn.top, redrawn.size, columns, rows)
                             : resample(read, box, redrawn.left, redrawn.top, redrawn.size, columns, rows);
        return redrawn;
    };
    const int measuringSide = std::min(longer, mostWorkingSide);
    double width = strokeWidth(bringTo(measuringSide, 1).plane) * inkSide / measuringSide;
    const double wanted = std::clamp(width, thinnestStroke, thickestStroke);
    if (width == wanted)
        return {};
    const int side = std::clamp(longer, leastWorkingSide, mostWorkingSide);
    // A hairline would be paler than half ink where its pixels are averaged.
    const bool hairline = side < longer && width * measuringSide / inkSide < thinnestWorking;
    if (hairline)
        width = strokeWidth(bringTo(side, 1, true).plane) * inkSide / side;
    const double perPixel = static_cast<double>(side) / inkSide;
    // A wider stroke makes the digit larger, and then everything smaller when that is brought to 20 pixels.
    const double grow = 0.5 * perPixel * (wanted - width) / (1.0 - wanted / inkSide);
    // Enlarged pixels have soft edges that reach out by half of one.
    const double soft = static_cast<double>(side) / longer;
    Redrawn redrawn = bringTo(side, static_cast<int>(std::ceil(std::max(grow, 0.0) + soft)) + 1, hairline);
    // Thinning that is measured on a blot would leave nothing of the strokes beside it.
    moveEdge(redrawn.plane, std::max(grow, -0.3 * width * perPixel));
    return redrawn;
}

std::uint8_t toByte(float ink)
{
    return static_cast<std::uint8_t>(std::clamp(ink, 0.0F, 1.0F) * 255.0F + 0.5F);
}

// The ink of the box brought to MNIST's frame.
template <typename Read>
PreparedDigit frame(const Read& read, const Box& box)
{
    const double size = static_cast<double>(box.longer()) / inkSide;
    const auto scaled = [&](int length) {
        return std::clamp(static_cast<int>(std::ceil(length / size - 1e-9)), 1, inkSide);
    };
    const Grey small =
        resample(read, box, box.left, box.top, size, scaled(box.width()), scaled(box.height()));
    double mass = 0.0;
    double massX = 0.0;
    double massY = 0.0;
    for (int y = 0; y < small.height; ++y) {
        for (int x = 0; x < small.width; ++x) {
            const auto value = static_cast<double>(small.values[index(small, x, y)]);
            mass += value;
            massX += value * x;
            massY += value * y;
        }
    }
    // What has about the network's resolution already would only be blurred by parts of a pixel.
    const bool whole = size < leastFineSize;
    const auto offset = [&](double sum, int length) {
        const double wanted = imageSide / 2 - sum / mass;
        return std::clamp(whole ? std::floor(wanted + 0.5) : wanted, 0.0,
                          static_cast<double>(imageSide - length));
    };
    PreparedDigit digit;
    digit.pixel = size;
    digit.left = box.left - offset(massX, small.width) * size;
    digit.top = box.top - offset(massY, small.height) * size;
    const Grey framed = resample(read, box, digit.left, digit.top, size, imageSide, imageSide);
    std::ranges::transform(framed.values, digit.image.begin(), toByte);
    return digit;
}

// A disc or a square and nothing else.
bool isDot(const InkImage& ink, const Box& box)
{
    if (3 * std::min(box.width(), box.height()) < 2 * box.longer())
        return false;
    std::size_t count = 0;
    for (int y = box.top; y < box.bottom; ++y) {
        const std::uint8_t* const row =
            ink.ink.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(ink.width);
        count += static_cast<std::size_t>(
            std::count_if(row + box.left, row + box.right, [](std::uint8_t v) { return v >= halfInk; }));
    }
    return static_cast<double>(count) > 0.72 * box.width() * box.height();
}

auto reader(const InkImage& ink)
{
    return [pixels = ink.ink.data(), width = static_cast<std::size_t>(ink.width)](int x, int y) {
        return static_cast<float>(pixels[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)]) *
               (1.0F / 255.0F);
    };
}

Box boxOf(const InkImage& ink)
{
    return inkBox(ink.width, ink.height, [&](int x, int y) {
        return ink.ink[static_cast<std::size_t>(y) * static_cast<std::size_t>(ink.width) +
                       static_cast<std::size_t>(x)] >= leastInk;
    });
}

} // namespace

Result<PreparedDigit> prepareDigit(const InkImage& ink)
{
    if (auto error = sizeError(ink))
        return *error;
    const Box box = boxOf(ink);
    if (box.width() <= 0)
        return noInk();
    const auto dark = static_cast<std::size_t>(
        std::count_if(ink.ink.begin(), ink.ink.end(), [](std::uint8_t value) { return value >= halfInk; }));
    if (dark == 0)
        return noInk();
    if (static_cast<double>(dark) > 0.9 * static_cast<double>(ink.ink.size()))
        return Error{MessageId::theImage, MessageId::allInk, MessageId::drawOnEmpty};
    if (isDot(ink, box))
        return Error{MessageId::theImage, MessageId::onlyADot, MessageId::drawADigit};

    const auto redrawn = fitStrokes(reader(ink), box);
    if (!redrawn)
        return frame(reader(ink), box);
    const Grey& plane = redrawn->plane;
    const auto read = [&plane](int x, int y) { return plane.values[index(plane, x, y)]; };
    const Box inner = inkBox(plane.width, plane.height, [&](int x, int y) {
        return plane.values[index(plane, x, y)] >= static_cast<float>(leastInk) / 255.0F;
    });
    if (inner.width() <= 0)
        return frame(reader(ink), box);
    PreparedDigit digit = frame(read, inner);
    digit.left = redrawn->left + digit.left * redrawn->size;
    digit.top = redrawn->top + digit.top * redrawn->size;
    digit.pixel *= redrawn->size;
    return digit;
}

Result<PreparedDigit> shrinkCanvas(const InkImage& ink)
{
    if (auto error = sizeError(ink))
        return *error;
    if (boxOf(ink).width() <= 0)
        return noInk();
    PreparedDigit digit;
    const int side = std::max(ink.width, ink.height);
    digit.pixel = static_cast<double>(side) / imageSide;
    digit.left = 0.5 * (ink.width - side);
    digit.top = 0.5 * (ink.height - side);
    const InkImage small = fitInk(ink, imageSide);
    std::copy(small.ink.begin(), small.ink.end(), digit.image.begin());
    return digit;
}

InkImage fitInk(const InkImage& ink, int side)
{
    const int longer = std::max(ink.width, ink.height);
    const Grey plane = resample(reader(ink), {0, 0, ink.width, ink.height}, 0.5 * (ink.width - longer),
                                0.5 * (ink.height - longer), static_cast<double>(longer) / side, side, side);
    InkImage fitted{side, side, std::vector<std::uint8_t>(plane.values.size())};
    std::ranges::transform(plane.values, fitted.ink.begin(), toByte);
    return fitted;
}

double strokeWidth(const InkImage& ink)
{
    if (sizeError(ink))
        return 0.0;
    const Box all{0, 0, ink.width, ink.height};
    return strokeWidth(resample(reader(ink), all, -1.0, -1.0, 1.0, ink.width + 2, ink.height + 2));
}

} // namespace chainrule
