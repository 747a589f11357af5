// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix engine's steps and predictions by batch size, precision and share of inputs that are not 0, for
// each instruction set that the processor has; and what it can multiply and add at the most. One thread.
#include "core/network/initialweights.h"
#include "core/training/engines/matrixengine.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace chainrule {

namespace {

Dataset makeImages(std::size_t count, double share)
{
    Dataset data;
    data.width = 28;
    data.height = 28;
    data.classes = 10;
    Random random = makeRandom(1);
    for (std::size_t i = 0; i < count * 784; ++i)
        data.pixels.push_back(
            uniform(random) < share ? static_cast<std::uint8_t>(1 + uniformBelow(random, 255)) : 0);
    for (std::size_t i = 0; i < count; ++i)
        data.labels.push_back(static_cast<std::uint8_t>(uniformBelow(random, 10)));
    return data;
}

Network initialWeights()
{
    Random random = makeRandom(2);
    return makeNetwork({784, {{128, Activation::Relu}, {64, Activation::Relu}, {10, Activation::Softmax}}},
                       {WeightRule::Glorot}, random);
}

constexpr std::size_t poolSize = 4096;

template <typename T>
void step(benchmark::State& state, const matrix::KernelSet* set, OptimizerKind optimizer)
{
    const auto batch = static_cast<std::size_t>(state.range(0));
    const Dataset data = makeImages(poolSize, static_cast<double>(state.range(1)) / 100.0);
    auto engine =
        makeMatrixEngine<T>(initialWeights(), static_cast<int>(batch), 1, matrix::kernelsOf<T>(*set));
    auto rule = makeOptimizer<T>(optimizer, engine.parameters.size());
    std::vector<std::uint32_t> order(poolSize);
    std::iota(order.begin(), order.end(), 0U);
    std::size_t begin = 0;
    for (auto _ : state) {
        if (begin + batch > poolSize)
            begin = 0;
        benchmark::DoNotOptimize(
            trainOn(engine, rule, data, std::span(order).subspan(begin, batch), {.learningRate = 0.001}, {}));
        begin += batch;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}

// Inputs of which none is 0, where zeros are looked for and skipped if there are enough, always skipped, and
// never looked for.
template <typename T>
void denseStep(benchmark::State& state, double sparseUpTo)
{
    const Dataset data = makeImages(poolSize, 1.0);
    auto engine = makeMatrixEngine<T>(initialWeights(), 64, 1);
    engine.plan.sparseUpTo = sparseUpTo;
    auto rule = makeOptimizer<T>(OptimizerKind::Sgd, engine.parameters.size());
    std::vector<std::uint32_t> order(poolSize);
    std::iota(order.begin(), order.end(), 0U);
    std::size_t begin = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            trainOn(engine, rule, data, std::span(order).subspan(begin, 64), {.learningRate = 0.001}, {}));
        begin = (begin + 64) % poolSize;
    }
    state.SetItemsProcessed(state.iterations() * 64);
}

// By wall time: as many threads as asked for, on large batches that are worth it.
void threads(benchmark::State& state)
{
    const auto batch = static_cast<std::size_t>(state.range(1));
    const Dataset data = makeImages(poolSize, 0.19);
    auto engine =
        makeMatrixEngine<float>(initialWeights(), static_cast<int>(batch), static_cast<int>(state.range(0)));
    auto rule = makeOptimizer<float>(OptimizerKind::Sgd, engine.parameters.size());
    std::vector<std::uint32_t> order(poolSize);
    std::iota(order.begin(), order.end(), 0U);
    std::size_t begin = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            trainOn(engine, rule, data, std::span(order).subspan(begin, batch), {.learningRate = 0.001}, {}));
        begin = (begin + batch) % poolSize;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}

template <typename T>
void prediction(benchmark::State& state, const matrix::KernelSet* set)
{
    const Dataset data = makeImages(poolSize, static_cast<double>(state.range(0)) / 100.0);
    auto engine = makeMatrixEngine<T>(initialWeights(), 0, 1, matrix::kernelsOf<T>(*set));
    std::vector<std::uint32_t> order(poolSize);
    std::iota(order.begin(), order.end(), 0U);
    for (auto _ : state)
        benchmark::DoNotOptimize(predictWith(engine, data, order, {}));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * poolSize));
}

#ifdef __x86_64__

// Independent chains of multiply-adds in registers, enough to hide their latency.
#define CHAINRULE_PEAK(name, features, type, bytes, fma)                                                     \
    __attribute__((target(features))) void name(benchmark::State& state)                                     \
    {                                                                                                        \
        using Vector __attribute__((vector_size(bytes))) = type;                                             \
        constexpr int chains = 12;                                                                           \
        constexpr int rounds = 1000;                                                                         \
        Vector sums[chains] = {};                                                                            \
        Vector factor = {};                                                                                  \
        benchmark::DoNotOptimize(factor);                                                                    \
        for (auto _ : state) {                                                                               \
            for (int i = 0; i < rounds; ++i) {                                                               \
                _Pragma("GCC unroll 12") for (int c = 0; c < chains; ++c) sums[c] =                          \
                    fma(sums[c], factor, factor);                                                            \
            }                                                                                                \
            benchmark::DoNotOptimize(sums);                                                                  \
        }                                                                                                    \
        state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * rounds * chains *            \
                                static_cast<int>(bytes / sizeof(type)));                                     \
    }
CHAINRULE_PEAK(peakFloat512, "avx512f", float, 64, _mm512_fmadd_ps)
CHAINRULE_PEAK(peakDouble512, "avx512f", double, 64, _mm512_fmadd_pd)
CHAINRULE_PEAK(peakFloat256, "avx2,fma", float, 32, _mm256_fmadd_ps)
CHAINRULE_PEAK(peakDouble256, "avx2,fma", double, 32, _mm256_fmadd_pd)

void registerPeak()
{
    const std::string best = matrix::kernelSets().back()->name;
    if (best == "baseline")
        return;
    const bool wide = best == "avx512";
    benchmark::RegisterBenchmark("multiplyAddPeak/float", wide ? peakFloat512 : peakFloat256);
    // How much arithmetic two processors give at this moment, to be read beside "threads".
    benchmark::RegisterBenchmark("twoThreadPeak/float", wide ? peakFloat512 : peakFloat256)
        ->Threads(1)
        ->Threads(2)
        ->UseRealTime();
    benchmark::RegisterBenchmark("multiplyAddPeak/double", wide ? peakDouble512 : peakDouble256);
}

#else

void registerPeak() {}

#endif

void registerAll()
{
    registerPeak();
    benchmark::RegisterBenchmark("threads", threads)
        ->ArgsProduct({{1, 2}, {64, 256, 1024}})
        ->ArgNames({"threads", "batch"})
        ->UseRealTime();
    const struct {
        const char* name;
        double sparseUpTo;
    } choices[] = {{"never", 0.0}, {"chosen", matrix::StepPlan<float>().sparseUpTo}, {"always", 1.0}};
    for (const auto& choice : choices) {
        benchmark::RegisterBenchmark((std::string("skipOnDense/float/") + choice.name).c_str(),
                                     denseStep<float>, choice.sparseUpTo);
        benchmark::RegisterBenchmark((std::string("skipOnDense/double/") + choice.name).c_str(),
                                     denseStep<double>, choice.sparseUpTo);
    }
    for (const matrix::KernelSet* set : matrix::kernelSets()) {
        const std::string name = set->name;
        for (const bool isFloat : {true, false}) {
            const std::string end = name + (isFloat ? "/float" : "/double");
            const auto add = [&](const char* rule, OptimizerKind kind, std::vector<std::int64_t> batches) {
                auto* steps =
                    isFloat ? benchmark::RegisterBenchmark((std::string("step/") + rule + "/" + end).c_str(),
                                                           step<float>, set, kind)
                            : benchmark::RegisterBenchmark((std::string("step/") + rule + "/" + end).c_str(),
                                                           step<double>, set, kind);
                for (const std::int64_t batch : batches)
                    for (const int percent : {19, 100})
                        steps->Args({batch, percent});
                steps->ArgNames({"batch", "percent"});
            };
            add("sgd", OptimizerKind::Sgd, {1, 16, 64, 100, 256, 1024});
            add("momentum", OptimizerKind::Momentum, {64});
            add("adam", OptimizerKind::Adam, {64});
            auto* predictions =
                isFloat ? benchmark::RegisterBenchmark(("predict/" + end).c_str(), prediction<float>, set)
                        : benchmark::RegisterBenchmark(("predict/" + end).c_str(), prediction<double>, set);
            predictions->Arg(19)->Arg(100)->ArgName("percent");
        }
    }
}

// So many steps and nothing else, for a profiler to count the instructions of.
void takeSteps(int count)
{
    const Dataset data = makeImages(poolSize, 0.19);
    auto engine = makeMatrixEngine<float>(initialWeights(), 64, 1);
    auto rule = makeOptimizer<float>(OptimizerKind::Sgd, engine.parameters.size());
    std::vector<std::uint32_t> order(poolSize);
    std::iota(order.begin(), order.end(), 0U);
    for (int i = 0; i < count; ++i)
        (void)trainOn(engine, rule, data, std::span(order).subspan(static_cast<std::size_t>(i % 64) * 64, 64),
                      {.learningRate = 0.001}, {});
}

} // namespace

} // namespace chainrule

// bench_matrix [--benchmark_...] or bench_matrix --steps N
int main(int argc, char** argv)
{
    if (argc == 3 && std::string(argv[1]) == "--steps") {
        chainrule::takeSteps(std::atoi(argv[2]));
        return 0;
    }
    chainrule::registerAll();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
