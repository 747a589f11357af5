// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/sampleimage.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace chainrule {

namespace {

constexpr int planeSide = sampleImageSide;
constexpr double planeReach = 1.25; // toy features lie about within [-1, 1]
constexpr double tableReach = 3.0;  // those of tables have a deviation of 1

double reachOf(const Dataset& data)
{
    return data.columns.empty() ? planeReach : tableReach;
}

QImage planeImage(QPoint at)
{
    QImage image(planeSide, planeSide, QImage::Format_Grayscale8);
    image.fill(Qt::black);
    const int middle = planeSide / 2;
    for (int i = 0; i < planeSide; ++i) {
        image.scanLine(middle)[i] = 70;
        image.scanLine(i)[middle] = 70;
    }
    for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx) {
            if (dx * dx + dy * dy <= 5)
                image.scanLine(at.y() + dy)[at.x() + dx] = 255;
        }
    }
    return image;
}

// The features side by side, up where they are above 0; where there are more than columns of pixels, a column
// shows the first of those that it stands for.
QImage barsImage(std::span<const float> features, double reach)
{
    QImage image(planeSide, planeSide, QImage::Format_Grayscale8);
    image.fill(Qt::black);
    constexpr int middle = planeSide / 2;
    const auto count = static_cast<int>(std::min<std::size_t>(features.size(), planeSide));
    for (int x = 0; x < planeSide; ++x) {
        image.scanLine(middle)[x] = 70;
        const int bar = x * count / planeSide;
        const bool gap = count <= planeSide / 4 && x > 0 && bar != (x - 1) * count / planeSide;
        if (gap)
            continue;
        const auto at = static_cast<std::size_t>(bar) * features.size() / static_cast<std::size_t>(count);
        const double value = std::clamp(static_cast<double>(features[at]) / reach, -1.0, 1.0);
        const int end = middle - static_cast<int>(std::lround(value * (middle - 1)));
        for (int y = std::min(middle, end); y <= std::max(middle, end); ++y)
            image.scanLine(y)[x] = 255;
    }
    return image;
}

} // namespace

QPoint planePixel(const Dataset& data, float x, float y)
{
    const double reach = reachOf(data);
    const auto pixel = [reach](double value) {
        const double at = (value + reach) / (2.0 * reach) * (planeSide - 1);
        return static_cast<int>(std::clamp(at, 2.0, planeSide - 3.0));
    };
    return {pixel(static_cast<double>(x)), pixel(-static_cast<double>(y))};
}

QImage sampleImage(const Dataset& data, std::size_t sample)
{
    if (!isImageSet(data)) {
        const float* features = data.features.data() + sample * static_cast<std::size_t>(inputCount(data));
        if (inputCount(data) > 2)
            return barsImage({features, static_cast<std::size_t>(inputCount(data))}, reachOf(data));
        return planeImage(planePixel(data, features[0], inputCount(data) > 1 ? features[1] : 0.0F));
    }
    QImage picture(data.width, data.height, QImage::Format_Grayscale8);
    const auto bytes = image(data, sample);
    for (int row = 0; row < data.height; ++row) {
        std::memcpy(picture.scanLine(row), bytes.data() + static_cast<std::size_t>(row * data.width),
                    static_cast<std::size_t>(data.width));
    }
    return picture;
}

} // namespace chainrule
