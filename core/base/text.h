// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/utf8.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace chainrule {

/// A text from a person or a file for an error message: in quotes, at most 40 bytes of it, without control
/// characters.
[[nodiscard]] inline std::string inQuotes(std::string_view text)
{
    constexpr std::size_t longest = 40;
    std::string shown(cutToCharacter(text, longest));
    for (char& c : shown) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = '?';
    }
    return "'" + shown + (shown.size() < text.size() ? "...'" : "'");
}

/// "1,234,567".
[[nodiscard]] inline std::string withSeparators(std::int64_t number)
{
    std::string digits = std::to_string(number);
    const std::size_t sign = number < 0 ? 1 : 0;
    for (std::size_t end = digits.size(); end > sign + 3; end -= 3)
        digits.insert(end - 3, ",");
    return digits;
}

/// "1e-4" and "1e9", as people write them, for "1e-04" and "1e+09"; a number without an exponent as it is.
[[nodiscard]] inline std::string plainExponent(const std::string& number)
{
    const auto e = number.find('e');
    if (e == std::string::npos)
        return number;
    const std::string_view sign = number[e + 1] == '-' ? "-" : "";
    return number.substr(0, e + 1) + std::string(sign) +
           number.substr(number.find_first_not_of("+-0", e + 1));
}

/// The shortest decimal number that reads back as the same double, with a decimal point in every locale.
[[nodiscard]] inline std::string shortestNumber(double number)
{
    char buffer[32];
    const auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, number);
    if (status != std::errc())
        return {};
    return plainExponent(std::string(buffer, end));
}

/// The finite number in the text, written with a decimal point ("0.05", "1e-3"). Nothing where the text is
/// anything else.
[[nodiscard]] inline std::optional<double> parseDecimal(std::string_view text)
{
    double number = 0.0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = status == std::errc() && end == text.data() + text.size() && !text.empty();
    return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

} // namespace chainrule
