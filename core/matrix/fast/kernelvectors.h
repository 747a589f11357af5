// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors of one instruction set, for kernelset.h only.
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
// Two roundings: a fused one in software would be far too slow.
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

/// The larger magnitude as bits, which order NaN above infinity, so that neither gets lost.
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

/// In a fixed order, by halves.
template <typename T>
CHAINRULE_INLINE T sumOf(Vector<T> x)
{
    T values[lanes<T>];
    __builtin_memcpy(values, &x, sizeof x);
    for (std::size_t half = lanes<T> / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i)
            values[i] += values[i + half];
    return values[0];
}

template <typename T>
CHAINRULE_INLINE T maximumOf(Vector<T> x)
{
    T values[lanes<T>];
    __builtin_memcpy(values, &x, sizeof x);
    for (std::size_t half = lanes<T> / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i)
            values[i] = values[i] > values[i + half] ? values[i] : values[i + half];
    return values[0];
}

template <typename T, std::size_t count>
CHAINRULE_INLINE Vector<T> polynomial(Vector<T> x, const T (&coefficients)[count])
{
    Vector<T> sum = splat(coefficients[0]);
    for (std::size_t i = 1; i < count; ++i)
        sum = multiplyAdd(sum, x, splat(coefficients[i]));
    return sum;
}

// 1/k! for the Taylor series of exp on |x| <= ln 2 / 2; the remainder is below half a unit in the last place.
constexpr float expFloat[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
constexpr double expDouble[] = {
    1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
    1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1.0,         1.0};

/// exp within 2 units in the last place; 0 where the result would be subnormal, infinite above 88 (float) or
/// 709 (double), NaN for NaN.
template <typename T>
CHAINRULE_INLINE Vector<T> exponential(Vector<T> x)
{
    constexpr bool isFloat = sizeof(T) == 4;
    constexpr T lowest = isFloat ? T(-87.33654f) : T(-708.3964185322641);
    constexpr T highest = isFloat ? T(88.0f) : T(709.0);
    // Adding 1.5 * 2^mantissaBits rounds to a whole number and leaves it in the lowest bits.
    constexpr T magic = isFloat ? T(12582912.0f) : T(6755399441055744.0);
    constexpr T log2e = T(1.4426950408889634);
    constexpr T ln2High = isFloat ? T(0.693359375f) : T(0.693145751953125);
    constexpr T ln2Low = isFloat ? T(-2.12194440e-4f) : T(1.42860682030941723212e-6);
    const Bits<T> under = x < splat(lowest);
    const Bits<T> over = x > splat(highest);
    const Vector<T> bounded = under ? splat(lowest) : (over ? splat(highest) : x);
    const Vector<T> shifted = multiplyAdd(bounded, splat(log2e), splat(magic));
    const Vector<T> whole = shifted - splat(magic);
    Vector<T> rest = multiplyAdd(whole, splat(-ln2High), bounded);
    rest = multiplyAdd(whole, splat(-ln2Low), rest);
    Vector<T> result;
    if constexpr (isFloat)
        result = polynomial<T>(rest, expFloat);
    else
        result = polynomial<T>(rest, expDouble);
    const Bits<T> power = reinterpret_cast<Bits<T>>(shifted) - reinterpret_cast<Bits<T>>(splat(magic));
    const Bits<T> scale = (power + Lanes<T>::exponentOne) << Lanes<T>::mantissaBits;
    result *= reinterpret_cast<Vector<T>>(scale);
    constexpr T infinity = isFloat ? T(__builtin_inff()) : T(__builtin_inf());
    return under ? splat(T(0)) : (over ? splat(infinity) : result);
}

template <typename T>
CHAINRULE_INLINE Vector<T> sigmoidOf(Vector<T> x)
{
    return splat(T(1)) / (splat(T(1)) + exponential<T>(-x));
}

// Rational approximations near 0, where the formula by exp cancels: Cephes (Moshier), tanhf.c and tanh.c.
constexpr float tanhFloat[] = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
                               -3.33332819422e-1f};
constexpr double tanhAbove[] = {-9.64399179425052238628e-1, -9.92877231001918586564e1,
                                -1.61468768441708447952e3};
constexpr double tanhBelow[] = {1.0, 1.12811678491632931402e2, 2.23548839060100448583e3,
                                4.84406305325125486048e3};

/// tanh within 3 units in the last place.
template <typename T>
CHAINRULE_INLINE Vector<T> tanhOf(Vector<T> x)
{
    const Vector<T> size = magnitudeOf<T>(x);
    const Vector<T> square = x * x;
    Vector<T> near;
    if constexpr (sizeof(T) == 4)
        near = polynomial<T>(square, tanhFloat);
    else
        near = polynomial<T>(square, tanhAbove) / polynomial<T>(square, tanhBelow);
    near = multiplyAdd(near * square, x, x);
    const Vector<T> far = splat(T(1)) - splat(T(2)) / (exponential<T>(size + size) + splat(T(1)));
    const Vector<T> signedFar = x < splat(T(0)) ? -far : far;
    return size < splat(T(0.625)) ? near : signedFar;
}

template <typename T>
CHAINRULE_INLINE Vector<T> apply(UnitFunction function, Vector<T> x)
{
    switch (function) {
    case UnitFunction::Linear:
        return x;
    case UnitFunction::Relu:
        // NaN comes through: a broken number must not look like an inactive unit.
        return x <= splat(T(0)) ? splat(T(0)) : x;
    case UnitFunction::Sigmoid:
        return sigmoidOf<T>(x);
    case UnitFunction::Tanh:
        return tanhOf<T>(x);
    }
    return x;
}

/// The gradient times the derivative, which is told from the function's value.
template <typename T>
CHAINRULE_INLINE Vector<T> applyDerivative(UnitFunction function, Vector<T> value, Vector<T> gradient)
{
    switch (function) {
    case UnitFunction::Linear:
        return gradient;
    case UnitFunction::Relu:
        return value > splat(T(0)) ? gradient : splat(T(0));
    case UnitFunction::Sigmoid:
        return value * (splat(T(1)) - value) * gradient;
    case UnitFunction::Tanh:
        return (splat(T(1)) - value * value) * gradient;
    }
    return gradient;
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

/// sum[n][v] += p[v] * b[n], over `count` steps of the outer product. With `adjacent` the numbers b of one
/// step lie side by side and `stride` is from step to step; else the other way round.
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
