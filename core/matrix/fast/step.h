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
// A batch is processed in two phases: the outputs and deltas of each sample, then the weights of each input.
// Within a phase, the work may be split among threads in any way without changing the results, since no sum
// is computed by more than one thread. All of the first phase must be done before the second begins.
namespace chainrule::matrix {

/// A dropout layer of the stack.
struct StepDropout {
    double rate = 0.0;
    std::size_t layer = 0; ///< its index in the stack
};

/// One layer with weights in padded memory (see kernels.h).
struct StepLayer {
    std::size_t inputs = 0;        ///< I
    std::size_t units = 0;         ///< U
    std::size_t leadingUnits = 0;  ///< leading dimension of (U, I) and of its outputs (U, B)
    std::size_t leadingInputs = 0; ///< leading dimension of (I, U), and of its inputs (I, B)
    std::size_t weight = 0;        ///< offset of the weights (U, I) in the parameters
    std::size_t bias = 0;          ///< offset of the biases (U)
    std::size_t transposed = 0;    ///< offset of (I, U) in the transposed weights; unused in the first layer
    std::vector<StepDropout> dropouts; ///< those that act on its inputs
    Activation activation = Activation::Linear;
};

template <typename T>
struct StepPlan {
    LayerStack stack;
    Loss loss = Loss::CrossEntropy;
    std::vector<StepLayer> layers;
    std::size_t parameters = 0; ///< numbers of all layers, padding included
    std::size_t transposed = 0; ///< numbers of all transposed weights, padding included
    const Kernels<T>* kernels = nullptr;
    LineBuffer<T> levels; ///< byte / 255 for each of the 256 bytes
    /// Zeros are skipped where the share of nonzero inputs is at most this: 0 never, 1 always.
    double sparseUpTo = 0.6;
};

/// The loss must fit the stack's output.
template <typename T>
[[nodiscard]] StepPlan<T> makeStepPlan(const LayerStack& stack, Loss loss = Loss::CrossEntropy,
                                       const Kernels<T>& kernels = bestKernels<T>());

/// Copies numbers in the order of Network::parameters into the plan's padded layout, and back. They may also
/// be an optimizer's state, which has one number for each parameter.
template <typename T>
[[nodiscard]] LineBuffer<T> packParameters(const StepPlan<T>& plan, std::span<const double> parameters);
template <typename T>
[[nodiscard]] std::vector<double> unpackParameters(const StepPlan<T>& plan, std::span<const T> packed);

/// What determines the random masks of a batch's dropout layers.
struct DropoutDraw {
    std::uint64_t seed = 0;
    std::int64_t step = 0;
    std::size_t first = 0; ///< index in the whole batch of the first sample in the buffers
    double rate = -1.0;    ///< the rate of every dropout layer; below 0: each layer's own rate
};

/// The buffers of up to `capacity` samples of a batch. In each of them one sample follows another.
template <typename T>
struct StepBatch {
    std::size_t capacity = 0;
    std::size_t samples = 0; ///< B
    bool amounts = false;    ///< the targets are amounts, not classes
    DropoutDraw draw;
    std::size_t byteStride = 0;
    LineBuffer<std::uint8_t> bytes;     ///< of images: (byteStride, B)
    LineBuffer<std::uint64_t> masks;    ///< (byteStride / 64, B)
    LineBuffer<T> inputs;               ///< (byteStride, B); not filled where zeros are skipped
    std::vector<LineBuffer<T>> outputs; ///< of each layer (U, B)
    // For training only:
    std::vector<LineBuffer<T>> deltas;  ///< of each layer (U, B): derivatives of the loss by its sums
    std::vector<LineBuffer<T>> sums;    ///< (U, B) of layers whose derivative needs them, else empty
    std::vector<LineBuffer<T>> factors; ///< (I, B) of layers with dropout before them, else empty
    std::vector<LineBuffer<T>> dropped; ///< the inputs of those layers, times the factors
    // The results:
    LineBuffer<std::uint8_t> targets; ///< (B) classes
    LineBuffer<T> exponentials;       ///< (B), of cross-entropy
    LineBuffer<T> margins;            ///< (B), of cross-entropy
    LineBuffer<T> wanted;             ///< (outputs, B) targets of a loss that is a mean over the outputs
    LineBuffer<double> losses;        ///< (B), the mean of each sample, of such a loss
    LineBuffer<std::uint32_t> best;   ///< (B) the most probable class; 0 where the targets are amounts
};

template <typename T>
[[nodiscard]] StepBatch<T> makeStepBatch(const StepPlan<T>& plan, std::size_t capacity, bool training);

/// The bytes that makeStepBatch() allocates for each sample of the capacity.
template <typename T>
[[nodiscard]] std::size_t bytesPerSample(const StepPlan<T>& plan, bool training);

/// Prepares the buffers for `samples` samples of `data`. To be called before loadSamples().
template <typename T>
void beginBatch(StepBatch<T>& batch, const Dataset& data, std::size_t samples, const DropoutDraw& draw = {});

/// Copies the batch's samples `begin` to `end` (exclusive) into its buffers; `samples` are the indices in the
/// data set of the whole batch. Returns whether zeros are to be skipped in these samples.
template <typename T>
bool loadSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const Dataset& data,
                 std::span<const std::uint32_t> samples, std::size_t begin, std::size_t end);

/// Computes the outputs of samples that were loaded. In a batch for training, dropout layers leave out the
/// units that `draw` determines, and the last layer's deltas are computed: of the sum of the losses, times
/// `scale`.
template <typename T>
void forwardSamples(const StepPlan<T>& plan, StepBatch<T>& batch, const T* parameters, std::size_t begin,
                    std::size_t end, bool skipZeros, T scale);

/// Computes the deltas of all other layers from those of the last one.
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

/// The second phase, as far as it is lane `lane`'s of `lanes`: its blocks of inputs of every layer, over all
/// samples. Raises `largest`, one number for each layer, to the largest magnitude of a gradient; a NaN stays.
template <typename T>
void updateWeights(const StepPlan<T>& plan, const StepBatch<T>& batch, const StepSink<T>& sink,
                   bool skipZeros, std::size_t lane, std::size_t lanes, std::span<T> largest);

/// Computes all transposed weights, for when the last step did not do so.
template <typename T>
void transposeWeights(const StepPlan<T>& plan, const T* parameters, T* transposed);

/// The sample's loss. Cross-entropy is in nats; a probability below probabilityFloor counts as
/// probabilityFloor, and the result is not finite where one of the logits was not. Any other loss is the mean
/// of lossPart() over the outputs.
template <typename T>
[[nodiscard]] double sampleLoss(const StepBatch<T>& batch, std::size_t sample);

/// The first layer with a non-finite output; the number of layers where every output is finite.
template <typename T>
[[nodiscard]] int firstBrokenLayer(const StepPlan<T>& plan, const StepBatch<T>& batch);

} // namespace chainrule::matrix
