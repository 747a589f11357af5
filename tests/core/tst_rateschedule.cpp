// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/settings/rateschedule.h"

#include <QtTest>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

// The schedules of the learning rate against their closed forms, for short and long runs, and recorded bits.
using namespace chainrule;

class TestRateSchedule : public QObject {
    Q_OBJECT

private slots:
    void followsItsClosedForm_data();
    void followsItsClosedForm();
    void constantIsExactlyOne();
    void stepChangesAtTheThirds();
    void oneStep();
    void twoSteps();
    void staysWithinItsBounds_data();
    void staysWithinItsBounds();
    void fallsAllTheTime();
    void oneCycleRisesAndFalls();
    void warmUpIsALine_data();
    void warmUpIsALine();
    void warmUpLongerThanTheRun();
    void namesComeBack();
    void matchesTheRecordedBits();
};

namespace {

using std::numbers::pi;

// As the papers and PyTorch's documentation have them, with the C library's functions.
double closedForm(RateSchedule schedule, double step, double steps)
{
    switch (schedule) {
    case RateSchedule::Constant:
        return 1.0;
    case RateSchedule::Step:
        return std::pow(0.1, std::floor(3.0 * step / steps));
    case RateSchedule::Exponential:
        return std::pow(0.01, step / steps);
    case RateSchedule::Cosine:
        return (1.0 + std::cos(pi * step / steps)) / 2.0;
    case RateSchedule::OneCycle: {
        const double peak = 0.3 * steps - 1.0; // step of the highest rate, perhaps between two whole ones
        if (step <= peak)
            return 1.0 - (1.0 - 1.0 / 25.0) * (1.0 + std::cos(pi * step / peak)) / 2.0;
        const double part = (step - peak) / (steps - 1.0 - peak);
        return 1.0 / 250'000.0 + (1.0 - 1.0 / 250'000.0) * (1.0 + std::cos(pi * part)) / 2.0;
    }
    }
    return std::numeric_limits<double>::quiet_NaN();
}

void addRuns()
{
    QTest::addColumn<RateSchedule>("schedule");
    QTest::addColumn<int>("steps");
    for (const RateScheduleRow& row : rateScheduleTable) {
        for (const int steps : {1, 2, 3, 4, 5, 6, 7, 10, 30, 31, 32, 100, 1000, 4321})
            QTest::addRow("%s, %d steps", row.name.data(), steps) << row.schedule << steps;
    }
}

} // namespace

void TestRateSchedule::followsItsClosedForm_data()
{
    addRuns();
}

void TestRateSchedule::followsItsClosedForm()
{
    QFETCH(const RateSchedule, schedule);
    QFETCH(const int, steps);
    for (int step = 0; step < steps; ++step) {
        const double actual = rateFactor(schedule, step, steps, 0);
        const double expected = closedForm(schedule, step, steps);
        QVERIFY2(std::abs(actual - expected) <= 2e-15, qPrintable(QStringLiteral("step %1: %2, not %3")
                                                                      .arg(step)
                                                                      .arg(actual, 0, 'g', 17)
                                                                      .arg(expected, 0, 'g', 17)));
    }
}

void TestRateSchedule::constantIsExactlyOne()
{
    for (const std::int64_t steps : {std::int64_t{1}, std::int64_t{30}, std::int64_t{1} << 40}) {
        for (const std::int64_t step : {std::int64_t{0}, steps / 2, steps - 1})
            QVERIFY(rateFactor(RateSchedule::Constant, step, steps, 0) == 1.0);
    }
}

void TestRateSchedule::stepChangesAtTheThirds()
{
    // Where the thirds are no whole steps, the first step behind them is the first with the lower rate.
    const struct {
        int steps;
        int second;
        int third;
    } cases[] = {{3, 1, 2}, {30, 10, 20}, {31, 11, 21}, {32, 11, 22}, {1000, 334, 667}};
    for (const auto& each : cases) {
        for (int step = 0; step < each.steps; ++step) {
            const double expected = step < each.second ? 1.0 : (step < each.third ? 0.1 : 0.01);
            QVERIFY(rateFactor(RateSchedule::Step, step, each.steps, 0) == expected);
        }
    }
}

void TestRateSchedule::oneStep()
{
    // The only step is the first; of one cycle it is the last, as in PyTorch.
    for (const RateScheduleRow& row : rateScheduleTable) {
        const double expected = row.schedule == RateSchedule::OneCycle ? 1.0 / 250'000.0 : 1.0;
        QVERIFY(std::abs(rateFactor(row.schedule, 0, 1, 0) - expected) <= 1e-15);
    }
    // A run without steps has no rate, but asking for one does no harm.
    for (const RateScheduleRow& row : rateScheduleTable)
        QVERIFY(std::isfinite(rateFactor(row.schedule, 0, 0, 0)));
}

void TestRateSchedule::twoSteps()
{
    const auto isAbout = [](double actual, double expected) { return std::abs(actual - expected) <= 1e-15; };
    QVERIFY(rateFactor(RateSchedule::Constant, 1, 2, 0) == 1.0);
    QVERIFY(rateFactor(RateSchedule::Step, 0, 2, 0) == 1.0);
    QVERIFY(rateFactor(RateSchedule::Step, 1, 2, 0) == 0.1);
    QVERIFY(isAbout(rateFactor(RateSchedule::Exponential, 1, 2, 0), 0.1));
    QVERIFY(isAbout(rateFactor(RateSchedule::Cosine, 1, 2, 0), 0.5));
    QVERIFY(isAbout(rateFactor(RateSchedule::OneCycle, 1, 2, 0), 1.0 / 250'000.0));
}

void TestRateSchedule::staysWithinItsBounds_data()
{
    addRuns();
}

void TestRateSchedule::staysWithinItsBounds()
{
    QFETCH(const RateSchedule, schedule);
    QFETCH(const int, steps);
    for (int step = 0; step < steps; ++step) {
        for (const int warmup : {0, 1, 2, steps, 10 * steps}) {
            const double factor = rateFactor(schedule, step, steps, warmup);
            QVERIFY(factor > 0.0); // false for NaN
            QVERIFY(factor <= 1.0);
        }
    }
}

void TestRateSchedule::fallsAllTheTime()
{
    for (const RateSchedule schedule : {RateSchedule::Exponential, RateSchedule::Cosine}) {
        for (int step = 1; step < 1000; ++step)
            QVERIFY(rateFactor(schedule, step, 1000, 0) < rateFactor(schedule, step - 1, 1000, 0));
        QVERIFY(rateFactor(schedule, 0, 1000, 0) == 1.0);
    }
}

void TestRateSchedule::oneCycleRisesAndFalls()
{
    const auto factor = [](int step) { return rateFactor(RateSchedule::OneCycle, step, 1000, 0); };
    for (int step = 1; step < 1000; ++step)
        QCOMPARE(factor(step) > factor(step - 1), step <= 299);
    QVERIFY(std::abs(factor(0) - 1.0 / 25.0) <= 1e-15);
    QVERIFY(factor(299) == 1.0);
    QVERIFY(std::abs(factor(999) - 1.0 / 250'000.0) <= 1e-15);
}

void TestRateSchedule::warmUpIsALine_data()
{
    addRuns();
}

void TestRateSchedule::warmUpIsALine()
{
    QFETCH(const RateSchedule, schedule);
    QFETCH(const int, steps);
    for (const int warmup : {0, 1, 2, 7, steps}) {
        for (int step = 0; step < steps; ++step) {
            const double without = rateFactor(schedule, step, steps, 0);
            const double with = rateFactor(schedule, step, steps, warmup);
            if (step < warmup)
                QVERIFY(std::abs(with - without * (step + 1) / warmup) <= 4e-16);
            else
                QVERIFY(with == without);
        }
    }
}

void TestRateSchedule::warmUpLongerThanTheRun()
{
    // It breaks off: the rate never gets to its full height.
    for (int step = 0; step < 5; ++step) {
        const double expected = static_cast<double>(step + 1) / 20.0;
        QVERIFY(rateFactor(RateSchedule::Constant, step, 5, 20) == expected);
    }
    constexpr int longest = std::numeric_limits<int>::max();
    QVERIFY(rateFactor(RateSchedule::Constant, 0, 5, longest) == 1.0 / longest);
}

void TestRateSchedule::namesComeBack()
{
    for (const RateScheduleRow& row : rateScheduleTable) {
        const Result<RateSchedule> schedule = rateScheduleFromName(row.name);
        QVERIFY(schedule);
        QVERIFY(*schedule == row.schedule);
        QVERIFY(rateScheduleName(row.schedule) == row.name);
    }
    QVERIFY(!rateScheduleFromName("Cosine"));
    QVERIFY(!rateScheduleFromName(""));
}

void TestRateSchedule::matchesTheRecordedBits()
{
    // Seeds promise the same numbers on every machine, so the rate must have the same bits.
    const struct {
        RateSchedule schedule;
        std::int64_t step;
        std::int64_t steps;
        int warmup;
        std::uint64_t bits;
    } cases[] = {
        {RateSchedule::Constant, 1, 3, 5, 0x3fd999999999999a},
        {RateSchedule::Constant, 7, 30, 0, 0x3ff0000000000000},
        {RateSchedule::Constant, 22, 31, 0, 0x3ff0000000000000},
        {RateSchedule::Constant, 3, 1000, 10, 0x3fd999999999999a},
        {RateSchedule::Constant, 500, 1000, 0, 0x3ff0000000000000},
        {RateSchedule::Constant, 999, 1000, 0, 0x3ff0000000000000},
        {RateSchedule::Constant, 123456, 1000000, 0, 0x3ff0000000000000},
        {RateSchedule::Step, 1, 3, 5, 0x3fa47ae147ae147c},
        {RateSchedule::Step, 7, 30, 0, 0x3ff0000000000000},
        {RateSchedule::Step, 22, 31, 0, 0x3f847ae147ae147b},
        {RateSchedule::Step, 3, 1000, 10, 0x3fd999999999999a},
        {RateSchedule::Step, 500, 1000, 0, 0x3fb999999999999a},
        {RateSchedule::Step, 999, 1000, 0, 0x3f847ae147ae147b},
        {RateSchedule::Step, 123456, 1000000, 0, 0x3ff0000000000000},
        {RateSchedule::Exponential, 1, 3, 5, 0x3fb60fb8a566f627},
        {RateSchedule::Exponential, 7, 30, 0, 0x3fd5da659997bcbe},
        {RateSchedule::Exponential, 22, 31, 0, 0x3fa37ea070c8865c},
        {RateSchedule::Exponential, 3, 1000, 10, 0x3fd93fae658cd847},
        {RateSchedule::Exponential, 500, 1000, 0, 0x3fb9999999999998},
        {RateSchedule::Exponential, 999, 1000, 0, 0x3f8493147d24ad7c},
        {RateSchedule::Exponential, 123456, 1000000, 0, 0x3fe21f927ffcd70c},
        {RateSchedule::Cosine, 1, 3, 5, 0x3fd3333333333334},
        {RateSchedule::Cosine, 7, 30, 0, 0x3febe3ebd419df61},
        {RateSchedule::Cosine, 22, 31, 0, 0x3fc8d3416dd165da},
        {RateSchedule::Cosine, 3, 1000, 10, 0x3fd99974580117e7},
        {RateSchedule::Cosine, 500, 1000, 0, 0x3fe0000000000000},
        {RateSchedule::Cosine, 999, 1000, 0, 0x3ec4b2b2fc020000},
        {RateSchedule::Cosine, 123456, 1000000, 0, 0x3feecfc4ebd2c194},
        {RateSchedule::OneCycle, 1, 3, 5, 0x3fc7afe0852c9670},
        {RateSchedule::OneCycle, 7, 30, 0, 0x3feed4aea0e5109c},
        {RateSchedule::OneCycle, 22, 31, 0, 0x3fd32b13012d8d7a},
        {RateSchedule::OneCycle, 3, 1000, 10, 0x3f907b4e573c781a},
        {RateSchedule::OneCycle, 500, 1000, 0, 0x3fe9eb6c2ac8744f},
        {RateSchedule::OneCycle, 999, 1000, 0, 0x3ed0c6f7a0b5ed8e},
        {RateSchedule::OneCycle, 123456, 1000000, 0, 0x3fd8d9b9913cf1aa},

    };
    for (const auto& each : cases)
        QCOMPARE(std::bit_cast<std::uint64_t>(rateFactor(each.schedule, each.step, each.steps, each.warmup)),
                 each.bits);
}

QTEST_GUILESS_MAIN(TestRateSchedule)
#include "tst_rateschedule.moc"
