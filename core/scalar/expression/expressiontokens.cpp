// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expressiontokens.h"

#include "core/base/text.h"
#include "core/base/utf8.h"

#include <charconv>
#include <string>
#include <system_error>
#include <utility>

namespace chainrule::scalar {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool startsName(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string hexadecimal(char byte)
{
    constexpr char digits[] = "0123456789abcdef";
    const auto bits = static_cast<unsigned char>(byte);
    return std::string("0x") + digits[bits >> 4] + digits[bits & 0xf];
}

struct Sign {
    std::string_view bytes;
    TokenKind kind;
    double number;
};

// Where one sign begins with another, the longer comes first.
constexpr Sign signs[] = {
    {"**", TokenKind::Caret, 0},        {"^", TokenKind::Caret, 0},         {"+", TokenKind::Plus, 0},
    {"-", TokenKind::Minus, 0},         {"*", TokenKind::Times, 0},         {"/", TokenKind::Over, 0},
    {"(", TokenKind::Open, 0},          {")", TokenKind::Close, 0},         {",", TokenKind::Comma, 0},
    {"=", TokenKind::Equals, 0},        {";", TokenKind::Separator, 0},     {"\n", TokenKind::Separator, 0},
    {"\u2212", TokenKind::Minus, 0},    {"\u00d7", TokenKind::Times, 0},    {"\u00b7", TokenKind::Times, 0},
    {"\u00b2", TokenKind::Raised, 2.0}, {"\u00b3", TokenKind::Raised, 3.0},
};

const Sign* signAt(std::string_view text)
{
    for (const Sign& sign : signs) {
        if (text.starts_with(sign.bytes))
            return &sign;
    }
    return nullptr;
}

/// Bytes of the digits, point and exponent that the text begins with.
std::size_t numberLength(std::string_view text)
{
    std::size_t end = 0;
    while (end < text.size() && isDigit(text[end]))
        ++end;
    if (end < text.size() && text[end] == '.')
        ++end;
    while (end < text.size() && isDigit(text[end]))
        ++end;
    // An e without digits after it is a name, not an exponent.
    std::size_t digits = end + 1;
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        if (digits < text.size() && (text[digits] == '+' || text[digits] == '-'))
            ++digits;
        while (digits < text.size() && isDigit(text[digits])) {
            ++digits;
            end = digits;
        }
    }
    return end;
}

void endInvalid(Tokens& tokens, std::size_t offset, std::size_t length, Message why, Message mend)
{
    tokens.all.push_back({0.0, offset, length, TokenKind::Invalid});
    tokens.invalidWhy = std::move(why);
    tokens.invalidMend = std::move(mend);
}

} // namespace

Tokens tokenize(std::string_view text)
{
    Tokens tokens;
    std::size_t open = 0; // parentheses
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const char c = rest.front();
        if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && open > 0)) {
            ++at;
        } else if (isDigit(c) || (c == '.' && rest.size() > 1 && isDigit(rest[1]))) {
            const std::size_t length = numberLength(rest);
            double number = 0.0;
            const auto read = std::from_chars(rest.data(), rest.data() + length, number);
            if (read.ec != std::errc()) {
                endInvalid(tokens, at, length,
                           {MessageId::numberBeyondDouble, inQuotes(rest.substr(0, length))},
                           MessageId::useNumberWithin);
                return tokens;
            }
            tokens.all.push_back({number, at, length, TokenKind::Number});
            at += length;
        } else if (startsName(c)) {
            std::size_t length = 1;
            while (length < rest.size() && (startsName(rest[length]) || isDigit(rest[length])))
                ++length;
            tokens.all.push_back({0.0, at, length, TokenKind::Name});
            at += length;
        } else if (const Sign* sign = signAt(rest)) {
            if (sign->kind == TokenKind::Open)
                ++open;
            else if (sign->kind == TokenKind::Close && open > 0)
                --open;
            tokens.all.push_back({sign->number, at, sign->bytes.size(), sign->kind});
            at += sign->bytes.size();
        } else {
            const std::size_t length = characterLength(rest);
            endInvalid(tokens, at, length == 0 ? 1 : length,
                       length == 0
                           ? Message{MessageId::byteNotUtf8, hexadecimal(c)}
                           : Message{MessageId::characterHasNoMeaning, inQuotes(rest.substr(0, length))},
                       MessageId::useExpressionSigns);
            return tokens;
        }
    }
    tokens.all.push_back({0.0, text.size(), 0, TokenKind::End});
    return tokens;
}

TextPlace placeOf(std::string_view text, std::size_t offset)
{
    TextPlace place{offset, 1, 1};
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++place.line;
            place.column = 1;
        } else if (!continuesCharacter(text[i])) {
            ++place.column;
        }
    }
    return place;
}

Message shown(std::string_view text, const Token& token)
{
    if (token.kind == TokenKind::End)
        return MessageId::foundTheEnd;
    if (token.kind == TokenKind::Separator && text[token.offset] == '\n')
        return MessageId::foundLineEnd;
    return inQuotes(text.substr(token.offset, token.length));
}

} // namespace chainrule::scalar
