// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

// The loops over bundles of chains, sum = sum + weight * input, in which neighbouring chains advance together
// in the lanes of one vector. One source, chainkernelloops.h, is compiled for each instruction set. All of
// them give the same bits, since lanes are independent chains and no operations are fused or reassociated.
//
// A bundle has `steps` steps and `lanes` chains, where `lanes` is a multiple of laneMultiple and at most
// maximumLanes. Its columns are aligned to 64 bytes and hold a row of `lanes` numbers for each step.
namespace chainrule::scalar {

inline constexpr std::size_t laneMultiple = 8;
inline constexpr std::size_t maximumLanes = 32;
/// Samples that an evaluation computes at once. Their numbers for one node are in a line, one after the
/// other.
inline constexpr std::size_t sampleLanes = 8;
/// How many extra elements the memory for the indices of nonzero inputs must have.
inline constexpr std::size_t nonzeroMargin = 16;

struct ChainKernels {
    const char* name;

    /// products[k] = weights[k] * input[k], sums[k] = sums[k - 1] + products[k], from sums[-1] = start.
    void (*forwardKeeping)(std::size_t lanes, std::size_t steps, const double* weights, const double* input,
                           const double* start, double* products, double* sums);

    /// Writes the indices of the steps whose input is nonzero, in ascending order, and returns their count.
    /// `nonzero` must have nonzeroMargin extra elements.
    std::size_t (*findNonzero)(std::size_t steps, const double* input, std::uint32_t* nonzero);

    /// end = the last row of sums, from the steps in `nonzero` only.
    void (*forwardNonzero)(std::size_t lanes, const std::uint32_t* nonzero, std::size_t count,
                           const double* weights, const double* input, const double* start, double* end);

    /// The last sum of each chain for sampleLanes samples at once, over every step. Each line of `sums` holds
    /// the start of one chain before, and its last sum after. Line inputs[k] of `lines` holds the input of
    /// step k for each sample.
    void (*forwardLines)(std::size_t lanes, std::size_t chains, std::size_t steps, const double* weights,
                         const std::uint32_t* inputs, const double* lines, double* sums);

    /// inputGradient[k] += weights[k][lane] * gradient[lane], from the last lane to the first.
    void (*inputGradients)(std::size_t lanes, std::size_t steps, const double* weights,
                           const double* gradient, double* inputGradient);

    /// weightGradients[k] = 0 + input[k] * gradient
    void (*storeGradients)(std::size_t lanes, std::size_t steps, const double* input, const double* gradient,
                           double* weightGradients);

    /// weightGradients[k] += input[k] * gradient, for the steps in `nonzero`.
    void (*addGradients)(std::size_t lanes, const std::uint32_t* nonzero, std::size_t count,
                         const double* input, const double* gradient, double* weightGradients);

    /// weights[k] -= rate * (0 + input[k] * gradient), for the steps in `nonzero`. before[i] receives the
    /// previous weights of step nonzero[i].
    void (*descendNonzero)(std::size_t lanes, const std::uint32_t* nonzero, std::size_t count,
                           const double* input, const double* gradient, double rate, double* weights,
                           double* before);

    /// weights[i] -= rate * (gradients[i] * scale). before[i] receives the previous weights[i]. `count` is a
    /// multiple of laneMultiple.
    void (*descend)(std::size_t count, const double* gradients, double rate, double scale, double* weights,
                    double* before);
};

/// The kernels that every processor can run.
const ChainKernels& baselineChainKernels();
#if defined(__x86_64__)
const ChainKernels& avx2ChainKernels();
const ChainKernels& avx512ChainKernels();
#endif

} // namespace chainrule::scalar
