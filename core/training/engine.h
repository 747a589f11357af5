// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/training/batch.h"
#include "core/training/matrixengine.h"
#include "core/training/scalarengine.h"
#include "core/training/settings.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <variant>
#include <vector>

// The two engines behind one set of functions, for the training loop and for evaluation.
namespace chainrule {

using Engine = std::variant<ScalarEngine, MatrixEngine<float>, MatrixEngine<double>>;

/// An engine with these weights. `batchSize` is the largest batch that trainBatch() will be given; 0 for an
/// engine that only predicts. The stack must be valid and end in softmax. Throws std::bad_alloc where there
/// is no memory for it.
[[nodiscard]] Engine makeEngine(const Network& parameters, EngineKind kind, Precision precision,
                                int batchSize, int threads);

/// The present weights.
[[nodiscard]] Network networkOf(const Engine& engine);

/// Puts other weights, of the same stack, in the place of the present ones.
void setParameters(Engine& engine, const Network& parameters);

/// The weights that undoStep() would put back.
[[nodiscard]] Network networkBefore(Engine& engine);

using Optimizer = std::variant<OptimizerState<float>, OptimizerState<double>>;
[[nodiscard]] Optimizer makeOptimizer(const Engine& engine, OptimizerKind kind);

/// One step: gradients of the mean loss over these samples, then the optimizer's update. A stop is looked for
/// between samples (scalar) or chunks of samples (matrix).
BatchResult trainBatch(Engine& engine, Optimizer& optimizer, const Dataset& data,
                       std::span<const std::uint32_t> samples, double learningRate,
                       const std::stop_token& stop = {});

/// Puts back the parameters from before the last step: those whose loss is known to be finite, after a step
/// that left the parameters finite but the loss not.
void undoStep(Engine& engine);

/// Predictions of the samples, in their order; the same whatever the number of threads. Nothing where it was
/// stopped before the end.
[[nodiscard]] std::vector<SamplePrediction> predict(Engine& engine, const Dataset& data,
                                                    std::span<const std::uint32_t> samples,
                                                    const std::stop_token& stop = {});

/// The probability of every class for each of the samples, sample after sample; their labels do not matter,
/// but must be there and be classes. Nothing where it was stopped before the end.
[[nodiscard]] std::vector<double> probabilities(Engine& engine, const Dataset& data,
                                                std::span<const std::uint32_t> samples,
                                                const std::stop_token& stop = {});

} // namespace chainrule
