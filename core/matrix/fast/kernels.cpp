// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/fast/kernels.h"

#include "core/base/processor.h"

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
    if (bestInstructionSet() >= InstructionSet::Avx2)
        sets.push_back(&avx2Kernels);
    if (bestInstructionSet() >= InstructionSet::Avx512)
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
