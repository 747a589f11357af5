// SPDX-License-Identifier: GPL-3.0-or-later
// What the library has beside the runs: which files have their networks, and what windows show.
#include "core/library/library.h"

namespace chainrule {

Result<void> Library::noteFile(const std::string& id, const RunFile& file)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    return m_database->execute(
        "INSERT OR REPLACE INTO file (sha256, run, step, path, changed) VALUES (?1, ?2, ?3, ?4, ?5)",
        file.sha256, *run, file.step, file.path, timestamp());
}

Result<std::optional<KnownFile>> Library::fileWith(const std::string& sha256)
{
    const std::lock_guard lock(m_mutex);
    auto found = m_database->query("SELECT id, path, file.step FROM file JOIN run ON run.number = file.run"
                                   " WHERE sha256 = ?1",
                                   sha256);
    if (!found)
        return found.error();
    const auto row = found->next();
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<KnownFile>();
    return std::optional(KnownFile{found->text(0), {found->text(1), sha256, found->whole(2)}});
}

Result<std::optional<RunFile>> Library::lastFile(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    auto found = m_database->query("SELECT path, sha256, step FROM file WHERE run = ?1"
                                   " ORDER BY changed DESC LIMIT 1",
                                   *run);
    if (!found)
        return found.error();
    const auto row = found->next();
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<RunFile>();
    return std::optional(RunFile{found->text(0), found->text(1), found->whole(2)});
}

Result<bool> Library::hasWorkspace()
{
    const std::lock_guard lock(m_mutex);
    const auto count = m_database->number("SELECT count(*) FROM workspace");
    return count ? Result<bool>(count->value_or(0) > 0) : count.error();
}

Result<void> Library::keepWorkspace(const std::string& window, const std::string& state)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    const ProcessId process = thisProcess();
    return m_database->execute("INSERT OR REPLACE INTO workspace (window, host, boot, process, process_start,"
                               " changed, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                               window, process.host, process.boot, process.process, process.start,
                               timestamp(), state);
}

Result<void> Library::leaveWorkspace(const std::string& window)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    return m_database->execute("UPDATE workspace SET process = 0 WHERE window = ?1", window);
}

Result<std::optional<std::string>> Library::takeWorkspace(const std::string& window)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may.error();
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return transaction.error();
    std::string left;
    std::string state;
    {
        auto rows = m_database->query("SELECT window, host, boot, process, process_start, state"
                                      " FROM workspace ORDER BY changed DESC");
        if (!rows)
            return rows.error();
        while (left.empty()) {
            const auto row = rows->next();
            if (!row)
                return row.error();
            if (!*row)
                return std::optional<std::string>();
            const ProcessId process{rows->text(1), rows->text(2), rows->whole(3), rows->whole(4)};
            if (process.process != 0 && !hasEnded(process))
                continue;
            left = rows->text(0);
            state = rows->text(5);
        }
    }
    const ProcessId process = thisProcess();
    if (const auto done = m_database->execute(
            "UPDATE workspace SET window = ?2, host = ?3, boot = ?4, process = ?5, process_start = ?6"
            " WHERE window = ?1",
            left, window, process.host, process.boot, process.process, process.start);
        !done)
        return done.error();
    if (const auto done = transaction->commit(); !done)
        return done.error();
    return std::optional(std::move(state));
}

} // namespace chainrule
