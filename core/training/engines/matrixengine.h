// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/data/dataset.h"
#include "core/matrix/fast/step.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/training/engines/batch.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

// The matrix half of engine.h.
namespace chainrule {

/// First a batch's samples are shared out among the threads, then the weights. No sum is computed by more
/// than one thread, so that the result does not depend on their number.
template <typename T>
struct MatrixEngine {
    Network shape; ///< as it was made, without its parameters
    matrix::StepPlan<T> plan;
    matrix::LineBuffer<T> parameters;
    matrix::LineBuffer<T> lastGood;   ///< the parameters before the last step, where they are valid
    bool lastGoodIsValid = false;     ///< false also after a step that was refused because of its gradients
    matrix::LineBuffer<T> gradients;  ///< empty until an optimizer or a large batch needs them in memory
    matrix::LineBuffer<T> transposed; ///< the weights that deltas are multiplied by
    bool transposedIsCurrent = false;
    matrix::StepBatch<T> training;                ///< of one chunk
    std::vector<matrix::StepBatch<T>> prediction; ///< of one chunk, one for each thread
    std::vector<std::uint8_t> skipZeros;          ///< for each lane of a step
    std::vector<T> largest;                       ///< magnitude of each layer's gradients, lane after lane
    int threads = 1;
    std::unique_ptr<Workers> workers;
};

/// Throws std::bad_alloc where its buffers need more than `available` bytes; nothing: more than
/// negligibleMemory and than availableMemory(). This is checked first, since Linux grants more memory than it
/// has and kills a program that then uses it.
template <typename T>
[[nodiscard]] MatrixEngine<T> makeMatrixEngine(const Network& network, int batchSize, int threads,
                                               const matrix::Kernels<T>& kernels = matrix::bestKernels<T>(),
                                               std::optional<std::uint64_t> available = {});

// As in engine.h.
template <typename T>
[[nodiscard]] Network networkOf(const MatrixEngine<T>& engine);

template <typename T>
void setNetwork(MatrixEngine<T>& engine, const Network& network);

template <typename T>
[[nodiscard]] Network networkBefore(const MatrixEngine<T>& engine);

template <typename T>
[[nodiscard]] OptimizerMemory memoryOf(const MatrixEngine<T>& engine, const OptimizerState<T>& optimizer);

template <typename T>
void setMemory(const MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const OptimizerMemory& memory);

/// Of one number for each parameter in a copy of copyState().
template <typename T>
[[nodiscard]] std::size_t columnBytes(const MatrixEngine<T>& engine);

template <typename T>
void copyState(const MatrixEngine<T>& engine, const OptimizerState<T>& optimizer, std::byte* state);

template <typename T>
BatchResult trainOn(MatrixEngine<T>& engine, OptimizerState<T>& optimizer, const Dataset& data,
                    std::span<const std::uint32_t> samples, const StepRule& rule,
                    const std::stop_token& stop);

template <typename T>
void undoStep(MatrixEngine<T>& engine);

template <typename T>
[[nodiscard]] std::vector<SamplePrediction> predictWith(MatrixEngine<T>& engine, const Dataset& data,
                                                        std::span<const std::uint32_t> samples,
                                                        const std::stop_token& stop);

template <typename T>
[[nodiscard]] std::vector<double> probabilitiesWith(MatrixEngine<T>& engine, const Dataset& data,
                                                    std::span<const std::uint32_t> samples,
                                                    const std::stop_token& stop);

} // namespace chainrule
