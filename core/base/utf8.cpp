// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/utf8.h"

#include <array>
#include <cstdint>

namespace chainrule {

namespace {

// The code points of the bytes 0x80 to 0x9f in Windows-1252. All other bytes are those of Latin-1, which are
// equal to their code points.
constexpr std::array<std::uint16_t, 32> between80And9f = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

} // namespace

std::size_t characterLength(std::string_view text)
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!continuesCharacter(text[i]))
            return 0;
    }
    // An overlong form, a surrogate, or a code point above U+10FFFF.
    if (length >= 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0) ||
                        (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90)))
        return 0;
    return length;
}

bool isUtf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = characterLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string fromWindows1252(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 16);
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        const unsigned character = byte >= 0x80 && byte < 0xa0 ? between80And9f[byte - 0x80U] : byte;
        if (character < 0x80) {
            text += each;
            continue;
        }
        if (character < 0x800) {
            text += static_cast<char>(0xc0U | (character >> 6U));
        } else {
            text += static_cast<char>(0xe0U | (character >> 12U));
            text += static_cast<char>(0x80U | ((character >> 6U) & 0x3fU));
        }
        text += static_cast<char>(0x80U | (character & 0x3fU));
    }
    return text;
}

} // namespace chainrule
