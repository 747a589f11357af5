// SPDX-License-Identifier: GPL-3.0-or-later
// Whole steps of the matrix engine, held against the lesson's gradients and the optimizers' formulas.
#include "core/matrix/network.h"
#include "core/network/initialweights.h"
#include "core/training/engines/matrixengine.h"
#include "tests/core/numeric.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::matrix;
using namespace chainrule::tests;

namespace {

Network networkFor(const LayerStack& stack, Loss loss, std::uint64_t seed)
{
    Random random = makeRandom(seed);
    Network network = makeNetwork(stack, {WeightRule::Xavier}, random, loss);
    for (double& value : network.parameters)
        value += 0.1 * normal(random);
    return network;
}

/// Clouds with so many amounts to be learned instead of classes.
Dataset makeAmounts(std::size_t count, int inputs, int targets, std::uint64_t seed)
{
    Dataset data = makeClouds(count, inputs, 3, seed);
    Random random = makeRandom(seed, 1);
    data.classes = 0;
    std::fill(data.labels.begin(), data.labels.end(), std::uint8_t(0));
    for (int i = 0; i < targets; ++i)
        data.targetNames.push_back("t" + std::to_string(i));
    for (std::size_t i = 0; i < count * static_cast<std::size_t>(targets); ++i)
        data.amounts.push_back(static_cast<float>(normal(random)));
    return data;
}

struct Lesson {
    double loss = 0.0; ///< mean
    std::vector<double> gradients;
};

/// The batch's mean loss and its gradients by the graph, dropout included.
template <typename T>
Lesson lessonOf(const Network& network, const Dataset& data, std::span<const std::uint32_t> samples,
                const StepRule& rule = {})
{
    Buffer<T> values = toEngine<T>(network);
    Buffer<T> gradients(values.size(), T(0));
    const auto count = static_cast<Eigen::Index>(samples.size());
    auto recording = recordNetwork<T>(network.stack, network.loss, values.data(), gradients.data(), count,
                                      {.dropout = true});
    recording.graph.lossScale = T(1) / static_cast<T>(samples.size());
    auto inputs = value(recording.graph, recording.inputs);
    auto targets = value(recording.graph, recording.targets);
    for (Eigen::Index i = 0; i < count; ++i) {
        const std::uint32_t sample = samples[static_cast<std::size_t>(i)];
        copySample(data, sample, inputs.col(i).data());
        copyTargets(data, sample, std::span(targets.col(i).data(), static_cast<std::size_t>(targets.rows())));
    }
    drawDropout(recording, rule.seed, rule.step);
    replay(recording.graph);
    backward(recording.graph, recording.loss);
    return {static_cast<double>(value(recording.graph, recording.loss)(0, 0)),
            fromEngine<T>(network.stack, gradients).parameters};
}

/// The gradients that the engine's step computes, without one being taken.
template <typename T>
Lesson stepOf(const Network& network, const Dataset& data, std::span<const std::uint32_t> samples,
              const KernelSet& set, StepRule rule = {}, int threads = 1)
{
    auto engine = makeMatrixEngine<T>(network, static_cast<int>(samples.size()), threads, kernelsOf<T>(set));
    auto optimizer = makeOptimizer<T>(OptimizerKind::Momentum, engine.parameters.size());
    rule.learningRate = 0.0;
    const BatchResult result = trainOn(engine, optimizer, data, samples, rule, {});
    return {result.lossSum / static_cast<double>(samples.size()),
            unpackParameters<T>(engine.plan, engine.gradients)};
}

double largestOf(const std::vector<double>& values)
{
    double largest = 0.0;
    for (const double number : values)
        largest = std::max(largest, std::abs(number));
    return largest;
}

template <typename T>
void compare(const Network& network, const Dataset& data, std::size_t count, const KernelSet& set,
             const StepRule& rule = {})
{
    const auto samples = indices(0, count);
    const Lesson lesson = lessonOf<T>(network, data, samples, rule);
    const Lesson step = stepOf<T>(network, data, samples, set, rule);
    const double size = largestOf(lesson.gradients);
    const double bound = sizeof(T) == 4 ? 1e-5 : 1e-12;
    const double difference = largestDifference(step.gradients, lesson.gradients);
    QVERIFY2(size > 0.0 && difference <= bound * size,
             qPrintable(QString("%1, %2, %3: gradients differ by %4 of %5")
                            .arg(set.name)
                            .arg(formatLayers(network.stack.layers).c_str())
                            .arg(lossName(network.loss).data())
                            .arg(difference)
                            .arg(size)));
    VERIFY_AGREE(step.loss, lesson.loss, bound);
}

/// An optimizer's step in plain loops over the network's own order.
void plainStep(OptimizerState<double>& state, Network& network, std::vector<double> gradients,
               const StepRule& rule)
{
    double norm = 0.0;
    for (const double gradient : gradients)
        norm += gradient * gradient;
    const double scale = rule.clip > 0.0 ? clipFactor(std::sqrt(norm), rule.clip) : 1.0;
    ++state.steps;
    double unused = 0.0;
    for (const LayerSpan& span : layerSpans(network.stack))
        for (std::size_t i = span.weight; i < span.bias + static_cast<std::size_t>(span.units); ++i) {
            const bool weight = i < span.bias;
            const auto own = updateRule<double>(state.kind, rule.learningRate, scale, weight ? rule.l1 : 0.0,
                                                weight ? rule.l2 : 0.0, state.steps);
            double& first = state.first.empty() ? unused : state.first[i];
            double& second = state.second.empty() ? unused : state.second[i];
            double& p = network.parameters[i];
            withOptimizer(state.kind, [&]<OptimizerKind kind>() {
                const double g = penalized<kind>(gradients[i], p, own);
                p = moved<kind>(p, g, first, second, own, [](double x) { return std::sqrt(x); });
            });
        }
}

void addOptimizerRows()
{
    QTest::addColumn<int>("optimizer");
    for (const OptimizerRow& row : optimizerTable)
        QTest::newRow(row.name.data()) << static_cast<int>(row.kind);
}

LayerStack dropping(int inputs, int outputs, Activation hidden, Activation output)
{
    return {inputs,
            {DropoutLayer{0.2}, DenseLayer{19, hidden}, DropoutLayer{0.5}, DropoutLayer{0.1},
             DenseLayer{9, hidden}, DropoutLayer{0.3}, DenseLayer{outputs, output}}};
}

Dataset makeImages(std::size_t count, int inputs, int classes, std::uint64_t seed)
{
    Dataset data = makeClouds(count, inputs, classes, seed);
    data.features.clear();
    Random random = makeRandom(seed);
    for (std::size_t i = 0; i < count * static_cast<std::size_t>(inputs); ++i)
        data.pixels.push_back(uniform(random) < 0.2 ? static_cast<std::uint8_t>(1 + uniformBelow(random, 255))
                                                    : 0);
    return data;
}

} // namespace

class TestMatrixEngine : public QObject {
    Q_OBJECT

private slots:
    void everyLossMatchesTheLesson_data();
    void everyLossMatchesTheLesson();
    void dropoutMatchesTheLesson();
    void dropoutIsForTrainingOnly();
    void threadsChangeNothing_data();
    void threadsChangeNothing();
    void optimizersFollowTheirRules_data();
    void optimizersFollowTheirRules();
    void descentAtOnceIsDescent();
    void aRefusedStepUndoesNothing_data();
    void aRefusedStepUndoesNothing();
    void aBrokenLossCanBeUndone();
    void aHopelessSampleCountsAsTheFloor();
    void singleOutputsSayYesOrNo();
    void amountsComeBack();
    void aLaneWithoutSamplesSkipsNothing();
    void buffersAreBounded();
    void kernelsHaveNames();
    void memoriesThereAndBack();
    void theNetworkStaysItself();
};

void TestMatrixEngine::everyLossMatchesTheLesson_data()
{
    QTest::addColumn<int>("hidden");
    for (const ActivationRow& row : activationTable)
        QTest::newRow(row.name.data()) << static_cast<int>(row.activation);
}

void TestMatrixEngine::everyLossMatchesTheLesson()
{
    QFETCH(const int, hidden);
    const Dataset classes = makeClouds(37, 12, 3, 1);
    const Dataset two = makeClouds(37, 12, 2, 2);
    const Dataset amounts = makeAmounts(37, 12, 3, 3);
    for (const KernelSet* set : kernelSets())
        for (const ActivationRow& output : activationTable)
            for (const LossRow& loss : lossTable) {
                if (!lossFits(loss.loss, output.activation))
                    continue;
                const auto check = [&](int outputs, const Dataset& data) {
                    const LayerStack stack{12,
                                           {{18, static_cast<Activation>(hidden)},
                                            {7, static_cast<Activation>(hidden)},
                                            {outputs, output.activation}}};
                    Network network = networkFor(stack, loss.loss, 4);
                    network.parameters.back() = 2.0; // so that a single ReLU is not inactive
                    compare<double>(network, data, 37, *set);
                    compare<float>(network, data, 37, *set);
                };
                check(3, classes);
                // A softmax of one unit is always 1, and has no gradient.
                if (loss.singleOutputIsYesNo && output.activation != Activation::Softmax)
                    check(1, two);
                if (loss.loss == Loss::Squared)
                    check(3, amounts);
                if (QTest::currentTestFailed())
                    return;
            }
}

void TestMatrixEngine::dropoutMatchesTheLesson()
{
    // More samples than one chunk holds, so that positions go on beyond it.
    const Dataset features = makeClouds(300, 12, 3, 5);
    const Dataset images = makeImages(300, 12, 3, 6);
    const StepRule rule{.seed = 11, .step = 4};
    for (const KernelSet* set : kernelSets())
        for (const ActivationRow& hidden : activationTable) {
            const Network network =
                networkFor(dropping(12, 3, hidden.activation, Activation::Softmax), Loss::CrossEntropy, 7);
            for (const std::size_t count : {5U, 300U}) {
                compare<double>(network, features, count, *set, rule);
                compare<double>(network, images, count, *set, rule);
                compare<float>(network, images, count, *set, rule);
            }
            const auto samples = indices(0, 300);
            const auto expected = stepOf<float>(network, images, samples, *set, rule).gradients;
            QVERIFY(stepOf<float>(network, images, samples, *set, {.seed = 12, .step = 4}).gradients !=
                    expected);
            QVERIFY(stepOf<float>(network, images, samples, *set, {.seed = 11, .step = 5}).gradients !=
                    expected);
        }
}

void TestMatrixEngine::dropoutIsForTrainingOnly()
{
    const Dataset data = makeImages(40, 12, 3, 8);
    const Network with =
        networkFor(dropping(12, 3, Activation::Gelu, Activation::Softmax), Loss::CrossEntropy, 9);
    Network without = with;
    without.stack.layers = {{19, Activation::Gelu}, {9, Activation::Gelu}, {3, Activation::Softmax}};
    auto a = makeMatrixEngine<float>(with, 40, 1);
    auto b = makeMatrixEngine<float>(without, 40, 1);
    const auto samples = indices(0, 40);
    const KernelSet& set = *kernelSets().back();
    QVERIFY(probabilitiesWith(a, data, samples, {}) == probabilitiesWith(b, data, samples, {}));
    const auto plain = stepOf<float>(without, data, samples, set).gradients;
    QVERIFY(stepOf<float>(with, data, samples, set).gradients != plain);
    // A rate for all of them takes the place of each one's own.
    QVERIFY(stepOf<float>(with, data, samples, set, {.dropout = 0.0}).gradients == plain);
}

void TestMatrixEngine::threadsChangeNothing_data()
{
    addOptimizerRows();
}

void TestMatrixEngine::threadsChangeNothing()
{
    QFETCH(const int, optimizer);
    LayerStack stack{784, {{128, Activation::Relu}, {64, Activation::Silu}, {10, Activation::Softmax}}};
    const Dataset data = makeImages(700, 784, 10, 62);
    const auto samples = indices(0, 700);
    for (const bool rules : {false, true}) {
        if (rules)
            stack.layers.insert(stack.layers.begin() + 1, DropoutLayer{0.3});
        const Network initial = networkFor(stack, Loss::CrossEntropy, 61);
        std::vector<double> expected;
        for (const int threads : {1, 2, 5}) {
            auto engine = makeMatrixEngine<float>(initial, 600, threads);
            auto state =
                makeOptimizer<float>(static_cast<OptimizerKind>(optimizer), engine.parameters.size());
            StepRule rule{.learningRate = 0.01};
            if (rules)
                rule = {.learningRate = 0.01, .l1 = 1e-4, .l2 = 1e-3, .clip = 0.5};
            for (const std::size_t batch : {600U, 64U, 1U, 200U}) { // several chunks, one, a single sample
                QVERIFY(!trainOn(engine, state, data, std::span(samples).first(batch), rule, {}).brokenLayer);
                ++rule.step;
            }
            const std::vector<double> values = networkOf(engine).parameters;
            if (expected.empty())
                expected = values;
            QVERIFY(values == expected);
            QVERIFY(values != initial.parameters);
        }
    }
}

void TestMatrixEngine::optimizersFollowTheirRules_data()
{
    addOptimizerRows();
}

void TestMatrixEngine::optimizersFollowTheirRules()
{
    QFETCH(const int, optimizer);
    const auto kind = static_cast<OptimizerKind>(optimizer);
    const LayerStack stack{20, {{9, Activation::Tanh}, {7, Activation::Tanh}, {3, Activation::Softmax}}};
    const Dataset data = makeClouds(600, 20, 3, 71);
    const StepRule rules[] = {{.learningRate = 0.05},
                              {.learningRate = 0.05, .l1 = 0.01},
                              {.learningRate = 0.05, .l2 = 0.02},
                              {.learningRate = 0.05, .clip = 0.1},
                              {.learningRate = 0.05, .l1 = 0.003, .l2 = 0.02, .clip = 0.2}};
    for (const KernelSet* set : kernelSets())
        for (const StepRule& rule : rules) {
            Network expected = networkFor(stack, Loss::CrossEntropy, 72);
            auto engine = makeMatrixEngine<double>(expected, 600, 1, set->doubles);
            auto state = makeOptimizer<double>(kind, engine.parameters.size());
            auto expectedState = makeOptimizer<double>(kind, expected.parameters.size());
            for (const std::size_t batch : {10U, 20U, 600U, 30U}) {
                const auto samples = indices(0, batch);
                plainStep(expectedState, expected, lessonOf<double>(expected, data, samples).gradients, rule);
                QVERIFY(!trainOn(engine, state, data, samples, rule, {}).brokenLayer);
                // Adam and RMSprop divide by the root of a gradient's square, which makes rounding larger.
                const double difference =
                    largestDifference(networkOf(engine).parameters, expected.parameters);
                QVERIFY2(difference < 1e-11, qPrintable(QString::number(difference)));
            }
            QCOMPARE(state.steps, 4);
        }
}

// The path that goes down within the gradients' own pass, and the one over gradients by themselves.
void TestMatrixEngine::descentAtOnceIsDescent()
{
    const LayerStack stack{784, {{128, Activation::Relu}, {10, Activation::Softmax}}};
    const Dataset data = makeImages(64, 784, 10, 73);
    const Network initial = networkFor(stack, Loss::CrossEntropy, 74);
    const auto samples = indices(0, 64);
    for (const KernelSet* set : kernelSets()) {
        auto once = makeMatrixEngine<double>(initial, 64, 1, set->doubles);
        auto apart = makeMatrixEngine<double>(initial, 64, 1, set->doubles);
        auto state = makeOptimizer<double>(OptimizerKind::Sgd, once.parameters.size());
        for (int step = 0; step < 5; ++step) {
            trainOn(once, state, data, samples, {.learningRate = 0.1}, {});
            trainOn(apart, state, data, samples, {.learningRate = 0.1, .clip = 1e9}, {});
        }
        QVERIFY(once.gradients.empty() && !apart.gradients.empty());
        QVERIFY(largestDifference(networkOf(once).parameters, networkOf(apart).parameters) < 1e-15);
    }
}

void TestMatrixEngine::aRefusedStepUndoesNothing_data()
{
    QTest::addColumn<int>("optimizer");
    QTest::addColumn<std::size_t>("batch");
    for (const OptimizerRow& row : optimizerTable)
        for (const std::size_t batch : {std::size_t{40}, std::size_t{300}})
            QTest::addRow("%s %zu", row.name.data(), batch) << static_cast<int>(row.kind) << batch;
}

// After gradients that are too large the loss was finite, so the weights are good, and the step before is not
// to be undone.
void TestMatrixEngine::aRefusedStepUndoesNothing()
{
    QFETCH(const int, optimizer);
    QFETCH(const std::size_t, batch);
    const LayerStack stack{20, {{9, Activation::Relu}, {3, Activation::Softmax}}};
    Dataset data = makeClouds(2 * batch, 20, 3, 81);
    // One of each class: gradients of those that are taken for another are beyond what may be squared.
    for (std::size_t sample = batch; sample < batch + 3; ++sample)
        data.features[20 * sample] = 1e20f;
    auto engine =
        makeMatrixEngine<float>(networkFor(stack, Loss::CrossEntropy, 82), static_cast<int>(batch), 1);
    auto state = makeOptimizer<float>(static_cast<OptimizerKind>(optimizer), engine.parameters.size());
    QVERIFY(!trainOn(engine, state, data, indices(0, batch), {.learningRate = 0.01}, {}).brokenLayer);
    const auto good = networkOf(engine).parameters;
    const BatchResult refused =
        trainOn(engine, state, data, indices(batch, batch), {.learningRate = 0.01}, {});
    QVERIFY(refused.brokenLayer.has_value() && std::isfinite(refused.lossSum));
    QVERIFY(networkOf(engine).parameters == good);
    QVERIFY(networkBefore(engine).parameters == good);
    undoStep(engine);
    QVERIFY(networkOf(engine).parameters == good);
}

void TestMatrixEngine::aBrokenLossCanBeUndone()
{
    const LayerStack stack{20, {{9, Activation::Relu}, {7, Activation::Relu}, {3, Activation::Softmax}}};
    Dataset data = makeClouds(80, 20, 3, 81);
    data.features[20 * 79] = std::numeric_limits<float>::quiet_NaN();
    const StepRule rule{.learningRate = 0.1};
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Adam}) {
        const Network initial = networkFor(stack, Loss::CrossEntropy, 82);
        auto engine = makeMatrixEngine<double>(initial, 40, 1);
        auto state = makeOptimizer<double>(kind, engine.parameters.size());
        undoStep(engine); // nothing to undo yet
        QVERIFY(networkOf(engine).parameters == initial.parameters);
        trainOn(engine, state, data, indices(0, 40), rule, {});
        const auto before = networkOf(engine).parameters;
        trainOn(engine, state, data, indices(20, 40), rule, {});
        const auto after = networkOf(engine).parameters;
        QVERIFY(before != after);
        // A broken step changes nothing, and the one before it can still be undone.
        QVERIFY(trainOn(engine, state, data, indices(40, 40), rule, {}).brokenLayer.has_value());
        QVERIFY(networkOf(engine).parameters == after);
        undoStep(engine);
        QVERIFY(networkOf(engine).parameters == before);
        // And training goes on from there as if nothing had been.
        if (kind == OptimizerKind::Sgd) {
            trainOn(engine, state, data, indices(20, 40), rule, {});
            QVERIFY(networkOf(engine).parameters == after);
        }
    }
}

void TestMatrixEngine::aHopelessSampleCountsAsTheFloor()
{
    const LayerStack stack{1, {{2, Activation::Softmax}}};
    Dataset data = makeClouds(1, 1, 2, 1);
    data.features = {1.0f};
    data.labels = {1};
    const Network network{.stack = stack, .parameters = {500.0, 0.0, 0.0, 0.0}};
    auto engine = makeMatrixEngine<float>(network, 1, 1);
    auto state = makeOptimizer<float>(OptimizerKind::Sgd, engine.parameters.size());
    const auto predicted = predictWith(engine, data, indices(0, 1), {});
    const BatchResult result = trainOn(engine, state, data, indices(0, 1), {.learningRate = 0.0}, {});
    QVERIFY(result.lossSum == -std::log(1e-10));
    QVERIFY(predicted.front().loss == result.lossSum);
}

void TestMatrixEngine::singleOutputsSayYesOrNo()
{
    Dataset data = makeClouds(2, 1, 2, 1);
    data.features = {2.0f, -2.0f};
    data.labels = {1, 1};
    const Network network{
        .stack = {1, {{1, Activation::Sigmoid}}}, .parameters = {1.0, 0.0}, .loss = Loss::Binary};
    auto engine = makeMatrixEngine<double>(network, 0, 1);
    const auto predicted = predictWith(engine, data, indices(0, 2), {});
    const double yes = 1.0 / (1.0 + std::exp(-2.0));
    QCOMPARE(predicted[0].label, 1);
    QCOMPARE(predicted[1].label, 0);
    for (std::size_t i = 0; i < 2; ++i) {
        const double own = i == 0 ? yes : 1.0 - yes;
        VERIFY_AGREE(predicted[i].confidence, yes, 1e-14);
        VERIFY_AGREE(predicted[i].trueProbability, own, 1e-14);
        VERIFY_AGREE(predicted[i].loss, -std::log(own), 1e-14);
    }
}

void TestMatrixEngine::amountsComeBack()
{
    const Dataset data = makeAmounts(300, 4, 2, 91);
    const Network network =
        networkFor({4, {{3, Activation::Softplus}, {2, Activation::Linear}}}, Loss::Squared, 92);
    auto engine = makeMatrixEngine<double>(network, 0, 2);
    const auto samples = indices(0, 300);
    const auto outputs = probabilitiesWith(engine, data, samples, {});
    const auto predicted = predictWith(engine, data, samples, {});
    QCOMPARE(outputs.size(), std::size_t(600));
    for (std::size_t i = 0; i < 300; ++i) {
        double loss = 0.0;
        for (std::size_t k = 0; k < 2; ++k) {
            const double miss = outputs[2 * i + k] - static_cast<double>(data.amounts[2 * i + k]);
            loss += miss * miss / 2.0;
        }
        QCOMPARE(predicted[i].label, 0);
        QVERIFY(predicted[i].confidence == outputs[2 * i]);
        VERIFY_AGREE(predicted[i].loss, loss, 1e-14);
    }
}

void TestMatrixEngine::aLaneWithoutSamplesSkipsNothing()
{
    Dataset data = makeImages(1, 64, 2, 1);
    std::fill(data.pixels.begin(), data.pixels.end(), std::uint8_t(9));
    const auto plan = makeStepPlan<float>({64, {{2, Activation::Softmax}}});
    auto batch = makeStepBatch(plan, 1, true);
    beginBatch(batch, data, 1);
    QVERIFY(!loadSamples(plan, batch, data, indices(0, 1), 0, 0));
    QVERIFY(!loadSamples(plan, batch, data, indices(0, 1), 0, 1));
}

void TestMatrixEngine::buffersAreBounded()
{
    const LayerStack wide{60'000, {{100, Activation::Relu}, {2, Activation::Softmax}}};
    const Network network{.stack = wide,
                          .parameters =
                              std::vector<double>(static_cast<std::size_t>(parameterCount(wide)), 0.0)};
    const auto engine = makeMatrixEngine<double>(network, 0, 3);
    for (const StepBatch<double>& batch : engine.prediction) {
        const std::size_t bytes = batch.bytes.size() + 8 * (batch.masks.size() + batch.inputs.size());
        QVERIFY(bytes > (std::size_t{48} << 20) && bytes <= (std::size_t{64} << 20));
    }
    const LayerStack small{784, {{16, Activation::Relu}, {10, Activation::Softmax}}};
    const Network other = networkFor(small, Loss::CrossEntropy, 1);
    QCOMPARE(makeMatrixEngine<float>(other, 0, 1).prediction.front().capacity, std::size_t(128));
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, static_cast<void>(makeMatrixEngine<float>(
                                                 other, 64, 4, bestKernels<float>(), 1'000'000)));
    static_cast<void>(makeMatrixEngine<float>(other, 64, 4, bestKernels<float>(), 10'000'000));
}

void TestMatrixEngine::kernelsHaveNames()
{
    QVERIFY(kernelsNamed<float>("") == &bestKernels<float>());
    QVERIFY(kernelsNamed<double>(bestKernelsName()) == &bestKernels<double>());
    QVERIFY(kernelsNamed<double>("baseline") == &kernelSets().front()->doubles);
    QVERIFY(kernelsNamed<double>("sse9") == nullptr);
}

void TestMatrixEngine::memoriesThereAndBack()
{
    const LayerStack stack{20, {{9, Activation::Elu}, {3, Activation::Softmax}}};
    const Dataset data = makeClouds(60, 20, 3, 95);
    const StepRule rule{.learningRate = 0.01};
    for (const OptimizerRow& row : optimizerTable) {
        auto engine = makeMatrixEngine<float>(networkFor(stack, Loss::CrossEntropy, 96), 60, 1);
        auto state = makeOptimizer<float>(row.kind, engine.parameters.size());
        trainOn(engine, state, data, indices(0, 60), rule, {});
        const OptimizerMemory memory = memoryOf(engine, state);
        auto again = makeMatrixEngine<float>(networkOf(engine), 60, 1);
        auto restored = makeOptimizer<float>(row.kind, again.parameters.size());
        setMemory(again, restored, memory);
        QVERIFY(memoryOf(again, restored) == memory);
        trainOn(engine, state, data, indices(0, 60), rule, {});
        trainOn(again, restored, data, indices(0, 60), rule, {});
        QVERIFY(networkOf(engine).parameters == networkOf(again).parameters);
        QCOMPARE(memory.first.empty(), row.memories == 0);
    }
}

void TestMatrixEngine::theNetworkStaysItself()
{
    Network network = networkFor({2, {{1, Activation::Linear}}}, Loss::Squared, 3);
    network.precision = Precision::Double;
    network.scale = {{1.0, 2.0}, {3.0, 4.0}};
    network.outputNames = {"price"};
    const Network back = networkOf(makeMatrixEngine<double>(network, 4, 1));
    QVERIFY(back.parameters == network.parameters && back.loss == network.loss &&
            back.scale == network.scale && back.outputNames == network.outputNames &&
            back.precision == network.precision);
}

QTEST_GUILESS_MAIN(TestMatrixEngine)
#include "tst_matrixengine.moc"
