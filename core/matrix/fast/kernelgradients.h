// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients of the weights and the steps along them, for kernelset.h only. Shapes (B, I, U): see kernels.h.
#pragma once

#include "core/matrix/fast/kernellayers.h"

namespace chainrule::matrix::CHAINRULE_KERNELS {
namespace {

// ---- where a gradient goes ----------------------------------------------------------------------------

/// Puts `vectors` vectors of a gradient (U, I), from the index `at` on, where the sink says.
template <typename T, int vectors>
CHAINRULE_INLINE void put(const GradientArguments<T>& a, std::size_t at, const Vector<T> (&sum)[vectors],
                          Bits<T>& largest)
{
    T* to = a.result + at;
    if (a.sink == Sink::Descend) {
        const T* from = a.weight + at;
        const Vector<T> rate = splat(-a.rate);
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) {
            const std::size_t here = static_cast<std::size_t>(v) * lanes<T>;
            largest = largerMagnitude<T>(largest, sum[v]);
            store<T>(to + here, multiplyAdd(rate, sum[v], load<T>(from + here)));
        }
        return;
    }
    const bool adds = a.sink == Sink::Add;
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
        const std::size_t here = static_cast<std::size_t>(v) * lanes<T>;
        const Vector<T> value = adds ? sum[v] + load<T>(to + here) : sum[v];
        largest = largerMagnitude<T>(largest, value);
        store<T>(to + here, value);
    }
}

// ---- every input --------------------------------------------------------------------------------------

/// result = delta (U, B) * transpose(in (I, B)): a tile (vectors, columns) of (U, I), from the unit `row` and
/// `input` on.
template <typename T, int vectors, int columns>
void gradientTile(const GradientArguments<T>& a, std::size_t row, std::size_t input, Bits<T>& largest)
{
    Vector<T> sum[columns][vectors];
#pragma GCC unroll 8
    for (int n = 0; n < columns; ++n) {
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            sum[n][v] = splat(T(0));
    }
    accumulate<T, vectors, columns, true>(sum, a.delta + row, a.leadingUnits, a.in + input, a.leadingInputs,
                                          a.samples);
    Bits<T> seen = largest;
#pragma GCC unroll 8
    for (int n = 0; n < columns; ++n)
        put<T, vectors>(a, (input + static_cast<std::size_t>(n)) * a.leadingUnits + row, sum[n], seen);
    largest = seen;
}

/// `vectors` vectors of units, from the unit `row` on, for the inputs `first` to `last`.
template <typename T, int vectors>
void gradientRows(const GradientArguments<T>& a, std::size_t row, Bits<T>& largest)
{
    std::size_t input = a.first;
    for (; input + tileColumns <= a.last; input += tileColumns)
        gradientTile<T, vectors, tileColumns>(a, row, input, largest);
    if (input + 4 <= a.last) {
        gradientTile<T, vectors, 4>(a, row, input, largest);
        input += 4;
    }
    if (input + 2 <= a.last) {
        gradientTile<T, vectors, 2>(a, row, input, largest);
        input += 2;
    }
    if (input < a.last)
        gradientTile<T, vectors, 1>(a, row, input, largest);
}

template <typename T>
T gradient(const GradientArguments<T>& a)
{
    const std::size_t paddedUnits = padded<T>(a.units);
    Bits<T> largest{};
    std::size_t row = 0;
    for (; row + tileVectors * lanes<T> <= paddedUnits; row += tileVectors * lanes<T>)
        gradientRows<T, tileVectors>(a, row, largest);
    for (; row < paddedUnits; row += lanes<T>)
        gradientRows<T, 1>(a, row, largest);
    return largestOf<T>(largest);
}

/// (U): the sum of delta (U, B) over the samples.
template <typename T>
T gradientBias(const GradientArguments<T>& a)
{
    Bits<T> largest{};
    for (std::size_t row = 0; row < a.leadingUnits; row += lanes<T>) {
        Vector<T> sum[1] = {splat(T(0))};
        for (std::size_t sample = 0; sample < a.samples; ++sample)
            sum[0] += load<T>(a.delta + sample * a.leadingUnits + row);
        put<T, 1>(a, row, sum, largest);
    }
    return largestOf<T>(largest);
}

// ---- nonzero inputs -----------------------------------------------------------------------------------

// Turns rows of bits into columns: bit c of rows[r] becomes bit r of rows[c] (Warren, Hacker's Delight, 7-3).
CHAINRULE_INLINE void transposeBits(std::uint64_t (&rows)[64])
{
    std::uint64_t low = 0x00000000ffffffff;
    for (std::size_t half = 32; half > 0; half /= 2, low ^= low << half) {
        for (std::size_t base = 0; base < 64; base += 2 * half) {
            for (std::size_t r = base; r < base + half; ++r) {
                const std::uint64_t swapped = ((rows[r] >> half) ^ rows[r + half]) & low;
                rows[r] ^= swapped << half;
                rows[r + half] ^= swapped;
            }
        }
    }
}

// The masks of how many samples are transposed at a time, in words of 64 samples.
constexpr std::size_t sparseWords = (largestStepBatch + 63) / 64;
static_assert(sparseWords * 64 >= largestStepBatch, "gradientSparse() has a row of masks for every sample");

/// gradientRows() for the inputs `begin` to `end`, all within one word of the masks; masks[word][input % 64]
/// has a bit for each of 64 samples.
template <typename T, int vectors>
__attribute__((noinline)) Bits<T> gradientSparseRows(const GradientArguments<T>& arguments, std::size_t row,
                                                     std::size_t begin, std::size_t end,
                                                     const std::uint64_t (*masks)[64], Bits<T> largest)
{
    const GradientArguments<T> a =
        arguments; // a copy, since the compiler must assume that the stores could change the original
    const std::size_t words = (a.samples + 63) / 64;
    for (std::size_t input = begin; input < end; ++input) {
        Vector<T> sum[vectors];
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            sum[v] = splat(T(0));
        for (std::size_t word = 0; word < words; ++word) {
            const std::uint8_t* bytes = a.sparse.bytes + word * 64 * a.sparse.byteStride + input;
            const T* delta = a.delta + word * 64 * a.leadingUnits + row;
            for (std::uint64_t mask = masks[word][input % 64]; mask != 0; mask &= mask - 1) {
                const auto sample = static_cast<std::size_t>(__builtin_ctzll(mask));
                const std::uint8_t byte = bytes[sample * a.sparse.byteStride];
                addColumn<T, vectors>(sum, delta + sample * a.leadingUnits, splat(a.sparse.levels[byte]));
            }
        }
        put<T, vectors>(a, input * a.leadingUnits + row, sum, largest);
    }
    return largest;
}

template <typename T>
T gradientSparse(const GradientArguments<T>& a)
{
    const std::size_t paddedUnits = padded<T>(a.units);
    Bits<T> largest{};
    const std::size_t words = a.sparse.byteStride / 64;
    for (std::size_t begin = a.first; begin < a.last;) {
        const std::size_t word = begin / 64;
        const std::size_t end = (word + 1) * 64 < a.last ? (word + 1) * 64 : a.last;
        std::uint64_t masks[sparseWords][64];
        for (std::size_t group = 0; group * 64 < a.samples; ++group) {
            for (std::size_t i = 0; i < 64; ++i) {
                const std::size_t sample = group * 64 + i;
                masks[group][i] = sample < a.samples ? a.sparse.masks[sample * words + word] : 0;
            }
            transposeBits(masks[group]);
        }
        std::size_t row = 0;
        for (; row + sparseVectors * lanes<T> <= paddedUnits; row += sparseVectors * lanes<T>)
            largest = gradientSparseRows<T, sparseVectors>(a, row, begin, end, masks, largest);
        for (; row + 4 * lanes<T> <= paddedUnits; row += 4 * lanes<T>)
            largest = gradientSparseRows<T, 4>(a, row, begin, end, masks, largest);
        for (; row < paddedUnits; row += lanes<T>)
            largest = gradientSparseRows<T, 1>(a, row, begin, end, masks, largest);
        begin = end;
    }
    return largestOf<T>(largest);
}

// ---- steps --------------------------------------------------------------------------------------------

/// weight (U, I) to transposed (I, U)
template <typename T>
void transpose(const T* weight, std::size_t leadingUnits, std::size_t units, std::size_t first,
               std::size_t last, T* transposed, std::size_t leadingInputs)
{
    constexpr std::size_t block = cacheLine / sizeof(T);
    for (std::size_t input = first; input < last; input += block) {
        const std::size_t end = input + block < last ? input + block : last;
        for (std::size_t unit = 0; unit < units; ++unit)
            for (std::size_t i = input; i < end; ++i)
                transposed[unit * leadingInputs + i] = weight[i * leadingUnits + unit];
    }
}

// The optimizer's state need not begin at a cache line.
template <typename T>
CHAINRULE_INLINE Vector<T> loadAnywhere(const T* from)
{
    Vector<T> value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

template <typename T>
CHAINRULE_INLINE void storeAnywhere(T* to, Vector<T> value)
{
    __builtin_memcpy(to, &value, sizeof value);
}

template <typename T, OptimizerKind kind>
void updateBy(const UpdateArguments<T>& a)
{
    constexpr int memories = optimizerRow(kind).memories;
    const UpdateRule<T> rule = a.rule;
    for (std::size_t i = 0; i < a.count; i += lanes<T>) {
        const Vector<T> p = load<T>(a.parameters + i);
        Vector<T> first{};
        Vector<T> second{};
        if constexpr (memories > 0)
            first = loadAnywhere<T>(a.first + i);
        if constexpr (memories > 1)
            second = loadAnywhere<T>(a.second + i);
        const Vector<T> g = penalized<kind>(load<T>(a.gradients + i), p, rule);
        store<T>(a.result + i,
                 moved<kind>(p, g, first, second, rule, [](Vector<T> x) { return squareRoot(x); }));
        if constexpr (memories > 0)
            storeAnywhere<T>(a.first + i, first);
        if constexpr (memories > 1)
            storeAnywhere<T>(a.second + i, second);
    }
}

template <typename T>
void update(const UpdateArguments<T>& a)
{
    withOptimizer(a.rule.kind, [&]<OptimizerKind kind>() { updateBy<T, kind>(a); });
}

} // namespace
} // namespace chainrule::matrix::CHAINRULE_KERNELS
