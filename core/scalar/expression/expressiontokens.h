// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messages.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// The tokens that an expression is made of, and places in its text.
namespace chainrule::scalar {

enum class TokenKind : std::uint8_t {
    Number,
    Name,
    Plus,
    Minus,
    Times,
    Over,
    Caret,  ///< ^ or **
    Raised, ///< the small digits that raise to a power: ² ³
    Open,
    Close,
    Comma,
    Equals,
    Separator, ///< a line's end outside of parentheses, or ;
    End,
    Invalid, ///< nothing that can be read; always the last token
};

struct Token {
    double number = 0.0; ///< of Number and Raised
    std::size_t offset = 0;
    std::size_t length = 0; ///< bytes
    TokenKind kind = TokenKind::End;
};

/// Where in a text: bytes from its start; line and column count from 1, columns in characters of UTF-8.
struct TextPlace {
    std::size_t offset = 0;
    int line = 1;
    int column = 1;
};

struct Tokens {
    std::vector<Token> all; ///< at least one; the last one is End or Invalid
    Message invalidWhy;     ///< why the last one is Invalid, as Error::why
    Message invalidMend;    ///< and as Error::mend
};

/// Reads up to the end, or to the first character that no token of an expression begins with.
[[nodiscard]] Tokens tokenize(std::string_view text);

/// The place of a byte offset, which may be the text's length. Linear in the offset.
[[nodiscard]] TextPlace placeOf(std::string_view text, std::size_t offset);

/// The token as a message names it after "found": its text in quotes, "the end of the line" or "the end".
[[nodiscard]] Message shown(std::string_view text, const Token& token);

} // namespace chainrule::scalar
