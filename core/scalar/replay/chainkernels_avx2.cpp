// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/chainkernels.h"

#if defined(__x86_64__)

#define VECTOR_LANES 4
#include "core/scalar/replay/chainkernelloops.h"

namespace chainrule::scalar {

const ChainKernels& avx2ChainKernels()
{
    static constexpr ChainKernels kernels{"avx2",         forwardKeeping, findNonzero,    forwardNonzero,
                                          forwardLines,   inputGradients, storeGradients, addGradients,
                                          descendNonzero, descend};
    return kernels;
}

} // namespace chainrule::scalar

#endif
