// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/engine.h"

#include <cassert>

namespace chainrule {

Engine makeEngine(const Network& network, EngineKind kind, Precision precision, int batchSize, int threads,
                  std::string_view kernels)
{
    Engine engine = [&]() -> Engine {
        if (kind == EngineKind::Scalar)
            return makeScalarEngine(network, kernels);
        if (precision == Precision::Float)
            return makeMatrixEngine<float>(network, batchSize, threads,
                                           *matrix::kernelsNamed<float>(kernels));
        return makeMatrixEngine<double>(network, batchSize, threads, *matrix::kernelsNamed<double>(kernels));
    }();
    // Its networks know the precision that they are computed in.
    std::visit(
        [&](auto& any) { any.shape.precision = kind == EngineKind::Scalar ? Precision::Double : precision; },
        engine);
    return engine;
}

std::vector<std::string> kernelNames()
{
    std::vector<std::string> names;
    for (const matrix::KernelSet* const set : matrix::kernelSets())
        names.emplace_back(set->name);
    return names;
}

Network shapeOf(const Engine& engine)
{
    return std::visit(
        [](const auto& any) -> Network {
            const Network& shape = any.shape;
            return {shape.stack, {}, shape.loss, shape.precision, shape.scale, shape.outputNames};
        },
        engine);
}

Network networkOf(const Engine& engine)
{
    return std::visit([](const auto& any) { return networkOf(any); }, engine);
}

void setNetwork(Engine& engine, const Network& network)
{
    std::visit([&](auto& any) { setNetwork(any, network); }, engine);
}

Network networkBefore(Engine& engine)
{
    return std::visit([](auto& any) { return networkBefore(any); }, engine);
}

namespace {

// Calls use(engine, the optimizer's state of the engine's own number type).
template <typename AnyEngine, typename AnyOptimizer, typename Use>
decltype(auto) withBoth(AnyEngine& engine, AnyOptimizer& optimizer, const Use& use)
{
    if (auto* const floats = std::get_if<MatrixEngine<float>>(&engine))
        return use(*floats, std::get<OptimizerState<float>>(optimizer));
    auto& state = std::get<OptimizerState<double>>(optimizer);
    if (auto* const doubles = std::get_if<MatrixEngine<double>>(&engine))
        return use(*doubles, state);
    return use(std::get<ScalarEngine>(engine), state);
}

} // namespace

Optimizer makeOptimizer(const Engine& engine, OptimizerKind kind)
{
    if (const auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        return makeOptimizer<float>(kind, floats->parameters.size());
    if (const auto* doubles = std::get_if<MatrixEngine<double>>(&engine))
        return makeOptimizer<double>(kind, doubles->parameters.size());
    return makeOptimizer<double>(kind, scalar::updateSize(std::get<ScalarEngine>(engine).schedule));
}

OptimizerMemory memoryOf(const Engine& engine, const Optimizer& optimizer)
{
    return withBoth(engine, optimizer,
                    [](const auto& any, const auto& state) { return memoryOf(any, state); });
}

void setMemory(Engine& engine, Optimizer& optimizer, const OptimizerMemory& memory)
{
    withBoth(engine, optimizer, [&](auto& any, auto& state) { setMemory(any, state, memory); });
}

std::size_t stateBytes(const Engine& engine, const Optimizer& optimizer)
{
    return withBoth(engine, optimizer, [](const auto& any, const auto& state) {
        return columnBytes(any) * static_cast<std::size_t>(1 + optimizerRow(state.kind).memories);
    });
}

void copyState(const Engine& engine, const Optimizer& optimizer, std::byte* state)
{
    withBoth(engine, optimizer, [&](const auto& any, const auto& own) { copyState(any, own, state); });
}

namespace {

// column(i) is the copy's i-th number of each parameter.
template <typename Column>
void readColumns(Network& network, OptimizerMemory& memory, const Column& column)
{
    network.parameters = column(0);
    const auto memories = static_cast<std::size_t>(optimizerRow(memory.kind).memories);
    memory.first = memories > 0 ? column(1) : std::vector<double>();
    memory.second = memories > 1 ? column(2) : std::vector<double>();
}

template <typename T>
void readPacked(const std::byte* state, Network& network, OptimizerMemory& memory)
{
    const auto plan = matrix::makeStepPlan<T>(network.stack, network.loss);
    readColumns(network, memory, [&](std::size_t i) {
        const T* const packed = reinterpret_cast<const T*>(state) + i * plan.parameters;
        return matrix::unpackParameters<T>(plan, std::span(packed, plan.parameters));
    });
}

} // namespace

void readState(EngineKind kind, const std::byte* state, Network& network, OptimizerMemory& memory)
{
    if (kind == EngineKind::Matrix && network.precision == Precision::Float)
        return readPacked<float>(state, network, memory);
    if (kind == EngineKind::Matrix)
        return readPacked<double>(state, network, memory);
    const auto count = static_cast<std::size_t>(parameterCount(network.stack));
    readColumns(network, memory, [&](std::size_t i) {
        const double* const numbers = reinterpret_cast<const double*>(state) + i * count;
        return std::vector<double>(numbers, numbers + count);
    });
}

BatchResult trainBatch(Engine& engine, Optimizer& optimizer, const Dataset& data,
                       std::span<const std::uint32_t> samples, const StepRule& rule,
                       const std::stop_token& stop)
{
    assert(!samples.empty());
    return withBoth(engine, optimizer,
                    [&](auto& any, auto& state) { return trainOn(any, state, data, samples, rule, stop); });
}

void undoStep(Engine& engine)
{
    std::visit([](auto& any) { undoStep(any); }, engine);
}

std::vector<SamplePrediction> predict(Engine& engine, const Dataset& data,
                                      std::span<const std::uint32_t> samples, const std::stop_token& stop)
{
    return std::visit([&](auto& any) { return predictWith(any, data, samples, stop); }, engine);
}

std::vector<double> probabilities(Engine& engine, const Dataset& data, std::span<const std::uint32_t> samples,
                                  const std::stop_token& stop)
{
    return std::visit([&](auto& any) { return probabilitiesWith(any, data, samples, stop); }, engine);
}

} // namespace chainrule
