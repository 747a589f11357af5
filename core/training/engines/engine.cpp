// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engines/engine.h"

#include <cassert>

namespace chainrule {

Engine makeEngine(const Network& network, EngineKind kind, Precision precision, int batchSize, int threads,
                  std::string_view kernels)
{
    Network own = network; // knows the precision that it is computed in
    own.precision = kind == EngineKind::Scalar ? Precision::Double : precision;
    if (kind == EngineKind::Scalar)
        return makeScalarEngine(own, kernels);
    if (precision == Precision::Float)
        return makeMatrixEngine<float>(own, batchSize, threads, *matrix::kernelsNamed<float>(kernels));
    return makeMatrixEngine<double>(own, batchSize, threads, *matrix::kernelsNamed<double>(kernels));
}

std::vector<std::string> kernelNames()
{
    std::vector<std::string> names;
    for (const matrix::KernelSet* const set : matrix::kernelSets())
        names.emplace_back(set->name);
    return names;
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
