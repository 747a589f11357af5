// SPDX-License-Identifier: GPL-3.0-or-later
// Included once by each of kernels_*.cpp, which say for which instruction set.
//
// Those files are compiled with instructions that the processor at hand may not have. So nothing here may
// come from the standard library or Eigen: of an inline function that several files compile, the linker keeps
// one copy for the whole program, which could be the one from here. Everything here has internal linkage and
// is in the set's own namespace.
#include "core/matrix/fast/kernelgradients.h"
#include "core/matrix/fast/kernellayers.h"

namespace chainrule::matrix::CHAINRULE_KERNELS {
namespace {

template <typename T>
constexpr Kernels<T> makeKernels()
{
    return {findNonzeros,    convertBytes<T>, forward<T>, forwardSparse<T>, softmax<T>,
            softmaxDelta<T>, delta<T>,        derive<T>,  gradient<T>,      gradientSparse<T>,
            gradientBias<T>, transpose<T>,    update<T>};
}

constexpr KernelSet makeSet()
{
    return {CHAINRULE_KERNELS_NAME, makeKernels<float>(), makeKernels<double>()};
}

} // namespace
} // namespace chainrule::matrix::CHAINRULE_KERNELS
