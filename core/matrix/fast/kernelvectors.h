// SPDX-License-Identifier: GPL-3.0-or-later
// Elementary functions and activations of vectors, for kernelset.h only.
#pragma once

#include "core/matrix/fast/kernellanes.h"

namespace chainrule::matrix::CHAINRULE_KERNELS {
namespace {

template <typename T, typename Coefficient, std::size_t count>
CHAINRULE_INLINE Vector<T> polynomial(Vector<T> x, const Coefficient (&coefficients)[count])
{
    Vector<T> sum = splat(static_cast<T>(coefficients[0]));
    for (std::size_t i = 1; i < count; ++i)
        sum = multiplyAdd(sum, x, splat(static_cast<T>(coefficients[i])));
    return sum;
}

// 1/k! for the Taylor series of exp on |x| <= ln 2 / 2; the remainder is below half a unit in the last place.
constexpr float expFloat[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
constexpr double expDouble[] = {
    1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
    1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1.0,         1.0};

// 1/(k+1)!: of (exp(x) - 1) / x.
constexpr float expMinusOneFloat[] = {1.0f / 40320, 1.0f / 5040, 1.0f / 720, 1.0f / 120,
                                      1.0f / 24,    1.0f / 6,    0.5f,       1.0f};
constexpr double expMinusOneDouble[] = {1.0 / 87178291200,
                                        1.0 / 6227020800,
                                        1.0 / 479001600,
                                        1.0 / 39916800,
                                        1.0 / 3628800,
                                        1.0 / 362880,
                                        1.0 / 40320,
                                        1.0 / 5040,
                                        1.0 / 720,
                                        1.0 / 120,
                                        1.0 / 24,
                                        1.0 / 6,
                                        0.5,
                                        1.0};

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

/// exp(x) - 1 for x <= 0, within 3 units in the last place: near 0 by the series, where the difference would
/// cancel.
template <typename T>
CHAINRULE_INLINE Vector<T> exponentialMinusOne(Vector<T> x)
{
    Vector<T> near; // (exp(x) - 1) / x: the series one power further down
    if constexpr (sizeof(T) == 4)
        near = polynomial<T>(x, expMinusOneFloat);
    else
        near = polynomial<T>(x, expMinusOneDouble);
    return x > splat(T(-0.34)) ? x * near : exponential<T>(x) - splat(T(1));
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

// erf near 0, and further out what exp(-x^2) is multiplied with to give 1 - erf: Cephes (Moshier), ndtr.c.
// The coefficients are all positive, so that nothing cancels, in single precision either.
constexpr double erfNearAbove[] = {9.60497373987051638749, 9.00260197203842689217e1, 2.23200534594684319226e3,
                                   7.00332514112805075473e3, 5.55923013010394962768e4};
constexpr double erfNearBelow[] = {1.0,
                                   3.35617141647503099647e1,
                                   5.21357949780152679795e2,
                                   4.59432382970980127987e3,
                                   2.26290000613890934246e4,
                                   4.92673942608635921086e4};
constexpr double erfFarAbove[] = {
    2.46196981473530512524e-10, 5.64189564831068821977e-1, 7.46321056442269912687,
    4.86371970985681366614e1,   1.96520832956077098242e2,  5.26445194995477358631e2,
    9.34528527171957607540e2,   1.02755188689515710272e3,  5.57535335369399327526e2};
constexpr double erfFarBelow[] = {1.0,
                                  1.32281951154744992508e1,
                                  8.67072140885989742329e1,
                                  3.54937778887819891062e2,
                                  9.75708501743205489753e2,
                                  1.82390916687909736289e3,
                                  2.24633760818710981792e3,
                                  1.65666309194161350182e3,
                                  5.57535340817727675546e2};

/// erf within 3 units in the last place.
template <typename T>
CHAINRULE_INLINE Vector<T> erfOf(Vector<T> x)
{
    const Vector<T> square = x * x;
    const Vector<T> near = x * polynomial<T>(square, erfNearAbove) / polynomial<T>(square, erfNearBelow);
    // From 6 on, erf is 1 in double precision too.
    const Vector<T> size = magnitudeOf<T>(x) > splat(T(6)) ? splat(T(6)) : magnitudeOf<T>(x);
    const Vector<T> rest =
        exponential<T>(-(size * size)) * polynomial<T>(size, erfFarAbove) / polynomial<T>(size, erfFarBelow);
    const Vector<T> far = splat(T(1)) - rest;
    const Vector<T> signedFar = x < splat(T(0)) ? -far : far;
    return magnitudeOf<T>(x) > splat(T(1)) ? signedFar : near; // NaN is near
}

// 1/(2k+1), of artanh(s) / s in powers of s^2 <= 1/9.
constexpr float artanhFloat[] = {1.0f / 15, 1.0f / 13, 1.0f / 11, 1.0f / 9,
                                 1.0f / 7,  1.0f / 5,  1.0f / 3,  1.0f};
constexpr double artanhDouble[] = {1.0 / 33, 1.0 / 31, 1.0 / 29, 1.0 / 27, 1.0 / 25, 1.0 / 23,
                                   1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                   1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};

/// log(1 + exp(x)) within 4 units in the last place: max(x, 0) + log(1 + e), where e = exp(-|x|) and
/// log(1 + e) = 2 artanh(e / (2 + e)).
template <typename T>
CHAINRULE_INLINE Vector<T> softplusOf(Vector<T> x)
{
    const Vector<T> e = exponential<T>(-magnitudeOf<T>(x));
    const Vector<T> s = e / (e + splat(T(2)));
    Vector<T> series;
    if constexpr (sizeof(T) == 4)
        series = polynomial<T>(s * s, artanhFloat);
    else
        series = polynomial<T>(s * s, artanhDouble);
    const Vector<T> positive = x > splat(T(0)) ? x : splat(T(0));
    return positive + splat(T(2)) * s * series;
}

/// The activation of a unit's sum. NaN is passed on: a number that broke must not look like an inactive unit.
template <typename T>
CHAINRULE_INLINE Vector<T> activated(Activation activation, Vector<T> z)
{
    switch (activation) {
    case Activation::Relu:
        return z <= splat(T(0)) ? splat(T(0)) : z;
    case Activation::LeakyRelu:
        return z > splat(T(0)) ? z : z * splat(T(leakySlope));
    case Activation::Elu:
        return z > splat(T(0)) ? z : exponentialMinusOne<T>(z);
    case Activation::Gelu:
        return z * (splat(T(0.5)) * (splat(T(1)) + erfOf<T>(z * splat(T(0.70710678118654752440)))));
    case Activation::Silu:
        return z * sigmoidOf<T>(z);
    case Activation::Softplus:
        return softplusOf<T>(z);
    case Activation::Sigmoid:
        return sigmoidOf<T>(z);
    case Activation::Tanh:
        return tanhOf<T>(z);
    case Activation::Linear:
    case Activation::Softmax: // of the whole layer, by a function of its own
        return z;
    }
    return z;
}

/// The gradient times the derivative, which is computed from the unit's output, or from its sum where
/// derivativeNeedsSum().
template <typename T>
CHAINRULE_INLINE Vector<T> derived(Activation activation, Vector<T> told, Vector<T> gradient)
{
    const Vector<T> one = splat(T(1));
    switch (activation) {
    case Activation::Relu:
        return told > splat(T(0)) ? gradient : splat(T(0));
    case Activation::LeakyRelu:
        return told > splat(T(0)) ? gradient : gradient * splat(T(leakySlope));
    case Activation::Elu:
        return told > splat(T(0)) ? gradient : (told + one) * gradient;
    case Activation::Gelu: {
        const Vector<T> half = splat(T(0.5)) * (one + erfOf<T>(told * splat(T(0.70710678118654752440))));
        const Vector<T> density =
            exponential<T>(told * told * splat(T(-0.5))) * splat(T(0.39894228040143267794));
        return (half + told * density) * gradient;
    }
    case Activation::Silu: {
        const Vector<T> s = sigmoidOf<T>(told);
        return s * (one + told * (one - s)) * gradient;
    }
    case Activation::Softplus:
        return -exponentialMinusOne<T>(-told) * gradient;
    case Activation::Sigmoid:
        return told * (one - told) * gradient;
    case Activation::Tanh:
        return (one - told * told) * gradient;
    case Activation::Linear:
    case Activation::Softmax:
        return gradient;
    }
    return gradient;
}

} // namespace
} // namespace chainrule::matrix::CHAINRULE_KERNELS
