// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/training/engines/batch.h"
#include "core/training/engines/matrixengine.h"
#include "core/training/engines/scalarengine.h"
#include "core/training/settings/settings.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The two engines behind one set of functions, for the training loop and for evaluation.
namespace chainrule {

using Engine = std::variant<ScalarEngine, MatrixEngine<float>, MatrixEngine<double>>;

/// An engine with these weights. `batchSize` is the largest batch that trainBatch() will be given; 0 for an
/// engine that only predicts. The stack must be valid and fit the loss, and `kernels` be among kernelNames()
/// or empty, which means the best. Throws std::bad_alloc where there is not enough memory.
[[nodiscard]] Engine makeEngine(const Network& network, EngineKind kind, Precision precision, int batchSize,
                                int threads, std::string_view kernels = {});

/// The instruction sets that this processor has kernels for, the best last.
[[nodiscard]] std::vector<std::string> kernelNames();

/// The engine's network without its weights.
[[nodiscard]] Network shapeOf(const Engine& engine);

/// The network with the present weights.
[[nodiscard]] Network networkOf(const Engine& engine);

/// Puts the weights of another network of the same stack in the place of the present ones. From there on the
/// engine gives what a new one gives; undoStep() does nothing before the next step.
void setNetwork(Engine& engine, const Network& network);

/// The network with the weights that undoStep() would put back.
[[nodiscard]] Network networkBefore(Engine& engine);

using Optimizer = std::variant<OptimizerState<float>, OptimizerState<double>>;
[[nodiscard]] Optimizer makeOptimizer(const Engine& engine, OptimizerKind kind);

/// What the optimizer remembers, in the order of Network::parameters, and back: exact both ways.
[[nodiscard]] OptimizerMemory memoryOf(const Engine& engine, const Optimizer& optimizer);
void setMemory(Engine& engine, Optimizer& optimizer, const OptimizerMemory& memory);

/// A copy of the numbers that steps change, the parameters and what the optimizer remembers, as they lie in
/// the engine: it takes no longer than moving its bytes. `state` has stateBytes(), and begins where any
/// number may.
[[nodiscard]] std::size_t stateBytes(const Engine& engine, const Optimizer& optimizer);
void copyState(const Engine& engine, const Optimizer& optimizer, std::byte* state);

/// Puts such a copy into a network of the engine's layers and precision, and into the memory of an optimizer
/// of its kind: to the last bit what networkOf() and memoryOf() gave.
void readState(EngineKind kind, const std::byte* state, Network& network, OptimizerMemory& memory);

/// One step: gradients of the mean loss over these samples, clipped, with penalties, then the optimizer's
/// update. A request to stop is noticed between samples (scalar) or chunks of samples (matrix).
BatchResult trainBatch(Engine& engine, Optimizer& optimizer, const Dataset& data,
                       std::span<const std::uint32_t> samples, const StepRule& rule,
                       const std::stop_token& stop = {});

/// Undoes the last step. Call it when the loss of the new weights is not finite; the weights before that step
/// gave a finite loss. Does nothing after a step that was refused.
void undoStep(Engine& engine);

/// Predictions of the samples, in their order. They do not depend on the number of threads. Empty where it
/// was stopped before the end.
[[nodiscard]] std::vector<SamplePrediction> predict(Engine& engine, const Dataset& data,
                                                    std::span<const std::uint32_t> samples,
                                                    const std::stop_token& stop = {});

/// Every output for each of the samples, sample after sample: of softmax the probabilities of the classes.
/// The labels have no influence, but must be there and be classes. Empty where it was stopped before the end.
[[nodiscard]] std::vector<double> probabilities(Engine& engine, const Dataset& data,
                                                std::span<const std::uint32_t> samples,
                                                const std::stop_token& stop = {});

} // namespace chainrule
