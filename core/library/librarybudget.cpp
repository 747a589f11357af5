// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/library.h"

#include <utility>

namespace chainrule {

namespace {

Result<std::int64_t> bytesOfCheckpoints(Database& database)
{
    const auto sum = database.number("SELECT sum(length(bytes)) FROM checkpoint");
    return sum ? Result<std::int64_t>(sum->value_or(0)) : sum.error();
}

Result<std::vector<std::int64_t>> runsThatMayLose(Database& database)
{
    auto rows = database.query("SELECT number FROM run WHERE pinned = 0 AND state <> 'running'"
                               " ORDER BY deleted DESC, number");
    if (!rows)
        return rows.error();
    std::vector<std::int64_t> runs;
    for (;;) {
        const auto row = rows->next();
        if (!row)
            return row.error();
        if (!*row)
            return runs;
        runs.push_back(rows->whole(0));
    }
}

// All but the last, or that too.
Result<void> removeCheckpoints(Database& database, std::int64_t run, bool lastToo)
{
    return database.execute("DELETE FROM checkpoint WHERE run = ?1 AND (?2 OR number <> (SELECT number"
                            " FROM checkpoint WHERE run = ?1 ORDER BY step DESC, kind DESC LIMIT 1))",
                            run, lastToo);
}

} // namespace

Result<BudgetUse> Library::keepBudget(std::uint64_t bytes)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may.error();
    const auto most = static_cast<std::int64_t>(bytes);
    const auto before = bytesOfCheckpoints(*m_database);
    if (!before)
        return before.error();
    BudgetUse use{*before, *before};
    if (use.before <= most)
        return use;
    const auto runs = runsThatMayLose(*m_database);
    if (!runs)
        return runs.error();
    for (const bool lastToo : {false, true}) {
        for (const std::int64_t run : *runs) {
            if (use.after <= most)
                break;
            if (const auto done = removeCheckpoints(*m_database, run, lastToo); !done)
                return done.error();
            const auto now = bytesOfCheckpoints(*m_database);
            if (!now)
                return now.error();
            use.after = *now;
        }
    }
    if (const auto done = m_database->execute("PRAGMA incremental_vacuum"); !done)
        return done.error();
    return use;
}

} // namespace chainrule
