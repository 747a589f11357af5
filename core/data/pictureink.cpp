// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/pictureink.h"

#include "core/base/text.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace chainrule {

namespace {

constexpr int workingSide = 1000;   ///< of the picture that is looked at
constexpr int backgroundSide = 200; ///< of the one in which the paper's brightness is found
constexpr float leastContrast = 20.0F;

/// A grey picture, 0 to 255.
struct Grey {
    int width = 0;
    int height = 0;
    std::vector<float> values;
};

std::size_t index(const Grey& grey, int x, int y)
{
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(grey.width) + static_cast<std::size_t>(x);
}

// ---- the picture as grey -------------------------------------------------------------------------------

float luminance(const std::uint8_t* pixel)
{
    return 0.299F * static_cast<float>(pixel[0]) + 0.587F * static_cast<float>(pixel[1]) +
           0.114F * static_cast<float>(pixel[2]);
}

// What the transparent parts are to be taken for: the brightness that is most unlike the opaque parts' where
// these have one colour (then they are the ink), else what most of the opaque parts have (then that is
// paper).
float paperUnder(const Picture& picture)
{
    double alphaSum = 0.0;
    double sum = 0.0;
    double sum2 = 0.0;
    std::vector<std::size_t> histogram(256);
    for (std::size_t i = 0; i < picture.rgba.size(); i += 4) {
        const std::uint8_t* const pixel = picture.rgba.data() + i;
        const double alpha = pixel[3];
        const auto light = static_cast<double>(luminance(pixel));
        alphaSum += alpha;
        sum += alpha * light;
        sum2 += alpha * light * light;
        histogram[static_cast<std::size_t>(light)] += pixel[3];
    }
    if (alphaSum <= 0.0)
        return 255.0F;
    const double mean = sum / alphaSum;
    const double deviation = std::sqrt(std::max(0.0, sum2 / alphaSum - mean * mean));
    constexpr double oneColour = 30.0;
    if (deviation < oneColour)
        return mean < 128.0 ? 255.0F : 0.0F;
    std::size_t seen = 0;
    const auto half = static_cast<std::size_t>(alphaSum / 2.0);
    for (std::size_t level = 0; level < histogram.size(); ++level) {
        seen += histogram[level];
        if (seen >= half)
            return static_cast<float>(level);
    }
    return 255.0F;
}

// Brightness, averaged over squares of pixels where the picture is large.
Grey toGrey(const Picture& picture)
{
    bool opaque = true;
    for (std::size_t i = 3; i < picture.rgba.size() && opaque; i += 4)
        opaque = picture.rgba[i] == 255;
    const float paper = opaque ? 255.0F : paperUnder(picture);
    const int step = (std::max(picture.width, picture.height) + workingSide - 1) / workingSide;
    Grey grey{(picture.width + step - 1) / step, (picture.height + step - 1) / step, {}};
    grey.values.resize(static_cast<std::size_t>(grey.width) * static_cast<std::size_t>(grey.height));
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x) {
            const int right = std::min(picture.width, (x + 1) * step);
            const int bottom = std::min(picture.height, (y + 1) * step);
            float sum = 0.0F;
            for (int row = y * step; row < bottom; ++row) {
                for (int column = x * step; column < right; ++column) {
                    const std::uint8_t* const pixel =
                        picture.rgba.data() +
                        4 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width) +
                             static_cast<std::size_t>(column));
                    const float alpha = static_cast<float>(pixel[3]) / 255.0F;
                    sum += opaque ? luminance(pixel) : alpha * luminance(pixel) + (1.0F - alpha) * paper;
                }
            }
            grey.values[index(grey, x, y)] =
                sum / static_cast<float>((right - x * step) * (bottom - y * step));
        }
    }
    return grey;
}

// ---- the paper ------------------------------------------------------------------------------------------

float quantile(std::vector<float> values, double share)
{
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

Grey shrink(const Grey& grey, int step)
{
    Grey small{(grey.width + step - 1) / step, (grey.height + step - 1) / step, {}};
    small.values.resize(static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height));
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

// A quadratic surface through the paper: fitted to everything, again and again, each time with less weight on
// what lies far off: what a lamp or a lens does to the whole picture.
Grey smoothSurface(const Grey& grey)
{
    using Vector = Eigen::Matrix<double, 6, 1>;
    const auto basis = [&](int x, int y) {
        const double u = (2.0 * x + 1.0) / grey.width - 1.0;
        const double v = (2.0 * y + 1.0) / grey.height - 1.0;
        Vector values;
        values << 1.0, u, v, u * u, u * v, v * v;
        return values;
    };
    Grey surface = grey;
    std::fill(surface.values.begin(), surface.values.end(), quantile(grey.values, 0.5));
    for (int round = 0; round < 5; ++round) {
        std::vector<float> distances(grey.values.size());
        for (std::size_t i = 0; i < distances.size(); ++i)
            distances[i] = std::abs(grey.values[i] - surface.values[i]);
        const double scale = std::max(2.0, 2.0 * static_cast<double>(quantile(distances, 0.5)));
        // A little of the plain constant keeps the equations solvable for pictures of a few pixels.
        Eigen::Matrix<double, 6, 6> normal = 1e-6 * Eigen::Matrix<double, 6, 6>::Identity();
        Vector right = Vector::Zero();
        for (int y = 0; y < grey.height; ++y) {
            for (int x = 0; x < grey.width; ++x) {
                const std::size_t i = index(grey, x, y);
                const double off = static_cast<double>(distances[i]) / scale;
                const double weight = 1.0 / ((1.0 + off * off) * (1.0 + off * off));
                const Vector values = basis(x, y);
                normal += weight * values * values.transpose();
                right += weight * static_cast<double>(grey.values[i]) * values;
            }
        }
        const Vector solved = normal.ldlt().solve(right);
        for (int y = 0; y < grey.height; ++y) {
            for (int x = 0; x < grey.width; ++x)
                surface.values[index(grey, x, y)] = static_cast<float>(solved.dot(basis(x, y)));
        }
    }
    return surface;
}

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

// Fills what is darker than its surroundings and too narrow for a square of 2 reach + 1 pixels; a shadow that
// comes in from outside goes on there.
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

// Whether the ink is darker than the paper, judged by what stands out from the smooth surface: the ink is
// less than the paper, so that the differences' long tail is on its side; where both have about as much, the
// border is paper.
bool inkIsDark(const Grey& difference)
{
    const float middle = quantile(difference.values, 0.5);
    double square = 0.0;
    double cube = 0.0;
    double sum = 0.0;
    double border = 0.0;
    std::size_t borderCount = 0;
    for (int y = 0; y < difference.height; ++y) {
        for (int x = 0; x < difference.width; ++x) {
            const auto off = static_cast<double>(difference.values[index(difference, x, y)] - middle);
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

// How far each pixel stands out from the paper towards the ink; the paper itself is about 0.
Grey contrastOf(Grey grey)
{
    const int step = std::max(1, (std::max(grey.width, grey.height) + backgroundSide - 1) / backgroundSide);
    Grey paper = shrink(grey, step);
    Grey difference = paper;
    const Grey surface = smoothSurface(paper);
    for (std::size_t i = 0; i < difference.values.size(); ++i)
        difference.values[i] -= surface.values[i];
    const float sign = inkIsDark(difference) ? 1.0F : -1.0F;
    // Strokes, being narrower than the square, vanish where every pixel takes the lightest value around it
    // and then gives it back; slopes of light and edges of shadows stay.
    for (float& value : paper.values)
        value *= sign;
    paper = close(paper, std::max(1, std::max(paper.width, paper.height) / 8));
    for (float& value : paper.values)
        value *= sign;
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
            value = sign > 0.0F ? least * usual / std::max(level, 0.2F * usual + 1.0F) : least;
        }
    }
    return grey;
}

// ---- the ink --------------------------------------------------------------------------------------------

// Turns contrast into ink from 0 to 255. False: nothing stands out from the paper.
bool scaleToInk(Grey& contrast)
{
    const float paper = quantile(contrast.values, 0.5);
    std::vector<float> noise = contrast.values;
    for (float& value : noise)
        value = std::abs(value - paper);
    // The median of a normal distribution's magnitude is 0.6745 of its deviation.
    const float deviation = quantile(noise, 0.5) / 0.6745F;
    const float least = paper + std::max(5.0F * deviation, 0.5F * leastContrast);
    std::vector<float> standsOut;
    for (const float value : contrast.values) {
        if (value > least)
            standsOut.push_back(value);
    }
    if (standsOut.empty())
        return false;
    // Edges are paler than strokes.
    const float full = quantile(standsOut, 0.75);
    if (full - paper < leastContrast)
        return false;
    const float low = std::min(paper + 3.0F * deviation, paper + 0.3F * (full - paper));
    // Where the paper is clean every shade counts; otherwise ink varies as the paper does.
    const float high = full - std::min(2.0F * deviation, 0.2F * (full - paper));
    for (float& value : contrast.values)
        value = std::clamp((value - low) / (high - low), 0.0F, 1.0F) * 255.0F;
    return true;
}

struct Shape {
    double mass = 0.0;
    int border = 0; ///< its pixels at the picture's border
};

// Takes away specks, and what runs along the border.
void keepDigit(Grey& ink)
{
    constexpr float leastShape = 80.0F;
    std::vector<int> shapeOf(ink.values.size(), -1);
    std::vector<Shape> shapes;
    std::vector<std::size_t> open;
    const auto width = static_cast<std::size_t>(ink.width);
    for (std::size_t start = 0; start < ink.values.size(); ++start) {
        if (ink.values[start] < leastShape || shapeOf[start] >= 0)
            continue;
        const int number = static_cast<int>(shapes.size());
        Shape shape;
        open.assign(1, start);
        shapeOf[start] = number;
        while (!open.empty()) {
            const std::size_t pixel = open.back();
            open.pop_back();
            const int x = static_cast<int>(pixel % width);
            const int y = static_cast<int>(pixel / width);
            shape.mass += static_cast<double>(ink.values[pixel]);
            shape.border += x == 0 || y == 0 || x == ink.width - 1 || y == ink.height - 1;
            for (int ny = std::max(0, y - 1); ny <= std::min(ink.height - 1, y + 1); ++ny) {
                for (int nx = std::max(0, x - 1); nx <= std::min(ink.width - 1, x + 1); ++nx) {
                    const std::size_t next = index(ink, nx, ny);
                    if (ink.values[next] >= leastShape && shapeOf[next] < 0) {
                        shapeOf[next] = number;
                        open.push_back(next);
                    }
                }
            }
        }
        shapes.push_back(shape);
    }
    if (shapes.empty())
        return;
    const int longBorder = std::max(3, std::max(ink.width, ink.height) / 10);
    double largest = 0.0;
    double all = 0.0;
    for (const Shape& shape : shapes) {
        all = std::max(all, shape.mass);
        if (shape.border < longBorder)
            largest = std::max(largest, shape.mass);
    }
    // A border shape gives way only to something that may well be the digit.
    const bool dropBorder = largest > 0.05 * all;
    if (!dropBorder)
        largest = all;
    const auto isKept = [&](const Shape& shape) {
        return shape.mass >= 0.04 * largest && !(dropBorder && shape.border >= longBorder);
    };
    // With each shape stays its soft edge.
    std::vector<bool> keep(ink.values.size());
    for (int y = 0; y < ink.height; ++y) {
        for (int x = 0; x < ink.width; ++x) {
            const int number = shapeOf[index(ink, x, y)];
            if (number < 0 || !isKept(shapes[static_cast<std::size_t>(number)]))
                continue;
            for (int ny = std::max(0, y - 1); ny <= std::min(ink.height - 1, y + 1); ++ny) {
                for (int nx = std::max(0, x - 1); nx <= std::min(ink.width - 1, x + 1); ++nx)
                    keep[index(ink, nx, ny)] = true;
            }
        }
    }
    for (std::size_t i = 0; i < keep.size(); ++i) {
        if (!keep[i])
            ink.values[i] = 0.0F;
    }
}

} // namespace

Result<InkImage> findInk(const Picture& picture)
{
    if (picture.width <= 0 || picture.height <= 0 ||
        picture.rgba.size() !=
            4 * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height))
        return Error{"the image", "it has no pixels", "Take another one"};
    if (picture.width > maximumPictureSide || picture.height > maximumPictureSide) {
        return Error{"the image",
                     "it is larger than " + withSeparators(maximumPictureSide) + " pixels on a side",
                     "Make it smaller"};
    }
    Grey grey = contrastOf(toGrey(picture));
    if (!scaleToInk(grey)) {
        return Error{"the image", "no ink stands out from the paper",
                     "Take a picture of one digit, with more contrast"};
    }
    keepDigit(grey);
    InkImage ink{grey.width, grey.height, std::vector<std::uint8_t>(grey.values.size())};
    for (std::size_t i = 0; i < ink.ink.size(); ++i)
        ink.ink[i] = static_cast<std::uint8_t>(grey.values[i] + 0.5F);
    return ink;
}

} // namespace chainrule
