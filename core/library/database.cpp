// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

constexpr int busyMilliseconds = 5000;

struct Fault {
    DatabaseFault fault;
    Message why;
    Message mend;
};

Message systemText(sqlite3* connection)
{
    const int number = connection ? sqlite3_system_errno(connection) : 0;
    return number != 0 ? std::generic_category().message(number) : std::string(sqlite3_errmsg(connection));
}

Fault faultOf(sqlite3* connection, int status)
{
    switch (status & 0xff) { // the rest tells the kinds of one result apart
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {DatabaseFault::Busy, MessageId::libraryBusy, MessageId::libraryTryAgain};
    case SQLITE_FULL:
        return {DatabaseFault::Full,
                {MessageId::couldNotBeWritten, MessageId::diskFull},
                MessageId::libraryFreeSpace};
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return {DatabaseFault::ReadOnly, MessageId::libraryNotWritable, MessageId::libraryAllowWriting};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {DatabaseFault::Damaged, MessageId::libraryDamaged, MessageId::libraryRestore};
    case SQLITE_CANTOPEN:
        return {DatabaseFault::Missing,
                {MessageId::libraryNotOpened, systemText(connection)},
                MessageId::libraryChoosePlace};
    case SQLITE_NOMEM:
        return {DatabaseFault::Other, MessageId::notEnoughMemoryToRead, MessageId::closeOtherPrograms};
    case SQLITE_IOERR:
        if (connection && sqlite3_system_errno(connection) == ENOSPC)
            return faultOf(connection, SQLITE_FULL);
        return {DatabaseFault::Other,
                {MessageId::libraryFailed, systemText(connection)},
                MessageId::libraryChoosePlace};
    default:
        return {DatabaseFault::Other,
                {MessageId::libraryFailed, std::string(sqlite3_errmsg(connection))},
                MessageId::libraryChoosePlace};
    }
}

} // namespace

StatementCache::~StatementCache()
{
    for (const auto& [sql, statement] : m_free)
        sqlite3_finalize(statement);
}

sqlite3_stmt* StatementCache::take(std::string_view sql)
{
    const auto found = m_free.find(sql);
    if (found == m_free.end())
        return nullptr;
    sqlite3_stmt* const statement = found->second;
    m_free.erase(found);
    return statement;
}

void StatementCache::giveBack(std::string_view sql, sqlite3_stmt* statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    m_free.emplace(sql, statement);
}

Statement::Statement(Database& database, std::string_view sql, sqlite3_stmt* statement)
    : m_database(&database)
    , m_sql(sql)
    , m_statement(statement)
{
}

Statement::Statement(Statement&& other) noexcept
    : m_database(other.m_database)
    , m_sql(other.m_sql)
    , m_statement(std::exchange(other.m_statement, nullptr))
    , m_status(other.m_status)
{
}

Statement::~Statement()
{
    if (m_statement)
        m_database->m_cache->giveBack(m_sql, m_statement);
}

Result<bool> Statement::next()
{
    const int status = m_status == SQLITE_OK ? sqlite3_step(m_statement) : m_status;
    if (status == SQLITE_ROW)
        return true;
    if (status == SQLITE_DONE)
        return false;
    return m_database->failure(status);
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

std::int64_t Statement::whole(int column) const
{
    return sqlite3_column_int64(m_statement, column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_statement, column);
}

std::string Statement::text(int column) const
{
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(m_statement, column));
    const int count = sqlite3_column_bytes(m_statement, column);
    return bytes ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
}

std::optional<std::int64_t> Statement::wholeIfAny(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(whole(column));
}

std::optional<double> Statement::realIfAny(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(real(column));
}

std::optional<std::string> Statement::textIfAny(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(text(column));
}

// SQLite copies texts and blobs, so that they need not outlive the call.

void Statement::bind(int place, std::int64_t value)
{
    m_status |= sqlite3_bind_int64(m_statement, place, value);
}

void Statement::bind(int place, double value)
{
    m_status |= sqlite3_bind_double(m_statement, place, value);
}

void Statement::bind(int place, std::string_view text)
{
    m_status |=
        sqlite3_bind_text64(m_statement, place, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind(int place, Blob blob)
{
    m_status |=
        sqlite3_bind_blob64(m_statement, place, blob.bytes.data(), blob.bytes.size(), SQLITE_TRANSIENT);
}

void Statement::bind(int place, std::nullptr_t)
{
    m_status |= sqlite3_bind_null(m_statement, place);
}

Database::Database(std::string path, sqlite3* connection)
    : m_path(std::move(path))
    , m_connection(connection)
    , m_cache(std::make_unique<StatementCache>())
{
}

Database::~Database()
{
    m_cache.reset(); // its statements keep a connection open
    sqlite3_close_v2(m_connection);
}

namespace {

// A path as a URI, for which "?" and "#" mean something else.
std::string uriOf(const std::string& path)
{
    std::string uri = "file:";
    for (const char c : path) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '?' || c == '#' || c == '%') {
            uri += '%';
            uri += digits[byte >> 4U];
            uri += digits[byte & 15U];
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

} // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Access access)
{
    const bool unchanging = access == Access::ReadUnchanging;
    const int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (unchanging ? SQLITE_OPEN_URI : 0) |
        (access == Access::Write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    sqlite3* connection = nullptr;
    const int status =
        sqlite3_open_v2((unchanging ? uriOf(path) : path).c_str(), &connection, flags, nullptr);
    std::unique_ptr<Database> database(new Database(path, connection));
    if (status != SQLITE_OK)
        return database->failure(status);
    sqlite3_busy_timeout(connection, busyMilliseconds);
    if (access == Access::Write && sqlite3_db_readonly(connection, "main") == 1)
        return database->failure(SQLITE_READONLY);
    if (const auto done = database->script("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"); !done)
        return done.error();
    return database;
}

Error Database::failure(int status)
{
    Fault fault = faultOf(m_connection, status);
    m_fault = fault.fault;
    return {{MessageId::libraryNamed, m_path}, std::move(fault.why), std::move(fault.mend)};
}

Result<void> Database::script(const std::string& sql)
{
    const int status = sqlite3_exec(m_connection, sql.c_str(), nullptr, nullptr, nullptr);
    return status == SQLITE_OK ? Result<void>() : failure(status);
}

Result<Statement> Database::prepared(std::string_view sql)
{
    sqlite3_stmt* statement = m_cache->take(sql);
    if (!statement) {
        const int status = sqlite3_prepare_v3(m_connection, sql.data(), static_cast<int>(sql.size()),
                                              SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (status != SQLITE_OK)
            return failure(status);
    }
    return Statement(*this, sql, statement);
}

Result<void> Database::finish(Statement& statement)
{
    for (;;) {
        const auto row = statement.next();
        if (!row)
            return row.error();
        if (!*row)
            return {};
    }
}

void Database::interrupt()
{
    sqlite3_interrupt(m_connection);
}

std::int64_t Database::changedRows() const
{
    return sqlite3_changes64(m_connection);
}

Result<Transaction> Transaction::begin(Database& database)
{
    // Immediate: one that begins by reading could find out later that another program has written meanwhile.
    if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun)
        return begun.error();
    return Transaction(database);
}

Transaction::~Transaction()
{
    // Fails where SQLite has undone it already, as after a full disk.
    if (m_database)
        static_cast<void>(m_database->execute("ROLLBACK"));
}

Result<void> Transaction::commit()
{
    if (const auto done = m_database->execute("COMMIT"); !done)
        return done;
    m_database = nullptr;
    return {};
}

} // namespace chainrule
