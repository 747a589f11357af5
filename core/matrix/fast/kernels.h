// SPDX-License-Identifier: GPL-3.0-or-later
//
// The loops in which training and prediction by matrices spend their time, compiled once for each instruction
// set and chosen when the program runs: part of the engine whose lesson is core/matrix/graph.h. The results
// of a set do not depend on the number of threads, nor on whether zeros are skipped. Between sets the last
// bits differ, since only some of them multiply and add with a single rounding.
//
// The letters of the shapes:
//
//   B  samples of the batch, or of the part of it that a call takes
//   I  inputs of a layer
//   U  units of a layer: its outputs
//
// A matrix (U, B) is stored column by column: U numbers for the first sample, then U for the next. Each
// column is padded with zeros to whole cache lines; the leading dimension, from one column to the next, is
// given with each matrix. Pointers are aligned to cache lines.
#pragma once

#include "core/network/activations.h"
#include "core/network/optimizers.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chainrule::matrix {

inline constexpr std::size_t cacheLine = 64;

/// The most samples that the buffers hold; a larger batch passes through them in chunks.
inline constexpr std::size_t largestStepBatch = 256;

// The next two functions are used in files that are compiled for one instruction set. Of an inline function
// that several files compile, the linker keeps one copy for the whole program, and a copy from such a file
// would not run on every processor. So these two are always inlined.

/// The length of a column with its padding, in numbers.
template <typename T>
[[nodiscard, gnu::always_inline]] constexpr std::size_t padded(std::size_t length)
{
    constexpr std::size_t perLine = cacheLine / sizeof(T);
    return (length + perLine - 1) / perLine * perLine;
}

/// The leading dimension of a matrix, in numbers. Long columns take an odd number of cache lines: the kernels
/// read a few lines of every column at a time, which with an even number would fall into only some of the
/// cache's sets.
template <typename T>
[[nodiscard, gnu::always_inline]] constexpr std::size_t leadingDimension(std::size_t length)
{
    constexpr std::size_t perLine = cacheLine / sizeof(T);
    const std::size_t lines = padded<T>(length) / perLine;
    return (lines >= 16 && lines % 2 == 0 ? lines + 1 : lines) * perLine;
}

/// Inputs of the first layer as bytes, and a bit for each that says whether it is nonzero, 64 to a word.
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
    const T* weight = nullptr;    ///< (U, I)
    const T* bias = nullptr;      ///< (U)
    std::size_t leadingUnits = 0; ///< leading dimension of weight, out and sums
    std::size_t units = 0;
    std::size_t inputs = 0;
    const T* in = nullptr;         ///< (I, B)
    std::size_t leadingInputs = 0; ///< leading dimension of in
    SparseInputs<T> sparse;        ///< instead of `in`
    T* out = nullptr;              ///< (U, B)
    T* sums = nullptr; ///< (U, B): receives weight * in + bias; null where no derivative needs the sums
    std::size_t samples = 0;
    Activation activation = Activation::Linear; ///< with softmax, `out` receives the logits
};

/// Whether an activation's derivative cannot be computed from the unit's output, so that the unit's sum must
/// be kept.
[[nodiscard, gnu::always_inline]] constexpr bool derivativeNeedsSum(Activation activation)
{
    return activationRow(activation).derivativeOfSum;
}

/// result = (transposed * delta) times the derivative of the previous layer's activation
template <typename T>
struct DeltaArguments {
    const T* transposed = nullptr; ///< (I, U)
    std::size_t leadingInputs = 0; ///< leading dimension of transposed, told and result
    std::size_t inputs = 0;
    std::size_t units = 0;
    const T* delta = nullptr;     ///< (U, B)
    std::size_t leadingUnits = 0; ///< leading dimension of delta
    const T* told = nullptr; ///< (I, B): the previous layer's outputs, or its sums where derivativeNeedsSum()
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
    const T* delta = nullptr;     ///< (U, B)
    std::size_t leadingUnits = 0; ///< leading dimension of delta, weight and result
    std::size_t units = 0;
    std::size_t samples = 0;
    const T* in = nullptr;         ///< (I, B)
    std::size_t leadingInputs = 0; ///< leading dimension of in
    SparseInputs<T> sparse;        ///< instead of `in`
    std::size_t first = 0;
    std::size_t last = 0;
    const T* weight = nullptr; ///< (U, I), for Sink::Descend
    T* result = nullptr;       ///< (U, I)
    T rate = T(0);
    Sink sink = Sink::Store;
};

/// Softmax of each column in place, and what cross-entropy needs.
template <typename T>
struct SoftmaxArguments {
    T* values = nullptr;          ///< (U, B): logits, then probabilities
    std::size_t leadingUnits = 0; ///< leading dimension of values and delta
    std::size_t units = 0;
    std::size_t samples = 0;
    const std::uint8_t* targets = nullptr; ///< null: probabilities only, for a layer that is not the last
    T scale = T(0);                        ///< factor of delta
    T* delta = nullptr;                    ///< (U, B): scale * (p - y); may be null
    T* exponentials = nullptr;             ///< (B): sum of exp(z - max z); NaN where a z was not finite
    T* margins = nullptr;                  ///< (B): max z - z of the target
    std::uint32_t* best = nullptr;         ///< (B): the most probable class
};

/// One optimizer step over `count` numbers, which fill whole cache lines.
template <typename T>
struct UpdateArguments {
    const T* parameters = nullptr;
    const T* gradients = nullptr;
    T* first = nullptr; ///< the optimizer's state (OptimizerState)
    T* second = nullptr;
    T* result = nullptr; ///< the parameters after the step
    std::size_t count = 0;
    UpdateRule<T> rule;
};

template <typename T>
struct Kernels {
    /// Writes the masks of samples of `stride` bytes, a multiple of 64, and returns how many bytes are
    /// nonzero.
    std::size_t (*findNonzeros)(const std::uint8_t* bytes, std::size_t stride, std::size_t samples,
                                std::uint64_t* masks);
    /// bytes / 255, correctly rounded; `count` is a multiple of 64.
    void (*convertBytes)(const std::uint8_t* bytes, std::size_t count, T* out);
    void (*forward)(const ForwardArguments<T>&);
    void (*forwardSparse)(const ForwardArguments<T>&);
    void (*softmax)(const SoftmaxArguments<T>&);
    /// In place, the delta of a softmax layer that is not the last: p * (g - p . g)
    void (*softmaxDelta)(const T* probabilities, T* delta, std::size_t leadingUnits, std::size_t samples);
    void (*delta)(const DeltaArguments<T>&);
    /// Multiplies `count` gradients, which fill whole cache lines, with the activation's derivative; `told`
    /// as in DeltaArguments. With softmax and linear it does nothing.
    void (*derive)(Activation activation, const T* told, T* gradients, std::size_t count);
    /// Each of the next three returns the largest magnitude of the gradients, or with Sink::Add of the sums;
    /// NaN where one of them is NaN.
    T (*gradient)(const GradientArguments<T>&);
    T (*gradientSparse)(const GradientArguments<T>&);
    T (*gradientBias)(const GradientArguments<T>&); ///< as for a single input that is always 1
    /// (U, I) to (I, U), only for the inputs `first` to `last` (exclusive)
    void (*transpose)(const T* weight, std::size_t leadingUnits, std::size_t units, std::size_t first,
                      std::size_t last, T* transposed, std::size_t leadingInputs);
    void (*update)(const UpdateArguments<T>&);
};

struct KernelSet {
    const char* name; ///< "baseline", "avx2", "avx512"
    Kernels<float> floats;
    Kernels<double> doubles;
};

/// The sets that this processor can run, the best one last; the first is always "baseline".
[[nodiscard]] const std::vector<const KernelSet*>& kernelSets();

template <typename T>
[[nodiscard]] const Kernels<T>& kernelsOf(const KernelSet& set);
template <typename T>
[[nodiscard]] const Kernels<T>& bestKernels();
[[nodiscard]] std::string_view bestKernelsName();

/// The kernels of the set with this name, or of the best set where the name is empty; null where there is no
/// such set or this processor cannot run it.
template <typename T>
[[nodiscard]] const Kernels<T>* kernelsNamed(std::string_view name);

} // namespace chainrule::matrix
