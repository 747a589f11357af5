// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/augment.h"
#include "core/data/augmentedbatches.h"
#include "core/data/digits/digits.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"
#include "tests/core/drawings.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <memory>
#include <numeric>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

constexpr AugmentStrength none{0.0, 0.0, 0.0, 0.0, 0.0};

using Bytes = std::vector<std::uint8_t>;

Bytes changed(const Augmentation& augmentation, std::span<const std::uint8_t> image, std::uint32_t sample)
{
    Bytes padded(paddedSize(augmentation));
    Bytes out(image.size(), 77);
    augment(augmentation, image, sample, padded, out);
    return out;
}

DigitImage digitOf(const Bytes& bytes)
{
    DigitImage image{};
    std::copy(bytes.begin(), bytes.end(), image.begin());
    return image;
}

double massOf(std::span<const std::uint8_t> image)
{
    return std::accumulate(image.begin(), image.end(), 0.0);
}

/// A round spot around the middle of 28 x 28, 16 pixels wide.
Bytes spot()
{
    Bytes image(784);
    for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x)
            if ((x - 13.5) * (x - 13.5) + (y - 13.5) * (y - 13.5) < 64)
                image[static_cast<std::size_t>(y * 28 + x)] = 255;
    return image;
}

} // namespace

class TestAugment : public QObject {
    Q_OBJECT

private slots:
    void withoutStrengthNothingChanges()
    {
        for (const auto& [width, height] : {std::pair{28, 28}, std::pair{6, 9}, std::pair{1, 1}}) {
            Bytes image;
            for (int i = 0; i < width * height; ++i)
                image.push_back(static_cast<std::uint8_t>((i * 37 + 11) % 256));
            const Augmentation augmentation = makeAugmentation(width, height, 100, 42, 1, none);
            for (std::uint32_t sample = 0; sample < 20; ++sample)
                QVERIFY(changed(augmentation, image, sample) == image);
        }
    }

    void dependsOnSeedEpochAndSample()
    {
        const DigitImage digit = drawDigit(5, 1, 2);
        const auto with = [&](std::uint64_t seed, std::uint64_t epoch, std::uint32_t sample) {
            return changed(makeAugmentation(28, 28, 1000, seed, epoch), digit, sample);
        };
        const Bytes first = with(42, 1, 7);
        QVERIFY(first == with(42, 1, 7));
        QVERIFY(first != with(43, 1, 7));
        QVERIFY(first != with(42, 2, 7));
        QVERIFY(first != with(42, 1, 8));
        QVERIFY(first != Bytes(digit.begin(), digit.end()));
    }

    // The work space is used again and again.
    void leavesNothingBehind()
    {
        const Augmentation augmentation = makeAugmentation(28, 28, 50, 3, 1);
        Bytes padded(paddedSize(augmentation));
        Bytes out(784);
        for (std::uint32_t sample = 0; sample < 200; ++sample) {
            const DigitImage digit = drawDigit(static_cast<int>(sample % 10), 9, sample);
            augment(augmentation, digit, sample, padded, out);
            QVERIFY(out == changed(augmentation, digit, sample));
        }
        augment(augmentation, Bytes(784), 5, padded, out);
        QVERIFY(out == Bytes(784));
    }

    void shiftsWithinBounds()
    {
        AugmentStrength strength = none;
        strength.shift = 2.0;
        const Augmentation augmentation = makeAugmentation(28, 28, 1000, 42, 1, strength);
        const Bytes image = spot();
        double least = 0.0;
        double most = 0.0;
        for (std::uint32_t sample = 0; sample < 500; ++sample) {
            const Bytes moved = changed(augmentation, image, sample);
            const Centre centre = centreOf(digitOf(moved));
            for (const double shift : {centre.x - 13.5, centre.y - 13.5}) {
                least = std::min(least, shift);
                most = std::max(most, shift);
            }
            QVERIFY(std::abs(massOf(moved) / massOf(image) - 1.0) < 0.01);
        }
        QVERIFY(least >= -2.05 && least < -1.5);
        QVERIFY(most <= 2.05 && most > 1.5);
    }

    // A spot grows and shrinks with both sides' scales; turning it changes nothing.
    void scalesAndTurnsWithinBounds()
    {
        AugmentStrength strength = none;
        strength.scale = 0.12;
        const Augmentation scaled = makeAugmentation(28, 28, 1000, 42, 1, strength);
        const Bytes image = spot();
        double least = 1.0;
        double most = 1.0;
        for (std::uint32_t sample = 0; sample < 500; ++sample) {
            const double mass = massOf(changed(scaled, image, sample)) / massOf(image);
            least = std::min(least, mass);
            most = std::max(most, mass);
        }
        QVERIFY(least > 0.88 * 0.88 - 0.02 && least < 0.85);
        QVERIFY(most < 1.12 * 1.12 + 0.02 && most > 1.15);

        strength = none;
        strength.rotation = 12.0;
        const Augmentation turned = makeAugmentation(28, 28, 1000, 42, 1, strength);
        DigitImage bar{};
        for (std::size_t x = 4; x < 24; ++x)
            for (std::size_t y = 12; y < 16; ++y)
                bar[y * 28 + x] = 255;
        double steepest = 0.0;
        for (std::uint32_t sample = 0; sample < 200; ++sample) {
            const Bytes round = changed(turned, image, sample);
            QVERIFY(std::abs(massOf(round) / massOf(image) - 1.0) < 0.01);
            QVERIFY(std::abs(centreOf(digitOf(round)).x - 13.5) < 0.05);
            QVERIFY(std::abs(centreOf(digitOf(round)).y - 13.5) < 0.05);
            // The bar's slope, by least squares.
            const Bytes out = changed(turned, bar, sample);
            const Centre centre = centreOf(digitOf(out));
            double xx = 0.0;
            double xy = 0.0;
            for (int y = 0; y < 28; ++y) {
                for (int x = 0; x < 28; ++x) {
                    const double value = out[static_cast<std::size_t>(y * 28 + x)];
                    xx += value * (x - centre.x) * (x - centre.x);
                    xy += value * (x - centre.x) * (y - centre.y);
                }
            }
            steepest = std::max(steepest, std::abs(xy / xx));
        }
        // The tangent of 12 degrees is 0.2126.
        QVERIFY2(steepest > 0.15 && steepest < 0.2126 * 1.05, qPrintable(QString::number(steepest)));
    }

    void staysWithinTheInputsRange()
    {
        const Augmentation augmentation = makeAugmentation(28, 28, 1000, 42, 1, {6.0, 45.0, 0.5, 0.5, 6.0});
        const Bytes grey(784, 200);
        for (std::uint32_t sample = 0; sample < 300; ++sample) {
            const Bytes out = changed(augmentation, grey, sample);
            QVERIFY(*std::max_element(out.begin(), out.end()) <= 200);
        }
    }

    // What the helper thread makes is what anybody would make, in the order that was asked for.
    void batchesAreTheEpochsSamples()
    {
        const Dataset data = makeDigits(150, 8);
        std::vector<std::uint32_t> order = indices(0, 150);
        std::reverse(order.begin(), order.end());
        for (const std::size_t batchSize : {1U, 7U, 64U, 150U}) {
            AugmentedBatches batches(data, 42, batchSize);
            for (int epoch = 1; epoch <= 3; ++epoch) {
                batches.startEpoch(epoch, order);
                const Augmentation augmentation =
                    makeAugmentation(28, 28, order.size(), 42, static_cast<std::uint64_t>(epoch));
                for (std::size_t begin = 0; begin < order.size(); begin += batchSize) {
                    const Dataset& batch = batches.next();
                    for (std::size_t i = 0; i < std::min(batchSize, order.size() - begin); ++i) {
                        const std::uint32_t sample = order[begin + i];
                        const auto made = image(batch, i);
                        QVERIFY(Bytes(made.begin(), made.end()) ==
                                changed(augmentation, image(data, sample), sample));
                        QCOMPARE(batch.labels[i], data.labels[sample]);
                    }
                    // An epoch that is left early does not disturb the next one.
                    if (epoch == 2 && begin > 40)
                        break;
                }
            }
        }
    }

    void runsAreTheSameForAnyThreads_data()
    {
        QTest::addColumn<int>("engine");
        QTest::addColumn<int>("precision");
        QTest::newRow("scalar") << int(EngineKind::Scalar) << int(Precision::Double);
        QTest::newRow("matrix double") << int(EngineKind::Matrix) << int(Precision::Double);
        QTest::newRow("matrix float") << int(EngineKind::Matrix) << int(Precision::Float);
    }

    void runsAreTheSameForAnyThreads()
    {
        QFETCH(int, engine);
        QFETCH(int, precision);
        const auto data = std::make_shared<const Dataset>(makeDigits(200, 5));
        TrainingSettings settings;
        settings.engine = EngineKind(engine);
        settings.precision = Precision(precision);
        settings.samples = {150, 0, 50};
        settings.layers = {{8, Activation::Relu}, {10, Activation::Softmax}};
        settings.epochs = 2;
        settings.augment = true;
        const auto run = [&] {
            auto setup = prepareRun(settings, {}, data);
            Control control(settings.learningRate);
            Feed feed;
            return train(*setup, control, feed, {});
        };
        const TrainingOutcome one = run();
        QCOMPARE(one.reason, EndReason::Finished);
        for (const int threads : {1, 2, 3}) {
            settings.threads = threads;
            QVERIFY(run().network.parameters == one.network.parameters);
        }
        settings.seed = 43;
        QVERIFY(run().network.parameters != one.network.parameters);
        settings.seed = 42;
        settings.augment = false;
        QVERIFY(run().network.parameters != one.network.parameters);
    }

    // Both engines see the same deformed images: their losses agree.
    void enginesAgree()
    {
        const auto data = std::make_shared<const Dataset>(makeDigits(120, 5));
        TrainingSettings settings;
        settings.precision = Precision::Double;
        settings.samples = {100, 0, 20};
        settings.layers = {{8, Activation::Relu}, {10, Activation::Softmax}};
        settings.batchSize = 10;
        settings.epochs = 2;
        settings.augment = true;
        std::vector<double> losses;
        auto setup = prepareRun(settings, {}, data);
        for (const EngineKind engine : {EngineKind::Scalar, EngineKind::Matrix}) {
            setup->settings.engine = engine;
            Control control(settings.learningRate);
            Feed feed;
            const auto outcome = train(*setup, control, feed, {});
            losses.push_back(outcome.history.epochs.back().trainLoss);
        }
        QVERIFY2(std::abs(losses[0] - losses[1]) < 1e-9 * losses[0],
                 qPrintable(QString("%1 %2").arg(losses[0], 0, 'g', 15).arg(losses[1], 0, 'g', 15)));
    }

    void toySetsAreRefused()
    {
        TrainingSettings settings;
        settings.layers = {{3, Activation::Softmax}};
        settings.samples = {20, 5, 5};
        const auto data = std::make_shared<const Dataset>(makeClouds(60, 4, 3, 51));
        QVERIFY(prepareRun(settings, {}, data));
        settings.augment = true;
        const auto refused = prepareRun(settings, {}, data);
        QVERIFY(!refused);
        QCOMPARE(refused.error().what.english(), std::string("--augment"));
    }
};

QTEST_GUILESS_MAIN(TestAugment)
#include "tst_augment.moc"
