// SPDX-License-Identifier: GPL-3.0-or-later
// The body of each chainkernels_*.cpp, which defines VECTOR_LANES and is compiled for its own instruction
// set. This file must not define anything with external linkage, nor include a header with inline functions:
// the linker could keep the copy that was compiled for a newer processor, for the whole program.
#pragma once

#include "core/scalar/replay/chainkernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#ifndef VECTOR_LANES
#error "The including file must define VECTOR_LANES"
#endif

namespace chainrule::scalar {

namespace {

using Vector [[gnu::vector_size(VECTOR_LANES * 8), gnu::may_alias]] = double;

#if VECTOR_LANES == 8
#define SPLAT(x) (Vector{(x), (x), (x), (x), (x), (x), (x), (x)})
#elif VECTOR_LANES == 4
#define SPLAT(x) (Vector{(x), (x), (x), (x)})
#else
#define SPLAT(x) (Vector{(x), (x)})
#endif

// A column's numbers from index `row` on, as vectors.
#define ROW(column, row) (reinterpret_cast<Vector*>((column) + (row)))
#define CONST_ROW(column, row) (reinterpret_cast<const Vector*>((column) + (row)))

template <std::size_t Lanes>
void forwardKeepingOf(std::size_t steps, const double* weights, const double* input, const double* start,
                      double* products, double* sums)
{
    constexpr std::size_t width = Lanes / VECTOR_LANES;
    Vector sum[width];
    for (std::size_t v = 0; v < width; ++v)
        sum[v] = CONST_ROW(start, 0)[v];
    for (std::size_t k = 0; k < steps; ++k) {
        const Vector x = SPLAT(input[k]);
        for (std::size_t v = 0; v < width; ++v) {
            const Vector product = CONST_ROW(weights, k * Lanes)[v] * x;
            sum[v] = sum[v] + product;
            ROW(products, k * Lanes)[v] = product;
            ROW(sums, k * Lanes)[v] = sum[v];
        }
    }
}

// One bit for each of VECTOR_LANES numbers, set where the number is nonzero.
unsigned nonzeroBits(const double* numbers)
{
#if VECTOR_LANES == 8
    return _mm512_cmp_pd_mask(_mm512_loadu_pd(numbers), _mm512_setzero_pd(), _CMP_NEQ_UQ);
#elif VECTOR_LANES == 4
    return static_cast<unsigned>(
        _mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(numbers), _mm256_setzero_pd(), _CMP_NEQ_UQ)));
#elif defined(__x86_64__)
    return static_cast<unsigned>(_mm_movemask_pd(_mm_cmpneq_pd(_mm_loadu_pd(numbers), _mm_setzero_pd())));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < VECTOR_LANES; ++i)
        bits |= static_cast<unsigned>(numbers[i] != 0.0) << i;
    return bits;
#endif
}

std::size_t findNonzero(std::size_t steps, const double* input, std::uint32_t* nonzero)
{
    std::size_t count = 0;
    std::size_t k = 0;
#if VECTOR_LANES == 8
    __m512i places = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (; k + 16 <= steps; k += 16) {
        const unsigned bits = nonzeroBits(input + k) | nonzeroBits(input + k + 8) << 8;
        _mm512_storeu_si512(nonzero + count,
                            _mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), places));
        count += static_cast<std::size_t>(__builtin_popcount(bits));
        places = _mm512_add_epi32(places, _mm512_set1_epi32(16));
    }
#else
    // Zeros come in groups: eight of them are skipped at once.
    for (; k + 8 <= steps; k += 8) {
        unsigned bits = 0;
        for (unsigned i = 0; i < 8; i += VECTOR_LANES)
            bits |= nonzeroBits(input + k + i) << i;
        for (; bits != 0; bits &= bits - 1)
            nonzero[count++] = static_cast<std::uint32_t>(k) + static_cast<unsigned>(__builtin_ctz(bits));
    }
#endif
    for (; k < steps; ++k) {
        nonzero[count] = static_cast<std::uint32_t>(k);
        count += input[k] != 0.0;
    }
    return count;
}

template <std::size_t Lanes>
void forwardNonzeroOf(const std::uint32_t* nonzero, std::size_t count, const double* weights,
                      const double* input, const double* start, double* end)
{
    constexpr std::size_t width = Lanes / VECTOR_LANES;
    Vector sum[width];
    for (std::size_t v = 0; v < width; ++v)
        sum[v] = CONST_ROW(start, 0)[v];
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t k = nonzero[i];
        const Vector x = SPLAT(input[k]);
        for (std::size_t v = 0; v < width; ++v)
            sum[v] = sum[v] + CONST_ROW(weights, k * Lanes)[v] * x;
    }
    for (std::size_t v = 0; v < width; ++v)
        ROW(end, 0)[v] = sum[v];
}

void forwardLines(std::size_t lanes, std::size_t chains, std::size_t steps, const double* weights,
                  const std::uint32_t* inputs, const double* lines, double* sums)
{
    constexpr std::size_t width = sampleLanes / VECTOR_LANES;
    constexpr std::size_t block =
        VECTOR_LANES; // of chains, whose sums fit in registers; divides laneMultiple
    for (std::size_t chain = 0; chain < chains; chain += block) {
        double* const own = sums + chain * sampleLanes;
        Vector sum[block][width];
        for (std::size_t i = 0; i < block; ++i)
            for (std::size_t v = 0; v < width; ++v)
                sum[i][v] = CONST_ROW(own, i * sampleLanes)[v];
        for (std::size_t k = 0; k < steps; ++k) {
            const double* const line = lines + inputs[k] * sampleLanes;
            const double* const row = weights + k * lanes + chain;
            for (std::size_t i = 0; i < block; ++i) {
                const Vector weight = SPLAT(row[i]);
                for (std::size_t v = 0; v < width; ++v)
                    sum[i][v] = sum[i][v] + weight * CONST_ROW(line, 0)[v];
            }
        }
        for (std::size_t i = 0; i < block; ++i)
            for (std::size_t v = 0; v < width; ++v)
                ROW(own, i * sampleLanes)[v] = sum[i][v];
    }
}

// One stage of a transposition: swaps the two off-diagonal blocks of d x d numbers in each block of 2d x 2d.
#if VECTOR_LANES == 8
#define LOW_1 0, 8, 2, 10, 4, 12, 6, 14
#define HIGH_1 1, 9, 3, 11, 5, 13, 7, 15
#define LOW_2 0, 1, 8, 9, 4, 5, 12, 13
#define HIGH_2 2, 3, 10, 11, 6, 7, 14, 15
#define LOW_4 0, 1, 2, 3, 8, 9, 10, 11
#define HIGH_4 4, 5, 6, 7, 12, 13, 14, 15
#elif VECTOR_LANES == 4
#define LOW_1 0, 4, 2, 6
#define HIGH_1 1, 5, 3, 7
#define LOW_2 0, 1, 4, 5
#define HIGH_2 2, 3, 6, 7
#else
#define LOW_1 0, 2
#define HIGH_1 1, 3
#endif
#define STAGE(rows, d, low, high)                                                                            \
    for (std::size_t i = 0; i < VECTOR_LANES; ++i) {                                                         \
        if ((i & (d)) == 0) {                                                                                \
            const Vector a = rows[i];                                                                        \
            const Vector b = rows[i + (d)];                                                                  \
            rows[i] = __builtin_shufflevector(a, b, low);                                                    \
            rows[i + (d)] = __builtin_shufflevector(a, b, high);                                             \
        }                                                                                                    \
    }

template <std::size_t Lanes>
void inputGradientsOf(std::size_t steps, const double* weights, const double* gradient, double* inputGradient)
{
    // The lanes are added one after the other; a vector holds the sums of VECTOR_LANES steps.
    std::size_t k = 0;
    for (; k + VECTOR_LANES <= steps; k += VECTOR_LANES) {
        Vector sum;
        __builtin_memcpy(&sum, inputGradient + k, sizeof sum);
        for (std::size_t v = Lanes / VECTOR_LANES; v-- > 0;) {
            const Vector g = CONST_ROW(gradient, 0)[v];
            Vector rows[VECTOR_LANES];
            for (std::size_t i = 0; i < VECTOR_LANES; ++i)
                rows[i] = CONST_ROW(weights, (k + i) * Lanes)[v] * g;
            STAGE(rows, 1, LOW_1, HIGH_1)
#if VECTOR_LANES >= 4
            STAGE(rows, 2, LOW_2, HIGH_2)
#endif
#if VECTOR_LANES >= 8
            STAGE(rows, 4, LOW_4, HIGH_4)
#endif
            for (std::size_t i = VECTOR_LANES; i-- > 0;)
                sum = sum + rows[i];
        }
        __builtin_memcpy(inputGradient + k, &sum, sizeof sum);
    }
    for (; k < steps; ++k) {
        double sum = inputGradient[k];
        for (std::size_t lane = Lanes; lane-- > 0;)
            sum += weights[k * Lanes + lane] * gradient[lane];
        inputGradient[k] = sum;
    }
}

template <std::size_t Lanes>
void storeGradientsOf(std::size_t steps, const double* input, const double* gradient, double* weightGradients)
{
    constexpr std::size_t width = Lanes / VECTOR_LANES;
    const Vector zero = SPLAT(0.0);
    Vector g[width];
    for (std::size_t v = 0; v < width; ++v)
        g[v] = CONST_ROW(gradient, 0)[v];
    for (std::size_t k = 0; k < steps; ++k) {
        const Vector x = SPLAT(input[k]);
        // Added to 0 as backward() does, so that a product of -0 gives a gradient of +0.
        for (std::size_t v = 0; v < width; ++v)
            ROW(weightGradients, k * Lanes)[v] = zero + x * g[v];
    }
}

template <std::size_t Lanes>
void addGradientsOf(const std::uint32_t* nonzero, std::size_t count, const double* input,
                    const double* gradient, double* weightGradients)
{
    constexpr std::size_t width = Lanes / VECTOR_LANES;
    Vector g[width];
    for (std::size_t v = 0; v < width; ++v)
        g[v] = CONST_ROW(gradient, 0)[v];
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t k = nonzero[i];
        const Vector x = SPLAT(input[k]);
        Vector* const row = ROW(weightGradients, k * Lanes);
        for (std::size_t v = 0; v < width; ++v)
            row[v] = row[v] + x * g[v];
    }
}

template <std::size_t Lanes>
void descendNonzeroOf(const std::uint32_t* nonzero, std::size_t count, const double* input,
                      const double* gradient, double rate, double* weights, double* before)
{
    constexpr std::size_t width = Lanes / VECTOR_LANES;
    const Vector zero = SPLAT(0.0);
    const Vector step = SPLAT(rate);
    Vector g[width];
    for (std::size_t v = 0; v < width; ++v)
        g[v] = CONST_ROW(gradient, 0)[v];
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t k = nonzero[i];
        const Vector x = SPLAT(input[k]);
        Vector* const row = ROW(weights, k * Lanes);
        for (std::size_t v = 0; v < width; ++v) {
            const Vector old = row[v];
            ROW(before, i * Lanes)[v] = old;
            row[v] = old - step * (zero + x * g[v]);
        }
    }
}

#define BY_LANES(function, ...)                                                                              \
    switch (lanes) {                                                                                         \
    case 8:                                                                                                  \
        function<8>(__VA_ARGS__);                                                                            \
        return;                                                                                              \
    case 16:                                                                                                 \
        function<16>(__VA_ARGS__);                                                                           \
        return;                                                                                              \
    case 24:                                                                                                 \
        function<24>(__VA_ARGS__);                                                                           \
        return;                                                                                              \
    case 32:                                                                                                 \
        function<32>(__VA_ARGS__);                                                                           \
        return;                                                                                              \
    }

void forwardKeeping(std::size_t lanes, std::size_t steps, const double* weights, const double* input,
                    const double* start, double* products, double* sums)
{
    BY_LANES(forwardKeepingOf, steps, weights, input, start, products, sums)
}

void forwardNonzero(std::size_t lanes, const std::uint32_t* nonzero, std::size_t count, const double* weights,
                    const double* input, const double* start, double* end)
{
    BY_LANES(forwardNonzeroOf, nonzero, count, weights, input, start, end)
}

void inputGradients(std::size_t lanes, std::size_t steps, const double* weights, const double* gradient,
                    double* inputGradient)
{
    BY_LANES(inputGradientsOf, steps, weights, gradient, inputGradient)
}

void storeGradients(std::size_t lanes, std::size_t steps, const double* input, const double* gradient,
                    double* weightGradients)
{
    BY_LANES(storeGradientsOf, steps, input, gradient, weightGradients)
}

void addGradients(std::size_t lanes, const std::uint32_t* nonzero, std::size_t count, const double* input,
                  const double* gradient, double* weightGradients)
{
    BY_LANES(addGradientsOf, nonzero, count, input, gradient, weightGradients)
}

void descendNonzero(std::size_t lanes, const std::uint32_t* nonzero, std::size_t count, const double* input,
                    const double* gradient, double rate, double* weights, double* before)
{
    BY_LANES(descendNonzeroOf, nonzero, count, input, gradient, rate, weights, before)
}

void descend(std::size_t count, const double* gradients, double rate, double scale, double* weights,
             double* before)
{
    const Vector step = SPLAT(rate);
    const Vector factor = SPLAT(scale);
    for (std::size_t i = 0; i < count; i += VECTOR_LANES) {
        const Vector old = *CONST_ROW(weights, i);
        *ROW(before, i) = old;
        *ROW(weights, i) = old - step * (*CONST_ROW(gradients, i) * factor);
    }
}

} // namespace

} // namespace chainrule::scalar
