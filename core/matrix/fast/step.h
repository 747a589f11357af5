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

// The engine that trains: a network's steps and predictions without a graph, each layer one pass over plain
// buffers. The lesson is core/matrix/graph.h with recordNetwork() of core/matrix/network.h: the same
// mathematics to be read, which this is tested against. The letters of the shapes are those of kernels.h:
//
//   B samples of the batch, I inputs of a layer, U its units; a column of them is padded in memory.
//
// The work of a batch comes in two phases: each sample's outputs and deltas, then each input's weights.
// Within a phase any split among threads gives the same numbers, for no sum is ever split; between the phases
// all must be done.
namespace chainrule::matrix {

/// A dropout layer of the stack.
struct StepDropout {
    double rate = 0.0;
    std::size_t layer = 0; ///< its place in the stack
};

/// One layer with weights in padded memory (see kernels.h).
struct StepLayer {
    std::size_t inputs = 0;            ///< I
    std::size_t units = 0;             ///< U
    std::size_t columns = 0;           ///< stride of the units
    std::size_t rows = 0;              ///< stride of the inputs: the columns of the layer before
    std::size_t weight = 0;            ///< offset of the weights (U, I) in the parameters
    std::size_t bias = 0;              ///< offset of the biases (U)
    std::size_t transposed = 0;        ///< offset of (I, U) in the transposed weights; none for the first
    std::vector<StepDropout> dropouts; ///< of its inputs
    Activation activation = Activation::Linear;
};

template <typename T>
struct StepPlan {
    LayerStack stack;
    Loss loss = Loss::CrossEntropy;
    std::vector<StepLayer> layers;
    std::size_t parameters = 0; ///< padded numbers of all layers
    std::size_t transposed = 0;
    const Kernels<T>* kernels = nullptr;
    LineBuffer<T> levels; ///< byte / 255 for each byte
    /// The share of inputs that are not 0 up to which zeros are skipped: 0 never, 1 always.
    double sparseUpTo = 0.6;
};

/// The loss must fit the stack's output.
template <typename T>
[[nodiscard]] StepPlan<T> makeStepPlan(const LayerStack& stack, Loss loss = Loss::CrossEntropy,
                                       const Kernels<T>& kernels = bestKernels<T>());

/// Numbers in the order of Network::parameters to the plan's padded memory, and back. What an optimizer
/// remembers of each parameter goes the same way.
template <typename T>
[[nodiscard]] LineBuffer<T> packParameters(const StepPlan<T>& plan, std::span<const double> parameters);
template <typename T>
[[nodiscard]] std::vector<double> unpackParameters(const StepPlan<T>& plan, std::span<const T> packed);

/// What the masks of a batch's dropout layers are drawn from.
struct DropoutDraw {
    std::uint64_t seed = 0;
    std::int64_t step = 0;
    std::size_t first = 0; ///< the position of the buffers' first sample in the whole batch
    double rate = -1.0;    ///< of every dropout layer; below 0: each one's own
};

/// What a batch of up to `capacity` samples needs, a sample after the other in every buffer.
template <typename T>
struct StepBatch {
    std::size_t capacity = 0;
    std::size_t samples = 0; ///< B
    bool amounts = false;    ///< the targets are amounts, not classes
    DropoutDraw draw;
    std::size_t byteStride = 0;
    LineBuffer<std::uint8_t> bytes;     ///< of images: (byteStride, B)
    LineBuffer<std::uint64_t> masks;    ///< (byteStride / 64, B)
    LineBuffer<T> inputs;               ///< (byteStride, B), where zeros are not skipped
    std::vector<LineBuffer<T>> outputs; ///< of each layer (U, B)
    // For training only:
    std::vector<LineBuffer<T>> deltas;  ///< of each layer (U, B): the loss by its sums
    std::vector<LineBuffer<T>> sums;    ///< (U, B) of layers whose derivative needs them, else empty
    std::vector<LineBuffer<T>> factors; ///< (I, B) of layers with dropout before them, else empty
    std::vector<LineBuffer<T>> dropped; ///< those layers' inputs times the factors
    // The results:
    LineBuffer<std::uint8_t> targets; ///< (B) classes
    LineBuffer<T> exponentials;       ///< (B), of cross-entropy
    LineBuffer<T> margins;            ///< (B), of cross-entropy
    LineBuffer<T> wanted;             ///< (outputs, B) targets of a loss that is a mean over the outputs
    LineBuffer<double> losses;        ///< (B), of such a loss
    LineBuffer<std::uint32_t> best;   ///< (B) the most probable class; 0 where the targets are amounts
};

template <typename T>
[[nodiscard]] StepBatch<T> makeStepBatch(const StepPlan<T>& plan, std::size_t capacity, bool training);

/// The bytes that makeStepBatch() takes for each sample of the capacity.
template <typename T>
[[nodiscard]] std::size_t bytesPerSample(const StepPlan<T>& plan, bool training);

/// Says which samples are to come, before any is loaded.
template <typename T>
void beginBatch(StepBatch<T>& batch, const Dataset& data, std::size_t samples, const DropoutDraw& draw = {});

/// Copies the samples begin to end (exclusive; their numbers in the data set are `samples`, whose size is the
/// batch's) into the batch. True where their zeros are to be skipped.
template <typename T>
bool loadSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const Dataset& data,
                 std::span<const std::uint32_t> samples, std::size_t begin, std::size_t end);

/// Outputs, and in a batch for training deltas of the loss sum times `scale`, of samples that were loaded;
/// there dropout layers leave out what `draw` says. `transposed` is for training only.
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

/// The sample's loss: with cross-entropy in nats, a probability below probabilityFloor counting as that, and
/// not finite where one of the sums was not; else the mean of lossPart() over the outputs.
template <typename T>
[[nodiscard]] double sampleLoss(const StepBatch<T>& batch, std::size_t sample);

/// The first layer that has an output which is not finite; the number of layers where there is none.
template <typename T>
[[nodiscard]] int firstBrokenLayer(const StepPlan<T>& plan, const StepBatch<T>& batch);

} // namespace chainrule::matrix
