// SPDX-License-Identifier: GPL-3.0-or-later
// From inputs to probabilities and back to the deltas, for kernelset.h only. Shapes (B, I, U): see kernels.h.
#pragma once

#include "core/matrix/fast/kernelvectors.h"

namespace chainrule::matrix::CHAINRULE_KERNELS {
namespace {

constexpr int tileVectors = CHAINRULE_TILE_VECTORS;
constexpr int tileColumns = CHAINRULE_TILE_COLUMNS;

// Vectors of sums that a sparse column is added to at a time: enough to hide the latency of an addition.
constexpr int sparseVectors = 8;

// ---- bytes --------------------------------------------------------------------------------------------

CHAINRULE_INLINE std::uint64_t nonzeroMask(const std::uint8_t* bytes) // of 64 bytes
{
#if CHAINRULE_VECTOR_BYTES == 64
    const __m512i all = _mm512_load_si512(bytes);
    return _mm512_test_epi8_mask(all, all);
#elif defined(__SSE2__)
    std::uint64_t zeros = 0;
    for (int i = 0; i < 4; ++i) {
        const __m128i some = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes) + i);
        const int quarter = _mm_movemask_epi8(_mm_cmpeq_epi8(some, _mm_setzero_si128()));
        zeros |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(quarter)) << (16 * i);
    }
    return ~zeros;
#else
    std::uint64_t mask = 0;
    for (int i = 0; i < 64; ++i)
        mask |= static_cast<std::uint64_t>(bytes[i] != 0) << i;
    return mask;
#endif
}

std::size_t findNonzeros(const std::uint8_t* bytes, std::size_t stride, std::size_t samples,
                         std::uint64_t* masks)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < stride / 64 * samples; ++i) {
        masks[i] = nonzeroMask(bytes + i * 64);
        count += static_cast<std::size_t>(__builtin_popcountll(masks[i]));
    }
    return count;
}

#if CHAINRULE_VECTOR_BYTES == 64
CHAINRULE_INLINE FloatVector numbersOf(const std::uint8_t* bytes, float)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))));
}
CHAINRULE_INLINE DoubleVector numbersOf(const std::uint8_t* bytes, double)
{
    return _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(_mm_loadu_si64(bytes)));
}
#elif CHAINRULE_VECTOR_BYTES == 32
CHAINRULE_INLINE FloatVector numbersOf(const std::uint8_t* bytes, float)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadu_si64(bytes)));
}
CHAINRULE_INLINE DoubleVector numbersOf(const std::uint8_t* bytes, double)
{
    return _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_loadu_si32(bytes)));
}
#endif

template <typename T>
void convertBytes(const std::uint8_t* bytes, std::size_t count, T* out)
{
    for (std::size_t i = 0; i < count; i += lanes<T>) {
#if CHAINRULE_VECTOR_BYTES > 16
        // A product instead of the quotient, and one correction by the remainder: correctly rounded for every
        // byte, and faster than a division.
        const Vector<T> x = numbersOf(bytes + i, T());
        const Vector<T> near = x * splat(T(1) / T(255));
        const Vector<T> rest = multiplyAdd(near, splat(T(-255)), x);
        store<T>(out + i, multiplyAdd(rest, splat(T(1) / T(255)), near));
#else
        for (std::size_t lane = 0; lane < lanes<T>; ++lane)
            out[i + lane] = static_cast<T>(bytes[i + lane]) / T(255);
#endif
    }
}

// ---- activations --------------------------------------------------------------------------------------

// Most activations are applied by separate functions, to numbers that were stored before: within the loops of
// a layer their formulas would take the registers that the sums need. Only ReLU, a comparison, is applied
// there.

template <typename T>
__attribute__((noinline)) void activate(Activation activation, T* values, T* sums, std::size_t count)
{
    for (std::size_t i = 0; i < count; i += lanes<T>) {
        const Vector<T> z = load<T>(values + i);
        if (sums)
            store<T>(sums + i, z);
        store<T>(values + i, activated<T>(activation, z));
    }
}

template <typename T>
__attribute__((noinline)) void derive(Activation activation, const T* told, T* gradients, std::size_t count)
{
    for (std::size_t i = 0; i < count; i += lanes<T>)
        store<T>(gradients + i, derived<T>(activation, load<T>(told + i), load<T>(gradients + i)));
}

CHAINRULE_INLINE bool isIdentity(Activation activation)
{
    return activation == Activation::Linear || activation == Activation::Softmax;
}

// ---- forward ------------------------------------------------------------------------------------------

// A tile takes its inputs in blocks, so that the weights of a block stay in the first-level cache for all
// samples.
constexpr std::size_t inputBlock = 128;

/// out = activation(weight (U, I) * in (I, B) + bias (U)): a tile (vectors, columns) of (U, B), from the unit
/// `row` and `sample` on, with the inputs `begin` to `end` only. The sums of the inputs before are in out.
template <typename T, int vectors, int columns>
void forwardTile(const ForwardArguments<T>& a, std::size_t row, std::size_t sample, std::size_t begin,
                 std::size_t end)
{
    Vector<T> sum[columns][vectors];
    T* out = a.out + sample * a.leadingUnits + row;
#pragma GCC unroll 8
    for (int n = 0; n < columns; ++n) {
        const T* start = begin == 0 ? a.bias + row : out + static_cast<std::size_t>(n) * a.leadingUnits;
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            sum[n][v] = load<T>(start + static_cast<std::size_t>(v) * lanes<T>);
    }
    accumulate<T, vectors, columns, false>(sum, a.weight + begin * a.leadingUnits + row, a.leadingUnits,
                                           a.in + sample * a.leadingInputs + begin, a.leadingInputs,
                                           end - begin);
    const Activation activation = end == a.inputs ? a.activation : Activation::Linear;
#pragma GCC unroll 8
    for (int n = 0; n < columns; ++n) {
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            store<T>(out + static_cast<std::size_t>(n) * a.leadingUnits +
                         static_cast<std::size_t>(v) * lanes<T>,
                     sum[n][v]);
    }
    if (isIdentity(activation))
        return;
    for (std::size_t n = 0; n < static_cast<std::size_t>(columns); ++n) {
        T* at = out + n * a.leadingUnits;
        if (activation == Activation::Relu) {
            for (std::size_t v = 0; v < static_cast<std::size_t>(vectors) * lanes<T>; v += lanes<T>)
                store<T>(at + v, activated<T>(Activation::Relu, load<T>(at + v)));
        } else {
            activate<T>(activation, at, a.sums ? a.sums + (at - a.out) : nullptr, vectors * lanes<T>);
        }
    }
}

/// `vectors` vectors of units, from the unit `row` on, for all samples.
template <typename T, int vectors>
void forwardRows(const ForwardArguments<T>& a, std::size_t row)
{
    for (std::size_t begin = 0; begin < a.inputs; begin += inputBlock) {
        const std::size_t end = begin + inputBlock < a.inputs ? begin + inputBlock : a.inputs;
        std::size_t sample = 0;
        for (; sample + tileColumns <= a.samples; sample += tileColumns)
            forwardTile<T, vectors, tileColumns>(a, row, sample, begin, end);
        if (sample + 4 <= a.samples) {
            forwardTile<T, vectors, 4>(a, row, sample, begin, end);
            sample += 4;
        }
        if (sample + 2 <= a.samples) {
            forwardTile<T, vectors, 2>(a, row, sample, begin, end);
            sample += 2;
        }
        if (sample < a.samples)
            forwardTile<T, vectors, 1>(a, row, sample, begin, end);
    }
}

template <typename T>
void forward(const ForwardArguments<T>& a)
{
    const std::size_t paddedUnits = padded<T>(a.units);
    std::size_t row = 0;
    for (; row + tileVectors * lanes<T> <= paddedUnits; row += tileVectors * lanes<T>)
        forwardRows<T, tileVectors>(a, row);
    for (; row < paddedUnits; row += lanes<T>)
        forwardRows<T, 1>(a, row);
}

/// forwardRows() over the nonzero inputs only.
template <typename T, int vectors>
__attribute__((noinline)) void forwardSparseRows(const ForwardArguments<T>& a, std::size_t row)
{
    // Copies, since the compiler must assume that the outputs could overlap the arguments in memory.
    const std::size_t stride = a.sparse.byteStride;
    const std::size_t words = stride / 64;
    const std::size_t leadingUnits = a.leadingUnits;
    const T* levels = a.sparse.levels;
    const Activation activation = a.activation;
    const bool relu = activation == Activation::Relu;
    const bool stored = !relu && !isIdentity(activation);
    for (std::size_t word = 0; word < words; ++word) {
        const T* weight = a.weight + word * 64 * leadingUnits + row;
        const std::uint8_t* bytes = a.sparse.bytes + word * 64;
        const std::uint64_t* masks = a.sparse.masks + word;
        T* out = a.out + row;
        for (std::size_t sample = a.samples; sample > 0;
             --sample, bytes += stride, masks += words, out += leadingUnits) {
            std::uint64_t mask = *masks;
            if (mask == 0 && word > 0 && word + 1 < words)
                continue;
            const T* start = word == 0 ? a.bias + row : out;
            Vector<T> sum[vectors];
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v)
                sum[v] = load<T>(start + static_cast<std::size_t>(v) * lanes<T>);
            for (; mask != 0; mask &= mask - 1) {
                const auto input = static_cast<std::size_t>(__builtin_ctzll(mask));
                addColumn<T, vectors>(sum, weight + input * leadingUnits, splat(levels[bytes[input]]));
            }
            if (relu && word + 1 == words) {
#pragma GCC unroll 8
                for (int v = 0; v < vectors; ++v)
                    sum[v] = activated<T>(Activation::Relu, sum[v]);
            }
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v)
                store<T>(out + static_cast<std::size_t>(v) * lanes<T>, sum[v]);
            if (stored && word + 1 == words)
                activate<T>(activation, out, a.sums ? a.sums + (out - a.out) : nullptr, vectors * lanes<T>);
        }
    }
}

template <typename T>
void forwardSparse(const ForwardArguments<T>& a)
{
    const std::size_t paddedUnits = padded<T>(a.units);
    std::size_t row = 0;
    for (; row + sparseVectors * lanes<T> <= paddedUnits; row += sparseVectors * lanes<T>)
        forwardSparseRows<T, sparseVectors>(a, row);
    for (; row + 4 * lanes<T> <= paddedUnits; row += 4 * lanes<T>)
        forwardSparseRows<T, 4>(a, row);
    for (; row < paddedUnits; row += lanes<T>)
        forwardSparseRows<T, 1>(a, row);
}

// ---- softmax ------------------------------------------------------------------------------------------

/// values (U, B), each column by itself.
template <typename T>
void softmax(const SoftmaxArguments<T>& a)
{
    const std::size_t paddedUnits = padded<T>(a.units);
    constexpr T lowest = sizeof(T) == 4 ? T(-3.4028234e38f) : T(-1.7976931348623157e308);
    for (std::size_t sample = 0; sample < a.samples; ++sample) {
        T* values = a.values + sample * a.leadingUnits;
        for (std::size_t i = a.units; i < paddedUnits; ++i)
            values[i] = lowest; // the exponential of the padding is then 0
        Vector<T> largest = load<T>(values);
        for (std::size_t i = lanes<T>; i < paddedUnits; i += lanes<T>) {
            const Vector<T> z = load<T>(values + i);
            largest = z > largest ? z : largest;
        }
        const T maximum = maximumOf<T>(largest);
        if (a.margins)
            a.margins[sample] = maximum - values[a.targets[sample]];
        Vector<T> sums = splat(T(0));
        Vector<T> broken = splat(T(0)); // 0, or NaN where a z is not finite
        for (std::size_t i = 0; i < paddedUnits; i += lanes<T>) {
            const Vector<T> z = load<T>(values + i);
            const Vector<T> e = exponential<T>(z - splat(maximum));
            broken += z - z;
            sums += e;
            store<T>(values + i, e);
        }
        const T sum = sumOf<T>(sums + broken);
        for (std::size_t i = 0; i < paddedUnits; i += lanes<T>) {
            const Vector<T> p = load<T>(values + i) / splat(sum);
            store<T>(values + i, p);
            if (a.delta)
                store<T>(a.delta + sample * a.leadingUnits + i, p * splat(a.scale));
        }
        if (a.delta) {
            const std::size_t target = a.targets[sample];
            a.delta[sample * a.leadingUnits + target] = (values[target] - T(1)) * a.scale;
        }
        if (a.exponentials)
            a.exponentials[sample] = sum;
        if (a.best) {
            std::size_t best = 0;
            for (std::size_t i = 1; i < a.units; ++i)
                best = values[i] > values[best] ? i : best;
            a.best[sample] = static_cast<std::uint32_t>(best);
        }
    }
}

/// probabilities (U, B), delta (U, B)
template <typename T>
void softmaxDelta(const T* probabilities, T* delta, std::size_t leadingUnits, std::size_t samples)
{
    for (std::size_t sample = 0; sample < samples; ++sample) {
        const T* p = probabilities + sample * leadingUnits;
        T* g = delta + sample * leadingUnits;
        Vector<T> sums = splat(T(0));
        for (std::size_t i = 0; i < leadingUnits; i += lanes<T>)
            sums = multiplyAdd(load<T>(p + i), load<T>(g + i), sums);
        const Vector<T> mean = splat(sumOf<T>(sums));
        for (std::size_t i = 0; i < leadingUnits; i += lanes<T>)
            store<T>(g + i, load<T>(p + i) * (load<T>(g + i) - mean));
    }
}

// ---- deltas -------------------------------------------------------------------------------------------

/// result = transposed (I, U) * delta (U, B), times the derivative: a tile (vectors, columns) of (I, B), from
/// the input `row` and `sample` on.
template <typename T, int vectors, int columns>
void deltaTile(const DeltaArguments<T>& a, std::size_t row, std::size_t sample)
{
    Vector<T> sum[columns][vectors];
#pragma GCC unroll 8
    for (int n = 0; n < columns; ++n) {
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            sum[n][v] = splat(T(0));
    }
    accumulate<T, vectors, columns, false>(sum, a.transposed + row, a.leadingInputs,
                                           a.delta + sample * a.leadingUnits, a.leadingUnits, a.units);
    const std::size_t first = sample * a.leadingInputs + row;
    const bool relu = a.activation == Activation::Relu;
#pragma GCC unroll 8
    for (int n = 0; n < columns; ++n) {
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) {
            const std::size_t at = first + static_cast<std::size_t>(n) * a.leadingInputs +
                                   static_cast<std::size_t>(v) * lanes<T>;
            store<T>(a.result + at,
                     relu ? derived<T>(Activation::Relu, load<T>(a.told + at), sum[n][v]) : sum[n][v]);
        }
    }
    if (relu || isIdentity(a.activation))
        return;
    for (std::size_t n = 0; n < static_cast<std::size_t>(columns); ++n)
        derive<T>(a.activation, a.told + first + n * a.leadingInputs, a.result + first + n * a.leadingInputs,
                  vectors * lanes<T>);
}

/// `vectors` vectors of inputs, from the input `row` on, for all samples.
template <typename T, int vectors>
void deltaRows(const DeltaArguments<T>& a, std::size_t row)
{
    std::size_t sample = 0;
    for (; sample + tileColumns <= a.samples; sample += tileColumns)
        deltaTile<T, vectors, tileColumns>(a, row, sample);
    if (sample + 4 <= a.samples) {
        deltaTile<T, vectors, 4>(a, row, sample);
        sample += 4;
    }
    if (sample + 2 <= a.samples) {
        deltaTile<T, vectors, 2>(a, row, sample);
        sample += 2;
    }
    if (sample < a.samples)
        deltaTile<T, vectors, 1>(a, row, sample);
}

template <typename T>
void delta(const DeltaArguments<T>& a)
{
    const std::size_t paddedInputs = padded<T>(a.inputs);
    std::size_t row = 0;
    for (; row + tileVectors * lanes<T> <= paddedInputs; row += tileVectors * lanes<T>)
        deltaRows<T, tileVectors>(a, row);
    for (; row < paddedInputs; row += lanes<T>)
        deltaRows<T, 1>(a, row);
}

} // namespace
} // namespace chainrule::matrix::CHAINRULE_KERNELS
