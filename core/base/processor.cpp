// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/processor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace chainrule {

CpuBits readCpuBits()
{
    CpuBits bits;
#if defined(__x86_64__)
    unsigned int a = 0;
    unsigned int b = 0;
    unsigned int c = 0;
    unsigned int d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) != 0)
        bits.registers[static_cast<std::size_t>(CpuRegister::Leaf1Ecx)] = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0)
        bits.registers[static_cast<std::size_t>(CpuRegister::Leaf7Ebx)] = b;
    if (__get_cpuid(0x80000001, &a, &b, &c, &d) != 0)
        bits.registers[static_cast<std::size_t>(CpuRegister::ExtendedEcx)] = c;
    constexpr CpuFeature osxsave{"osxsave", CpuRegister::Leaf1Ecx, 27};
    if (hasFeature(bits, osxsave)) // else the instruction itself would fault
        asm volatile("xgetbv" : "=a"(bits.savedState), "=d"(d) : "c"(0));
#endif
    return bits;
}

InstructionSet bestInstructionSet()
{
    static const InstructionSet best = bestInstructionSet(readCpuBits());
    return best;
}

} // namespace chainrule
