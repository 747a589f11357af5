// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/tinynetwork.h"

#include "tests/core/numeric.h"
#include "tests/core/plainnetwork.h"

#include "core/scalar/networkgraph.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace chainrule;
using namespace chainrule::tests;

namespace {

TinySettings withOutput(DenseLayer output, Loss loss, EngineKind engine)
{
    TinySettings settings;
    settings.layers = {{4, Activation::Tanh}, {3, Activation::Sigmoid}, output};
    settings.loss = loss;
    settings.engine = engine;
    settings.samples = 37; // no multiple of the batch
    return settings;
}

// The mean loss over some samples, by textbook formulas over the plain network.
double meanLoss(const TinySettings& settings, const Dataset& data, const std::vector<double>& values,
                std::size_t samples)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < samples; ++i) {
        const auto layers = plainForward({settings.inputs, settings.layers}, values, sampleInputs(data, i));
        const std::vector<double>& out = layers.back().output;
        const int target = data.labels[i];
        if (settings.loss != Loss::Squared) {
            const double probability = out.size() == 1 ? (target == 1 ? out[0] : 1.0 - out[0])
                                                       : out[static_cast<std::size_t>(target)];
            sum -= std::log(probability);
        } else if (out.size() == 1) {
            sum += (out[0] - target) * (out[0] - target);
        } else {
            for (std::size_t k = 0; k < out.size(); ++k) {
                const double wanted = static_cast<int>(k) == target ? 1.0 : 0.0;
                sum += (out[k] - wanted) * (out[k] - wanted) / static_cast<double>(out.size());
            }
        }
    }
    return sum / static_cast<double>(samples);
}

struct Kind {
    const char* name;
    DenseLayer output;
    Loss loss;
};

const Kind kinds[] = {
    {"softmax, cross-entropy", {2, Activation::Softmax}, Loss::CrossEntropy},
    {"sigmoid, binary cross-entropy", {1, Activation::Sigmoid}, Loss::Binary},
    {"sigmoid, squared error", {1, Activation::Sigmoid}, Loss::Squared},
    {"tanh, squared error", {1, Activation::Tanh}, Loss::Squared},
    {"linear, squared error", {1, Activation::Linear}, Loss::Squared},
};

} // namespace

class TestTinyNetwork : public QObject {
    Q_OBJECT

private slots:
    void validation()
    {
        QVERIFY(validate(TinySettings()));
        const auto refused = [](auto change) {
            TinySettings settings;
            change(settings);
            const auto result = validate(settings);
            return !result && !result.error().why.empty() && !result.error().mend.empty();
        };
        QVERIFY(refused([](TinySettings& s) { s.inputs = 3; })); // a toy set has two
        QVERIFY(refused([](TinySettings& s) { s.layers.clear(); }));
        QVERIFY(
            refused([](TinySettings& s) { std::get<DenseLayer>(s.layers[0]).units = maximumTinyUnits + 1; }));
        QVERIFY(refused([](TinySettings& s) { std::get<DenseLayer>(s.layers[0]).units = 0; }));
        QVERIFY(refused([](TinySettings& s) {
            s.layers.insert(s.layers.begin(), static_cast<std::size_t>(maximumTinyLayers),
                            {2, Activation::Relu});
        }));
        QVERIFY(refused([](TinySettings& s) { s.layers.back() = {1, Activation::Softmax}; }));
        QVERIFY(refused([](TinySettings& s) { s.layers.back() = {3, Activation::Softmax}; }));
        QVERIFY(refused([](TinySettings& s) { s.layers.back() = {1, Activation::Tanh}; }));
        QVERIFY(refused([](TinySettings& s) { s.layers.back() = {2, Activation::Sigmoid}; }));
        QVERIFY(refused([](TinySettings& s) { s.samples = maximumTinySamples + 1; }));
        QVERIFY(refused([](TinySettings& s) { s.noise = std::nan(""); }));
        QVERIFY(refused([](TinySettings& s) { s.learningRate = 0.0; }));
        QVERIFY(refused([](TinySettings& s) { s.batchSize = 0; }));

        TinySettings sigmoid;
        sigmoid.layers.back() = {1, Activation::Sigmoid};
        QVERIFY(!validate(sigmoid));
        sigmoid.loss = fittingLoss(sigmoid.loss, Activation::Sigmoid);
        for (const EngineKind engine : {EngineKind::Scalar, EngineKind::Matrix}) {
            sigmoid.engine = engine;
            QVERIFY(validate(sigmoid));
        }

        TinySettings typed;
        typed.set.reset();
        typed.inputs = 3;
        typed.layers = {{4, Activation::Relu}, {3, Activation::Softmax}};
        QVERIFY(validate(typed));
        QCOMPARE(sampleCount(tinyData(typed)), std::size_t(0));
        // What is accepted can be recorded, and the other way round for the losses.
        QVERIFY(scalar::recordSample(tinyParameters(typed), std::vector<double>{1.0, 2.0, 3.0}, 2));
    }

    void acceptedNetworksCanBeRecorded()
    {
        for (const ActivationRow& row : activationTable) {
            const Activation activation = row.activation;
            for (const int units : {1, 2}) {
                for (const LossRow& loss : lossTable) {
                    TinySettings settings;
                    settings.set.reset();
                    settings.layers.back() = {units, activation};
                    settings.loss = loss.loss;
                    const bool recorded = scalar::recordSample(tinyParameters(settings),
                                                               std::vector<double>{0.1, 0.2}, 1, loss.loss)
                                              .has_value();
                    QCOMPARE(validate(settings).has_value(), recorded);
                }
            }
        }
    }

    void oneStepIsTheMeanGradient_data()
    {
        QTest::addColumn<int>("kind");
        for (int i = 0; i < static_cast<int>(std::size(kinds)); ++i)
            QTest::newRow(kinds[i].name) << i;
    }

    void oneStepIsTheMeanGradient()
    {
        QFETCH(int, kind);
        TinySettings settings = withOutput(kinds[kind].output, kinds[kind].loss, EngineKind::Scalar);
        settings.samples = 6;
        settings.batchSize = 6; // one step: its order does not matter
        settings.learningRate = 0.5;
        QVERIFY(validate(settings));
        const Dataset data = tinyData(settings);
        const Network before = tinyParameters(settings);
        Network after = before;
        QVERIFY(trainTiny(settings, data, after, 0, 1));
        for (std::size_t i = 0; i < before.parameters.size(); ++i) {
            const auto loss = [&](double value) {
                std::vector<double> values = before.parameters;
                values[i] = value;
                return meanLoss(settings, data, values, 6);
            };
            const double gradient = derivative(loss, before.parameters[i], 1e-3);
            VERIFY_AGREE(before.parameters[i] - after.parameters[i], 0.5 * gradient, 1e-6, 1e-9);
        }
    }

    void scoreIsTheGraphsLoss()
    {
        for (const Kind& kind : kinds) {
            const TinySettings settings = withOutput(kind.output, kind.loss, EngineKind::Scalar);
            const Dataset data = tinyData(settings);
            const Network parameters = tinyParameters(settings);
            double sum = 0.0;
            int correct = 0;
            for (std::size_t i = 0; i < sampleCount(data); ++i) {
                const auto x = sampleInputs(data, i);
                const auto named = scalar::recordSample(parameters, x, data.labels[i], kind.loss);
                QVERIFY(named.has_value());
                sum += named->graph.nodes[scalar::index(named->root)].data;
                const auto out = plainForward(parameters.stack, parameters.parameters, x).back().output;
                const bool one = out.size() == 1 ? out[0] >= 0.5 : out[1] > out[0];
                correct += one == (data.labels[i] == 1) ? 1 : 0;
            }
            const TinyScore score = scoreTiny(settings, data, parameters);
            VERIFY_AGREE(score.loss, sum / 37.0, 1e-12, 0.0);
            VERIFY_AGREE(score.loss, meanLoss(settings, data, parameters.parameters, 37), 1e-12, 0.0);
            VERIFY_AGREE(score.accuracy, 100.0 * correct / 37.0, 1e-12, 0.0);
        }
    }

    void enginesAgree()
    {
        for (const Activation activation : {Activation::Tanh, Activation::Sigmoid, Activation::Linear}) {
            TinySettings settings =
                withOutput({2, Activation::Softmax}, Loss::CrossEntropy, EngineKind::Matrix);
            std::get<DenseLayer>(settings.layers[0]).activation = activation;
            settings.learningRate = 0.3;
            const Dataset data = tinyData(settings);
            Network matrix = tinyParameters(settings);
            QVERIFY(trainTiny(settings, data, matrix, 0, 25));
            settings.engine = EngineKind::Scalar;
            Network scalar = tinyParameters(settings);
            const Network start = scalar;
            QVERIFY(trainTiny(settings, data, scalar, 0, 25));
            QVERIFY(largestDifference(matrix.parameters, scalar.parameters) < 1e-10);
            QVERIFY(largestDifference(start.parameters, scalar.parameters) > 1e-3);
        }
    }

    void epochsAtOnceAreEpochsOneByOne()
    {
        for (const EngineKind engine : {EngineKind::Matrix, EngineKind::Scalar}) {
            const TinySettings settings = withOutput({2, Activation::Softmax}, Loss::CrossEntropy, engine);
            const Dataset data = tinyData(settings);
            Network together = tinyParameters(settings);
            Network apart = together;
            QVERIFY(trainTiny(settings, data, together, 0, 10));
            for (int epoch = 0; epoch < 10; ++epoch)
                QVERIFY(trainTiny(settings, data, apart, epoch, 1));
            QVERIFY(together.parameters == apart.parameters);
            // The order does depend on the epoch's number.
            Network other = tinyParameters(settings);
            for (int epoch = 0; epoch < 10; ++epoch)
                QVERIFY(trainTiny(settings, data, other, 0, 1));
            QVERIFY(together.parameters != other.parameters);
        }
    }

    void itLearns()
    {
        TinySettings settings;
        settings.learningRate = 0.5;
        const Dataset data = tinyData(settings);
        Network parameters = tinyParameters(settings);
        QVERIFY(scoreTiny(settings, data, parameters).accuracy < 90.0);
        QVERIFY(trainTiny(settings, data, parameters, 0, 200));
        QVERIFY(scoreTiny(settings, data, parameters).accuracy > 95.0);
    }

    void brokenNumbersLeaveTheLastGoodOnes()
    {
        TinySettings settings = withOutput({1, Activation::Linear}, Loss::Squared, EngineKind::Scalar);
        settings.layers = {{3, Activation::Linear}, {1, Activation::Linear}};
        settings.learningRate = 1e6;
        const Dataset data = tinyData(settings);
        Network parameters = tinyParameters(settings);
        QVERIFY(!trainTiny(settings, data, parameters, 0, 100));
        for (const double value : parameters.parameters)
            QVERIFY(std::isfinite(value));
        QVERIFY(std::isfinite(scoreTiny(settings, data, parameters).loss));

        Network apart = tinyParameters(settings); // the same end, one epoch after the other
        int epoch = 0;
        while (epoch < 100 && trainTiny(settings, data, apart, epoch, 1))
            ++epoch;
        QVERIFY(epoch < 100);
        QVERIFY(apart.parameters == parameters.parameters);

        settings = TinySettings();
        settings.learningRate = maximumLearningRate;
        settings.layers = {{3, Activation::Relu}, {3, Activation::Linear}, {2, Activation::Softmax}};
        parameters = tinyParameters(settings);
        static_cast<void>(trainTiny(settings, tinyData(settings), parameters, 0, 200));
        for (const double value : parameters.parameters)
            QVERIFY(std::isfinite(value));
    }

    void aStopLeavesWholeSteps()
    {
        for (const EngineKind engine : {EngineKind::Matrix, EngineKind::Scalar}) {
            const TinySettings settings = withOutput({2, Activation::Softmax}, Loss::CrossEntropy, engine);
            std::stop_source source;
            source.request_stop();
            Network parameters = tinyParameters(settings);
            QVERIFY(!trainTiny(settings, tinyData(settings), parameters, 0, 5, source.get_token()));
            QVERIFY(parameters.parameters == tinyParameters(settings).parameters);
        }
    }

    void mapsAreTheUnitsActivations()
    {
        for (const Kind& kind : kinds) {
            const TinySettings settings = withOutput(kind.output, kind.loss, EngineKind::Scalar);
            const Network parameters = tinyParameters(settings);
            const TinyMaps maps = makeTinyMaps(parameters, 5, 2.0);
            QCOMPARE(maps.rows, 5);
            QCOMPARE(maps.units.size(), std::size_t(3));
            for (int row = 0; row < 5; ++row) {
                for (int column = 0; column < 5; ++column) {
                    const std::vector<double> at{-2.0 + column, 2.0 - row};
                    const auto layers = plainForward(parameters.stack, parameters.parameters, at);
                    for (std::size_t layer = 0; layer < 3; ++layer) {
                        QCOMPARE(maps.units[layer].size(), layers[layer].output.size());
                        for (std::size_t unit = 0; unit < layers[layer].output.size(); ++unit) {
                            const auto point = static_cast<std::size_t>(row * 5 + column);
                            VERIFY_AGREE(static_cast<double>(maps.units[layer][unit][point]),
                                         layers[layer].output[unit], 1e-6, 1e-7);
                        }
                    }
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTinyNetwork)
#include "tst_tinynetwork.moc"
