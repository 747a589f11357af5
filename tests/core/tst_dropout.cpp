// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/dropout.h"

#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

// The masks of dropout layers: how many inputs are left out, what the others are multiplied with, that no two
// masks have to do with each other, and recorded bits.
using namespace chainrule;

class TestDropout : public QObject {
    Q_OBJECT

private slots:
    void leavesOutItsShare_data();
    void leavesOutItsShare();
    void multipliesTheOthersExactly();
    void keepsEverythingAtRateZero();
    void precisionsLeaveOutTheSame();
    void unitsDoNotDependOnTheirNumber();
    void higherRatesLeaveOutMore();
    void keysAreDifferent();
    void masksAreIndependent_data();
    void masksAreIndependent();
    void unitsAreIndependent();
    void everyUnitAndPositionHasItsShare();
    void matchesTheRecordedMasks();
};

namespace {

std::vector<double> maskOf(std::uint64_t key, double rate, std::size_t units)
{
    std::vector<double> factors(units, -1.0);
    fillDropout<double>(key, rate, factors);
    return factors;
}

// The masks of many keys one after the other; keyOf(i) is the i-th.
std::vector<double> masksOf(const std::function<std::uint64_t(std::size_t)>& keyOf, std::size_t keys,
                            std::size_t units)
{
    std::vector<double> all;
    for (std::size_t i = 0; i < keys; ++i) {
        const std::vector<double> mask = maskOf(keyOf(i), 0.5, units);
        all.insert(all.end(), mask.begin(), mask.end());
    }
    return all;
}

// Pearson's correlation of a[i] and b[i + shift] times the root of their number: about standard normal where
// they are independent.
double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t shift = 0)
{
    const std::size_t count = a.size() - shift;
    const auto n = static_cast<double>(count);
    double sumA = 0.0;
    double sumB = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        sumA += a[i];
        sumB += b[i + shift];
    }
    double both = 0.0;
    double squaresA = 0.0;
    double squaresB = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double partA = a[i] - sumA / n;
        const double partB = b[i + shift] - sumB / n;
        both += partA * partB;
        squaresA += partA * partA;
        squaresB += partB * partB;
    }
    return both / std::sqrt(squaresA * squaresB) * std::sqrt(n);
}

constexpr double sigmas = 4.0;

} // namespace

void TestDropout::leavesOutItsShare_data()
{
    QTest::addColumn<double>("rate");
    for (const double rate : {0.001, 0.01, 0.1, 0.2, 0.3, 0.5, 0.75, 0.9, 0.999})
        QTest::addRow("%g", rate) << rate;
}

void TestDropout::leavesOutItsShare()
{
    QFETCH(const double, rate);
    constexpr std::size_t keys = 1000;
    constexpr std::size_t units = 1000;
    double leftOut = 0.0;
    for (std::size_t i = 0; i < keys; ++i) {
        const std::vector<double> mask = maskOf(dropoutKey(1, 2, 3, i), rate, units);
        leftOut += static_cast<double>(std::count(mask.begin(), mask.end(), 0.0));
    }
    constexpr auto count = static_cast<double>(keys * units);
    const double deviation = std::sqrt(count * rate * (1.0 - rate));
    QVERIFY2(std::abs(leftOut - count * rate) <= sigmas * deviation,
             qPrintable(QString::number((leftOut - count * rate) / deviation)));
}

void TestDropout::multipliesTheOthersExactly()
{
    for (const double rate : {0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99}) {
        std::vector<double> doubles(1000);
        std::vector<float> floats(1000);
        fillDropout<double>(dropoutKey(5, 6, 7, 8), rate, doubles);
        fillDropout<float>(dropoutKey(5, 6, 7, 8), rate, floats);
        const double kept = 1.0 / (1.0 - rate);
        for (const double factor : doubles)
            QVERIFY(factor == 0.0 || factor == kept);
        for (const float factor : floats)
            QVERIFY(factor == 0.0F || factor == static_cast<float>(kept));
        QVERIFY(std::find(doubles.begin(), doubles.end(), kept) != doubles.end());
    }
}

void TestDropout::keepsEverythingAtRateZero()
{
    for (std::size_t position = 0; position < 100; ++position) {
        for (const double factor : maskOf(dropoutKey(0, 0, 0, position), 0.0, 1000))
            QVERIFY(factor == 1.0);
    }
}

void TestDropout::precisionsLeaveOutTheSame()
{
    for (std::size_t position = 0; position < 100; ++position) {
        const std::uint64_t key = dropoutKey(9, 1, 0, position);
        std::vector<double> doubles(100);
        std::vector<float> floats(100);
        fillDropout<double>(key, 0.3, doubles);
        fillDropout<float>(key, 0.3, floats);
        for (std::size_t unit = 0; unit < doubles.size(); ++unit)
            QCOMPARE(floats[unit] == 0.0F, doubles[unit] == 0.0);
    }
}

void TestDropout::unitsDoNotDependOnTheirNumber()
{
    const std::uint64_t key = dropoutKey(3, 4, 5, 6);
    const std::vector<double> all = maskOf(key, 0.4, 300);
    for (const std::size_t units : {0U, 1U, 7U, 64U, 299U})
        QCOMPARE(maskOf(key, 0.4, units),
                 std::vector<double>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(units)));
}

void TestDropout::higherRatesLeaveOutMore()
{
    // The rate is a threshold: what a rate leaves out, every higher one does too.
    const std::uint64_t key = dropoutKey(3, 4, 5, 6);
    std::vector<double> before = maskOf(key, 0.0, 2000);
    for (const double rate : {0.1, 0.3, 0.5, 0.8, 0.95}) {
        const std::vector<double> mask = maskOf(key, rate, before.size());
        for (std::size_t unit = 0; unit < mask.size(); ++unit)
            QVERIFY(before[unit] != 0.0 || mask[unit] == 0.0);
        before = mask;
    }
}

void TestDropout::keysAreDifferent()
{
    // Small numbers in every place, so that places that were taken for one another would meet.
    std::vector<std::uint64_t> keys;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (std::int64_t step = 0; step < 20; ++step) {
            for (std::size_t layer = 0; layer < 20; ++layer) {
                for (std::size_t position = 0; position < 20; ++position)
                    keys.push_back(dropoutKey(seed, step, layer, position));
            }
        }
    }
    std::sort(keys.begin(), keys.end());
    QVERIFY(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

void TestDropout::masksAreIndependent_data()
{
    QTest::addColumn<int>("place");
    QTest::addColumn<int>("distance");
    for (const int distance : {1, 2, 64, 4096}) {
        QTest::addRow("seed, %d apart", distance) << 0 << distance;
        QTest::addRow("step, %d apart", distance) << 1 << distance;
        QTest::addRow("layer, %d apart", distance) << 2 << distance;
        QTest::addRow("position, %d apart", distance) << 3 << distance;
    }
}

void TestDropout::masksAreIndependent()
{
    QFETCH(const int, place);
    QFETCH(const int, distance);
    const auto keyAt = [&](std::size_t i, int offset) {
        // Four numbers that run through small ranges; one of them is moved.
        std::array<std::uint64_t, 4> numbers{i % 5, i / 5 % 20, i / 100 % 4, i / 400};
        numbers[static_cast<std::size_t>(place)] += static_cast<std::uint64_t>(offset);
        return dropoutKey(numbers[0], static_cast<std::int64_t>(numbers[1]),
                          static_cast<std::size_t>(numbers[2]), static_cast<std::size_t>(numbers[3]));
    };
    const std::vector<double> here = masksOf([&](std::size_t i) { return keyAt(i, 0); }, 2000, 100);
    const std::vector<double> there = masksOf([&](std::size_t i) { return keyAt(i, distance); }, 2000, 100);
    // Units next to each other too: a key that is one step of the counter further would give a shifted mask.
    for (std::size_t shift = 0; shift < 4; ++shift) {
        QVERIFY2(std::abs(correlation(here, there, shift)) <= sigmas,
                 qPrintable(QString::number(correlation(here, there, shift))));
        QVERIFY2(std::abs(correlation(there, here, shift)) <= sigmas,
                 qPrintable(QString::number(correlation(there, here, shift))));
    }
}

void TestDropout::unitsAreIndependent()
{
    const std::vector<double> mask = maskOf(dropoutKey(1, 1, 1, 1), 0.5, 500'000);
    for (std::size_t shift = 1; shift <= 64; ++shift)
        QVERIFY2(std::abs(correlation(mask, mask, shift)) <= sigmas,
                 qPrintable(QString::number(correlation(mask, mask, shift))));
}

void TestDropout::everyUnitAndPositionHasItsShare()
{
    constexpr std::size_t size = 256;
    constexpr int steps = 400;
    constexpr double rate = 0.3;
    std::vector<double> ofUnit(size, 0.0);
    std::vector<double> ofPosition(size, 0.0);
    for (int step = 0; step < steps; ++step) {
        for (std::size_t position = 0; position < size; ++position) {
            const std::vector<double> mask = maskOf(dropoutKey(11, step, 1, position), rate, size);
            for (std::size_t unit = 0; unit < size; ++unit) {
                ofUnit[unit] += mask[unit] == 0.0;
                ofPosition[position] += mask[unit] == 0.0;
            }
        }
    }
    // Sums of squared standard normal numbers: `size` on average, with a deviation of sqrt(2 size).
    constexpr double count = static_cast<double>(size) * steps;
    for (const std::vector<double>& counts : {ofUnit, ofPosition}) {
        double squares = 0.0;
        for (const double leftOut : counts)
            squares += std::pow(leftOut - count * rate, 2) / (count * rate * (1.0 - rate));
        const double offset = (squares - size) / std::sqrt(2.0 * size);
        QVERIFY2(std::abs(offset) <= sigmas, qPrintable(QString::number(offset)));
    }
}

void TestDropout::matchesTheRecordedMasks()
{
    // Worked out with whole numbers in Python. Bit i of the words is set where unit i is left out.
    const struct {
        std::uint64_t seed;
        std::int64_t step;
        std::size_t layer;
        std::size_t position;
        std::uint64_t key;
        std::uint64_t leftOut03; ///< at the rate 0.3
        std::uint64_t leftOut05; ///< at the rate 0.5
    } cases[] = {
        {0ULL, 0, 0, 0, 0xc213c59a64d9cf09, 0x4417daea20c28314, 0x643fdbebb0c6ab1f},
        {1ULL, 0, 0, 0, 0x6f970d2d208a1266, 0x164408b8806451e0, 0x16448cb880f551e1},
        {0ULL, 1, 0, 0, 0x9b2903f7bf1ed983, 0x0a389841084192c0, 0x4a7b9ce30b41f3c0},
        {0ULL, 0, 1, 0, 0xbca629675981fdf5, 0x91422d481c253281, 0x915aef481ca536e1},
        {0ULL, 0, 0, 1, 0x99d3cea654edaabc, 0x082b23762c1a2a20, 0x9c6f33766f9b3b24},
        {42ULL, 7, 2, 31, 0x4680ae405a9ee851, 0x1250a7c2239a8081, 0x9274afc2679b9cad},
        {1ULL, 999999, 3, 255, 0x8e11e68acaf76379, 0x009c1247b0400d00, 0x60df56cff2606d00},
        {18446744073709551615ULL, 4611686018427387904, 63, 1000000, 0xf66be4b6cc51fdb1, 0x3160e740cc38d1c0,
         0x317ce748cc38d1f2},
    };
    for (const auto& each : cases) {
        const std::uint64_t key = dropoutKey(each.seed, each.step, each.layer, each.position);
        QCOMPARE(key, each.key);
        const std::vector<double> low = maskOf(key, 0.3, 64);
        const std::vector<double> high = maskOf(key, 0.5, 64);
        for (std::size_t unit = 0; unit < 64; ++unit) {
            QCOMPARE(low[unit] == 0.0, (each.leftOut03 >> unit & 1) == 1);
            QCOMPARE(high[unit] == 0.0, (each.leftOut05 >> unit & 1) == 1);
        }
    }
}

QTEST_GUILESS_MAIN(TestDropout)
#include "tst_dropout.moc"
