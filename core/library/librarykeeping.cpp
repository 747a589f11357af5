// SPDX-License-Identifier: GPL-3.0-or-later
// What a person does with the library as a whole.
#include "core/base/files/atomicfile.h"
#include "core/library/library.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

namespace fs = std::filesystem;

Result<std::int64_t> numberFrom(Database& database, std::string_view sql)
{
    const auto found = database.number(sql);
    return found ? Result<std::int64_t>(found->value_or(0)) : found.error();
}

// The file and its log; of a library in memory, its pages.
Result<std::int64_t> bytesOf(Database& database)
{
    const auto pages = numberFrom(database, "PRAGMA page_count");
    const auto size = numberFrom(database, "PRAGMA page_size");
    if (!pages || !size)
        return pages ? size : pages;
    std::error_code none;
    const auto log = fs::file_size(database.path() + "-wal", none);
    return *pages * *size + (none ? 0 : static_cast<std::int64_t>(log));
}

bool synchronize(const std::string& path)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    const bool done = ::fsync(file) == 0;
    const int number = errno;
    ::close(file);
    errno = number;
    return done;
}

} // namespace

Result<std::vector<std::string>> Library::deleteUnpinned()
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may.error();
    auto rows = m_database->query("UPDATE run SET deleted = 1 WHERE deleted = 0 AND pinned = 0"
                                  " AND state <> 'running' RETURNING id");
    if (!rows)
        return rows.error();
    std::vector<std::string> ids;
    for (;;) {
        const auto row = rows->next();
        if (!row)
            return row.error();
        if (!*row)
            return ids;
        ids.push_back(rows->text(0));
    }
}

Result<void> Library::setDeleted(const std::vector<std::string>& ids, bool deleted)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return transaction.error();
    for (const std::string& id : ids) {
        if (auto done = m_database->execute(
                "UPDATE run SET deleted = ?2 WHERE id = ?1 AND (NOT ?2 OR state <> 'running')", id, deleted);
            !done)
            return done;
    }
    return transaction->commit();
}

Result<LibrarySize> Library::size()
{
    const std::lock_guard lock(m_mutex);
    const auto file = bytesOf(*m_database);
    const auto checkpoints = numberFrom(*m_database, "SELECT sum(length(bytes)) FROM checkpoint");
    if (!file || !checkpoints)
        return file ? checkpoints.error() : file.error();
    return LibrarySize{*file, *checkpoints};
}

Result<bool> Library::backUp(const std::string& path, const std::stop_token& stop)
{
    const std::lock_guard lock(m_mutex);
    std::error_code error;
    const fs::path target = fs::weakly_canonical(path, error); // a link stays one
    const std::string part = target.string() + '.' + newRunId().substr(0, 8) + ".part";
    const auto fail = [&](Error why) -> Result<bool> {
        fs::remove(part, error);
        if (stop.stop_requested())
            return false;
        why.what = path;
        return why;
    };
    {
        const std::stop_callback interrupting(stop, [this] { m_database->interrupt(); });
        if (stop.stop_requested())
            return false;
        if (const auto done = m_database->execute("VACUUM INTO ?1", part); !done)
            return fail(m_database->lastFault() == DatabaseFault::Full ? notWritten(path, ENOSPC)
                                                                       : done.error());
    }
    // SQLite does not wait until the disk has the copy.
    if (stop.stop_requested() || !synchronize(part) || ::rename(part.c_str(), target.c_str()) != 0)
        return fail(notWritten(path, errno));
    static_cast<void>(synchronize(target.parent_path().string()));
    return true;
}

} // namespace chainrule
