// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/chainkernels.h"

#define VECTOR_LANES 2
#include "core/scalar/replay/chainkernelloops.h"

namespace chainrule::scalar {

const ChainKernels& baselineChainKernels()
{
    static constexpr ChainKernels kernels{"baseline",     forwardKeeping, findNonzero,    forwardNonzero,
                                          forwardLines,   inputGradients, storeGradients, addGradients,
                                          descendNonzero, descend};
    return kernels;
}

} // namespace chainrule::scalar
