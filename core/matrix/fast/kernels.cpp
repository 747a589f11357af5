// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/fast/kernels.h"

#if defined(CHAINRULE_X86_KERNELS) && defined(__clang__)
#include <cpuid.h>
#endif

namespace chainrule::matrix {

extern const KernelSet baselineKernels;
#ifdef CHAINRULE_X86_KERNELS
extern const KernelSet avx2Kernels;
extern const KernelSet avx512Kernels;
#endif

namespace {

#ifdef CHAINRULE_X86_KERNELS

// All that core/CMakeLists.txt lets the compiler use in kernels_avx2.cpp.
bool runsAvx2()
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

// kernels_avx512.cpp is compiled for the whole level x86-64-v4: beside AVX-512 also lzcnt, movbe, f16c and
// what the levels below have.
bool runsAvx512()
{
    __builtin_cpu_init();
#ifdef __clang__ // version 14 does not know all of these names; the processor's own bits are asked
    unsigned int a = 0, b = 0, basic = 0, d = 0, extended = 0;
    if (!__get_cpuid(1, &a, &b, &basic, &d) || !__get_cpuid(0x80000001, &a, &b, &extended, &d))
        return false;
    constexpr unsigned int movbe = 1U << 22, f16c = 1U << 29, cx16 = 1U << 13, lahf = 1U, lzcnt = 1U << 5;
    return (basic & (movbe | f16c | cx16)) == (movbe | f16c | cx16) &&
           (extended & (lahf | lzcnt)) == (lahf | lzcnt) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
#else
    return __builtin_cpu_supports("x86-64-v4");
#endif
}

#endif

std::vector<const KernelSet*> supportedSets()
{
    std::vector<const KernelSet*> sets{&baselineKernels};
#ifdef CHAINRULE_X86_KERNELS
    if (runsAvx2())
        sets.push_back(&avx2Kernels);
    if (runsAvx2() && runsAvx512())
        sets.push_back(&avx512Kernels);
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

std::string_view bestKernelsName()
{
    return kernelSets().back()->name;
}

template <typename T>
const Kernels<T>* kernelsNamed(std::string_view name)
{
    if (name.empty())
        return &bestKernels<T>();
    for (const KernelSet* const set : kernelSets()) {
        if (name == set->name)
            return &kernelsOf<T>(*set);
    }
    return nullptr;
}

template const Kernels<float>* kernelsNamed(std::string_view);
template const Kernels<double>* kernelsNamed(std::string_view);
template const Kernels<float>& bestKernels();
template const Kernels<double>& bestKernels();

} // namespace chainrule::matrix
