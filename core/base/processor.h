// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// Which instruction set the engines use: both choose the same one. The compiler's own test,
// __builtin_cpu_supports("x86-64-v4"), is not used, since Clang 14 does not know that name.
namespace chainrule {

/// In ascending order; a processor that can run one of them can run those before it.
enum class InstructionSet : std::uint8_t {
    Baseline, ///< of any processor
    Avx2,     ///< with avx2Features
    Avx512,   ///< the level x86-64-v4: not only AVX-512, but all of level4Features
};

/// The registers in which the processor lists its features.
enum class CpuRegister : std::uint8_t { Leaf1Ecx, Leaf7Ebx, ExtendedEcx };

/// The features that the processor and the operating system report.
struct CpuBits {
    std::array<std::uint32_t, 3> registers{}; ///< in the order of CpuRegister
    std::uint32_t savedState = 0; ///< the register sets that the system saves when it switches threads (XCR0)
};

struct CpuFeature {
    std::string_view name; ///< its name in the psABI
    CpuRegister where;
    unsigned int bit;
};

/// What the levels v2, v3 and v4 add to the baseline, which every x86-64 processor has: "Micro-Architecture
/// Levels" in the System V ABI, https://gitlab.com/x86-psABIs/x86-64-ABI. The bits are those of CPUID in the
/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
inline constexpr std::array level4Features{
    CpuFeature{"cx16", CpuRegister::Leaf1Ecx, 13},     CpuFeature{"lahf", CpuRegister::ExtendedEcx, 0},
    CpuFeature{"popcnt", CpuRegister::Leaf1Ecx, 23},   CpuFeature{"sse3", CpuRegister::Leaf1Ecx, 0},
    CpuFeature{"sse4.1", CpuRegister::Leaf1Ecx, 19},   CpuFeature{"sse4.2", CpuRegister::Leaf1Ecx, 20},
    CpuFeature{"ssse3", CpuRegister::Leaf1Ecx, 9},     CpuFeature{"avx", CpuRegister::Leaf1Ecx, 28},
    CpuFeature{"avx2", CpuRegister::Leaf7Ebx, 5},      CpuFeature{"bmi1", CpuRegister::Leaf7Ebx, 3},
    CpuFeature{"bmi2", CpuRegister::Leaf7Ebx, 8},      CpuFeature{"f16c", CpuRegister::Leaf1Ecx, 29},
    CpuFeature{"fma", CpuRegister::Leaf1Ecx, 12},      CpuFeature{"lzcnt", CpuRegister::ExtendedEcx, 5},
    CpuFeature{"movbe", CpuRegister::Leaf1Ecx, 22},    CpuFeature{"osxsave", CpuRegister::Leaf1Ecx, 27},
    CpuFeature{"avx512f", CpuRegister::Leaf7Ebx, 16},  CpuFeature{"avx512bw", CpuRegister::Leaf7Ebx, 30},
    CpuFeature{"avx512cd", CpuRegister::Leaf7Ebx, 28}, CpuFeature{"avx512dq", CpuRegister::Leaf7Ebx, 17},
    CpuFeature{"avx512vl", CpuRegister::Leaf7Ebx, 31},
};

/// The features that core/CMakeLists.txt lets the compiler use in the files for AVX2.
inline constexpr std::array avx2Features{
    CpuFeature{"osxsave", CpuRegister::Leaf1Ecx, 27}, CpuFeature{"avx", CpuRegister::Leaf1Ecx, 28},
    CpuFeature{"avx2", CpuRegister::Leaf7Ebx, 5},     CpuFeature{"fma", CpuRegister::Leaf1Ecx, 12},
    CpuFeature{"bmi1", CpuRegister::Leaf7Ebx, 3},     CpuFeature{"bmi2", CpuRegister::Leaf7Ebx, 8},
    CpuFeature{"popcnt", CpuRegister::Leaf1Ecx, 23},
};

/// XCR0's bits for the SSE and AVX registers, the masks, and the two parts of the AVX-512 registers. Where
/// the system does not save these, AVX-512 instructions fault whatever the processor has.
inline constexpr std::uint32_t level4State = 0b1110'0110;

[[nodiscard]] constexpr bool hasFeature(const CpuBits& bits, const CpuFeature& feature)
{
    return (bits.registers[static_cast<std::size_t>(feature.where)] >> feature.bit & 1U) != 0;
}

[[nodiscard]] constexpr bool reachesLevel4(const CpuBits& bits)
{
    return (bits.savedState & level4State) == level4State &&
           std::ranges::all_of(level4Features,
                               [&](const CpuFeature& feature) { return hasFeature(bits, feature); });
}

/// The same for AVX2: the SSE and the AVX registers.
inline constexpr std::uint32_t avx2State = 0b110;

[[nodiscard]] constexpr bool reachesAvx2(const CpuBits& bits)
{
    return (bits.savedState & avx2State) == avx2State &&
           std::ranges::all_of(avx2Features,
                               [&](const CpuFeature& feature) { return hasFeature(bits, feature); });
}

/// Asks the processor that this runs on. A register that it does not have is 0; on other processors than x86
/// all of them are.
[[nodiscard]] CpuBits readCpuBits();

/// The best set that the processor with these features can run.
[[nodiscard]] constexpr InstructionSet bestInstructionSet(const CpuBits& bits)
{
    if (!reachesAvx2(bits))
        return InstructionSet::Baseline;
    return reachesLevel4(bits) ? InstructionSet::Avx512 : InstructionSet::Avx2;
}

/// The best set that this processor can run.
[[nodiscard]] InstructionSet bestInstructionSet();

} // namespace chainrule
