// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/fast/kernels.h"

namespace chainrule::matrix {

extern const KernelSet baselineKernels;
#ifdef CHAINRULE_X86_KERNELS
extern const KernelSet avx2Kernels;
extern const KernelSet avx512Kernels;
#endif

namespace {

std::vector<const KernelSet*> supportedSets()
{
    std::vector<const KernelSet*> sets{&baselineKernels};
#ifdef CHAINRULE_X86_KERNELS
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                      __builtin_cpu_supports("popcnt");
    if (avx2) {
        sets.push_back(&avx2Kernels);
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512cd"))
            sets.push_back(&avx512Kernels);
    }
#endif
    return sets;
}

} // namespace

const std::vector<const KernelSet*>& kernelSets()
{
    static const std::vector<const KernelSet*> sets = supportedSets();
    return sets;
}

template <>
const Kernels<float>& kernelsOf(const KernelSet& set)
{
    return set.floats;
}

template <>
const Kernels<double>& kernelsOf(const KernelSet& set)
{
    return set.doubles;
}

template <typename T>
const Kernels<T>& bestKernels()
{
    return kernelsOf<T>(*kernelSets().back());
}

template const Kernels<float>& bestKernels();
template const Kernels<double>& bestKernels();

} // namespace chainrule::matrix
