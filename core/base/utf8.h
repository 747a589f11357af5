// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chainrule {

/// The length in bytes of the UTF-8 character that the text begins with. 0 where it begins with none: bytes
/// that are not UTF-8, an overlong form, a surrogate, a code point above U+10FFFF, or a character that is cut
/// off. The text is not empty.
[[nodiscard]] std::size_t characterLength(std::string_view text);

/// Whether the byte belongs to a UTF-8 character, but is not its first.
[[nodiscard]] constexpr bool continuesCharacter(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// The beginning of the text, at most `most` bytes, without a character that is cut off.
[[nodiscard]] constexpr std::string_view cutToCharacter(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && continuesCharacter(text[most]))
        --most;
    return text.substr(0, most);
}

/// The text without a byte order mark.
[[nodiscard]] constexpr std::string_view withoutByteOrderMark(std::string_view text)
{
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

[[nodiscard]] bool isUtf8(std::string_view text);

/// Text in Windows-1252, which contains Latin-1, as UTF-8. Its five bytes without a character become U+FFFD.
[[nodiscard]] std::string fromWindows1252(std::string_view bytes);

} // namespace chainrule
