// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace chainrule {

/// Whether `a` is before `b` in natural order: numbers within the names by value ("class 9" before "class
/// 10"), ASCII letters regardless of case, all else by its bytes. Names that differ only in case or in
/// leading zeros are ordered by their bytes.
[[nodiscard]] inline bool naturalLess(std::string_view a, std::string_view b)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const auto lower = [](char c) {
        return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    };
    // The digits from `at` on, without leading zeros; moves `at` behind them.
    const auto number = [&](std::string_view text, std::size_t& at) {
        while (at + 1 < text.size() && text[at] == '0' && isDigit(text[at + 1]))
            ++at;
        const std::size_t from = at;
        while (at < text.size() && isDigit(text[at]))
            ++at;
        return text.substr(from, at - from);
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (!isDigit(a[i]) || !isDigit(b[j])) {
            if (lower(a[i]) != lower(b[j]))
                return lower(a[i]) < lower(b[j]);
            ++i;
            ++j;
            continue;
        }
        const std::string_view left = number(a, i);
        const std::string_view right = number(b, j);
        if (left.size() != right.size())
            return left.size() < right.size();
        if (left != right)
            return left < right;
    }
    const std::size_t restOfA = a.size() - i;
    const std::size_t restOfB = b.size() - j;
    return restOfA != restOfB ? restOfA < restOfB : a < b;
}

} // namespace chainrule
