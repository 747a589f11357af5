// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/split.h"

#include "core/base/random.h"

#include <QTest>
#include <algorithm>
#include <numeric>
#include <set>

using namespace chainrule;

namespace {

Dataset pool(std::size_t trainingFile, std::size_t testFile)
{
    Dataset data;
    data.name = "pool";
    data.width = data.height = 1;
    data.labels.resize(trainingFile + testFile);
    data.pixels.resize(trainingFile + testFile);
    data.official.training = trainingFile;
    return data;
}

std::vector<std::uint32_t> range(std::uint32_t first, std::size_t count)
{
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

} // namespace

class TestSplit : public QObject {
    Q_OBJECT

private slots:
    void neverGivesASampleTwice()
    {
        const Result<Split> split = makeSplit(pool(600, 100), {400, 100, 200}, 42, true);
        QVERIFY(split.has_value());
        QCOMPARE(split->training.size(), std::size_t{400});
        QCOMPARE(split->validation.size(), std::size_t{100});
        QCOMPARE(split->test.size(), std::size_t{200});
        std::set<std::uint32_t> seen;
        for (const auto* part : {&split->training, &split->validation, &split->test})
            seen.insert(part->begin(), part->end());
        QCOMPARE(seen.size(), std::size_t{700});
        QCOMPARE(*seen.rbegin(), 699U);
    }

    void fileOrderKnowsAValidationFile()
    {
        Dataset data = pool(6, 6);
        data.official.validation = 2; // samples 6 and 7
        QCOMPARE(firstTestSample(data), std::size_t{8});
        const Result<Split> split = makeSplit(data, {4, 1, 4}, 42, false);
        QVERIFY(split.has_value());
        QCOMPARE(split->training, range(0, 4));
        QCOMPARE(split->validation, range(4, 1));
        QCOMPARE(split->test, range(8, 4));
        const Result<Split> tooMany = makeSplit(data, {4, 1, 5}, 42, false);
        QVERIFY(!tooMany);
        QVERIFY(tooMany.error().why.english().find("4 in the test file") != std::string::npos);
    }

    void followsTheDocumentedOrder()
    {
        // Fisher-Yates from the back, by stream 1 of the seed, written out here once more.
        std::vector<std::uint32_t> order = range(0, 50);
        Random random = makeRandom(7, 1);
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[static_cast<std::size_t>(uniformBelow(random, i))]);
        const Result<Split> split = makeSplit(pool(40, 10), {20, 5, 10}, 7, true);
        QVERIFY(split.has_value());
        QCOMPARE(split->training, std::vector<std::uint32_t>(order.begin(), order.begin() + 20));
        QCOMPARE(split->validation, std::vector<std::uint32_t>(order.begin() + 20, order.begin() + 25));
        QCOMPARE(split->test, std::vector<std::uint32_t>(order.begin() + 25, order.begin() + 35));
    }

    void dependsOnTheSeedAlone()
    {
        const Dataset data = pool(1000, 100);
        const auto training = [&](std::uint64_t seed, int count) {
            return makeSplit(data, {count, 0, 0}, seed, true).value().training;
        };
        QCOMPARE(training(1, 500), training(1, 500));
        QVERIFY(training(1, 500) != training(2, 500));
        // More samples of one seed begin with the same ones.
        const std::vector<std::uint32_t> more = training(1, 700);
        QVERIFY(std::equal(more.begin(), more.begin() + 500, training(1, 500).begin()));
    }

    void mixesThePoolEvenly()
    {
        // 1,000 of 10,000, of which 1,000 lie in the test file: 100 expected there, standard deviation 9.
        const Result<Split> split = makeSplit(pool(9000, 1000), {1000, 0, 0}, 3, true);
        QVERIFY(split.has_value());
        const auto late = std::count_if(split->training.begin(), split->training.end(),
                                        [](std::uint32_t sample) { return sample >= 9000; });
        QVERIFY2(late > 55 && late < 145, qPrintable(QString::number(late)));
    }

    void keepsFileOrderUnshuffled()
    {
        for (const std::uint64_t seed : {1U, 2U}) {
            const Result<Split> split = makeSplit(pool(60, 20), {30, 10, 15}, seed, false);
            QVERIFY(split.has_value());
            QCOMPARE(split->training, range(0, 30));
            QCOMPARE(split->validation, range(30, 10));
            QCOMPARE(split->test, range(60, 15));
        }
        QVERIFY(makeSplit(pool(60, 20), {50, 10, 20}, 1, false).has_value());
    }

    void oneFileGivesItsTestSamplesLast()
    {
        const Result<Split> split = makeSplit(pool(60, 0), {30, 10, 20}, 1, false);
        QVERIFY(split.has_value());
        QCOMPARE(split->test, range(40, 20));
        QVERIFY(!makeSplit(pool(60, 0), {30, 10, 21}, 1, false).has_value());
    }

    void refusals_data()
    {
        QTest::addColumn<int>("training");
        QTest::addColumn<int>("validation");
        QTest::addColumn<int>("test");
        QTest::addColumn<bool>("shuffled");
        QTest::addColumn<QStringList>("words");
        QTest::newRow("too many") << 60 << 15 << 6 << true
                                  << QStringList{"81 samples", "60 for training", "are 80", "--train",
                                                 "--test"};
        QTest::newRow("largest numbers")
            << 2147483647 << 2147483647 << 2147483647 << true << QStringList{"6442450941 samples", "are 80"};
        QTest::newRow("training file too small")
            << 51 << 10 << 0 << false << QStringList{"61 training and validation", "60 in the training file"};
        QTest::newRow("test file too small")
            << 1 << 0 << 21 << false << QStringList{"21 test samples", "20 in the test file"};
        QTest::newRow("negative training") << -1 << 0 << 0 << true << QStringList{"-1 training", "--train"};
        QTest::newRow("negative validation")
            << 1 << -2 << 0 << false << QStringList{"-2 validation", "--validation"};
        QTest::newRow("negative test") << 1 << 0 << -3 << true << QStringList{"-3 test", "--test"};
        QTest::newRow("no training") << 0 << 5 << 5 << true << QStringList{"0 training", "--train"};
    }

    void refusals()
    {
        QFETCH(int, training);
        QFETCH(int, validation);
        QFETCH(int, test);
        QFETCH(bool, shuffled);
        QFETCH(QStringList, words);
        const Result<Split> split = makeSplit(pool(60, 20), {training, validation, test}, 1, shuffled);
        QVERIFY(!split.has_value());
        const QString message = QString::fromStdString(split.error().message());
        for (const QString& word : words)
            QVERIFY2(message.contains(word), qPrintable(message));
    }

    void fitsCountsIntoSmallPools()
    {
        const SampleCounts large{10000, 1000, 2000};
        QCOMPARE(fitCounts(large, {}, 70000), large);
        QCOMPARE(fitCounts(large, {}, 13000), large);
        // What is missing comes off the test samples, then the validation samples, then the training samples.
        QCOMPARE(fitCounts(large, {}, 12500), (SampleCounts{10000, 1000, 1500}));
        QCOMPARE(fitCounts(large, {}, 100), (SampleCounts{80, 10, 10}));
        // What was asked for stays.
        QCOMPARE(fitCounts(large, {.test = true}, 12500), (SampleCounts{9500, 1000, 2000}));
        QCOMPARE(fitCounts(large, {.training = true}, 10500), (SampleCounts{10000, 500, 0}));
        QCOMPARE(fitCounts(large, {.training = true, .validation = true, .test = true}, 50), large);
        QCOMPARE(fitCounts(large, {.training = true}, 50), (SampleCounts{10000, 0, 0}));
        QVERIFY(fitCounts(large, {}, 1).training == 1);
    }

    void fittedCountsCanAlwaysBeSplit()
    {
        for (std::size_t size = 1; size < 60; ++size)
            for (const SampleCounts counts : {SampleCounts{10000, 1000, 2000},
                                              {1, 50, 50},
                                              {400, 0, 100},
                                              {30, 2147483647, 2147483647}}) {
                const SampleCounts fitted = fitCounts(counts, {}, size);
                QVERIFY2(makeSplit(pool(size, 0), fitted, 1, true).has_value(),
                         qPrintable(QString("%1: %2 %3 %4")
                                        .arg(size)
                                        .arg(fitted.training)
                                        .arg(fitted.validation)
                                        .arg(fitted.test)));
                QVERIFY(fitted.training <= counts.training && fitted.validation <= counts.validation &&
                        fitted.test <= counts.test);
            }
    }
};

QTEST_GUILESS_MAIN(TestSplit)
#include "tst_split.moc"
