// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/engine.h"

#include <cassert>

namespace chainrule {

Engine makeEngine(const Network& parameters, EngineKind kind, Precision precision, int batchSize, int threads)
{
    if (kind == EngineKind::Matrix) {
        if (precision == Precision::Float)
            return makeMatrixEngine<float>(parameters, batchSize, threads);
        return makeMatrixEngine<double>(parameters, batchSize, threads);
    }
    return makeScalarEngine(parameters);
}

Network networkOf(const Engine& engine)
{
    return std::visit([](const auto& any) { return networkOf(any); }, engine);
}

void setParameters(Engine& engine, const Network& parameters)
{
    std::visit([&](auto& any) { setParameters(any, parameters); }, engine);
}

Network networkBefore(Engine& engine)
{
    return std::visit([](auto& any) { return networkBefore(any); }, engine);
}

Optimizer makeOptimizer(const Engine& engine, OptimizerKind kind)
{
    if (const auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        return makeOptimizer<float>(kind, floats->parameters.size());
    if (const auto* doubles = std::get_if<MatrixEngine<double>>(&engine))
        return makeOptimizer<double>(kind, doubles->parameters.size());
    return makeOptimizer<double>(kind, scalar::updateSize(std::get<ScalarEngine>(engine).schedule));
}

BatchResult trainBatch(Engine& engine, Optimizer& optimizer, const Dataset& data,
                       std::span<const std::uint32_t> samples, double learningRate,
                       const std::stop_token& stop)
{
    assert(!samples.empty());
    if (auto* floats = std::get_if<MatrixEngine<float>>(&engine))
        return trainOn(*floats, std::get<OptimizerState<float>>(optimizer), data, samples, learningRate,
                       stop);
    auto& state = std::get<OptimizerState<double>>(optimizer);
    if (auto* doubles = std::get_if<MatrixEngine<double>>(&engine))
        return trainOn(*doubles, state, data, samples, learningRate, stop);
    return trainOn(std::get<ScalarEngine>(engine), state, data, samples, learningRate, stop);
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
