// SPDX-License-Identifier: GPL-3.0-or-later
// Which kernels this processor may run, and how much of a batch they take at a time.
#include "core/base/processor.h"
#include "core/matrix/fast/kernels.h"
#include "core/matrix/fast/step.h"
#include "core/network/initialweights.h"
#include "core/network/network.h"
#include "core/scalar/replay/schedule.h"
#include "core/training/engines/matrixengine.h"
#include "tests/core/tinydata.h"

#include <QtTest>

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <vector>

using namespace chainrule;
using namespace chainrule::matrix;
using namespace chainrule::tests;

class TestKernelChoice : public QObject {
    Q_OBJECT

private slots:
    void level4IsThatOfTheAbi();
    void eachFeatureIsNeeded_data();
    void eachFeatureIsNeeded();
    void theCompilerAgrees();
    void bothEnginesChooseTheSame();
    void predictionBuffersAreBounded();
    void theLargestBatchCanBeSparse();
};

// Written out from the ABI's table, not from the code: a feature that is forgotten there is missed here.
void TestKernelChoice::level4IsThatOfTheAbi()
{
#if defined(__x86_64__)
    std::vector<std::string> wanted{"cx16", "lahf", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3"};
    for (const char* const name : {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe", "osxsave"})
        wanted.emplace_back(name);
    for (const char* const name : {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})
        wanted.emplace_back(name);
    std::vector<std::string> found;
    for (const CpuFeature& feature : level4Features)
        found.emplace_back(feature.name);
    std::ranges::sort(wanted);
    std::ranges::sort(found);
    QCOMPARE(found, wanted);
#else
    QSKIP("this is no x86 processor");
#endif
}

void TestKernelChoice::eachFeatureIsNeeded_data()
{
    QTest::addColumn<int>("feature");
#if defined(__x86_64__)
    for (std::size_t i = 0; i < level4Features.size(); ++i)
        QTest::newRow(std::string(level4Features[i].name).c_str()) << static_cast<int>(i);
#else
    QTest::newRow("no x86") << 0;
#endif
}

void TestKernelChoice::eachFeatureIsNeeded()
{
#if defined(__x86_64__)
    QFETCH(int, feature);
    CpuBits all;
    all.registers.fill(0xffffffff);
    all.savedState = 0xffffffff;
    QVERIFY(reachesLevel4(all));
    const CpuFeature& missing = level4Features.at(static_cast<std::size_t>(feature));
    CpuBits without = all;
    without.registers.at(static_cast<std::size_t>(missing.where)) &= ~(1U << missing.bit);
    QVERIFY(!reachesLevel4(without));
    // No two features may share a bit: one of the two would never be looked for.
    for (const CpuFeature& other : level4Features)
        QCOMPARE(hasFeature(without, other), other.name != missing.name);
    for (unsigned int bit = 0; bit < 8; ++bit) {
        CpuBits unsaved = all;
        unsaved.savedState &= ~(1U << bit);
        QCOMPARE(reachesLevel4(unsaved), (level4State >> bit & 1U) == 0);
    }
#else
    QSKIP("this is no x86 processor");
#endif
}

void TestKernelChoice::theCompilerAgrees()
{
#if defined(__x86_64__)
    const CpuBits bits = readCpuBits();
    const bool offered = std::ranges::any_of(
        kernelSets(), [](const KernelSet* set) { return set->name == std::string("avx512"); });
    QCOMPARE(offered, reachesLevel4(bits));
#ifndef __clang__
    __builtin_cpu_init();
    QCOMPARE(reachesLevel4(bits), __builtin_cpu_supports("x86-64-v4") != 0);
    QCOMPARE(reachesAvx2(bits), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                                    __builtin_cpu_supports("popcnt"));
    const auto has = [&](std::string_view name) {
        const auto feature = std::ranges::find(level4Features, name, &CpuFeature::name);
        return feature != level4Features.end() && hasFeature(bits, *feature);
    };
    QCOMPARE(has("f16c"), __builtin_cpu_supports("f16c") != 0);
    QCOMPARE(has("lzcnt"), __builtin_cpu_supports("lzcnt") != 0);
    QCOMPARE(has("movbe"), __builtin_cpu_supports("movbe") != 0);
    QCOMPARE(has("cx16"), __builtin_cpu_supports("cmpxchg16b") != 0);
    QCOMPARE(has("lahf"), __builtin_cpu_supports("lahf_lm") != 0);
    QCOMPARE(has("popcnt"), __builtin_cpu_supports("popcnt") != 0);
    QCOMPARE(has("osxsave"), __builtin_cpu_supports("osxsave") != 0);
#endif
#else
    QSKIP("this is no x86 processor");
#endif
}

void TestKernelChoice::bothEnginesChooseTheSame()
{
    std::vector<std::string> matrixSets;
    for (const KernelSet* const set : kernelSets())
        matrixSets.emplace_back(set->name);
    std::vector<std::string> scalarSets;
    for (const scalar::ChainKernels* const kernels : scalar::availableChainKernels())
        scalarSets.emplace_back(kernels->name);
    std::ranges::reverse(scalarSets); // these begin with the best
    QCOMPARE(matrixSets, scalarSets);
    QCOMPARE(matrixSets.size(), static_cast<std::size_t>(bestInstructionSet()) + 1);
    // Each set needs its own features and those of the sets before it.
    CpuBits bits;
    bits.savedState = level4State;
    QCOMPARE(bestInstructionSet(bits), InstructionSet::Baseline);
    const auto give = [&](const CpuFeature& feature) {
        bits.registers.at(static_cast<std::size_t>(feature.where)) |= 1U << feature.bit;
    };
    std::ranges::for_each(avx2Features, give);
    QCOMPARE(bestInstructionSet(bits), InstructionSet::Avx2);
    std::ranges::for_each(level4Features, give);
    QCOMPARE(bestInstructionSet(bits), InstructionSet::Avx512);
    bits.savedState = avx2State; // the system does not save the registers of AVX-512
    QCOMPARE(bestInstructionSet(bits), InstructionSet::Avx2);
    bits.savedState = 0;
    QCOMPARE(bestInstructionSet(bits), InstructionSet::Baseline);
}

// A million inputs: one thread's buffers stay within 64 MiB, and those of all threads are counted before any
// is allocated.
void TestKernelChoice::predictionBuffersAreBounded()
{
    const LayerStack stack{1'000'000, {{2, Activation::Softmax}}};
    const Network network{.stack = stack,
                          .parameters =
                              std::vector<double>(static_cast<std::size_t>(parameterCount(stack)), 0.0)};
    const auto one = makeMatrixEngine<float>(network, 0, 1);
    QCOMPARE(one.prediction.size(), std::size_t(1));
    const std::size_t capacity = one.prediction.front().capacity;
    const std::size_t buffers = capacity * bytesPerSample(one.plan, false);
    QVERIFY(capacity >= 1);
    QVERIFY2(buffers <= std::size_t{64} << 20, std::to_string(buffers).c_str());
    QVERIFY2(buffers > std::size_t{32} << 20, "far fewer samples at a time than the bound allows");
    QVERIFY(one.prediction.front().inputs.size() * sizeof(float) <= buffers);

    const std::uint64_t ofManyThreads = std::uint64_t{64} * buffers; // without the parameters
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, static_cast<void>(makeMatrixEngine<float>(
                                                 network, 0, 64, bestKernels<float>(), ofManyThreads - 1)));
    const auto again = makeMatrixEngine<float>(network, 0, 1, bestKernels<float>(), ofManyThreads - 1);
    QCOMPARE(again.prediction.front().capacity, capacity);
}

// As many samples as the buffers ever hold, through the kernel whose masks are in an array of fixed size. The
// gradients do not depend on whether zeros are skipped, so a mask that is missing or overwritten shows.
void TestKernelChoice::theLargestBatchCanBeSparse()
{
    const LayerStack stack{70, {{5, Activation::Relu}, {3, Activation::Softmax}}};
    Random random = makeRandom(7);
    const Network network = makeNetwork(stack, {WeightRule::Xavier}, random, Loss::CrossEntropy);
    Dataset data = makeClouds(largestStepBatch, 70, 3, 8);
    data.features.clear(); // images instead, in which about one pixel in five is not 0
    for (std::size_t i = 0; i < largestStepBatch * 70; ++i)
        data.pixels.push_back(uniform(random) < 0.2 ? static_cast<std::uint8_t>(1 + uniformBelow(random, 255))
                                                    : std::uint8_t(0));
    const auto samples = indices(0, largestStepBatch);
    for (const KernelSet* const set : kernelSets()) {
        std::vector<LineBuffer<float>> gradients;
        for (const double sparseUpTo : {0.0, 1.0}) {
            auto plan = makeStepPlan<float>(stack, Loss::CrossEntropy, kernelsOf<float>(*set));
            plan.sparseUpTo = sparseUpTo;
            auto batch = makeStepBatch(plan, largestStepBatch, true);
            const LineBuffer<float> parameters = packParameters(plan, network.parameters);
            LineBuffer<float> transposed(plan.transposed, 0.0F);
            transposeWeights(plan, parameters.data(), transposed.data());
            LineBuffer<float> result(plan.parameters, 0.0F);
            std::vector<float> largest(plan.layers.size(), 0.0F);
            beginBatch(batch, data, largestStepBatch);
            const bool skip = loadSamples(plan, batch, data, samples, 0, largestStepBatch);
            QCOMPARE(skip, sparseUpTo > 0.0);
            forwardSamples(plan, batch, parameters.data(), 0, largestStepBatch, skip, 1.0F);
            backwardSamples<float>(plan, batch, transposed.data(), 0, largestStepBatch);
            updateWeights(plan, batch, StepSink<float>{Sink::Store, nullptr, result.data(), nullptr, 0.0F},
                          skip, 0, 1, std::span(largest));
            gradients.push_back(std::move(result));
        }
        QVERIFY2(std::ranges::any_of(gradients[0], [](float gradient) { return gradient != 0.0F; }),
                 set->name);
        QVERIFY2(gradients[0] == gradients[1], set->name);
    }
}

QTEST_GUILESS_MAIN(TestKernelChoice)
#include "tst_kernelchoice.moc"
