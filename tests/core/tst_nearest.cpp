// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/data/nearest.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace chainrule;

namespace {

Dataset noise(int width, int height, std::size_t count, std::uint64_t seed)
{
    Dataset data;
    data.width = width;
    data.height = height;
    data.classes = 10;
    Random random = makeRandom(seed);
    for (std::size_t i = 0; i < count * static_cast<std::size_t>(width * height); ++i)
        data.pixels.push_back(static_cast<std::uint8_t>(uniform(random, 0.0, 256.0)));
    data.labels.resize(count);
    return data;
}

} // namespace

class TestNearest : public QObject {
    Q_OBJECT

private slots:
    void byHand()
    {
        Dataset data = noise(2, 1, 0, 1);
        data.pixels = {0, 0, 255, 0, 0, 255, 255, 255};
        data.labels = {0, 0, 0, 0};
        const std::vector<std::uint32_t> all{3, 2, 1, 0};
        const std::vector<std::uint8_t> corner{255, 255};
        const auto near = nearestImages(data, all, corner, 3);
        QCOMPARE(near.size(), std::size_t{3});
        QCOMPARE(near[0].sample, 3U);
        QCOMPARE(near[0].distance, 0.0);
        QCOMPARE(near[1].sample, 2U); // as near as 1, and before it
        QCOMPARE(near[2].sample, 1U);
        QCOMPARE(near[2].distance, 1.0);
        QCOMPARE(nearestImages(data, all, corner, 9).size(), std::size_t{4});
        QVERIFY(nearestImages(data, all, corner, 0).empty());
        QVERIFY(nearestImages(data, {}, corner, 2).empty());
    }

    void againstSorting_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::newRow("28 x 28") << 28 << 28;
        QTest::newRow("more pixels than one block") << 101 << 97;
    }

    void againstSorting()
    {
        QFETCH(const int, width);
        QFETCH(const int, height);
        const Dataset data = noise(width, height, 300, 7);
        const Dataset asked = noise(width, height, 1, 8);
        std::vector<std::uint32_t> samples;
        for (std::uint32_t i = 0; i < 300; i += 2)
            samples.push_back(i);
        const auto distance = [&](std::uint32_t sample) {
            double sum = 0.0;
            for (std::size_t i = 0; i < asked.pixels.size(); ++i) {
                const double d = (data.pixels[sample * asked.pixels.size() + i] - asked.pixels[i]) / 255.0;
                sum += d * d;
            }
            return std::sqrt(sum);
        };
        std::vector<std::uint32_t> sorted = samples;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return distance(a) < distance(b); });
        const auto near = nearestImages(data, samples, asked.pixels, 6);
        QCOMPARE(near.size(), std::size_t{6});
        for (std::size_t i = 0; i < near.size(); ++i) {
            QCOMPARE(near[i].sample, sorted[i]);
            QVERIFY(std::abs(near[i].distance - distance(sorted[i])) < 1e-9);
        }
    }

    void stops()
    {
        const Dataset data = noise(28, 28, 3000, 2);
        std::vector<std::uint32_t> samples(3000);
        std::iota(samples.begin(), samples.end(), 0U);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(nearestImages(data, samples, image(data, 0), 6, stop.get_token()).empty());
    }
};

QTEST_GUILESS_MAIN(TestNearest)
#include "tst_nearest.moc"
