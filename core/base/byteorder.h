// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>

// Whole numbers in files, whatever the machine's own byte order is.
namespace chainrule {

/// The number of at most 8 bytes (of any type of one byte) whose last byte counts ones.
template <typename Byte, std::size_t count>
[[nodiscard]] constexpr std::uint64_t bigEndian(std::span<Byte, count> bytes)
{
    static_assert(sizeof(Byte) == 1);
    std::uint64_t number = 0;
    for (const Byte byte : bytes)
        number = number << 8U | static_cast<std::uint8_t>(byte);
    return number;
}

/// The number of at most 8 bytes whose first byte counts ones.
template <typename Byte, std::size_t count>
[[nodiscard]] constexpr std::uint64_t littleEndian(std::span<Byte, count> bytes)
{
    static_assert(sizeof(Byte) == 1);
    std::uint64_t number = 0;
    for (const Byte byte : bytes | std::views::reverse)
        number = number << 8U | static_cast<std::uint8_t>(byte);
    return number;
}

/// Appends the lowest `count` (1 to 8) bytes of a number, the last of which counts ones.
inline void appendBigEndian(std::string& bytes, std::uint64_t number, std::size_t count)
{
    for (std::size_t i = count; i-- > 0;)
        bytes += static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

/// Appends the lowest `count` (1 to 8) bytes of a number, the first of which counts ones.
inline void appendLittleEndian(std::string& bytes, std::uint64_t number, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        bytes += static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

} // namespace chainrule
