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

// All but the last, or that too. Returns their bytes.
Result<std::int64_t> removeCheckpoints(Database& database, std::int64_t run, bool lastToo)
{
    auto rows = database.query("DELETE FROM checkpoint WHERE run = ?1 AND (?2 OR number <> (SELECT number"
                               " FROM checkpoint WHERE run = ?1 ORDER BY step DESC, kind DESC LIMIT 1))"
                               " RETURNING length(bytes)",
                               run, lastToo);
    if (!rows)
        return rows.error();
    std::int64_t bytes = 0;
    for (;;) {
        const auto row = rows->next();
        if (!row)
            return row.error();
        if (!*row)
            return bytes;
        bytes += rows->whole(0);
    }
}

// Gives the file's free pages back to the disk, few at a time, so that others can write meanwhile.
Result<void> giveBack(Database& database, const std::stop_token& stop)
{
    for (std::int64_t before = -1; !stop.stop_requested();) {
        const auto free = database.number("PRAGMA freelist_count");
        if (!free)
            return free.error();
        if (*free == 0 || *free == before) // none, or those of a file that was not made for it
            break;
        before = free->value_or(0);
        if (auto done = database.execute("PRAGMA incremental_vacuum(2000)"); !done)
            return done;
    }
    return {};
}

} // namespace

Result<BudgetUse> Library::keepBudget(std::uint64_t bytes, const std::stop_token& stop)
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
            if (use.after <= most || stop.stop_requested())
                break;
            const auto removed = removeCheckpoints(*m_database, run, lastToo);
            if (!removed)
                return removed.error();
            use.after -= *removed;
        }
    }
    if (const auto done = giveBack(*m_database, stop); !done)
        return done.error();
    return use;
}

Result<BudgetUse> Library::compact(std::uint64_t budget, const std::stop_token& stop)
{
    auto use = keepBudget(budget, stop);
    if (!use)
        return use;
    const std::lock_guard lock(m_mutex);
    if (const auto done = giveBack(*m_database, stop); !done)
        return done.error();
    // Where another program reads, the log is cut down later.
    static_cast<void>(m_database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    return use;
}

} // namespace chainrule
