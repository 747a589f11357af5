// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/replay/schedule.h"

#include <cstdint>
#include <span>

// What replays share, of one sample (schedule.cpp) and of several at once (lanes.cpp).
namespace chainrule::scalar {

inline double* memoryOf(Schedule& schedule)
{
    return schedule.memory.front().numbers;
}

inline const double* memoryOf(const Schedule& schedule)
{
    return schedule.memory.front().numbers;
}

/// Lists the steps that may change the chains' sums and returns how many; `list` has listMargin to spare.
/// Left out are those whose input is 0: a finite weight times 0 is +0 or -0, and adding that changes no
/// number but -0, which a sum can only be as long as all before it were.
[[nodiscard]] std::uint32_t listSteps(const Schedule& schedule, const Bundle& bundle, const double* input,
                                      const double* start, std::span<std::uint32_t> list);

/// Computes each instruction's value, in their order; one may use what another before it made.
void forwardOperations(Op op, std::span<const Instruction> instructions, double* values);

/// The same for sampleLanes samples at once, whose numbers for a place are a line of `lines`.
void forwardOperationsInLines(Op op, std::span<const Instruction> instructions, double* lines);

/// The same for one of them, whose numbers are in this lane of each line.
void forwardOperationsInLane(Op op, std::span<const Instruction> instructions, double* lines,
                             std::size_t lane);

/// Adds what each instruction's gradient comes to at its parents, in their order.
void backwardOperations(Op op, std::span<const Instruction> instructions, const double* values,
                        double* gradients);

} // namespace chainrule::scalar
