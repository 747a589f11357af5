// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chainrule {

/// Bytes of the UTF-8 character that a text begins with, or 0 where none does: longer than needed, half of a
/// pair, beyond the last character, cut off. The text is not empty.
[[nodiscard]] std::size_t characterLength(std::string_view text);

/// Whether a byte is one of a UTF-8 character's but its first.
[[nodiscard]] constexpr bool continuesCharacter(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// The text's beginning of at most `most` bytes that ends with a whole character.
[[nodiscard]] constexpr std::string_view cutToCharacter(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && continuesCharacter(text[most]))
        --most;
    return text.substr(0, most);
}

/// The text without the mark that some programs begin UTF-8 with.
[[nodiscard]] constexpr std::string_view withoutByteOrderMark(std::string_view text)
{
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

[[nodiscard]] bool isUtf8(std::string_view text);

/// Text in Windows-1252, which contains Latin-1, as UTF-8. Its five bytes without a character become U+FFFD.
[[nodiscard]] std::string fromWindows1252(std::string_view bytes);

} // namespace chainrule
