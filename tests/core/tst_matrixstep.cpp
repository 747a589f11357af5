// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/fast/step.h"
#include "core/matrix/network.h"
#include "core/network/initialweights.h"
#include "tests/core/numeric.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::matrix;
using namespace chainrule::tests;

namespace {

std::vector<Activation> allActivations()
{
    std::vector<Activation> all;
    for (const ActivationRow& row : activationTable)
        all.push_back(row.activation);
    return all;
}

enum class Content { Features, SparseImages, DenseImages };

/// Random images, or real features; `share` of the pixels are not 0.
Dataset makeData(Content content, std::size_t count, int inputs, int classes, std::uint64_t seed)
{
    Dataset data = makeClouds(count, inputs, classes, seed);
    if (content == Content::Features)
        return data;
    data.features.clear();
    Random random = makeRandom(seed);
    const double share = content == Content::DenseImages ? 1.0 : 0.2;
    for (std::size_t i = 0; i < count * static_cast<std::size_t>(inputs); ++i) {
        const bool ink = uniform(random) < share;
        data.pixels.push_back(ink ? static_cast<std::uint8_t>(1 + uniformBelow(random, 255)) : 0);
    }
    return data;
}

Network initialFor(const LayerStack& stack, std::uint64_t seed)
{
    Random random = makeRandom(seed);
    Network parameters = makeNetwork(stack, {WeightRule::Xavier}, random);
    for (const LayerSpan& span : layerSpans(stack)) // biases that are not all alike
        for (int unit = 0; unit < span.units; ++unit)
            parameters.parameters[span.bias + static_cast<std::size_t>(unit)] = 0.1 * normal(random);
    return parameters;
}

struct Outcome {
    std::vector<double> gradients;
    double loss = 0.0; ///< mean
    int correct = 0;
    double largest = 0.0; ///< of the gradients, as the kernels report it
};

template <typename T>
Outcome byGraph(const Network& parameters, const Dataset& data, std::span<const std::uint32_t> samples)
{
    Buffer<T> values = toEngine<T>(parameters);
    Buffer<T> gradients(values.size(), T(0));
    const auto count = static_cast<Eigen::Index>(samples.size());
    auto recording =
        recordNetwork<T>(parameters.stack, parameters.loss, values.data(), gradients.data(), count);
    recording.graph.lossScale = T(1) / static_cast<T>(samples.size());
    auto inputs = value(recording.graph, recording.inputs);
    auto targets = value(recording.graph, recording.targets);
    targets.setZero();
    for (Eigen::Index i = 0; i < count; ++i) {
        const std::uint32_t sample = samples[static_cast<std::size_t>(i)];
        copySample(data, sample, inputs.col(i).data());
        copyTargets(data, sample, std::span(targets.col(i).data(), static_cast<std::size_t>(targets.rows())));
    }
    replay(recording.graph);
    backward(recording.graph, recording.loss);
    Outcome result;
    result.gradients = fromEngine<T>(parameters.stack, gradients).parameters;
    result.loss = static_cast<double>(value(recording.graph, recording.loss)(0, 0));
    for (Eigen::Index i = 0; i < count; ++i) {
        Eigen::Index best = 0;
        value(recording.graph, recording.outputs).col(i).maxCoeff(&best);
        result.correct += best == data.labels[samples[static_cast<std::size_t>(i)]];
    }
    return result;
}

struct How {
    double sparseUpTo = 0.6;
    std::size_t lanes = 1;
};

/// A batch's buffers after both phases, and the gradients.
template <typename T>
struct Pass {
    StepPlan<T> plan;
    StepBatch<T> batch;
    LineBuffer<T> parameters;
    LineBuffer<T> transposed;
    LineBuffer<T> gradients;
    std::vector<T> largest; ///< lane after lane
    bool skipped = false;
};

template <typename T>
Pass<T> pass(const Network& parameters, const Dataset& data, std::span<const std::uint32_t> samples,
             const Kernels<T>& kernels, How how = {})
{
    Pass<T> result;
    result.plan = makeStepPlan<T>(parameters.stack, parameters.loss, kernels);
    result.plan.sparseUpTo = how.sparseUpTo;
    result.batch = makeStepBatch(result.plan, samples.size(), true);
    beginBatch(result.batch, data, samples.size());
    result.parameters = packParameters(result.plan, parameters.parameters);
    result.transposed.assign(result.plan.transposed, T(0));
    transposeWeights(result.plan, result.parameters.data(), result.transposed.data());
    result.gradients.assign(result.plan.parameters, T(-1));
    const T scale = T(1) / static_cast<T>(samples.size());
    for (std::size_t lane = 0; lane < how.lanes; ++lane) {
        const std::size_t begin = samples.size() * lane / how.lanes;
        const std::size_t end = samples.size() * (lane + 1) / how.lanes;
        const bool skip = loadSamples(result.plan, result.batch, data, samples, begin, end);
        result.skipped = result.skipped || skip;
        forwardSamples(result.plan, result.batch, result.parameters.data(), begin, end, skip, scale);
        backwardSamples<T>(result.plan, result.batch, result.transposed.data(), begin, end);
    }
    const StepSink<T> sink{Sink::Store, nullptr, result.gradients.data(), nullptr, T(0)};
    const std::size_t layers = result.plan.layers.size();
    result.largest.assign(layers * how.lanes, T(0));
    for (std::size_t lane = 0; lane < how.lanes; ++lane)
        updateWeights(result.plan, result.batch, sink, result.skipped, lane, how.lanes,
                      std::span(result.largest).subspan(lane * layers, layers));
    return result;
}

template <typename T>
Outcome byStep(const Network& parameters, const Dataset& data, std::span<const std::uint32_t> samples,
               const Kernels<T>& kernels, How how = {})
{
    const Pass<T> done = pass<T>(parameters, data, samples, kernels, how);
    Outcome result;
    result.gradients = unpackParameters<T>(done.plan, done.gradients);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        result.loss += sampleLoss(done.batch, i) / static_cast<double>(samples.size());
        result.correct += done.batch.best[i] == done.batch.targets[i];
    }
    result.largest = static_cast<double>(*std::max_element(done.largest.begin(), done.largest.end()));
    return result;
}

template <typename T>
bool sameBits(const LineBuffer<T>& a, const LineBuffer<T>& b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

double largestOf(const std::vector<double>& values)
{
    double largest = 0.0;
    for (const double value : values)
        largest = std::max(largest, std::abs(value));
    return largest;
}

LayerStack stackOf(int inputs, int first, int second, int classes, Activation activation)
{
    return {inputs, {{first, activation}, {second, activation}, {classes, Activation::Softmax}}};
}

template <typename T>
void compareWithGraph(const KernelSet& set, const LayerStack& stack, Content content, std::size_t count)
{
    const Dataset data = makeData(content, count, stack.input.size(), outputCount(stack), 3 + count);
    const Network parameters = initialFor(stack, 5 + count);
    const auto samples = indices(0, count);
    const Outcome expected = byGraph<T>(parameters, data, samples);
    const Outcome actual = byStep<T>(parameters, data, samples, kernelsOf<T>(set));
    const double size = largestOf(expected.gradients);
    const double tolerance = (sizeof(T) == 4 ? 3e-6 : 3e-15) * std::max(1.0, size);
    const double difference = largestDifference(actual.gradients, expected.gradients);
    QVERIFY2(difference <= tolerance, qPrintable(QString("%1, %2 samples, %3: gradients differ by %4 of %5")
                                                     .arg(set.name)
                                                     .arg(count)
                                                     .arg(formatLayers(stack.layers).c_str())
                                                     .arg(difference)
                                                     .arg(size)));
    VERIFY_AGREE(actual.loss, expected.loss, sizeof(T) == 4 ? 2e-6 : 2e-15);
    QCOMPARE(actual.correct, expected.correct);
    QVERIFY(actual.largest == largestOf(actual.gradients));
}

} // namespace

class TestMatrixStep : public QObject {
    Q_OBJECT

private slots:
    void fusedStepMatchesTheGraph_data();
    void fusedStepMatchesTheGraph();
    void everyBatchSizeMatchesTheGraph();
    void everyWidthMatchesTheGraph();
    void aWideNetworkMatchesTheGraph();
    void gradientsAreThoseOfTheLoss();
    void functionsAreAccurate();
    void bytesBecomeTheSameNumbers();
    void skippingZerosChangesNothing();
    void densityChooses();
    void lanesChangeNothing();
    void descentIsTheGradientsStep();
    void transposedWeightsFollow();
    void parametersComeBack();
    void brokenNumbersShow();
};

void TestMatrixStep::fusedStepMatchesTheGraph_data()
{
    QTest::addColumn<std::size_t>("set");
    QTest::addColumn<int>("activation");
    for (std::size_t set = 0; set < kernelSets().size(); ++set)
        for (const Activation activation : allActivations())
            QTest::addRow("%s %s", kernelSets()[set]->name, std::string(activationName(activation)).c_str())
                << set << static_cast<int>(activation);
}

void TestMatrixStep::fusedStepMatchesTheGraph()
{
    QFETCH(const std::size_t, set);
    QFETCH(const int, activation);
    const LayerStack stacks[] = {stackOf(1, 1, 1, 2, static_cast<Activation>(activation)),
                                 stackOf(5, 3, 7, 2, static_cast<Activation>(activation)),
                                 stackOf(67, 33, 17, 11, static_cast<Activation>(activation)),
                                 stackOf(130, 129, 65, 19, static_cast<Activation>(activation))};
    for (const LayerStack& stack : stacks)
        for (const Content content : {Content::Features, Content::SparseImages, Content::DenseImages})
            for (const std::size_t count : {1U, 7U, 64U, 130U}) {
                compareWithGraph<double>(*kernelSets()[set], stack, content, count);
                compareWithGraph<float>(*kernelSets()[set], stack, content, count);
            }
}

void TestMatrixStep::everyBatchSizeMatchesTheGraph()
{
    const LayerStack stack = stackOf(70, 40, 9, 4, Activation::Tanh);
    for (const KernelSet* set : kernelSets())
        for (std::size_t count = 1; count <= 130; ++count)
            compareWithGraph<double>(*set, stack, count % 2 ? Content::SparseImages : Content::DenseImages,
                                     count);
}

void TestMatrixStep::everyWidthMatchesTheGraph()
{
    for (const KernelSet* set : kernelSets())
        for (int width = 1; width <= 140; width += width < 36 ? 1 : 13) {
            const auto content = width % 2 ? Content::SparseImages : Content::Features;
            compareWithGraph<double>(*set, stackOf(width, 141 - width, width, 2, Activation::Relu), content,
                                     13);
            compareWithGraph<float>(*set, stackOf(141 - width, width, 3, width + 1, Activation::Sigmoid),
                                    content, 13);
        }
}

void TestMatrixStep::aWideNetworkMatchesTheGraph()
{
    for (const KernelSet* set : kernelSets())
        for (const Content content : {Content::SparseImages, Content::DenseImages}) {
            compareWithGraph<double>(*set, stackOf(784, 300, 100, 10, Activation::Relu), content, 130);
            compareWithGraph<double>(*set, {300, {{10, Activation::Softmax}}}, content, 256);
        }
}

void TestMatrixStep::gradientsAreThoseOfTheLoss()
{
    for (const KernelSet* set : kernelSets()) {
        for (const Activation activation : allActivations()) {
            const LayerStack stack = stackOf(6, 5, 4, 3, activation);
            const Dataset data = makeData(Content::SparseImages, 9, 6, 3, 11);
            const Network parameters = initialFor(stack, 12);
            const auto samples = indices(0, 9);
            const Kernels<double>& kernels = kernelsOf<double>(*set);
            const Outcome actual = byStep<double>(parameters, data, samples, kernels);
            for (std::size_t i = 0; i < parameters.parameters.size(); ++i) {
                Network moved = parameters;
                const auto loss = [&](double x) {
                    moved.parameters[i] = x;
                    return byStep<double>(moved, data, samples, kernels).loss;
                };
                VERIFY_AGREE(actual.gradients[i], derivative(loss, parameters.parameters[i], 1e-4), 1e-7,
                             1e-10);
            }
        }
    }
}

namespace {

template <typename T>
double unitsInTheLastPlace(T actual, double exact)
{
    const T near = std::abs(static_cast<T>(exact));
    const double unit = static_cast<double>(std::nextafter(near, std::numeric_limits<T>::infinity()) - near);
    return std::abs(static_cast<double>(actual) - exact) / unit;
}

template <typename T>
void checkFunctions(const KernelSet& set)
{
    // A unit that passes its input on, so that its function can be looked at.
    Dataset data = makeClouds(256, 1, 2, 1);
    for (std::size_t i = 0; i < 256; ++i)
        data.features[i] = (static_cast<float>(i) - 127.5f) / 9.0f * (i % 4 == 0 ? 0.01f : 1.0f);
    for (const Activation activation : allActivations()) {
        if (activation == Activation::Softmax)
            continue;
        Network parameters = initialFor({1, {{1, activation}, {2, Activation::Softmax}}}, 1);
        parameters.parameters = {1.0, 0.0, 1.0, -1.0, 0.0, 0.0};
        const Pass<T> done = pass<T>(parameters, data, indices(0, 256), kernelsOf<T>(set));
        for (std::size_t i = 0; i < 256; ++i) {
            const auto x = static_cast<double>(data.features[i]);
            const double exact = activationFormula(activation, x).value;
            const T actual = done.batch.outputs[0][i * done.plan.layers[0].leadingUnits];
            // GELU's 1 + erf cancels far below 0, in the formula itself.
            if (activation == Activation::Gelu && x < -1.0) {
                QVERIFY(std::abs(static_cast<double>(actual) - exact) <=
                        4.0 * std::abs(x) * std::numeric_limits<T>::epsilon());
                continue;
            }
            const double units = unitsInTheLastPlace(actual, exact);
            QVERIFY2(units <= 5.0, qPrintable(QString("%1 %2 at %3: %4, not %5, %6 units off")
                                                  .arg(set.name)
                                                  .arg(activationName(activation).data())
                                                  .arg(x)
                                                  .arg(double(actual))
                                                  .arg(exact)
                                                  .arg(units)));
        }
    }
    Network parameters = initialFor({1, {{2, Activation::Softmax}}}, 1);
    parameters.parameters = {-1.0, 0.0, 0.0, 0.0};
    for (float& feature : data.features)
        feature = std::abs(feature);
    const Pass<T> done = pass<T>(parameters, data, indices(0, 256), kernelsOf<T>(set));
    for (std::size_t i = 0; i < 256; ++i) {
        const double e = std::exp(-static_cast<double>(data.features[i]));
        const T* p = done.batch.outputs[0].data() + i * done.plan.layers[0].leadingUnits;
        QVERIFY(unitsInTheLastPlace(p[0], e / (1.0 + e)) <= 4.0);
        QVERIFY(unitsInTheLastPlace(p[1], 1.0 / (1.0 + e)) <= 2.0);
    }
}

} // namespace

void TestMatrixStep::functionsAreAccurate()
{
    for (const KernelSet* set : kernelSets()) {
        checkFunctions<float>(*set);
        checkFunctions<double>(*set);
    }
}

void TestMatrixStep::bytesBecomeTheSameNumbers()
{
    for (const KernelSet* set : kernelSets()) {
        LineBuffer<std::uint8_t> bytes(256);
        for (std::size_t i = 0; i < 256; ++i)
            bytes[i] = static_cast<std::uint8_t>(i);
        LineBuffer<float> floats(256);
        LineBuffer<double> doubles(256);
        set->floats.convertBytes(bytes.data(), 256, floats.data());
        set->doubles.convertBytes(bytes.data(), 256, doubles.data());
        for (std::size_t i = 0; i < 256; ++i) {
            QVERIFY(floats[i] == static_cast<float>(i) / 255.0f);
            QVERIFY(doubles[i] == static_cast<double>(i) / 255.0);
        }
    }
}

void TestMatrixStep::skippingZerosChangesNothing()
{
    const LayerStack stack = stackOf(300, 130, 20, 10, Activation::Relu);
    const Network parameters = initialFor(stack, 21);
    const Dataset data = makeData(Content::SparseImages, 200, 300, 10, 22);
    for (const KernelSet* set : kernelSets())
        for (const std::size_t count : {1U, 64U, 65U, 200U}) {
            const auto samples = indices(0, count);
            const auto check = [&]<typename T>(const Kernels<T>& kernels) {
                const auto all = pass<T>(parameters, data, samples, kernels, {.sparseUpTo = 0.0});
                const auto some = pass<T>(parameters, data, samples, kernels, {.sparseUpTo = 1.0});
                QVERIFY(!all.skipped && some.skipped);
                for (std::size_t l = 0; l < 3; ++l)
                    QVERIFY(sameBits(all.batch.outputs[l], some.batch.outputs[l]));
                QVERIFY(sameBits(all.gradients, some.gradients));
                QVERIFY(all.largest == some.largest);
            };
            check(set->floats);
            check(set->doubles);
        }
}

void TestMatrixStep::densityChooses()
{
    const LayerStack stack = stackOf(64, 8, 8, 4, Activation::Relu);
    const Network parameters = initialFor(stack, 1);
    const auto samples = indices(0, 40);
    const auto skipped = [&](Content content) {
        const Dataset data = makeData(content, 40, 64, 4, 2);
        return pass<float>(parameters, data, samples, bestKernels<float>()).skipped;
    };
    QVERIFY(skipped(Content::SparseImages));
    QVERIFY(!skipped(Content::DenseImages));
    QVERIFY(!skipped(Content::Features));
}

void TestMatrixStep::lanesChangeNothing()
{
    const LayerStack stack = stackOf(200, 70, 33, 10, Activation::Tanh);
    const Network parameters = initialFor(stack, 31);
    for (const KernelSet* set : kernelSets())
        for (const Content content : {Content::Features, Content::SparseImages, Content::DenseImages}) {
            const Dataset data = makeData(content, 61, 200, 10, 32);
            const auto one = pass<float>(parameters, data, indices(0, 61), set->floats);
            for (const std::size_t lanes : {2U, 3U, 8U}) {
                const auto more =
                    pass<float>(parameters, data, indices(0, 61), set->floats, {.lanes = lanes});
                QVERIFY(sameBits(one.batch.outputs[2], more.batch.outputs[2]));
                QVERIFY(sameBits(one.batch.deltas[0], more.batch.deltas[0]));
                QVERIFY(sameBits(one.gradients, more.gradients));
            }
        }
}

void TestMatrixStep::descentIsTheGradientsStep()
{
    const LayerStack stack = stackOf(100, 70, 33, 10, Activation::Relu);
    const Network parameters = initialFor(stack, 41);
    for (const KernelSet* set : kernelSets())
        for (const Content content : {Content::SparseImages, Content::DenseImages}) {
            const Dataset data = makeData(content, 50, 100, 10, 42);
            const auto done = pass<double>(parameters, data, indices(0, 50), set->doubles);
            LineBuffer<double> moved(done.parameters.size(), -1.0);
            LineBuffer<double> transposed(done.plan.transposed, 0.0);
            std::vector<double> largest(3, 0.0);
            updateWeights(
                done.plan, done.batch,
                StepSink<double>{Sink::Descend, done.parameters.data(), moved.data(), transposed.data(), 0.3},
                done.skipped, 0, 1, std::span(largest));
            QVERIFY(largest == done.largest);
            for (std::size_t i = 0; i < moved.size(); ++i)
                VERIFY_AGREE(moved[i], done.parameters[i] - 0.3 * done.gradients[i], 1e-15, 1e-17);
            LineBuffer<double> fromAnew(done.plan.transposed, 0.0);
            transposeWeights(done.plan, moved.data(), fromAnew.data());
            QVERIFY(sameBits(transposed, fromAnew));

            // A second chunk adds up.
            LineBuffer<double> twice = done.gradients;
            updateWeights(done.plan, done.batch,
                          StepSink<double>{Sink::Add, nullptr, twice.data(), nullptr, 0}, done.skipped, 0, 1,
                          std::span(largest));
            for (std::size_t i = 0; i < twice.size(); ++i)
                QVERIFY(twice[i] == 2.0 * done.gradients[i]);
        }
}

void TestMatrixStep::transposedWeightsFollow()
{
    const LayerStack stack = stackOf(5, 37, 18, 3, Activation::Relu);
    const auto plan = makeStepPlan<float>(stack);
    const Network parameters = initialFor(stack, 6);
    const auto packed = packParameters(plan, parameters.parameters);
    LineBuffer<float> transposed(plan.transposed, 0.0f);
    transposeWeights(plan, packed.data(), transposed.data());
    const LayerSpan span = layerSpans(stack)[1];
    for (std::size_t unit = 0; unit < 18; ++unit)
        for (std::size_t input = 0; input < 37; ++input)
            QVERIFY(transposed[plan.layers[1].transposed + unit * plan.layers[1].leadingInputs + input] ==
                    static_cast<float>(parameters.parameters[span.weight + unit * 37 + input]));
}

void TestMatrixStep::parametersComeBack()
{
    const Network parameters = initialFor(stackOf(5, 37, 18, 3, Activation::Relu), 6);
    const auto plan = makeStepPlan<double>(parameters.stack);
    QVERIFY(unpackParameters<double>(plan, packParameters<double>(plan, parameters.parameters)) ==
            parameters.parameters);
}

void TestMatrixStep::brokenNumbersShow()
{
    const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity()};
    for (const KernelSet* set : kernelSets())
        for (const Activation activation : allActivations())
            for (const float number : bad)
                for (const std::size_t where : {0U, 7U, 15U}) {
                    const LayerStack stack = stackOf(16, 20, 5, 3, activation);
                    Dataset data = makeClouds(20, 16, 3, 51);
                    data.features[16 * 11 + where] = number;
                    const auto done = pass<float>(initialFor(stack, 52), data, indices(0, 20), set->floats);
                    bool finite = true;
                    for (const float largest : done.largest)
                        finite = finite && std::isfinite(largest);
                    QVERIFY(!finite || !std::isfinite(sampleLoss(done.batch, 11)));
                    QVERIFY(std::isfinite(sampleLoss(done.batch, 10)));
                }
}

QTEST_GUILESS_MAIN(TestMatrixStep)
#include "tst_matrixstep.moc"
