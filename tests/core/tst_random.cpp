// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/data/toydata.h"

#include <QtTest>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

using namespace chainrule;

class TestRandom : public QObject {
    Q_OBJECT

private slots:
    void matchesThePublishedGenerator();
    void seedsAsPublished();
    void streamsDiffer();
    void uniformIsUniform();
    void uniformKeepsItsBounds();
    void normalIsNormal();
    void normalIsTheSameEverywhere();
    void toySetsAreTheSameEverywhere();
    void uniformBelowIsUnbiased_data();
    void uniformBelowIsUnbiased();
    void uniformBelowRejectsTheExcess();
    void shuffleIsAPermutation();
    void shuffleReachesEveryOrderEqually();
};

namespace {

// Chi-square statistic of observed counts against equal expectations.
double chiSquare(const std::vector<int>& counts)
{
    const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
    const double expected = total / static_cast<double>(counts.size());
    double sum = 0.0;
    for (const int count : counts)
        sum += (count - expected) * (count - expected) / expected;
    return sum;
}

// A bound that a chi-square variable of that many degrees of freedom passes with a probability under one
// in 100,000 (Wilson and Hilferty's approximation at 4.3 deviations).
double chiSquareBound(std::size_t degrees)
{
    const double k = static_cast<double>(degrees);
    const double root = 1.0 - 2.0 / (9.0 * k) + 4.3 * std::sqrt(2.0 / (9.0 * k));
    return k * root * root * root;
}

} // namespace

void TestRandom::matchesThePublishedGenerator()
{
    // The authors' xoshiro256plusplus.c from state {1, 2, 3, 4}, worked out with whole numbers in Python.
    Random random;
    random.state = {1, 2, 3, 4};
    for (const std::uint64_t expected :
         {41943041ULL, 58720359ULL, 3588806011781223ULL, 3591011842654386ULL, 9228616714210784205ULL,
          9973669472204895162ULL, 14011001112246962877ULL, 12406186145184390807ULL, 15849039046786891736ULL,
          10450023813501588000ULL})
        QCOMPARE(nextBits(random), expected);
}

void TestRandom::seedsAsPublished()
{
    // SplitMix64 from seed ^ splitmix64(stream), four words of state, then four outputs; from Python.
    const struct {
        std::uint64_t seed;
        std::uint64_t stream;
        std::array<std::uint64_t, 4> outputs;
    } cases[] = {
        {42, 0, {0x5b5e4a1bffcbb2f3, 0xdad6b47570f6111d, 0xaa41d8357b710b2f, 0xf02f3789cdc59c40}},
        {42, 1, {0x4d508bae6104bff7, 0x534b2b63a88304f1, 0x3ac1b4daf5b49882, 0x34ba4dc49afa3b91}},
        {43, 0, {0x6b61d7c98d9b6286, 0x62193adcf20e4cd2, 0x9053cf25df1db8d3, 0xdce986a11073be5e}},
        {0, 0, {0x84f09bf307c1073a, 0xc82ffb597ceee51b, 0xadf96905c5df4417, 0xe9d9a8489d042c93}},
    };
    for (const auto& each : cases) {
        Random random = makeRandom(each.seed, each.stream);
        for (const std::uint64_t expected : each.outputs)
            QCOMPARE(nextBits(random), expected);
    }
}

void TestRandom::streamsDiffer()
{
    std::vector<std::uint64_t> firsts;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        for (std::uint64_t stream = 0; stream < 100; ++stream) {
            Random random = makeRandom(seed, stream);
            firsts.push_back(nextBits(random));
        }
    }
    std::ranges::sort(firsts);
    QVERIFY(std::ranges::adjacent_find(firsts) == firsts.end());
}

void TestRandom::uniformIsUniform()
{
    Random random = makeRandom(1);
    constexpr int count = 200'000;
    std::vector<int> counts(100);
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
        const double value = uniform(random);
        QVERIFY(value >= 0.0 && value < 1.0);
        sum += value;
        ++counts[static_cast<std::size_t>(value * 100.0)];
    }
    QVERIFY(std::abs(sum / count - 0.5) < 5.0 * std::sqrt(1.0 / 12.0 / count));
    QVERIFY(chiSquare(counts) < chiSquareBound(99));
}

void TestRandom::uniformKeepsItsBounds()
{
    Random random = makeRandom(3);
    double lowest = 10.0;
    double highest = -10.0;
    for (int i = 0; i < 100'000; ++i) {
        const double value = uniform(random, -2.0, 3.0);
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
    }
    QVERIFY(lowest >= -2.0 && lowest < -1.999);
    QVERIFY(highest < 3.0 && highest > 2.999);
}

void TestRandom::normalIsTheSameEverywhere()
{
    Random random = makeRandom(42, 7);
    for (const double recorded :
         {-0x1.4ca3c368fe97cp-1, 0x1.1a0d0e72594dp-4, -0x1.68a237854b806p-1, 0x1.eb291e80c8c77p-3,
          -0x1.49bfb8c0b6691p-1, -0x1.848f04d93f732p-2, -0x1.6fb7e26625697p-2, -0x1.99ee1468a143ep-1})
        QCOMPARE(std::bit_cast<std::uint64_t>(normal(random)), std::bit_cast<std::uint64_t>(recorded));
    double sum = 0.0;
    for (int i = 0; i < 100'000; ++i)
        sum += normal(random);
    QVERIFY(sum == -0x1.0bb53031c9044p+9);
}

void TestRandom::toySetsAreTheSameEverywhere()
{
    const struct {
        ToySet set;
        double one;
        double sum;
    } recorded[] = {{ToySet::Xor, -0x1.bb98acp-2, -0x1.10b76e98p-1},
                    {ToySet::Circles, 0x1.674256p-3, 0x1.e5e96045p+2},
                    {ToySet::Moons, 0x1.5ec9acp-4, -0x1.3a70decp-1},
                    {ToySet::Spiral, 0x1.602bdp-7, -0x1.34985cdep+1}};
    for (const auto& each : recorded) {
        const Dataset data = makeToySet(each.set, 50, 0.1, 3);
        double sum = 0.0;
        for (const float feature : data.features)
            sum += static_cast<double>(feature);
        QVERIFY(static_cast<double>(data.features[7]) == each.one);
        QVERIFY(sum == each.sum);
    }
}

void TestRandom::normalIsNormal()
{
    Random random = makeRandom(2);
    constexpr int count = 400'000;
    double powers[5] = {};
    int withinOne = 0;
    int beyondThree = 0;
    double product = 0.0;
    double before = 0.0;
    for (int i = 0; i < count; ++i) {
        const double value = normal(random);
        double power = 1.0;
        for (double& sum : powers) {
            sum += power;
            power *= value;
        }
        withinOne += std::abs(value) < 1.0 ? 1 : 0;
        beyondThree += std::abs(value) > 3.0 ? 1 : 0;
        product += value * before;
        before = value;
    }
    // Moments of the standard normal: 0, 1, 0, 3; standard errors sqrt(1, 2, 15, 96 / count); five of them.
    const double error = 5.0 / std::sqrt(static_cast<double>(count));
    QVERIFY(std::abs(powers[1] / count) < error);
    QVERIFY(std::abs(powers[2] / count - 1.0) < error * std::sqrt(2.0));
    QVERIFY(std::abs(powers[3] / count) < error * std::sqrt(15.0));
    QVERIFY(std::abs(powers[4] / count - 3.0) < error * std::sqrt(96.0));
    QVERIFY(std::abs(product / count) < error); // neighbours, which come in pairs, are independent
    // Shares within one and beyond three deviations, from the error function.
    const double inside = std::erf(1.0 / std::sqrt(2.0));
    const double outside = std::erfc(3.0 / std::sqrt(2.0));
    QVERIFY(std::abs(withinOne / double{count} - inside) < error * std::sqrt(inside * (1.0 - inside)));
    QVERIFY(std::abs(beyondThree / double{count} - outside) < error * std::sqrt(outside));
}

void TestRandom::uniformBelowIsUnbiased_data()
{
    QTest::addColumn<int>("bound");
    for (const int bound : {2, 3, 7, 10, 64, 100})
        QTest::addRow("%d", bound) << bound;
}

void TestRandom::uniformBelowIsUnbiased()
{
    QFETCH(int, bound);
    Random random = makeRandom(11, static_cast<std::uint64_t>(bound));
    std::vector<int> counts(static_cast<std::size_t>(bound));
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t value = uniformBelow(random, static_cast<std::uint64_t>(bound));
        QVERIFY(value < static_cast<std::uint64_t>(bound));
        ++counts[value];
    }
    QVERIFY(chiSquare(counts) < chiSquareBound(counts.size() - 1));
}

void TestRandom::uniformBelowRejectsTheExcess()
{
    Random random = makeRandom(1);
    for (int i = 0; i < 100; ++i)
        QCOMPARE(uniformBelow(random, 1), std::uint64_t{0});

    // With a bound of 3 * 2^62 a plain remainder would give values under 2^62 half of the time instead of a
    // third of it.
    constexpr std::uint64_t quarter = std::uint64_t{1} << 62;
    std::vector<int> counts(3);
    for (int i = 0; i < 30'000; ++i) {
        const std::uint64_t value = uniformBelow(random, 3 * quarter);
        QVERIFY(value < 3 * quarter);
        ++counts[value / quarter];
    }
    QVERIFY(chiSquare(counts) < chiSquareBound(2));
}

void TestRandom::shuffleIsAPermutation()
{
    Random random = makeRandom(4);
    for (const std::size_t size : {0U, 1U, 2U, 3U, 1000U}) {
        std::vector<int> items(size);
        std::iota(items.begin(), items.end(), 0);
        const std::vector<int> before = items;
        shuffle(std::span(items), random);
        if (size == 1000)
            QVERIFY(items != before);
        std::ranges::sort(items);
        QVERIFY(items == before);
    }
    std::vector<int> first(100);
    std::iota(first.begin(), first.end(), 0);
    std::vector<int> second = first;
    Random a = makeRandom(9);
    Random b = makeRandom(9);
    shuffle(std::span(first), a);
    shuffle(std::span(second), b);
    QVERIFY(first == second);
}

void TestRandom::shuffleReachesEveryOrderEqually()
{
    Random random = makeRandom(6);
    std::vector<int> counts(24);
    for (int i = 0; i < 48'000; ++i) {
        std::array<int, 4> items{0, 1, 2, 3};
        shuffle(std::span<int>(items), random);
        // The order's number in the factorial system.
        std::size_t number = 0;
        for (std::size_t at = 0; at < 4; ++at) {
            const auto smaller = std::count_if(items.begin() + static_cast<std::ptrdiff_t>(at), items.end(),
                                               [&](int item) { return item < items[at]; });
            number = number * (4 - at) + static_cast<std::size_t>(smaller);
        }
        ++counts[number];
    }
    QVERIFY(chiSquare(counts) < chiSquareBound(23));
}

QTEST_GUILESS_MAIN(TestRandom)
#include "tst_random.moc"
