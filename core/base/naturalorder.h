// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace chainrule {

/// Whether `a` stands before `b` where people sort names: runs of digits by their number, so that "class 9"
/// stands before "class 10", the rest by its bytes; of equal numbers the one with fewer zeros in front first.
[[nodiscard]] inline bool naturalLess(std::string_view a, std::string_view b)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    // The run of digits at `at`, without zeros in front; moves `at` behind it.
    const auto number = [&](std::string_view text, std::size_t& at) {
        while (at + 1 < text.size() && text[at] == '0' && isDigit(text[at + 1]))
            ++at;
        const std::size_t first = at;
        while (at < text.size() && isDigit(text[at]))
            ++at;
        return text.substr(first, at - first);
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (isDigit(a[i]) && isDigit(b[j])) {
            const std::string_view left = number(a, i);
            const std::string_view right = number(b, j);
            if (left.size() != right.size())
                return left.size() < right.size();
            if (left != right)
                return left < right;
        } else if (a[i] != b[j]) {
            return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
        } else {
            ++i;
            ++j;
        }
    }
    if ((i < a.size()) != (j < b.size()))
        return j < b.size();
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

} // namespace chainrule
