// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"

#include <string>
#include <string_view>

namespace chainrule {

/// The names of a table's rows: those before the last, with commas between them, and the last.
struct RowNames {
    std::string others;
    std::string last;
};
template <typename Table>
[[nodiscard]] RowNames rowNames(const Table& table)
{
    RowNames names;
    for (const auto& row : table) {
        if (!names.last.empty())
            names.others += (names.others.empty() ? "" : ", ") + names.last;
        names.last = row.name;
    }
    return names;
}

/// "sgd, momentum or adam": the names of a table's rows, two or more, for a sentence.
template <typename Table>
[[nodiscard]] Message namesIn(const Table& table)
{
    const RowNames names = rowNames(table);
    return {MessageId::namesOrLast, names.others, names.last};
}

/// Looks a name up in a table whose rows have a member `name`, and gives the row's `member`. `what` begins
/// the error ("--optimizer"; the name follows in quotes), `kind` says what the rows are
/// (MessageId::kindOptimizer), `example` ends the advice; empty: `what` and the first name.
template <typename Table, typename Row, typename T>
[[nodiscard]] Result<T> fromName(std::string_view name, const Table& table, T Row::*member,
                                 std::string_view what, MessageId kind, std::string_view example = {})
{
    for (const Row& row : table) {
        if (name == row.name)
            return row.*member;
    }
    std::string advice(example);
    if (advice.empty())
        advice = std::string(what) + " " + std::string(table.begin()->name);
    const RowNames names = rowNames(table);
    return Error{std::string(what) + " " + inQuotes(name),
                 {MessageId::noSuchName, kind},
                 {MessageId::useOneOf, names.others, names.last, advice}};
}

} // namespace chainrule
