// SPDX-License-Identifier: GPL-3.0-or-later
// The scalar engine's ways through one sample of a 784-16-10 network, by Google Benchmark. For a comparison
// with other libraries see compare_scalar.py.
#include "core/base/random.h"
#include "core/scalar/network.h"
#include "core/scalar/replay/lanes.h"
#include "core/scalar/replay/recording.h"
#include "core/scalar/replay/schedule.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <utility>

using namespace chainrule;

namespace {

constexpr int inputs = 784;
constexpr std::size_t samples = 256;

struct Setup {
    scalar::Graph graph;
    scalar::NetworkLeaves network;
    std::vector<double> x;
    std::size_t parameters = 0;
};

// Samples in which `zeros` of a hundred inputs are 0, as 81 of MNIST's pixels are.
Setup makeSetup(std::int64_t zeros)
{
    Setup setup;
    Random random = makeRandom(1);
    setup.network = scalar::initializeModel(
        setup.graph, {inputs, {{16, Activation::Relu}, {10, Activation::Softmax}}}, random);
    setup.parameters = setup.graph.nodes.size();
    for (std::size_t i = 0; i < samples * inputs; ++i) {
        const double value = uniform(random);
        setup.x.push_back(uniform(random) * 100.0 < static_cast<double>(zeros) ? 0.0 : value);
    }
    return setup;
}

std::span<const double> sampleOf(const Setup& setup, std::size_t step)
{
    return std::span(setup.x).subspan(step % samples * inputs, inputs);
}

scalar::Schedule scheduleOf(Setup& setup)
{
    scalar::ScheduleSpec spec;
    for (std::size_t i = 0; i < setup.parameters; ++i)
        spec.parameters.push_back(scalar::NodeId(i));
    for (int i = 0; i < inputs; ++i)
        spec.inputs.push_back(scalar::createValue(setup.graph, 0.0));
    std::vector<scalar::NodeId> current = spec.inputs;
    for (const scalar::Layer& layer : setup.network.layers) {
        scalar::LayerNodes nodes = scalar::forwardLayer(setup.graph, layer, current);
        if (nodes.maximum != scalar::noNode)
            spec.maxima.push_back({nodes.maximum, nodes.sums});
        current = std::move(nodes.outputs);
    }
    spec.outputs = current;
    for (int target = 0; target < 10; ++target)
        spec.roots.push_back(scalar::crossEntropyLoss(setup.graph, current, target));
    return scalar::compile(setup.graph, spec);
}

void recordAnew(benchmark::State& state)
{
    Setup setup = makeSetup(81);
    std::size_t step = 0;
    for (auto _ : state) {
        setup.graph.nodes.resize(setup.parameters);
        std::vector<scalar::NodeId> outputs;
        for (const double value : sampleOf(setup, step))
            outputs.push_back(scalar::createValue(setup.graph, value));
        for (const scalar::Layer& layer : setup.network.layers)
            outputs = scalar::recordLayer(setup.graph, layer, outputs).outputs;
        scalar::backwardAlongChains(
            setup.graph, scalar::crossEntropyLoss(setup.graph, outputs, static_cast<int>(step % 10)));
        for (std::size_t i = 0; i < setup.parameters; ++i) {
            setup.graph.nodes[i].data -= 0.01 * setup.graph.nodes[i].grad;
            setup.graph.nodes[i].grad = 0.0;
        }
        ++step;
    }
    state.SetItemsProcessed(state.iterations());
}

void replayed(benchmark::State& state, scalar::Keep keep)
{
    Setup setup = makeSetup(state.range(0));
    scalar::Schedule schedule = scheduleOf(setup);
    std::size_t step = 0;
    for (auto _ : state) {
        scalar::setInputs(schedule, sampleOf(setup, step));
        scalar::replay(schedule, keep, step % 10);
        scalar::backward(schedule);
        scalar::descend(schedule, 0.01);
        ++step;
    }
    state.SetItemsProcessed(state.iterations());
}

void everyNode(benchmark::State& state)
{
    replayed(state, scalar::Keep::EveryNode);
}

void onDemand(benchmark::State& state)
{
    replayed(state, scalar::Keep::OnDemand);
}

void evaluate(benchmark::State& state)
{
    Setup setup = makeSetup(state.range(0));
    const scalar::Schedule schedule = scheduleOf(setup);
    scalar::Lanes lanes = scalar::makeLanes(schedule);
    std::vector<std::size_t> roots(scalar::sampleLanes);
    std::size_t step = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < roots.size(); ++i, ++step) {
            const auto sample = sampleOf(setup, step);
            std::copy(sample.begin(), sample.end(), scalar::inputsOf(schedule, lanes, i).begin());
            roots[i] = step % 10;
        }
        scalar::replay(schedule, lanes, roots);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(step));
}

void materialiseAll(benchmark::State& state)
{
    Setup setup = makeSetup(81);
    scalar::Schedule schedule = scheduleOf(setup);
    scalar::setInputs(schedule, sampleOf(setup, 0));
    scalar::replay(schedule, scalar::Keep::OnDemand);
    scalar::backward(schedule);
    for (auto _ : state)
        scalar::materialise(schedule, setup.graph);
}

void compileNetwork(benchmark::State& state)
{
    for (auto _ : state) {
        Setup setup = makeSetup(81);
        benchmark::DoNotOptimize(scheduleOf(setup));
    }
}

BENCHMARK(recordAnew);
BENCHMARK(everyNode)->ArgName("zeros")->Arg(81)->Arg(0);
BENCHMARK(onDemand)->ArgName("zeros")->Arg(81)->Arg(0);
BENCHMARK(evaluate)->ArgName("zeros")->Arg(81)->Arg(0);
BENCHMARK(materialiseAll);
BENCHMARK(compileNetwork)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
