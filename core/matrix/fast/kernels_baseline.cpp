// SPDX-License-Identifier: GPL-3.0-or-later
// For any processor: vectors of 16 bytes, which x86-64 and 64-bit Arm have from the start.
#define CHAINRULE_KERNELS baseline
#define CHAINRULE_KERNELS_NAME "baseline"
#define CHAINRULE_VECTOR_BYTES 16
#define CHAINRULE_TILE_VECTORS 2
#define CHAINRULE_TILE_COLUMNS 4
#include "core/matrix/fast/kernelset.h"

namespace chainrule::matrix {
extern const KernelSet baselineKernels;
constinit const KernelSet baselineKernels = baseline::makeSet();
} // namespace chainrule::matrix
