// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/photo/picturegrey.h"

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

constexpr double colourPixels = 100.0 * 100.0; // of the picture in which the colours are compared

constexpr std::array<float, 3> brightness{0.299F, 0.587F, 0.114F};

float luminance(const std::uint8_t* pixel)
{
    return brightness[0] * static_cast<float>(pixel[0]) + brightness[1] * static_cast<float>(pixel[1]) +
           brightness[2] * static_cast<float>(pixel[2]);
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

using Channels = std::array<Grey, 3>;

// Red, green and blue over paper, averaged over squares of pixels where the picture is large.
Channels channelsOf(const Picture& picture)
{
    bool opaque = true;
    for (std::size_t i = 3; i < picture.rgba.size() && opaque; i += 4)
        opaque = picture.rgba[i] == 255;
    const float paper = opaque ? 255.0F : paperUnder(picture);
    const int step = stepTo(mostInkPixels, picture.width, picture.height);
    const Grey empty = emptyGrey((picture.width + step - 1) / step, (picture.height + step - 1) / step);
    Channels channels{empty, empty, empty};
    for (int y = 0; y < empty.height; ++y) {
        for (int x = 0; x < empty.width; ++x) {
            const int right = std::min(picture.width, (x + 1) * step);
            const int bottom = std::min(picture.height, (y + 1) * step);
            std::array<float, 3> sums{};
            for (int row = y * step; row < bottom; ++row) {
                const std::uint8_t* pixel =
                    picture.rgba.data() +
                    4 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width) +
                         static_cast<std::size_t>(x * step));
                for (int column = x * step; column < right; ++column, pixel += 4) {
                    const float alpha = opaque ? 1.0F : static_cast<float>(pixel[3]) / 255.0F;
                    for (std::size_t c = 0; c < 3; ++c)
                        sums[c] += alpha * static_cast<float>(pixel[c]) + (1.0F - alpha) * paper;
                }
            }
            const auto count = static_cast<float>((right - x * step) * (bottom - y * step));
            for (std::size_t c = 0; c < 3; ++c)
                channels[c].values[index(empty, x, y)] = sums[c] / count;
        }
    }
    return channels;
}

// The mixture of the channels in which most stands out from the surroundings; its weights' magnitudes sum to
// 1, so that grey on grey looks the same in any. Plain brightness unless another shows clearly more.
std::array<float, 3> clearestMixture(const Channels& channels)
{
    const int step = stepTo(colourPixels, channels[0].width, channels[0].height);
    std::array<Grey, 3> off;
    for (std::size_t c = 0; c < 3; ++c) {
        off[c] = shrink(channels[c], step);
        const Grey usual = localQuantiles(off[c], std::max(1, longerSide(off[c]) / 6), {0.5}).front();
        for (std::size_t i = 0; i < usual.values.size(); ++i)
            off[c].values[i] -= usual.values[i];
    }
    Eigen::Matrix3d products = Eigen::Matrix3d::Zero();
    for (std::size_t i = 0; i < off[0].values.size(); ++i) {
        const Eigen::Vector3d here(static_cast<double>(off[0].values[i]),
                                   static_cast<double>(off[1].values[i]),
                                   static_cast<double>(off[2].values[i]));
        products += here * here.transpose();
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(products);
    Eigen::Vector3d axis = solver.eigenvectors().col(2);
    axis /= axis.cwiseAbs().sum();
    if (axis.sum() < 0.0)
        axis = -axis;
    const Eigen::Vector3d plain(static_cast<double>(brightness[0]), static_cast<double>(brightness[1]),
                                static_cast<double>(brightness[2]));
    constexpr double clearly = 1.5;
    if (axis.dot(products * axis) <= clearly * clearly * plain.dot(products * plain))
        return brightness;
    return {static_cast<float>(axis(0)), static_cast<float>(axis(1)), static_cast<float>(axis(2))};
}

} // namespace

GreyPicture greyOf(const Picture& picture)
{
    Channels channels = channelsOf(picture);
    const std::array<float, 3> weights = clearestMixture(channels);
    float offset = 0.0F;
    for (const float weight : weights)
        offset -= 255.0F * std::min(weight, 0.0F);
    GreyPicture result{std::move(channels[0]), offset < 5.0F};
    for (std::size_t i = 0; i < result.grey.values.size(); ++i) {
        float& value = result.grey.values[i];
        value = offset + weights[0] * value + weights[1] * channels[1].values[i] +
                weights[2] * channels[2].values[i];
    }
    return result;
}

} // namespace chainrule
