// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/initialweights.h"
#include "core/training/engines/engine.h"
#include "core/training/engines/observer.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include <QtTest>

#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

struct Case {
    LayerStack stack;
    Network parameters;
    std::vector<double> x;
};

std::vector<Case> cases()
{
    std::vector<Case> all;
    Random random = makeRandom(11);
    for (const ActivationRow& row : activationTable) {
        const Activation activation = row.activation;
        const LayerStack stack{6, {{5, activation}, {4, activation}, {3, Activation::Softmax}}};
        Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
        for (double& value : parameters.parameters)
            value += 0.1 * normal(random); // biases too
        std::vector<double> x;
        for (int i = 0; i < stack.input.size(); ++i)
            x.push_back(normal(random));
        all.push_back({stack, parameters, x});
    }
    return all;
}

} // namespace

class TestObserver : public QObject {
    Q_OBJECT

private slots:
    void layersByHand()
    {
        // One hidden ReLU unit of each sign, then two scores 0.5 and -0.5.
        const LayerStack stack{2, {{2, Activation::Relu}, {2, Activation::Softmax}}};
        const Network parameters{stack, {1, 2, -1, -2, 0.5, 0.25, 1, 0, -1, 0, -3, 3}};
        for (const EngineKind kind : {EngineKind::Scalar, EngineKind::Matrix}) {
            Observer observer = makeObserver(parameters, kind, Precision::Double);
            const auto layers = observe(observer, std::vector<double>{1.0, 1.0});
            QCOMPARE(layers.size(), std::size_t{2});
            QVERIFY(largestDifference(layers[0], {3.5, 0.0}) == 0.0);
            const double p = 1.0 / (1.0 + std::exp(-1.0));
            QVERIFY(largestDifference(layers[1], {p, 1.0 - p}) < 1e-15);
            // The dead unit passes nothing on; the other has the weights (1, 2).
            QVERIFY(largestDifference(inputGradient(observer, std::vector<double>{1.0, 1.0}, 0), {1, 2}) ==
                    0.0);
            QVERIFY(largestDifference(inputGradient(observer, std::vector<double>{1.0, 1.0}, 1), {-1, -2}) ==
                    0.0);
        }
    }

    void enginesAgree()
    {
        for (const Case& each : cases()) {
            Observer scalar = makeObserver(each.parameters, EngineKind::Scalar, Precision::Double);
            Observer matrix = makeObserver(each.parameters, EngineKind::Matrix, Precision::Double);
            Observer floats = makeObserver(each.parameters, EngineKind::Matrix, Precision::Float);
            const auto a = observe(scalar, each.x);
            const auto b = observe(matrix, each.x);
            const auto c = observe(floats, each.x);
            QCOMPARE(a.size(), each.stack.layers.size());
            for (std::size_t i = 0; i < a.size(); ++i) {
                QCOMPARE(a[i].size(), static_cast<std::size_t>(layerSpans(each.stack)[i].units));
                QVERIFY(largestDifference(a[i], b[i]) < 1e-13);
                QVERIFY(largestDifference(a[i], c[i]) < 1e-5);
            }
            for (int target = 0; target < 3; ++target) {
                const auto g = inputGradient(scalar, each.x, target);
                QVERIFY(largestDifference(g, inputGradient(matrix, each.x, target)) < 1e-13);
                QVERIFY(largestDifference(g, inputGradient(floats, each.x, target)) < 1e-5);
            }
        }
    }

    // The score is known up to what all classes share: differences of two scores are those of the logarithms
    // of their probabilities, which the network gives.
    void gradientsAreThoseOfTheScores()
    {
        for (const Case& each : cases()) {
            Observer observer = makeObserver(each.parameters, EngineKind::Matrix, Precision::Double);
            const auto first = inputGradient(observer, each.x, 0);
            const auto second = inputGradient(observer, each.x, 2);
            for (std::size_t i = 0; i < each.x.size(); ++i) {
                const auto logRatio = [&](double value) {
                    std::vector<double> x = each.x;
                    x[i] = value;
                    return plainLoss(each.stack, each.parameters.parameters, x, 2) -
                           plainLoss(each.stack, each.parameters.parameters, x, 0);
                };
                VERIFY_AGREE(first[i] - second[i], derivative(logRatio, each.x[i], 1e-3), 1e-7, 1e-10);
            }
        }
    }

    // What was seen before leaves no trace.
    void samplesDoNotMix()
    {
        const Case each = cases().front();
        std::vector<double> other(each.x.size(), 0.7);
        for (const EngineKind kind : {EngineKind::Scalar, EngineKind::Matrix}) {
            Observer used = makeObserver(each.parameters, kind, Precision::Double);
            static_cast<void>(inputGradient(used, other, 1));
            Observer fresh = makeObserver(each.parameters, kind, Precision::Double);
            QVERIFY(observe(used, each.x) == observe(fresh, each.x));
            QVERIFY(inputGradient(used, each.x, 2) == inputGradient(fresh, each.x, 2));
        }
    }

    void probabilitiesAreThePredictionsOf()
    {
        Random random = makeRandom(5);
        const LayerStack stack{28 * 28, {{16, Activation::Relu}, {10, Activation::Softmax}}};
        const Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
        Dataset data;
        data.width = 28;
        data.height = 28;
        data.classes = 10;
        for (int i = 0; i < 28 * 28; ++i)
            data.pixels.push_back(static_cast<std::uint8_t>(uniform(random, 0.0, 255.0)));
        data.labels = {0};
        std::vector<double> x(28 * 28);
        copySample(data, 0, x.data());
        const std::vector<std::uint32_t> samples{0};
        for (const EngineKind kind : {EngineKind::Scalar, EngineKind::Matrix}) {
            Engine engine = makeEngine(parameters, kind, Precision::Double, 0, 1);
            Observer observer = makeObserver(parameters, kind, Precision::Double);
            QVERIFY(largestDifference(observe(observer, x).back(), probabilities(engine, data, samples)) <
                    1e-14);
        }
    }
};

QTEST_GUILESS_MAIN(TestObserver)
#include "tst_observer.moc"
