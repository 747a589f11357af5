// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/matrix/fast/aligned.h"
#include "core/matrix/fast/kernels.h"
#include "core/network/layers.h"
#include "core/network/network.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Training and prediction of a stack of dense layers that ends in softmax and cross entropy, without a graph:
// the same mathematics as a replay of recordNetwork(), each layer one pass over plain buffers. The graph
// stays the reference that this is tested against.
//
// The work of a batch comes in two phases: each sample's outputs and deltas, then each input's weights.
// Within a phase any split among threads gives the same numbers, for no sum is ever split; between the phases
// all must be done.
namespace chainrule::matrix {

/// One layer in padded memory (see kernels.h).
struct StepLayer {
    std::size_t inputs = 0;
    std::size_t units = 0;
    std::size_t columns = 0;    ///< their stride
    std::size_t rows = 0;       ///< the inputs' stride: the columns of the layer before
    std::size_t weight = 0;     ///< offset of (columns, inputs) in the parameters
    std::size_t bias = 0;       ///< offset of (columns)
    std::size_t transposed = 0; ///< offset of (rows, units) in the transposed weights; none for the first
    Activation activation = Activation::Linear;
};

template <typename T>
struct StepPlan {
    LayerStack stack;
    std::vector<StepLayer> layers;
    std::size_t parameters = 0; ///< padded numbers of all layers
    std::size_t transposed = 0;
    const Kernels<T>* kernels = nullptr;
    LineBuffer<T> levels; ///< byte / 255 for each byte
    /// The share of inputs that are not 0 up to which zeros are skipped: 0 never, 1 always.
    double sparseUpTo = 0.6;
};

template <typename T>
[[nodiscard]] StepPlan<T> makeStepPlan(const LayerStack& stack, const Kernels<T>& kernels = bestKernels<T>());

template <typename T>
[[nodiscard]] LineBuffer<T> packParameters(const StepPlan<T>& plan, const Network& parameters);
template <typename T>
[[nodiscard]] Network unpackParameters(const StepPlan<T>& plan, std::span<const T> packed);

/// What a batch of up to `capacity` samples needs, a sample after the other in every buffer.
template <typename T>
struct StepBatch {
    std::size_t capacity = 0;
    std::size_t samples = 0;
    std::size_t byteStride = 0;
    LineBuffer<std::uint8_t> bytes;     ///< of images: (byteStride, samples)
    LineBuffer<std::uint64_t> masks;    ///< (byteStride / 64, samples)
    LineBuffer<T> inputs;               ///< (padded inputs, samples), where zeros are not skipped
    std::vector<LineBuffer<T>> outputs; ///< of each layer (columns, samples)
    std::vector<LineBuffer<T>> deltas;  ///< the same shapes; empty for prediction
    std::vector<LineBuffer<T>> sums;    ///< as well, of layers whose derivative needs them; else empty
    LineBuffer<std::uint8_t> targets;
    LineBuffer<T> exponentials;
    LineBuffer<T> margins;
    LineBuffer<std::uint32_t> best; ///< the most probable class
};

inline constexpr std::size_t largestStepBatch = 256;

template <typename T>
[[nodiscard]] StepBatch<T> makeStepBatch(const StepPlan<T>& plan, std::size_t capacity, bool training);

/// Copies the samples begin to end (exclusive; their numbers in the data set are `samples`, whose size is the
/// batch's) into the batch. True where their zeros are to be skipped.
template <typename T>
bool loadSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const Dataset& data,
                 std::span<const std::uint32_t> samples, std::size_t begin, std::size_t end);

/// Probabilities, and in a batch for training deltas of the loss sum times `scale`, of samples that were
/// loaded. `transposed` is for training only.
template <typename T>
void forwardSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const T* parameters, std::size_t begin,
                    std::size_t end, bool skipZeros, T scale);
template <typename T>
void backwardSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const T* transposed, std::size_t begin,
                     std::size_t end);

/// Where the gradients of a batch go. Sink::Descend takes the parameters from `parameters`, puts the new ones
/// into `result` and their transposed weights into `transposed`.
template <typename T>
struct StepSink {
    Sink sink = Sink::Store;
    const T* parameters = nullptr;
    T* result = nullptr;
    T* transposed = nullptr;
    T rate = T(0);
};

/// The weights' part of lane `lane` of `lanes`: its blocks of inputs of every layer, over all samples. Raises
/// `largest`, one for each layer, to the largest magnitude of a gradient; NaN stays.
template <typename T>
void updateWeights(const StepPlan<T>& plan, const StepBatch<T>& batch, const StepSink<T>& sink,
                   bool skipZeros, std::size_t lane, std::size_t lanes, std::span<T> largest);

/// All transposed weights anew, where a step did not leave them.
template <typename T>
void transposeWeights(const StepPlan<T>& plan, const T* parameters, T* transposed);

/// The sample's cross entropy in nats; not finite where one of its sums was not.
template <typename T>
[[nodiscard]] double sampleLoss(const StepBatch<T>& batch, std::size_t sample);

/// The first layer that has an output which is not finite; the number of layers where there is none.
template <typename T>
[[nodiscard]] int firstBrokenLayer(const StepPlan<T>& plan, const StepBatch<T>& batch);

} // namespace chainrule::matrix
