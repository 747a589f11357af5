// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

// The loops over bundles of chains, sum = sum + weight * input, in which neighbouring chains advance together
// in the lanes of one vector. One source, chainkernelloops.h, is compiled for each instruction set; all give
// the same bits, since lanes are independent chains and nothing is fused or reassociated.
//
// A bundle has `steps` steps and `lanes` chains, a multiple of laneMultiple up to maximumLanes; its columns
// are aligned to 64 bytes and hold a row of `lanes` numbers for each step.
namespace chainrule::scalar {

inline constexpr std::size_t laneMultiple = 8;
inline constexpr std::size_t maximumLanes = 32;
/// Samples that an evaluation takes at once: their numbers for one node lie in a line, one after the other.
inline constexpr std::size_t sampleLanes = 8;
/// How far beyond the last number a list may be written to.
inline constexpr std::size_t listMargin = 16;

struct ChainKernels {
    const char* name;

    /// products[k] = weights[k] * input[k], sums[k] = sums[k - 1] + products[k], from sums[-1] = start.
    void (*forwardKeeping)(std::size_t lanes, std::size_t steps, const double* weights, const double* input,
                           const double* start, double* products, double* sums);

    /// Lists, in order, the steps whose input is not 0, and returns how many; `list` has listMargin to spare.
    std::size_t (*listNonzero)(std::size_t steps, const double* input, std::uint32_t* list);

    /// The last row of sums alone, over the listed steps.
    void (*forwardListed)(std::size_t lanes, const std::uint32_t* list, std::size_t count,
                          const double* weights, const double* input, const double* start, double* end);

    /// As many lines of sums as there are chains, each from the start that is in it, over every step; line
    /// inputs[k] of `lines` holds the step's input for each of sampleLanes samples.
    void (*forwardLines)(std::size_t lanes, std::size_t chains, std::size_t steps, const double* weights,
                         const std::uint32_t* inputs, const double* lines, double* sums);

    /// inputGradient[k] += weights[k][lane] * gradient[lane], from the last lane to the first.
    void (*inputGradients)(std::size_t lanes, std::size_t steps, const double* weights,
                           const double* gradient, double* inputGradient);

    /// weightGradients[k] = 0 + input[k] * gradient
    void (*storeGradients)(std::size_t lanes, std::size_t steps, const double* input, const double* gradient,
                           double* weightGradients);

    /// weightGradients[k] += input[k] * gradient, over the listed steps.
    void (*addGradients)(std::size_t lanes, const std::uint32_t* list, std::size_t count, const double* input,
                         const double* gradient, double* weightGradients);

    /// weights[k] -= rate * (0 + input[k] * gradient), over the listed steps; before[i] receives the weights
    /// of the i-th listed step as they were.
    void (*descendListed)(std::size_t lanes, const std::uint32_t* list, std::size_t count,
                          const double* input, const double* gradient, double rate, double* weights,
                          double* before);

    /// weights[i] -= rate * (gradients[i] * scale); before[i] receives weights[i] as it was.
    void (*descend)(std::size_t count, const double* gradients, double rate, double scale, double* weights,
                    double* before);
};

/// For any processor.
const ChainKernels& baselineChainKernels();
#if defined(__x86_64__)
const ChainKernels& avx2ChainKernels();
const ChainKernels& avx512ChainKernels();
#endif

} // namespace chainrule::scalar
