// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/schedule.h"

#include <span>

// What a schedule takes node by node: runs of one operation, whose numbers may lie anywhere.
namespace chainrule::scalar {

/// Computes each instruction's value, in their order; one may use what another before it made.
void forwardOperations(Op op, std::span<const Instruction> instructions, double* values);

/// Adds what each instruction's gradient comes to at its parents, in their order.
void backwardOperations(Op op, std::span<const Instruction> instructions, const double* values,
                        double* gradients);

} // namespace chainrule::scalar
