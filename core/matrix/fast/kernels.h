// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/activations.h"
#include "core/network/optimizers.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// The loops in which training and prediction by matrices spend their time, compiled once for each instruction
// set and chosen when the program runs: part of the engine whose lesson is core/matrix/graph.h. Every set
// gives the same results whatever the number of threads and whether zeros are skipped; between sets the last
// bits differ, since only some of them multiply and add with a single rounding.
//
// The letters of the shapes:
//
//   B  samples of the batch, or of the part of it that a call takes
//   I  inputs of a layer
//   U  units of a layer: its outputs
//
// A matrix (U, B) lies column after column, U numbers for the first sample, then U for the next. Each column
// is padded with zeros to whole cache lines; the stride from one to the next is named beside it. Pointers are
// aligned to cache lines.
namespace chainrule::matrix {

inline constexpr std::size_t cacheLine = 64;

/// The most samples of a batch that are in the buffers at a time; more pass through in chunks.
inline constexpr std::size_t largestStepBatch = 256;

// These two are used by files for one instruction set, whose copy of an inline function must not become the
// one that the whole program calls. So they are never compiled as functions.

/// A column's length in memory, in numbers.
template <typename T>
[[nodiscard, gnu::always_inline]] constexpr std::size_t padded(std::size_t length)
{
    constexpr std::size_t perLine = cacheLine / sizeof(T);
    return (length + perLine - 1) / perLine * perLine;
}

/// From column to column of a matrix, in numbers: padded, and no even number of cache lines where columns are
/// long, for the kernels take a few lines of every column at a time, which would then crowd into part of the
/// cache's sets.
template <typename T>
[[nodiscard, gnu::always_inline]] constexpr std::size_t columnStride(std::size_t length)
{
    constexpr std::size_t perLine = cacheLine / sizeof(T);
    const std::size_t lines = padded<T>(length) / perLine;
    return (lines >= 16 && lines % 2 == 0 ? lines + 1 : lines) * perLine;
}

/// Inputs of the first layer as bytes, and which of them are not 0: a bit for each, 64 inputs to a word.
template <typename T>
struct SparseInputs {
    const std::uint8_t* bytes = nullptr;  ///< (I, B)
    std::size_t byteStride = 0;           ///< from sample to sample; a multiple of 64
    const std::uint64_t* masks = nullptr; ///< (byteStride / 64, B)
    const T* levels = nullptr;            ///< the number that each of the 256 bytes stands for; 0 for 0
};

/// out = activation(weight * in + bias)
template <typename T>
struct ForwardArguments {
    const T* weight = nullptr; ///< (U, I)
    const T* bias = nullptr;   ///< (U)
    std::size_t columns = 0;   ///< stride of the units
    std::size_t units = 0;
    std::size_t inputs = 0;
    const T* in = nullptr; ///< (I, B)
    std::size_t inStride = 0;
    SparseInputs<T> sparse; ///< instead of `in`
    T* out = nullptr;       ///< (U, B)
    T* sums = nullptr;      ///< (U, B): also weight * in + bias, where it is wanted
    std::size_t samples = 0;
    Activation activation = Activation::Linear; ///< softmax: the sums, for a kernel of its own
};

/// Whether an activation's derivative cannot be told from the unit's output, so that its sum must be kept.
[[nodiscard, gnu::always_inline]] constexpr bool derivativeNeedsSum(Activation activation)
{
    return activation == Activation::Gelu || activation == Activation::Silu;
}

/// result = (transposed * delta) times the derivative of the layer before
template <typename T>
struct DeltaArguments {
    const T* transposed = nullptr; ///< (I, U)
    std::size_t rows = 0;          ///< stride of the inputs
    std::size_t inputs = 0;
    std::size_t units = 0;
    const T* delta = nullptr; ///< (U, B)
    std::size_t deltaStride = 0;
    const T* told = nullptr; ///< (I, B): that layer's outputs, or sums where derivativeNeedsSum()
    T* result = nullptr;     ///< (I, B)
    std::size_t samples = 0;
    Activation activation = Activation::Linear;
};

enum class Sink : std::uint8_t {
    Store,   ///< result = gradient
    Add,     ///< result += gradient
    Descend, ///< result = weight - rate * gradient
};

/// Gradients of the weights of the inputs `first` to `last` (exclusive): delta * transpose(in)
template <typename T>
struct GradientArguments {
    const T* delta = nullptr; ///< (U, B)
    std::size_t columns = 0;
    std::size_t units = 0;
    std::size_t samples = 0;
    const T* in = nullptr; ///< (I, B)
    std::size_t inStride = 0;
    SparseInputs<T> sparse; ///< instead of `in`
    std::size_t first = 0;
    std::size_t last = 0;
    const T* weight = nullptr; ///< (U, I), for Sink::Descend
    T* result = nullptr;       ///< (U, I)
    T rate = T(0);
    Sink sink = Sink::Store;
};

/// Softmax of each column in place, and what a loss needs.
template <typename T>
struct SoftmaxArguments {
    T* values = nullptr; ///< (U, B): sums, then probabilities
    std::size_t columns = 0;
    std::size_t units = 0;
    std::size_t samples = 0;
    const std::uint8_t* targets = nullptr; ///< null: probabilities only, for a layer that is not the last
    T scale = T(0);                        ///< of delta
    T* delta = nullptr;                    ///< (U, B): scale * (p - y); may be null
    T* exponentials = nullptr;             ///< (B): sum of exp(z - max z); NaN where a z was not finite
    T* margins = nullptr;                  ///< (B): max z - z of the target
    std::uint32_t* best = nullptr;         ///< (B): the most probable class
};

/// One optimizer step over `count` numbers, a multiple of a cache line's.
template <typename T>
struct UpdateArguments {
    const T* parameters = nullptr;
    const T* gradients = nullptr;
    T* first = nullptr; ///< what the optimizer remembers (OptimizerState)
    T* second = nullptr;
    T* result = nullptr; ///< the parameters after the step
    std::size_t count = 0;
    UpdateRule<T> rule;
};

template <typename T>
struct Kernels {
    /// Writes the masks of samples (stride bytes each, a multiple of 64) and returns how many bytes are not
    /// 0.
    std::size_t (*findNonzeros)(const std::uint8_t* bytes, std::size_t stride, std::size_t samples,
                                std::uint64_t* masks);
    /// bytes / 255, correctly rounded; `count` is a multiple of 64.
    void (*convertBytes)(const std::uint8_t* bytes, std::size_t count, T* out);
    void (*forward)(const ForwardArguments<T>&);
    void (*forwardSparse)(const ForwardArguments<T>&);
    void (*softmax)(const SoftmaxArguments<T>&);
    /// delta of a softmax that is not last, in place: p * (g - p . g)
    void (*softmaxDelta)(const T* probabilities, T* delta, std::size_t columns, std::size_t samples);
    void (*delta)(const DeltaArguments<T>&);
    /// gradients times the activation's derivative, `count` of them, a multiple of a cache line's; `told` as
    /// in DeltaArguments. Softmax and linear change nothing.
    void (*derive)(Activation activation, const T* told, T* gradients, std::size_t count);
    /// Each returns the largest magnitude of the gradients, or of what they were added to; NaN where there is
    /// one.
    T (*gradient)(const GradientArguments<T>&);
    T (*gradientSparse)(const GradientArguments<T>&);
    T (*gradientBias)(const GradientArguments<T>&); ///< as of a single input that is always 1
    /// (U, I) to (I, U), the inputs `first` to `last` only
    void (*transpose)(const T* weight, std::size_t columns, std::size_t units, std::size_t first,
                      std::size_t last, T* transposed, std::size_t rows);
    void (*update)(const UpdateArguments<T>&);
};

struct KernelSet {
    const char* name; ///< "baseline", "avx2", "avx512"
    Kernels<float> floats;
    Kernels<double> doubles;
};

/// Those that this processor can run, the best one last; the first is always "baseline".
[[nodiscard]] const std::vector<const KernelSet*>& kernelSets();

template <typename T>
[[nodiscard]] const Kernels<T>& kernelsOf(const KernelSet& set);
template <typename T>
[[nodiscard]] const Kernels<T>& bestKernels();
[[nodiscard]] std::string_view bestKernelsName();

/// Those of the set with this name, of the best one for an empty name; null where there is no such set, or
/// this processor cannot run it.
template <typename T>
[[nodiscard]] const Kernels<T>* kernelsNamed(std::string_view name);

} // namespace chainrule::matrix
