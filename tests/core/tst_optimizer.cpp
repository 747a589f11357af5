// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/optimizers.h"
#include "tests/core/numeric.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <vector>

using namespace chainrule;

namespace {

template <typename T>
void step(OptimizerState<T>& state, std::vector<T>& p, const std::vector<T>& g, T rate)
{
    ++state.steps;
    const auto rule = updateRule<T>(state.kind, static_cast<double>(rate), 1.0, 0.0, 0.0, state.steps);
    T unused = T(0);
    withOptimizer(state.kind, [&]<OptimizerKind kind>() {
        for (std::size_t i = 0; i < p.size(); ++i) {
            T& first = state.first.empty() ? unused : state.first[i];
            T& second = state.second.empty() ? unused : state.second[i];
            p[i] = moved<kind>(p[i], penalized<kind>(g[i], p[i], rule), first, second, rule,
                               [](T x) { return std::sqrt(x); });
        }
    });
}

std::vector<std::vector<double>> gradientSequence(std::size_t steps, std::size_t parameters)
{
    Random random = makeRandom(31);
    std::vector<std::vector<double>> sequence(steps, std::vector<double>(parameters));
    for (auto& gradients : sequence)
        for (double& gradient : gradients)
            gradient = normal(random);
    return sequence;
}

} // namespace

class TestOptimizer : public QObject {
    Q_OBJECT

private slots:
    void statesStartAtZero();
    void sgdIsOneSubtraction();
    void sgdOnAParabola();
    void momentumByHand();
    void momentumUnderAConstantGradient();
    void momentumIsTheSumOfFadingGradients();
    void powersAreExact();
    void adamByHand();
    void adamUnderAConstantGradient();
    void adamIsThePublishedAlgorithm();
    void adamsFirstStepIgnoresTheGradientsSize();
    void adamStandsStillWithoutGradient();
    void nesterovByHand();
    void adagradByHand();
    void rmspropByHand();
    void adamwDecaysApartFromTheGradient();
    void penaltiesJoinTheGradient();
    void floatFollowsDouble();
    void theRateMayChange();
    void nothingToMove();
};

void TestOptimizer::statesStartAtZero()
{
    for (const OptimizerRow& row : optimizerTable) {
        const OptimizerKind kind = row.kind;
        const auto state = makeOptimizer<float>(kind, 3);
        QVERIFY(state.kind == kind);
        QCOMPARE(state.steps, std::int64_t(0));
        QCOMPARE(state.first.size(), std::size_t(row.memories > 0 ? 3 : 0));
        QCOMPARE(state.second.size(), std::size_t(row.memories > 1 ? 3 : 0));
        for (const float value : state.first)
            QCOMPARE(value, 0.0f);
        for (const float value : state.second)
            QCOMPARE(value, 0.0f);
    }
}

void TestOptimizer::sgdIsOneSubtraction()
{
    auto state = makeOptimizer<double>(OptimizerKind::Sgd, 3);
    std::vector<double> p = {1.0, -2.0, 0.5};
    step(state, p, {4.0, -8.0, 0.0}, 0.25);
    QVERIFY(p == (std::vector<double>{0.0, 0.0, 0.5}));
    QCOMPARE(state.steps, std::int64_t(1));
}

void TestOptimizer::sgdOnAParabola()
{
    // f = a x^2 / 2: each step multiplies x by 1 - rate a.
    auto state = makeOptimizer<double>(OptimizerKind::Sgd, 1);
    std::vector<double> p = {7.0};
    for (int i = 0; i < 20; ++i)
        step(state, p, {3.0 * p[0]}, 0.1);
    VERIFY_AGREE(p[0], 7.0 * std::pow(0.7, 20), 1e-13, 0.0);
}

void TestOptimizer::momentumByHand()
{
    // v: 1, 0.9 + 2 = 2.9, 2.61 - 4 = -1.39; with rate 0.1 p: 10 - 0.1 - 0.29 + 0.139
    auto state = makeOptimizer<double>(OptimizerKind::Momentum, 1);
    std::vector<double> p = {10.0};
    step(state, p, {1.0}, 0.1);
    VERIFY_AGREE(p[0], 9.9, 1e-15);
    step(state, p, {2.0}, 0.1);
    VERIFY_AGREE(p[0], 9.61, 1e-15);
    step(state, p, {-4.0}, 0.1);
    VERIFY_AGREE(p[0], 9.749, 1e-15);
}

void TestOptimizer::momentumUnderAConstantGradient()
{
    // After n steps v = g (1 - 0.9^n) / 0.1, and the way is rate g (n - 9 (1 - 0.9^n)) / 0.1.
    auto state = makeOptimizer<double>(OptimizerKind::Momentum, 1);
    std::vector<double> p = {0.0};
    constexpr int n = 50;
    for (int i = 0; i < n; ++i)
        step(state, p, {2.0}, 0.01);
    const double faded = 1.0 - std::pow(0.9, n);
    VERIFY_AGREE(state.first[0], 2.0 * faded / 0.1, 1e-13);
    VERIFY_AGREE(p[0], -0.01 * 2.0 * (n - 9.0 * faded) / 0.1, 1e-12);
}

void TestOptimizer::momentumIsTheSumOfFadingGradients()
{
    const auto sequence = gradientSequence(30, 4);
    auto state = makeOptimizer<double>(OptimizerKind::Momentum, 4);
    std::vector<double> p(4, 1.0);
    for (const auto& gradients : sequence)
        step(state, p, gradients, 0.05);
    for (std::size_t k = 0; k < 4; ++k) {
        double expected = 1.0;
        for (std::size_t t = 0; t < sequence.size(); ++t)
            for (std::size_t s = 0; s <= t; ++s)
                expected -= 0.05 * std::pow(0.9, static_cast<double>(t - s)) * sequence[s][k];
        VERIFY_AGREE(p[k], expected, 1e-12, 1e-13);
    }
}

void TestOptimizer::powersAreExact()
{
    QCOMPARE(wholePower(0.9, 0), 1.0);
    QCOMPARE(wholePower(0.9, 1), 0.9);
    QVERIFY(wholePower(3.0, 20) == 3'486'784'401.0);
    QVERIFY(wholePower(7.0, 18) == 1'628'413'597'910'449.0);
    QVERIFY(wholePower(-1.5, 3) == -3.375);
    QVERIFY(wholePower(0.5, 1074) == std::numeric_limits<double>::denorm_min());
    QVERIFY(wholePower(0.9, std::numeric_limits<std::int64_t>::max()) == 0.0);
    for (int exponent = 0; exponent <= 1000; ++exponent) {
        QVERIFY(wholePower(0.5, exponent) == std::ldexp(1.0, -exponent));
        VERIFY_AGREE(wholePower(adamBeta1, exponent), std::pow(adamBeta1, exponent), 1e-13, 0.0);
        VERIFY_AGREE(wholePower(adamBeta2, exponent), std::pow(adamBeta2, exponent), 1e-13, 0.0);
    }
    // Their bits, which are the same on every machine.
    static_assert(wholePower(0.9, 2) == 0.9 * 0.9);
    static_assert(wholePower(0.9, 3) == 0.9 * (0.9 * 0.9));
    static_assert(wholePower(0.9, 5) == 0.9 * ((0.9 * 0.9) * (0.9 * 0.9)));
}

void TestOptimizer::adamByHand()
{
    // g = 2, then -1. Step 1: m^ = 2, v^ = 4, so p = 1 - 0.1 * 2 / (2 + 1e-8).
    // Step 2: m = 0.9 * 0.2 - 0.1 = 0.08, m^ = 0.08 / 0.19; v = 0.999 * 0.004 + 0.001 = 0.004996,
    // v^ = 0.004996 / 0.001999.
    auto state = makeOptimizer<double>(OptimizerKind::Adam, 1);
    std::vector<double> p = {1.0};
    step(state, p, {2.0}, 0.1);
    const double first = 1.0 - 0.1 * 2.0 / (2.0 + 1e-8);
    VERIFY_AGREE(p[0], first, 1e-14);
    step(state, p, {-1.0}, 0.1);
    const double second = first - 0.1 * (0.08 / 0.19) / (std::sqrt(0.004996 / 0.001999) + 1e-8);
    VERIFY_AGREE(p[0], second, 1e-13);
    QCOMPARE(state.steps, std::int64_t(2));
}

void TestOptimizer::adamUnderAConstantGradient()
{
    // The corrected means are g and g^2 at every step: each moves by rate g / (|g| + epsilon).
    auto state = makeOptimizer<double>(OptimizerKind::Adam, 2);
    std::vector<double> p = {0.0, 0.0};
    for (int i = 0; i < 1000; ++i)
        step(state, p, {3.0, -0.5}, 0.01);
    VERIFY_AGREE(p[0], -10.0 * 3.0 / (3.0 + 1e-8), 1e-10);
    VERIFY_AGREE(p[1], 10.0 * 0.5 / (0.5 + 1e-8), 1e-10);
}

void TestOptimizer::adamIsThePublishedAlgorithm()
{
    // Kingma and Ba (2015), algorithm 1, with the running means written out as sums over the past.
    const auto sequence = gradientSequence(40, 3);
    auto state = makeOptimizer<double>(OptimizerKind::Adam, 3);
    std::vector<double> p(3, 0.5);
    std::vector<double> expected = p;
    for (std::size_t t = 1; t <= sequence.size(); ++t) {
        step(state, p, sequence[t - 1], 0.002);
        for (std::size_t k = 0; k < 3; ++k) {
            double m = 0.0;
            double v = 0.0;
            for (std::size_t s = 1; s <= t; ++s) {
                const double g = sequence[s - 1][k];
                const auto age = static_cast<double>(t - s);
                m += 0.1 * std::pow(0.9, age) * g;
                v += 0.001 * std::pow(0.999, age) * g * g;
            }
            const double mHat = m / (1.0 - std::pow(0.9, static_cast<double>(t)));
            const double vHat = v / (1.0 - std::pow(0.999, static_cast<double>(t)));
            expected[k] -= 0.002 * mHat / (std::sqrt(vHat) + 1e-8);
            VERIFY_AGREE(p[k], expected[k], 1e-12, 1e-14);
        }
    }
}

void TestOptimizer::adamsFirstStepIgnoresTheGradientsSize()
{
    auto state = makeOptimizer<double>(OptimizerKind::Adam, 4);
    std::vector<double> p(4, 0.0);
    step(state, p, {1e6, -1e-3, 1e30, -1.0}, 0.1);
    VERIFY_AGREE(p[0], -0.1, 1e-9);
    VERIFY_AGREE(p[1], 0.1, 2e-5); // epsilon shows
    VERIFY_AGREE(p[2], -0.1, 1e-9);
    VERIFY_AGREE(p[3], 0.1, 1e-7);
}

void TestOptimizer::adamStandsStillWithoutGradient()
{
    auto state = makeOptimizer<double>(OptimizerKind::Adam, 1);
    std::vector<double> p = {0.7};
    for (int i = 0; i < 10; ++i)
        step(state, p, {0.0}, 0.1);
    QVERIFY(p[0] == 0.7); // not 0 / 0
}

void TestOptimizer::nesterovByHand()
{
    // v: 1, then 2.9; the step is g + 0.9 v: 1.9, then 4.61.
    auto state = makeOptimizer<double>(OptimizerKind::Nesterov, 1);
    std::vector<double> p = {10.0};
    step(state, p, {1.0}, 0.1);
    VERIFY_AGREE(p[0], 9.81, 1e-15);
    step(state, p, {2.0}, 0.1);
    VERIFY_AGREE(p[0], 9.81 - 0.461, 1e-15);
}

void TestOptimizer::adagradByHand()
{
    // Sums of squares: 9, then 25.
    auto state = makeOptimizer<double>(OptimizerKind::Adagrad, 1);
    std::vector<double> p = {1.0};
    step(state, p, {3.0}, 0.1);
    VERIFY_AGREE(p[0], 0.9, 1e-10);
    step(state, p, {-4.0}, 0.1);
    VERIFY_AGREE(p[0], 0.9 + 0.1 * 4.0 / 5.0, 1e-10);
}

void TestOptimizer::rmspropByHand()
{
    // Means of squares: 0.01 * 4 = 0.04, then 0.99 * 0.04 + 0.01 * 1 = 0.0496.
    auto state = makeOptimizer<double>(OptimizerKind::Rmsprop, 1);
    std::vector<double> p = {1.0};
    step(state, p, {2.0}, 0.01);
    VERIFY_AGREE(p[0], 1.0 - 0.01 * 2.0 / (0.2 + 1e-8), 1e-14);
    const double first = p[0];
    step(state, p, {-1.0}, 0.01);
    VERIFY_AGREE(p[0], first + 0.01 / (std::sqrt(0.0496) + 1e-8), 1e-14);
}

void TestOptimizer::adamwDecaysApartFromTheGradient()
{
    // Without a gradient only the decay is left: p (1 - rate l2) at each step.
    const auto rule = updateRule<double>(OptimizerKind::AdamW, 0.1, 1.0, 0.0, 0.5, 1);
    double m = 0.0;
    double v = 0.0;
    const double g = penalized<OptimizerKind::AdamW>(0.0, 2.0, rule);
    QCOMPARE(g, 0.0);
    const auto root = [](double x) { return std::sqrt(x); };
    VERIFY_AGREE(moved<OptimizerKind::AdamW>(2.0, g, m, v, rule, root), 1.9, 1e-15);
}

void TestOptimizer::penaltiesJoinTheGradient()
{
    const auto rule = updateRule<double>(OptimizerKind::Sgd, 0.1, 0.5, 0.25, 2.0, 1);
    // Half the gradient, 0.25 times the sign, 2 p.
    QCOMPARE(penalized<OptimizerKind::Sgd>(4.0, 3.0, rule), 2.0 + 0.25 + 6.0);
    QCOMPARE(penalized<OptimizerKind::Sgd>(4.0, -3.0, rule), 2.0 - 0.25 - 6.0);
    QCOMPARE(penalized<OptimizerKind::Sgd>(4.0, 0.0, rule), 2.0);
}

void TestOptimizer::floatFollowsDouble()
{
    const auto sequence = gradientSequence(30, 5);
    for (const OptimizerRow& row : optimizerTable) {
        const OptimizerKind kind = row.kind;
        auto doubleState = makeOptimizer<double>(kind, 5);
        auto floatState = makeOptimizer<float>(kind, 5);
        std::vector<double> doubles(5, 1.0);
        std::vector<float> floats(5, 1.0f);
        for (const auto& gradients : sequence) {
            step(doubleState, doubles, gradients, 0.01);
            step(floatState, floats, std::vector<float>(gradients.begin(), gradients.end()), 0.01f);
        }
        for (std::size_t k = 0; k < 5; ++k)
            VERIFY_AGREE(static_cast<double>(floats[k]), doubles[k], 1e-5, 1e-6);
    }
}

void TestOptimizer::theRateMayChange()
{
    // The velocity is kept without the rate: after a change the whole of it moves at the new one.
    auto state = makeOptimizer<double>(OptimizerKind::Momentum, 1);
    std::vector<double> p = {0.0};
    step(state, p, {1.0}, 0.0);
    QCOMPARE(p[0], 0.0);
    step(state, p, {1.0}, 1.0);
    VERIFY_AGREE(p[0], -1.9, 1e-15);
}

void TestOptimizer::nothingToMove()
{
    for (const OptimizerRow& row : optimizerTable) {
        const OptimizerKind kind = row.kind;
        auto state = makeOptimizer<double>(kind, 0);
        std::vector<double> p;
        step(state, p, {}, 0.1);
        QVERIFY(p.empty());
    }
}

QTEST_GUILESS_MAIN(TestOptimizer)
#include "tst_optimizer.moc"
