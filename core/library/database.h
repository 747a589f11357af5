// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace chainrule {

/// Bytes that are bound as a BLOB; a std::string is bound as TEXT.
struct Blob {
    std::span<const char> bytes;
};

/// The compiled statements of a connection that are not in use at the moment, by their text.
class StatementCache {
public:
    StatementCache() = default;
    ~StatementCache();
    StatementCache(const StatementCache&) = delete;
    StatementCache& operator=(const StatementCache&) = delete;

    [[nodiscard]] sqlite3_stmt* take(std::string_view sql); ///< null: there is none
    void giveBack(std::string_view sql, sqlite3_stmt* statement);

private:
    std::multimap<std::string, sqlite3_stmt*, std::less<>> m_free;
};

class Database;

/// A statement with its values, and its present row. Goes back to its connection, which must outlive it.
/// Columns are numbered from 0. A value of another type is converted as SQLite converts it.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Goes to the next row. False: there is none.
    [[nodiscard]] Result<bool> next();

    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::int64_t whole(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const; ///< of a BLOB, its bytes
    /// Nothing where the column is NULL.
    [[nodiscard]] std::optional<std::int64_t> wholeIfAny(int column) const;
    [[nodiscard]] std::optional<double> realIfAny(int column) const;
    [[nodiscard]] std::optional<std::string> textIfAny(int column) const;

private:
    friend class Database;
    Statement(Database& database, std::string_view sql, sqlite3_stmt* statement);

    void bind(int place, std::int64_t value);
    void bind(int place, double value); ///< NaN becomes NULL
    void bind(int place, std::string_view text);
    void bind(int place, Blob blob);
    void bind(int place, std::nullptr_t);
    void bind(int place, std::integral auto value) { bind(place, static_cast<std::int64_t>(value)); }
    void bind(int place, const char* text) { bind(place, std::string_view(text)); }
    void bind(int place, const std::string& text) { bind(place, std::string_view(text)); }
    template <typename T>
    void bind(int place, const std::optional<T>& value)
    {
        if (value)
            bind(place, *value);
        else
            bind(place, nullptr);
    }

    Database* m_database;
    std::string_view m_sql;
    sqlite3_stmt* m_statement; ///< null: moved from
    int m_status = 0;          ///< of binding; SQLITE_OK
};

/// Whether another program held the file for longer than the time limit.
[[nodiscard]] inline bool isBusy(const Error& error)
{
    return error.why.id == MessageId::libraryBusy;
}

/// Why a call failed, as far as a caller decides by it.
enum class DatabaseFault : std::uint8_t {
    None,
    Busy,     ///< isBusy()
    Full,     ///< the disk, or the limit on a file's size
    ReadOnly, ///< the file or its folder
    Damaged,  ///< the file is no database, or no longer one
    Missing,  ///< the file cannot be opened
    Other,
};

/// One connection to an SQLite file, for one thread at a time. Errors name the file. See
/// https://www.sqlite.org/c3ref/intro.html.
class Database {
public:
    enum class Access : std::uint8_t {
        Write, ///< makes the file where there is none
        Read,
        ReadUnchanging, ///< reads a file of which this process may not even make the lock; no other program
                        ///< may be writing it
    };

    /// ":memory:" is a database of this connection alone. Waits up to five seconds for another program that
    /// holds the file. Foreign keys are enforced.
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] const std::string& path() const { return m_path; }

    /// Any number of statements without values; rows are passed over.
    [[nodiscard]] Result<void> script(const std::string& sql);

    /// A statement whose ?1, ?2 and so on are these values. `sql` must outlive the statement: a literal.
    template <typename... Values>
    [[nodiscard]] Result<Statement> query(std::string_view sql, const Values&... values)
    {
        auto statement = prepared(sql);
        if (!statement)
            return statement.error();
        int place = 0;
        (statement->bind(++place, values), ...);
        return statement;
    }

    /// Runs the statement to its end. Rows that it gives are not read.
    template <typename... Values>
    [[nodiscard]] Result<void> execute(std::string_view sql, const Values&... values)
    {
        auto statement = query(sql, values...);
        return statement ? finish(*statement) : Result<void>(statement.error());
    }

    /// The first column of the only row, as a number; nothing where there is no row, or NULL in it.
    template <typename... Values>
    [[nodiscard]] Result<std::optional<std::int64_t>> number(std::string_view sql, const Values&... values)
    {
        auto statement = query(sql, values...);
        if (!statement)
            return statement.error();
        const auto row = statement->next();
        if (!row)
            return row.error();
        return *row ? statement->wholeIfAny(0) : std::nullopt;
    }

    /// Makes the statement that runs in another thread fail soon.
    void interrupt();
    [[nodiscard]] std::int64_t changedRows() const; ///< by the last INSERT, UPDATE or DELETE
    [[nodiscard]] DatabaseFault lastFault() const { return m_fault; }

private:
    friend class Statement;
    Database(std::string path, sqlite3* connection);

    [[nodiscard]] Result<Statement> prepared(std::string_view sql);
    [[nodiscard]] static Result<void> finish(Statement& statement);
    [[nodiscard]] Error failure(int status);

    std::string m_path;
    sqlite3* m_connection;
    std::unique_ptr<StatementCache> m_cache;
    DatabaseFault m_fault = DatabaseFault::None;
};

/// Changes that happen together or not at all: what was not committed is undone when this goes.
class Transaction {
public:
    /// Waits for its turn to write.
    [[nodiscard]] static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept
        : m_database(std::exchange(other.m_database, nullptr))
    {
    }
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    [[nodiscard]] Result<void> commit();

private:
    explicit Transaction(Database& database)
        : m_database(&database)
    {
    }

    Database* m_database; ///< null: it is over
};

} // namespace chainrule
