// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/chainkernels.h"

#if defined(__x86_64__)

#define VECTOR_LANES 8
#include "core/scalar/replay/chainkernelloops.h"

namespace chainrule::scalar {

const ChainKernels& avx512ChainKernels()
{
    static constexpr ChainKernels kernels{"avx512",       forwardKeeping, findNonzero,    forwardNonzero,
                                          forwardLines,   inputGradients, storeGradients, addGradients,
                                          descendNonzero, descend};
    return kernels;
}

} // namespace chainrule::scalar

#endif
