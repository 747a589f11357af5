// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sampleimage.h"

#include <algorithm>
#include <cstring>

namespace chainrule {

namespace {

constexpr int planeSide = 56;
constexpr double planeReach = 1.25; // toy features lie about within [-1, 1]

QImage planeImage(float x, float y)
{
    QImage image(planeSide, planeSide, QImage::Format_Grayscale8);
    image.fill(Qt::black);
    const int middle = planeSide / 2;
    for (int i = 0; i < planeSide; ++i) {
        image.scanLine(middle)[i] = 70;
        image.scanLine(i)[middle] = 70;
    }
    const auto pixel = [](double value) {
        const double at = (value + planeReach) / (2.0 * planeReach) * (planeSide - 1);
        return std::clamp(static_cast<int>(at), 2, planeSide - 3);
    };
    const int column = pixel(static_cast<double>(x));
    const int row = pixel(-static_cast<double>(y));
    for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx) {
            if (dx * dx + dy * dy <= 5)
                image.scanLine(row + dy)[column + dx] = 255;
        }
    }
    return image;
}

} // namespace

QImage sampleImage(const Dataset& data, std::size_t sample)
{
    if (!isImageSet(data)) {
        const float* features = data.features.data() + sample * static_cast<std::size_t>(inputCount(data));
        return planeImage(features[0], inputCount(data) > 1 ? features[1] : 0.0F);
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
