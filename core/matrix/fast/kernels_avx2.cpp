// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled with AVX2 and FMA; see kernelset.h for what must not be used here.
#define CHAINRULE_KERNELS avx2
#define CHAINRULE_KERNELS_NAME "avx2"
#define CHAINRULE_VECTOR_BYTES 32
#define CHAINRULE_TILE_VECTORS 2
#define CHAINRULE_TILE_COLUMNS 6
#include "core/matrix/fast/kernelset.h"

namespace chainrule::matrix {
extern const KernelSet avx2Kernels;
constinit const KernelSet avx2Kernels = avx2::makeSet();
} // namespace chainrule::matrix
