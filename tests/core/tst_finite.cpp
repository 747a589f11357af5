// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/finite.h"

#include <QtTest>

#include <limits>
#include <vector>

using namespace chainrule;

class TestFinite : public QObject {
    Q_OBJECT

    static constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

private slots:
    void findsWhatIsNotFinite()
    {
        QVERIFY(allFinite(std::span<const double>()));
        for (const double broken : {infinity, -infinity, nan}) {
            for (std::size_t i = 0; i < 17; ++i) {
                std::vector<double> values(17, -1e308);
                QVERIFY(allFinite(std::span<const double>(values)));
                QCOMPARE(maximumMagnitude(std::span<const double>(values)), 1e308);
                values[i] = broken;
                QVERIFY(!allFinite(std::span<const double>(values)));
                QVERIFY(!std::isfinite(maximumMagnitude(std::span<const double>(values))));
            }
        }
    }

    void theWorstIsTheFirstBrokenOrTheLargest()
    {
        const auto worst = [](std::vector<double> values) {
            return worstMagnitude(std::span<const double>(values));
        };
        QCOMPARE(worst({1.0}), std::size_t{0});
        QCOMPARE(worst({0.0, 3.0, 2.0, 3.0}), std::size_t{1});
        QCOMPARE(worst({0.0, 3.0, infinity, nan}), std::size_t{2});
        QCOMPARE(worst({9.0, nan, infinity}), std::size_t{1});
    }

    void aStepStaysFiniteWithAMargin()
    {
        QVERIFY(stepIsFinite(1e100, 0.1));
        QVERIFY(!stepIsFinite(1e200, 0.1)); // Adam squares it
        QVERIFY(!stepIsFinite(1e100, 1e250));
        QVERIFY(!stepIsFinite(1e20F, 0.1));
        QVERIFY(!stepIsFinite(nan, 0.1));
        QVERIFY(!stepIsFinite(infinity, 0.0));
    }
};

QTEST_GUILESS_MAIN(TestFinite)
#include "tst_finite.moc"
