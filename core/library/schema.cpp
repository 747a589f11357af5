// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/schema.h"

#include <array>
#include <string>

namespace chainrule {

namespace {

// Times are UTC in ISO 8601 with milliseconds, "2026-12-01T11:53:00.000Z". Losses are means over samples in
// the unit of the run's loss, accuracies per cent, seconds those of forward, backward and update.
constexpr std::string_view firstTables = R"(
CREATE TABLE run (
    number INTEGER PRIMARY KEY,  -- in the order of their beginning
    id TEXT NOT NULL UNIQUE,     -- a UUID in lowercase
    created TEXT NOT NULL,
    name TEXT,                   -- that a person gave; NULL: none
    state TEXT NOT NULL CHECK
        (state IN ('running', 'finished', 'stopped', 'diverged', 'failed', 'interrupted')),
    fault TEXT,                  -- why it diverged or failed, in English
    settings TEXT NOT NULL,      -- JSON, as in a model file
    parent TEXT,                 -- the id of the run that it was forked from; it may be in another library
    parent_step INTEGER,
    initial TEXT,                -- JSON: the model file that its first weights are from, as in a model file
    source TEXT NOT NULL,        -- of the data, as --data takes it
    samples_sha256 TEXT,         -- of the prepared samples (samplesDigest()); NULL: not yet known
    training_samples INTEGER NOT NULL,
    kernels TEXT NOT NULL,       -- the instruction set that computes it
    version TEXT NOT NULL,       -- of the program
    host TEXT NOT NULL,          -- where it runs, or ran: name,
    boot TEXT NOT NULL,          -- the id that the system has since it was started,
    process INTEGER NOT NULL,    -- the process's number,
    process_start INTEGER NOT NULL, -- and its start in clock ticks after the system's
    step INTEGER NOT NULL DEFAULT 0,  -- steps done
    epoch REAL NOT NULL DEFAULT 0,    -- 2.5 is the middle of the third epoch
    validation_loss REAL,             -- the lowest so far
    test_loss REAL,
    test_accuracy REAL,
    train_seconds REAL NOT NULL DEFAULT 0,
    samples_per_second REAL NOT NULL DEFAULT 0,
    best_epoch INTEGER NOT NULL DEFAULT 0, -- of a run that looks for it; 0: none
    resumed_at REAL,                  -- in epochs, where it was cut off and went on
    pinned INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE epoch (
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    epoch INTEGER NOT NULL, -- counted from 1
    train_loss REAL,        -- NULL: it was not finite
    train_accuracy REAL,
    validation_loss REAL,   -- this and the next are NULL without validation samples
    validation_accuracy REAL,
    learning_rate REAL NOT NULL,
    train_seconds REAL NOT NULL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    step INTEGER NOT NULL, -- steps done
    kind TEXT NOT NULL CHECK (kind IN ('full', 'weights')), -- full: from here the run goes on bit for bit
    bytes BLOB NOT NULL,   -- a safetensors file, chainrule-checkpoint/1
    UNIQUE (run, step, kind)
);
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    step INTEGER NOT NULL, -- the first that it holds for, counted from 0
    field TEXT NOT NULL,   -- what was changed, by its option: "lr"
    value REAL NOT NULL    -- below 0: back to the settings' value
);
CREATE INDEX event_of_run ON event (run, step);
CREATE TABLE drawing (
    number INTEGER PRIMARY KEY,
    created TEXT NOT NULL,
    line TEXT NOT NULL,    -- JSON, a line of drawings.jsonl
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE correction (
    number INTEGER PRIMARY KEY,
    source TEXT NOT NULL,  -- of the data, as --data takes it
    sample INTEGER NOT NULL,
    label TEXT NOT NULL,   -- the right class
    created TEXT NOT NULL,
    UNIQUE (source, sample)
);
CREATE TABLE workspace (
    window TEXT PRIMARY KEY, -- a UUID
    changed TEXT NOT NULL,
    state TEXT NOT NULL      -- JSON
) WITHOUT ROWID;
CREATE TABLE sweep (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    plan TEXT NOT NULL     -- JSON
);
)";

// Model files that were read or written; whose windows' workspaces are; runs that came out of files.
constexpr std::string_view filesAndWorkspaces = R"(
CREATE TABLE file (
    sha256 TEXT PRIMARY KEY, -- of its content, which is the network
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE, -- of this run
    step INTEGER NOT NULL,   -- after so many of its steps
    path TEXT NOT NULL,
    changed TEXT NOT NULL    -- when it was read or written last
) WITHOUT ROWID;
CREATE INDEX file_of_run ON file (run, changed);
ALTER TABLE run ADD COLUMN recorded INTEGER NOT NULL DEFAULT 1; -- 0: the settings are not those of its training
DROP TABLE workspace;
CREATE TABLE workspace (
    window TEXT PRIMARY KEY, -- a UUID
    host TEXT NOT NULL,      -- where the window is open, as in the table of runs
    boot TEXT NOT NULL,
    process INTEGER NOT NULL, -- 0: it was closed
    process_start INTEGER NOT NULL,
    changed TEXT NOT NULL,
    state TEXT NOT NULL      -- JSON
) WITHOUT ROWID;
)";

constexpr std::array steps{firstTables, filesAndWorkspaces};

Result<std::int64_t> pragma(Database& database, const char* name)
{
    auto statement = database.query(name);
    if (!statement)
        return statement.error();
    const auto row = statement->next();
    if (!row)
        return row.error();
    return statement->whole(0);
}

Result<std::int64_t> versionOf(Database& database)
{
    return pragma(database, "PRAGMA user_version");
}

// Whether it is a library. False: it has no tables yet.
Result<bool> isLibrary(Database& database)
{
    const auto application = pragma(database, "PRAGMA application_id");
    if (!application)
        return application.error();
    if (*application == libraryApplication)
        return true;
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (!tables)
        return tables.error();
    if (*application == 0 && *tables == 0)
        return false;
    return Error{
        {MessageId::libraryNamed, database.path()}, MessageId::libraryOfOther, MessageId::libraryNameOther};
}

// With the file locked: another program may have done all of it meanwhile.
Result<void> takeSteps(Database& database, std::span<const std::string_view> wanted)
{
    auto transaction = Transaction::begin(database);
    if (!transaction)
        return transaction.error();
    const auto version = versionOf(database);
    if (!version)
        return version.error();
    for (auto i = static_cast<std::size_t>(*version); i < wanted.size(); ++i) {
        if (auto done = database.script(std::string(wanted[i])); !done)
            return done;
    }
    if (static_cast<std::size_t>(*version) < wanted.size()) {
        const std::string marks = "PRAGMA application_id = " + std::to_string(libraryApplication) +
                                  "; PRAGMA user_version = " + std::to_string(wanted.size());
        if (auto done = database.script(marks); !done)
            return done;
    }
    return transaction->commit();
}

} // namespace

std::span<const std::string_view> schemaSteps()
{
    return steps;
}

Result<SchemaState> bringUpToDate(Database& database, std::span<const std::string_view> wanted)
{
    const auto library = isLibrary(database);
    if (!library)
        return library.error();
    const auto version = versionOf(database);
    if (!version)
        return version.error();
    const auto newest = static_cast<std::int64_t>(wanted.size());
    if (*library && *version > newest)
        return SchemaState::Newer;
    if (!*library || *version < newest) {
        if (const auto done = takeSteps(database, wanted); !done)
            return done.error();
    }
    return SchemaState::Present;
}

Result<SchemaState> checkSchema(Database& database, std::span<const std::string_view> wanted)
{
    const auto library = isLibrary(database);
    if (!library)
        return library.error();
    const auto version = versionOf(database);
    if (!version)
        return version.error();
    const auto newest = static_cast<std::int64_t>(wanted.size());
    if (*version > newest)
        return SchemaState::Newer;
    if (!*library || *version < newest)
        return Error{{MessageId::libraryNamed, database.path()},
                     MessageId::libraryOlder,
                     MessageId::libraryAllowWriting};
    return SchemaState::Present;
}

Error newerSchema(Database& database, std::span<const std::string_view> wanted)
{
    const auto version = versionOf(database);
    if (!version)
        return version.error();
    return {{MessageId::libraryNamed, database.path()},
            {MessageId::libraryNewer, std::to_string(*version), std::to_string(wanted.size())},
            MessageId::libraryUseNewer};
}

} // namespace chainrule
