// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"

#include <string>
#include <string_view>

namespace chainrule {

/// "sgd, momentum or adam": the names of a table's rows, for a sentence.
template <typename Table>
[[nodiscard]] std::string namesIn(const Table& table)
{
    std::string names;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (i > 0)
            names += i + 1 == table.size() ? " or " : ", ";
        names += table[i].name;
    }
    return names;
}

/// Looks a name up in a table whose rows have a member `name`, and gives the row's `member`. `what` begins
/// the error ("--optimizer"; the name follows in quotes), `kind` is what the rows are ("optimizer"),
/// `example` ends the advice; empty: `what` and the first name.
template <typename Table, typename Row, typename T>
[[nodiscard]] Result<T> fromName(std::string_view name, const Table& table, T Row::*member,
                                 std::string_view what, std::string_view kind, std::string_view example = {})
{
    std::string names;
    std::string last;
    for (const Row& row : table) {
        if (name == row.name)
            return row.*member;
        if (!last.empty())
            names += (names.empty() ? "" : ", ") + last;
        last = row.name;
    }
    std::string advice(example);
    if (advice.empty())
        advice = std::string(what) + " " + std::string(table.begin()->name);
    return Error{std::string(what) + " " + inQuotes(name),
                 {MessageId::noSuchName, kind},
                 {MessageId::useOneOf, names, last, advice}};
}

} // namespace chainrule
