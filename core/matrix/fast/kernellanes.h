// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors of one instruction set and the loops over products, for kernelset.h only. Shapes (B, I, U): see
// kernels.h.
#pragma once

#include "core/matrix/fast/kernels.h"

#if CHAINRULE_VECTOR_BYTES > 16 || defined(__SSE2__)
#include <immintrin.h>
#endif

#define CHAINRULE_INLINE inline __attribute__((always_inline))

namespace chainrule::matrix::CHAINRULE_KERNELS {
namespace {

using FloatVector __attribute__((vector_size(CHAINRULE_VECTOR_BYTES))) = float;
using DoubleVector __attribute__((vector_size(CHAINRULE_VECTOR_BYTES))) = double;
using FloatBits __attribute__((vector_size(CHAINRULE_VECTOR_BYTES))) = std::int32_t;
using DoubleBits __attribute__((vector_size(CHAINRULE_VECTOR_BYTES))) = std::int64_t;

template <typename T>
struct Lanes;
template <>
struct Lanes<float> {
    using Vector = FloatVector;
    using Bits = FloatBits;
    using Bit = std::int32_t;
    static constexpr Bit magnitude = 0x7fffffff;
    static constexpr Bit exponentOne = 127;
    static constexpr int mantissaBits = 23;
};
template <>
struct Lanes<double> {
    using Vector = DoubleVector;
    using Bits = DoubleBits;
    using Bit = std::int64_t;
    static constexpr Bit magnitude = 0x7fffffffffffffff;
    static constexpr Bit exponentOne = 1023;
    static constexpr int mantissaBits = 52;
};

template <typename T>
using Vector = typename Lanes<T>::Vector;
template <typename T>
using Bits = typename Lanes<T>::Bits;

template <typename T>
constexpr std::size_t lanes = CHAINRULE_VECTOR_BYTES / sizeof(T);

template <typename T>
CHAINRULE_INLINE Vector<T> load(const T* from)
{
    return *reinterpret_cast<const Vector<T>*>(from);
}

template <typename T>
CHAINRULE_INLINE void store(T* to, Vector<T> value)
{
    *reinterpret_cast<Vector<T>*>(to) = value;
}

#if CHAINRULE_VECTOR_BYTES == 64
CHAINRULE_INLINE FloatVector splat(float x)
{
    return _mm512_set1_ps(x);
}
CHAINRULE_INLINE DoubleVector splat(double x)
{
    return _mm512_set1_pd(x);
}
CHAINRULE_INLINE FloatVector multiplyAdd(FloatVector a, FloatVector b, FloatVector c)
{
    return _mm512_fmadd_ps(a, b, c);
}
CHAINRULE_INLINE DoubleVector multiplyAdd(DoubleVector a, DoubleVector b, DoubleVector c)
{
    return _mm512_fmadd_pd(a, b, c);
}
CHAINRULE_INLINE FloatVector squareRoot(FloatVector x)
{
    return _mm512_sqrt_ps(x);
}
CHAINRULE_INLINE DoubleVector squareRoot(DoubleVector x)
{
    return _mm512_sqrt_pd(x);
}
#elif CHAINRULE_VECTOR_BYTES == 32
CHAINRULE_INLINE FloatVector splat(float x)
{
    return _mm256_set1_ps(x);
}
CHAINRULE_INLINE DoubleVector splat(double x)
{
    return _mm256_set1_pd(x);
}
CHAINRULE_INLINE FloatVector multiplyAdd(FloatVector a, FloatVector b, FloatVector c)
{
    return _mm256_fmadd_ps(a, b, c);
}
CHAINRULE_INLINE DoubleVector multiplyAdd(DoubleVector a, DoubleVector b, DoubleVector c)
{
    return _mm256_fmadd_pd(a, b, c);
}
CHAINRULE_INLINE FloatVector squareRoot(FloatVector x)
{
    return _mm256_sqrt_ps(x);
}
CHAINRULE_INLINE DoubleVector squareRoot(DoubleVector x)
{
    return _mm256_sqrt_pd(x);
}
#else
CHAINRULE_INLINE FloatVector splat(float x)
{
    return FloatVector{x, x, x, x};
}
CHAINRULE_INLINE DoubleVector splat(double x)
{
    return DoubleVector{x, x};
}
// Rounds twice: a fused multiply-add in software would be far too slow.
CHAINRULE_INLINE FloatVector multiplyAdd(FloatVector a, FloatVector b, FloatVector c)
{
    return a * b + c;
}
CHAINRULE_INLINE DoubleVector multiplyAdd(DoubleVector a, DoubleVector b, DoubleVector c)
{
    return a * b + c;
}
CHAINRULE_INLINE FloatVector squareRoot(FloatVector x)
{
    return FloatVector{__builtin_sqrtf(x[0]), __builtin_sqrtf(x[1]), __builtin_sqrtf(x[2]),
                       __builtin_sqrtf(x[3])};
}
CHAINRULE_INLINE DoubleVector squareRoot(DoubleVector x)
{
    return DoubleVector{__builtin_sqrt(x[0]), __builtin_sqrt(x[1])};
}
#endif

template <typename T>
CHAINRULE_INLINE Vector<T> magnitudeOf(Vector<T> x)
{
    return reinterpret_cast<Vector<T>>(reinterpret_cast<Bits<T>>(x) & Lanes<T>::magnitude);
}

/// The larger magnitude, compared as bits, which put NaN above infinity: neither of the two gets lost.
template <typename T>
CHAINRULE_INLINE Bits<T> largerMagnitude(Bits<T> largest, Vector<T> x)
{
    const Bits<T> bits = reinterpret_cast<Bits<T>>(x) & Lanes<T>::magnitude;
    return bits > largest ? bits : largest;
}

template <typename T>
CHAINRULE_INLINE T largestOf(Bits<T> bits)
{
    typename Lanes<T>::Bit largest = 0;
    for (std::size_t i = 0; i < lanes<T>; ++i)
        largest = bits[i] > largest ? bits[i] : largest;
    T result;
    __builtin_memcpy(&result, &largest, sizeof result);
    return result;
}

/// One number of all lanes, always combined in the same order: the upper half with the lower one, until one
/// lane is left.
template <typename T, typename Combine>
CHAINRULE_INLINE T byHalves(Vector<T> x, const Combine& combine)
{
    T values[lanes<T>];
    __builtin_memcpy(values, &x, sizeof x);
    for (std::size_t half = lanes<T> / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i)
            values[i] = combine(values[i], values[i + half]);
    return values[0];
}

template <typename T>
CHAINRULE_INLINE T sumOf(Vector<T> x)
{
    return byHalves<T>(x, [](T a, T b) { return a + b; });
}

template <typename T>
CHAINRULE_INLINE T maximumOf(Vector<T> x)
{
    return byHalves<T>(x, [](T a, T b) { return a > b ? a : b; });
}

/// The pointer, with its origin hidden from the compiler: g++ would keep a register for each vector's offset
/// from an invariant base, and spill them, instead of one register for the pointer.
template <typename T>
CHAINRULE_INLINE const T* opaque(const T* pointer)
{
    asm("" : "+r"(pointer));
    return pointer;
}

/// sum[v] += x * from[v]
template <typename T, int vectors>
CHAINRULE_INLINE void addColumn(Vector<T> (&sum)[vectors], const T* from, Vector<T> x)
{
    from = opaque(from);
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v)
        sum[v] = multiplyAdd(load<T>(from + static_cast<std::size_t>(v) * lanes<T>), x, sum[v]);
}

/// sum[n][v] += p[v] * b[n], over `count` steps of the outer product. With `adjacent`,
/// the numbers b[n] of one step lie side by side and `stride` leads to the next step; without, the numbers of
/// all steps lie side by side and `stride` leads to the next n.
template <typename T, int vectors, int columns, bool adjacent>
CHAINRULE_INLINE void accumulate(Vector<T> (&sum)[columns][vectors], const T* p, std::size_t pStride,
                                 const T* b, std::size_t stride, std::size_t count)
{
    for (std::size_t k = 0; k < count; ++k) {
        Vector<T> row[vectors];
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            row[v] = load<T>(p + k * pStride + static_cast<std::size_t>(v) * lanes<T>);
#pragma GCC unroll 8
        for (int n = 0; n < columns; ++n) {
            const auto at = static_cast<std::size_t>(n);
            const Vector<T> x = splat(adjacent ? b[k * stride + at] : b[at * stride + k]);
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v)
                sum[n][v] = multiplyAdd(row[v], x, sum[n][v]);
        }
    }
}

} // namespace
} // namespace chainrule::matrix::CHAINRULE_KERNELS
