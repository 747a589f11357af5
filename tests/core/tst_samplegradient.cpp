// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/initialweights.h"
#include "core/training/engines/samplegradient.h"
#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include <QtTest>

#include <vector>

using namespace chainrule;
using namespace chainrule::tests;

class TestSampleGradient : public QObject {
    Q_OBJECT

private slots:
    void oneNeuronLayerByHand();
    void textbookFormulas_data();
    void textbookFormulas();
    void centralDifferences();
};

void TestSampleGradient::oneNeuronLayerByHand()
{
    // Two logits that are equal, so both probabilities are 1/2; by a logit the slope is p - y, by a weight
    // that times its input. Weights (units, inputs) row by row, then the biases.
    const LayerStack stack{3, {{2, Activation::Softmax}}};
    const Network parameters{stack, {1, 0, 0, 0, 1, 0, 0.5, -1.5}};
    const std::vector<double> x{2.0, 4.0, -8.0};
    const std::vector<double> gradients = matrixGradients(parameters, x, 1);
    const std::vector<double> expected{1.0, 2.0, -4.0, -1.0, -2.0, 4.0, 0.5, -0.5};
    QVERIFY(largestDifference(gradients, expected) < 1e-15);
    QVERIFY(largestDifference(matrixGradients(parameters, x, 0), {-1, -2, 4, 1, 2, -4, -0.5, 0.5}) < 1e-15);
}

void TestSampleGradient::textbookFormulas_data()
{
    QTest::addColumn<int>("activation");
    for (const ActivationRow& row : activationTable)
        QTest::newRow(row.name.data()) << static_cast<int>(row.activation);
}

void TestSampleGradient::textbookFormulas()
{
    QFETCH(const int, activation);
    const auto hidden = static_cast<Activation>(activation);
    const LayerStack stacks[] = {{4, {{2, Activation::Softmax}}},
                                 {3, {{5, hidden}, {4, Activation::Softmax}}},
                                 {2, {{3, hidden}, {6, hidden}, {4, hidden}, {3, Activation::Softmax}}}};
    Random random = makeRandom(3);
    for (const LayerStack& stack : stacks) {
        const Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
        std::vector<double> x;
        for (int i = 0; i < stack.input.size(); ++i)
            x.push_back(normal(random));
        for (int target = 0; target < outputCount(stack); ++target) {
            std::vector<double> expected(parameters.parameters.size(), 0.0);
            addPlainGradients(stack, parameters.parameters, x, target, 1.0, expected);
            QVERIFY(largestDifference(matrixGradients(parameters, x, target), expected) < 1e-14);
            QVERIFY(largestDifference(expected, std::vector<double>(expected.size(), 0.0)) > 0.01);
        }
    }
}

void TestSampleGradient::centralDifferences()
{
    const LayerStack stack{3, {{4, Activation::Tanh}, {3, Activation::Softmax}}};
    Random random = makeRandom(4);
    const Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    const std::vector<double> x{0.5, -1.0, 2.0};
    const std::vector<double> gradients = matrixGradients(parameters, x, 2);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        const auto loss = [&](double value) {
            std::vector<double> values = parameters.parameters;
            values[i] = value;
            return plainLoss(stack, values, x, 2);
        };
        VERIFY_AGREE(gradients[i], derivative(loss, parameters.parameters[i], 1e-3), 1e-8, 1e-11);
    }
}

QTEST_GUILESS_MAIN(TestSampleGradient)
#include "tst_samplegradient.moc"
