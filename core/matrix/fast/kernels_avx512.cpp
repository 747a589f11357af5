// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for x86-64-v4 (AVX-512); see kernelset.h for what must not be used here.
#define CHAINRULE_KERNELS avx512
#define CHAINRULE_KERNELS_NAME "avx512"
#define CHAINRULE_VECTOR_BYTES 64
#define CHAINRULE_TILE_VECTORS 4
#define CHAINRULE_TILE_COLUMNS 6
#include "core/matrix/fast/kernelset.h"

namespace chainrule::matrix {
extern const KernelSet avx512Kernels;
constinit const KernelSet avx512Kernels = avx512::makeSet();
} // namespace chainrule::matrix
