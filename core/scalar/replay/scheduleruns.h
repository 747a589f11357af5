// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/replay/schedule.h"

#include <cstdint>
#include <span>

// What the replays of one sample (schedule.cpp) and of several at once (lanes.cpp) have in common.
namespace chainrule::scalar {

inline double* memoryOf(Schedule& schedule)
{
    return schedule.memory.front().numbers;
}

inline const double* memoryOf(const Schedule& schedule)
{
    return schedule.memory.front().numbers;
}

/// Writes the indices of the steps whose input is nonzero and returns their count; `nonzero` must have
/// nonzeroMargin extra elements. A step whose input is 0 adds +0 or -0 to the chains' sums, which changes no
/// sum but -0. Where a start is -0 or a parameter may not be finite, all steps are written.
[[nodiscard]] std::uint32_t findNonzeroSteps(const Schedule& schedule, const Bundle& bundle,
                                             const double* input, const double* start,
                                             std::span<std::uint32_t> nonzero);

/// Computes each instruction's value, in order; an instruction may use the values of those before it.
void forwardOperations(Op op, std::span<const Instruction> instructions, double* values);

/// forwardOperations() for sampleLanes samples at once, whose numbers for a place are a line of `lines`.
void forwardOperationsInLines(Op op, std::span<const Instruction> instructions, double* lines);

/// forwardOperations() for one of those samples, whose numbers are in this lane of each line.
void forwardOperationsInLane(Op op, std::span<const Instruction> instructions, double* lines,
                             std::size_t lane);

/// Adds to the gradients of each instruction's parents, in the order of the instructions.
void backwardOperations(Op op, std::span<const Instruction> instructions, const double* values,
                        double* gradients);

} // namespace chainrule::scalar
