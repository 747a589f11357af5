// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/engine.h"
#include "tests/core/numeric.h"
#include "tests/support/looprun.h"

#include <QtTest>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool contains(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestLoopDivergence : public QObject {
    Q_OBJECT

private slots:
    void whoMeasuresChangesNothing_data();
    void whoMeasuresChangesNothing();
    void aRateWithoutBoundsStopsTheRun_data();
    void aRateWithoutBoundsStopsTheRun();
    void divergesInTheMiddle_data();
    void divergesInTheMiddle();
    void brokenSamplesStopTheRun();
};

void TestLoopDivergence::whoMeasuresChangesNothing_data()
{
    addKindRows();
}

void TestLoopDivergence::whoMeasuresChangesNothing()
{
    QFETCH(const int, kind);
    int diverged = 0;
    for (const OptimizerKind optimizer : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
        for (const double rate : {0.1, 1e3, 1e6, 1e30}) {
            for (const bool brokenValidation : {false, true}) {
                Setup setup = makeSetup(allKinds[kind], Activation::Linear);
                setup.settings.optimizer = optimizer;
                setup.settings.epochs = 6;
                if (brokenValidation) // seen by no step, only when the first epoch's end is measured
                    setup.data.features[4 * setup.split.validation.front()] =
                        std::numeric_limits<float>::quiet_NaN();
                const auto runMeasuring = [&](Measuring measuring) {
                    Control control(rate);
                    Feed feed;
                    RunStart start;
                    start.measuring = measuring;
                    return train(borrowedRun(setup), control, feed, {}, start);
                };
                const TrainingOutcome inTurn = runMeasuring(Measuring::InTurn);
                const TrainingOutcome beside = runMeasuring(Measuring::Beside);
                QVERIFY(sameOutcome(inTurn, beside));
                QCOMPARE(beside.epoch, inTurn.epoch);
                QCOMPARE(beside.error.has_value(), inTurn.error.has_value());
                if (inTurn.error)
                    QCOMPARE(beside.error->message(), inTurn.error->message());
                if (brokenValidation)
                    QVERIFY(inTurn.reason == EndReason::Diverged && inTurn.history.epochs.empty());
                diverged += inTurn.reason == EndReason::Diverged;
            }
        }
    }
    // Not only those whose validation samples are broken; clipped scalar operations stay finite.
    QVERIFY(diverged >= 12 && (diverged > 12 || kind == 0));
}

void TestLoopDivergence::aRateWithoutBoundsStopsTheRun_data()
{
    addKindRows();
}

void TestLoopDivergence::aRateWithoutBoundsStopsTheRun()
{
    QFETCH(const int, kind);
    Setup setup = makeSetup(allKinds[kind]);
    setup.initial =
        networkOf(makeEngine(setup.initial, setup.settings.engine, setup.settings.precision, 1, 1)); // floats
    for (const OptimizerKind optimizer : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
        setup.settings.optimizer = optimizer;
        for (const double rate : {infinity, std::nan("")}) {
            Control control(rate);
            Feed feed;
            const TrainingOutcome outcome = runWith(setup, control, feed);
            QVERIFY(outcome.reason == EndReason::Diverged);
            QVERIFY(outcome.network.parameters == setup.initial.parameters);
            QVERIFY(outcome.error.has_value());
            QVERIFY2(contains(outcome.error->what.english(), "step 1,"),
                     outcome.error->what.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), "layer 1"), outcome.error->why.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), std::isnan(rate) ? "nan" : "inf"),
                     outcome.error->why.english().c_str());
            QVERIFY(!outcome.history.test);
        }
    }
}

void TestLoopDivergence::divergesInTheMiddle_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("activation");
    QTest::addColumn<int>("optimizer");
    for (int kind = 0; kind < 3; ++kind) {
        for (const ActivationRow& row : activationTable) {
            const Activation activation = row.activation;
            for (const OptimizerKind optimizer :
                 {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
                QTest::addRow("%s, %s, %s", allKinds[kind].name,
                              std::string(activationName(activation)).c_str(),
                              std::string(optimizerName(optimizer)).c_str())
                    << kind << static_cast<int>(activation) << static_cast<int>(optimizer);
            }
        }
    }
}

void TestLoopDivergence::divergesInTheMiddle()
{
    QFETCH(const int, kind);
    QFETCH(const int, activation);
    QFETCH(const int, optimizer);
    Setup setup = makeSetup(allKinds[kind], static_cast<Activation>(activation));
    // Two hidden layers, so that each step multiplies weights with weights.
    setup.settings.layers.insert(setup.settings.layers.begin(), {6, static_cast<Activation>(activation)});
    setup.settings.optimizer = static_cast<OptimizerKind>(optimizer);
    setup.settings.epochs = 20;
    setup.initial = initialNetwork(setup.settings, 4);
    for (const double rate : {1e3, 1e6, maximumLearningRate, 1e30}) {
        Control control(rate);
        Feed feed;
        const TrainingOutcome outcome = runWith(setup, control, feed);
        QVERIFY(allFinite(outcome.network));
        QCOMPARE(outcome.reason == EndReason::Diverged, outcome.error.has_value());
        if (outcome.error) {
            QVERIFY2(contains(outcome.error->what.english(), "step "), outcome.error->what.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), "layer ") ||
                         contains(outcome.error->why.english(), "in the loss"),
                     outcome.error->why.english().c_str());
            QVERIFY2(contains(outcome.error->why.english(), rate == 1e3    ? "1e3"
                                                            : rate == 1e6  ? "1e6"
                                                            : rate == 1e30 ? "1e30"
                                                                           : "1e9"),
                     outcome.error->why.english().c_str());
            QVERIFY(!outcome.error->mend.empty());
        }
        // Linear layers have nothing to hold them back.
        const bool linear = activation == static_cast<int>(Activation::Linear);
        if (linear && optimizer == static_cast<int>(OptimizerKind::Sgd) && rate >= 1e6 && kind == 2)
            QVERIFY(outcome.reason == EndReason::Diverged);
        for (const EpochRecord& record : outcome.history.epochs)
            QVERIFY(std::isfinite(record.trainLoss));
    }
}

void TestLoopDivergence::brokenSamplesStopTheRun()
{
    for (const Kind& kind : allKinds) {
        Setup setup = makeSetup(kind);
        setup.settings.shuffle = false;
        setup.data.features[4 * 13 + 1] = std::numeric_limits<float>::quiet_NaN(); // in the fourth batch
        const TrainingOutcome outcome = run(setup);
        QVERIFY(outcome.reason == EndReason::Diverged);
        QVERIFY2(contains(outcome.error->message(), "step 4, in epoch 1"), outcome.error->message().c_str());
        QVERIFY2(contains(outcome.error->message(), "layer 1 (6 tanh)"), outcome.error->message().c_str());
        QVERIFY2(contains(outcome.error->message(), "learning rate of 0.1"),
                 outcome.error->message().c_str());
        std::vector<double> values = setup.initial.parameters;
        // The fourth batch breaks the loss of the weights that the third step made: those from before it are
        // kept.
        for (std::size_t i = 0; i < 2; ++i)
            plainStep(setup, values, indices(4 * i, 4), 0.1);
        QVERIFY(largestDifference(outcome.network.parameters, values) <
                (kind.precision == Precision::Float ? 1e-5 : 1e-12));
    }
}

QTEST_GUILESS_MAIN(TestLoopDivergence)
#include "tst_loopdivergence.moc"
