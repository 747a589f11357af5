// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// Integers in files, independent of the machine's byte order.
namespace chainrule {

/// The integer of at most 8 bytes, of any type of one byte, in big-endian order.
template <typename Byte, std::size_t count>
[[nodiscard]] constexpr std::uint64_t bigEndian(std::span<Byte, count> bytes)
{
    static_assert(sizeof(Byte) == 1);
    std::uint64_t number = 0;
    for (const Byte byte : bytes)
        number = number << 8U | static_cast<std::uint8_t>(byte);
    return number;
}

/// The integer of at most 8 bytes in little-endian order.
template <typename Byte, std::size_t count>
[[nodiscard]] constexpr std::uint64_t littleEndian(std::span<Byte, count> bytes)
{
    static_assert(sizeof(Byte) == 1);
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        number = number << 8U | static_cast<std::uint8_t>(bytes[i]);
    return number;
}

/// Appends the lowest `count` (1 to 8) bytes of an integer in big-endian order.
inline void appendBigEndian(std::string& bytes, std::uint64_t number, std::size_t count)
{
    for (std::size_t i = count; i-- > 0;)
        bytes += static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

/// Appends the lowest `count` (1 to 8) bytes of an integer in little-endian order.
inline void appendLittleEndian(std::string& bytes, std::uint64_t number, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        bytes += static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

} // namespace chainrule
