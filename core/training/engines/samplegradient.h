// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <span>
#include <vector>

namespace chainrule {

/// d loss / d parameter of one sample by the matrix engine's graph in double precision, in the order of
/// Network::parameters: what the scalar engine's graph of the same sample is compared with. `target` is the
/// sample's class, 0 or 1 where there is a single output; `x` has stack.input.size() numbers.
[[nodiscard]] std::vector<double> matrixGradients(const Network& parameters, std::span<const double> x,
                                                  int target);

} // namespace chainrule
