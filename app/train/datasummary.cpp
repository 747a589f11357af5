// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/train/datasummary.h"

#include "app/base/errortext.h"
#include "app/data/sampleimage.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

struct DataWords {
    Q_DECLARE_TR_FUNCTIONS(DataWords)
};

constexpr std::size_t mostSums = 16'000'000; // numbers to add up in; beyond, there are no means
constexpr int thumbnailSide = 128;

// Of the largest images there would be more bytes than of the set itself.
QImage thumbnail(const Dataset& data, std::size_t sample)
{
    const QImage image = sampleImage(data, sample);
    if (image.width() <= thumbnailSide && image.height() <= thumbnailSide)
        return image;
    return image.scaled(thumbnailSide, thumbnailSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
}

// Sums over the samples of one class, and how many they are.
struct Sum {
    std::vector<double> values;
    qint64 count = 0;
};

// The mean of images; of features in the plane, how often each place was met; of tables, the mean sample.
QImage meanImage(const Dataset& data, const Sum& sum)
{
    if (sum.count == 0 || sum.values.empty())
        return {};
    const auto count = static_cast<double>(sum.count);
    if (!isImageSet(data) && inputCount(data) > 2) {
        Dataset one;
        one.width = data.width;
        one.height = 1;
        one.columns = data.columns;
        one.labels = {0};
        for (const double value : sum.values)
            one.features.push_back(static_cast<float>(value / count));
        return sampleImage(one, 0);
    }
    const bool plane = !isImageSet(data);
    const int width = plane ? sampleImageSide : data.width;
    const int height = plane ? sampleImageSide : data.height;
    const double most = plane ? *std::max_element(sum.values.begin(), sum.values.end()) : 0.0;
    QImage image(width, height, QImage::Format_Grayscale8);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double value = sum.values[static_cast<std::size_t>(y * width + x)];
            const double grey = plane ? 255.0 * std::sqrt(value / std::max(1.0, most)) : value / count;
            image.scanLine(y)[x] = static_cast<uchar>(std::clamp(std::lround(grey), 0L, 255L));
        }
    }
    return image;
}

} // namespace

QString aboutData(const Dataset& data)
{
    const auto samples = static_cast<int>(std::min<std::size_t>(sampleCount(data), 2'000'000'000));
    const QString classes = DataWords::tr("%Ln class(es)", nullptr, data.classes);
    if (isImageSet(data))
        return DataWords::tr("%Ln image(s) of %1 × %2 in %3", nullptr, samples)
            .arg(data.width)
            .arg(data.height)
            .arg(classes);
    return DataWords::tr("%Ln sample(s) of %1 in %2", nullptr, samples)
        .arg(DataWords::tr("%Ln feature(s)", nullptr, inputCount(data)), classes);
}

DataSummary summarize(const Dataset& data, const std::stop_token& stop)
{
    const bool images = isImageSet(data);
    const bool plane = !images && inputCount(data) <= 2;
    const auto inputs = static_cast<std::size_t>(inputCount(data));
    const std::size_t places = plane ? static_cast<std::size_t>(sampleImageSide) * sampleImageSide : inputs;
    const bool means = places * static_cast<std::size_t>(data.classes) <= mostSums;
    const std::size_t size = means ? places : 0;
    DataSummary summary;
    summary.title = QString::fromStdString(data.name);
    summary.about = aboutData(data);
    summary.note = withTimes(QString::fromStdString(data.note.empty() ? std::string() : data.note + "."));
    summary.meanTitle = images  ? DataWords::tr("Mean image")
                        : plane ? DataWords::tr("Where they lie")
                                : DataWords::tr("Mean sample");

    std::vector<Sum> sums(static_cast<std::size_t>(data.classes), Sum{std::vector<double>(size), 0});
    std::vector<DataClass> classes(sums.size());
    for (std::size_t sample = 0; sample < sampleCount(data); ++sample) {
        if (sample % 1024 == 0 && stop.stop_requested())
            break;
        const std::size_t label = data.labels[sample];
        Sum& sum = sums[label];
        ++sum.count;
        if (!means) {
            // counted only
        } else if (images) {
            const std::uint8_t* const from = data.pixels.data() + sample * inputs;
            for (std::size_t i = 0; i < inputs; ++i)
                sum.values[i] += from[i];
        } else if (plane) {
            const float* const from = data.features.data() + sample * inputs;
            const QPoint at = planePixel(data, from[0], inputs > 1 ? from[1] : 0.0F);
            sum.values[static_cast<std::size_t>(at.y() * sampleImageSide + at.x())] += 1.0;
        } else {
            const float* const from = data.features.data() + sample * inputs;
            for (std::size_t i = 0; i < inputs; ++i)
                sum.values[i] += static_cast<double>(from[i]);
        }
        if (classes[label].samples.size() < examplesPerClass)
            classes[label].samples.push_back(thumbnail(data, sample));
    }

    Sum all{std::vector<double>(size), 0};
    for (std::size_t label = 0; label < classes.size(); ++label) {
        classes[label].name = QString::fromStdString(className(data, static_cast<int>(label)));
        classes[label].count = sums[label].count;
        classes[label].mean = meanImage(data, sums[label]);
        all.count += sums[label].count;
        for (std::size_t i = 0; i < size; ++i)
            all.values[i] += sums[label].values[i];
    }
    DataClass total;
    total.name = DataWords::tr("All");
    total.count = all.count;
    total.mean = meanImage(data, all);
    total.isAll = true;
    for (std::size_t sample = 0; sample < std::min(examplesPerClass, sampleCount(data)); ++sample)
        total.samples.push_back(thumbnail(data, sample));
    summary.classes.push_back(std::move(total));
    std::move(classes.begin(), classes.end(), std::back_inserter(summary.classes));

    for (const FeatureColumn& each : data.columns)
        summary.features.push_back(
            {QString::fromStdString(each.name), each.least, each.mean, each.largest, each.deviation});
    return summary;
}

} // namespace chainrule
