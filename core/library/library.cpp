// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/library.h"

#include "core/data/readers/sources.h"
#include "core/formats/modelmetadata.h"
#include "core/library/schema.h"

#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace chainrule {

namespace {

namespace fs = std::filesystem;

// Which file systems are those of other machines: f_type of statfs(2), <linux/magic.h> and the systems' own.
constexpr std::array<std::int64_t, 10> networkTypes{
    0x6969,     // NFS
    0x517b,     // SMB
    0xff534d42, // CIFS
    0xfe534d42, // SMB2
    0x65735546, // FUSE: sshfs and its kin
    0x01021997, // 9P
    0x5346414f, // AFS
    0x00c36400, // Ceph
    0x0bd00bd0, // Lustre
    0x47504653, // GPFS
};

Error noSuchRun(const std::string& id)
{
    return {{MessageId::runNamed, id}, MessageId::noSuchRun, MessageId::listRuns};
}

void makeFolderOf(const std::string& path)
{
    std::error_code error; // the opening that follows says what is wrong
    const fs::path folder = fs::path(path).parent_path();
    if (folder.empty() || fs::exists(folder, error))
        return;
    if (fs::create_directories(folder, error) && !error)
        fs::permissions(folder, fs::perms::owner_all, error); // as the XDG base directory specification says
}

// Another process that does the same keeps the file locked for a moment, for which SQLite does not always
// wait by itself.
Result<void> patiently(Database& database, const std::string& sql)
{
    using namespace std::chrono_literals;
    for (int tries = 0;; ++tries) {
        auto done = database.script(sql);
        if (done || !isBusy(done.error()) || tries == 100)
            return done;
        std::this_thread::sleep_for(20ms);
    }
}

Result<void> chooseJournal(Database& database, Library::FileSystem system)
{
    // A write-ahead log needs memory that processes share. Without it one process takes the file for itself.
    // The size is that to which the log is cut down.
    return patiently(database, system == Library::FileSystem::Network
                                   ? "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;"
                                     "PRAGMA synchronous = FULL"
                                   : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                     "PRAGMA journal_size_limit = 16777216");
}

struct Opened {
    std::unique_ptr<Database> database;
    std::optional<Error> notice;
};

bool hasLog(const std::string& path)
{
    std::error_code error;
    const auto size = fs::file_size(path + "-wal", error);
    return !error && size > 0;
}

Result<Opened> openForReading(const std::string& path, const Error& notice)
{
    auto database = Database::open(path, Database::Access::Read);
    auto state = database ? checkSchema(**database) : Result<SchemaState>(database.error());
    // Reading beside a writer takes a file of the folder. Where that cannot be made, and no log tells of
    // changes that are not in the file yet, it can be read as it is.
    const auto fault = database ? (*database)->lastFault() : DatabaseFault::None;
    if ((fault == DatabaseFault::Missing || fault == DatabaseFault::ReadOnly) && !hasLog(path)) {
        database = Database::open(path, Database::Access::ReadUnchanging);
        state = database ? checkSchema(**database) : Result<SchemaState>(database.error());
    }
    if (!state)
        return notice;
    return Opened{std::move(*database), notice};
}

Result<Opened> openFile(const std::string& path, Library::FileSystem system)
{
    auto database = Database::open(path, Database::Access::Write);
    if (!database)
        return openForReading(path, database.error());
    // What removed checkpoints leave is given back to the disk; this has to be said before there are tables.
    const auto pages = (*database)->number("PRAGMA page_count");
    auto done = pages ? Result<void>() : Result<void>(pages.error());
    if (pages && *pages == 0)
        done = patiently(**database, "PRAGMA auto_vacuum = INCREMENTAL");
    if (done) {
        const auto state = bringUpToDate(**database);
        if (!state)
            done = state.error();
        else if (*state == SchemaState::Newer)
            done = newerSchema(**database);
        else
            done = chooseJournal(**database, system);
    }
    if (!done) {
        // Reading would wait for the other program just as long.
        return isBusy(done.error()) ? done.error() : openForReading(path, done.error());
    }
    return Opened{std::move(*database), std::nullopt};
}

std::string_view kindName(CheckpointKind kind)
{
    return kind == CheckpointKind::Full ? "full" : "weights";
}

} // namespace

Result<std::string> libraryPath()
{
    if (const char* const named = std::getenv("CHAINRULE_LIBRARY"); named && *named)
        return std::string(named);
    if (auto path = userDataFolder("library.db"))
        return *path;
    return Error{MessageId::theLibrary, MessageId::libraryNoPlace, MessageId::librarySetPlace};
}

Library::FileSystem Library::fileSystemOf(const std::string& path)
{
    struct statfs file {};
    std::string folder = fs::path(path).parent_path().string();
    if (folder.empty())
        folder = ".";
    if (::statfs(folder.c_str(), &file) != 0)
        return FileSystem::Local;
    const auto type = static_cast<std::int64_t>(file.f_type) & 0xffffffff;
    return std::ranges::find(networkTypes, type) != networkTypes.end() ? FileSystem::Network
                                                                       : FileSystem::Local;
}

Library::Library(std::unique_ptr<Database> database, std::optional<Error> notice)
    : m_database(std::move(database))
    , m_notice(std::move(notice))
{
}

Result<std::shared_ptr<Library>> Library::open(const std::string& path)
{
    if (path == inMemory)
        return open(path, FileSystem::Local);
    makeFolderOf(path);
    return open(path, fileSystemOf(path));
}

Result<std::shared_ptr<Library>> Library::open(const std::string& path, FileSystem system)
{
    if (path != inMemory)
        makeFolderOf(path);
    auto opened = openFile(path, system);
    if (!opened)
        return opened.error();
    return std::shared_ptr<Library>(new Library(std::move(opened->database), std::move(opened->notice)));
}

Result<void> Library::requireWriting() const
{
    return m_notice ? Result<void>(*m_notice) : Result<void>();
}

Result<std::int64_t> Library::numberOf(const std::string& id)
{
    const auto number = m_database->number("SELECT number FROM run WHERE id = ?1", id);
    if (!number)
        return number.error();
    return *number ? Result<std::int64_t>(**number) : noSuchRun(id);
}

Result<void> Library::beginRun(const RunRecord& run)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    std::optional<std::string> parent;
    std::optional<std::int64_t> parentStep;
    if (run.parent) {
        parent = run.parent->id;
        parentStep = run.parent->step;
    }
    return m_database->execute(
        "INSERT INTO run (id, created, name, state, settings, parent, parent_step, initial, source,"
        " samples_sha256, training_samples, kernels, version, host, boot, process, process_start, step, "
        "epoch,"
        " resumed_at, pinned, recorded) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
        "?15,"
        " ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
        run.id, run.created, run.name, runStateName(run.state), run.settings, parent, parentStep,
        run.initial ? std::optional(initialFileToJson(*run.initial)) : std::nullopt, run.source,
        run.samples.empty() ? std::nullopt : std::optional(run.samples), run.trainingSamples, run.kernels,
        run.version, run.process.host, run.process.boot, run.process.process, run.process.start, run.step,
        run.epoch, run.resumedAt, run.pinned, run.recorded);
}

Result<void> Library::resumeRun(const std::string& id, const Resumption& from)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return transaction.error();
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    const auto running = m_database->number("SELECT state = 'running' FROM run WHERE number = ?1", *run);
    if (!running)
        return running.error();
    if (running->value_or(0) != 0)
        return Error{{MessageId::runNamed, id}, MessageId::runIsRunning, MessageId::stopRunFirst};
    const ProcessId process = thisProcess();
    for (const auto& done :
         {m_database->execute("DELETE FROM epoch WHERE run = ?1 AND epoch > ?2", *run, from.epochsMeasured),
          m_database->execute("DELETE FROM event WHERE run = ?1 AND step >= ?2", *run, from.step),
          m_database->execute("DELETE FROM checkpoint WHERE run = ?1 AND (step > ?2 OR kind = 'weights')",
                              *run, from.step),
          m_database->execute(
              "UPDATE run SET state = 'running', fault = NULL, deleted = 0, host = ?2, boot = ?3,"
              " process = ?4, process_start = ?5, step = ?6, train_seconds ="
              " (SELECT ifnull(sum(train_seconds), 0) FROM epoch WHERE run = ?1), validation_loss ="
              " (SELECT min(validation_loss) FROM epoch WHERE run = ?1) WHERE number = ?1",
              *run, process.host, process.boot, process.process, process.start, from.step)}) {
        if (!done)
            return done;
    }
    return transaction->commit();
}

Result<void> Library::append(const std::string& id, const RunChanges& changes)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return transaction.error();
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    if (auto done = appendTo(*run, changes); !done)
        return done;
    return transaction->commit();
}

Result<void> Library::appendTo(std::int64_t run, const RunChanges& changes)
{
    if (auto done = appendEpochs(run, changes.epochs); !done)
        return done;
    if (auto done = appendEvents(run, changes.events); !done)
        return done;
    for (const StoredCheckpoint& checkpoint : changes.checkpoints) {
        if (auto done = m_database->execute(
                "INSERT OR REPLACE INTO checkpoint (run, step, kind, bytes) VALUES (?1, ?2, ?3, ?4)", run,
                checkpoint.step, kindName(checkpoint.kind), Blob{checkpoint.bytes});
            !done)
            return done;
    }
    for (const std::int64_t step : changes.thinned) {
        if (auto done = m_database->execute(
                "DELETE FROM checkpoint WHERE run = ?1 AND step = ?2 AND kind = 'full'", run, step);
            !done)
            return done;
    }
    if (changes.samples) {
        if (auto done = m_database->execute("UPDATE run SET samples_sha256 = ?2 WHERE number = ?1", run,
                                            *changes.samples);
            !done)
            return done;
    }
    if (changes.progress) {
        if (auto done = m_database->execute("UPDATE run SET step = ?2, epoch = ?3, state = CASE state WHEN"
                                            " 'interrupted' THEN 'running' ELSE state END WHERE number = ?1",
                                            run, changes.progress->step, changes.progress->epoch);
            !done)
            return done;
    }
    return changes.end ? endRun(run, *changes.end) : Result<void>();
}

Result<void> Library::appendEpochs(std::int64_t run, const std::vector<EpochRecord>& epochs)
{
    if (epochs.empty())
        return {};
    double seconds = 0.0;
    std::optional<double> best;
    for (const EpochRecord& record : epochs) {
        std::optional<double> loss;
        std::optional<double> accuracy;
        if (record.validation) {
            loss = record.validation->loss;
            accuracy = record.validation->accuracy;
            best = std::min(best.value_or(*loss), *loss);
        }
        seconds += record.trainSeconds;
        if (auto done = m_database->execute(
                "INSERT OR REPLACE INTO epoch (run, epoch, train_loss, train_accuracy, validation_loss,"
                " validation_accuracy, learning_rate, train_seconds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                run, record.epoch, record.trainLoss, record.trainAccuracy, loss, accuracy,
                record.learningRate, record.trainSeconds);
            !done)
            return done;
    }
    // The functions min() and max() of two arguments are NULL where one of them is.
    return m_database->execute("UPDATE run SET train_seconds = train_seconds + ?2, validation_loss ="
                               " min(ifnull(validation_loss, ?3), ifnull(?3, validation_loss))"
                               " WHERE number = ?1",
                               run, seconds, best);
}

Result<void> Library::appendEvents(std::int64_t run, const Journal& events)
{
    for (const JournalEvent& event : events) {
        if (auto done =
                m_database->execute("INSERT INTO event (run, step, field, value) VALUES (?1, ?2, ?3, ?4)",
                                    run, event.step, liveFieldRow(event.field).name, event.value);
            !done)
            return done;
    }
    return {};
}

Result<void> Library::endRun(std::int64_t run, const RunEnd& end)
{
    const History& history = end.history;
    std::optional<double> testLoss;
    std::optional<double> testAccuracy;
    if (history.test) {
        testLoss = history.test->loss;
        testAccuracy = history.test->accuracy;
    }
    if (auto done = m_database->execute(
            "UPDATE run SET state = ?2, fault = ?3, step = ?4, epoch = ?5, test_loss = ?6,"
            " test_accuracy = ?7, train_seconds = ?8, samples_per_second = ?9, best_epoch = ?10,"
            " resumed_at = ?11 WHERE number = ?1",
            run, runStateName(end.state), end.fault.empty() ? std::nullopt : std::optional(end.fault),
            end.progress.step, end.progress.epoch, testLoss, testAccuracy, history.trainSeconds,
            history.samplesPerSecond, history.bestEpoch, history.resumedAt);
        !done)
        return done;
    // What came as it happened may have been taken back with the steps that it was for.
    if (auto done = m_database->execute("DELETE FROM event WHERE run = ?1", run); !done)
        return done;
    if (auto done = appendEvents(run, end.journal); !done)
        return done;
    if (!end.lastGoodStep)
        return {};
    return m_database->execute("DELETE FROM checkpoint WHERE run = ?1 AND step > ?2 AND kind = 'full'", run,
                               *end.lastGoodStep);
}

namespace {

// Whether a row was changed.
Result<void> changed(Database& database, const Result<void>& done, const std::string& id)
{
    if (!done)
        return done;
    return database.changedRows() > 0 ? Result<void>() : noSuchRun(id);
}

} // namespace

Result<void> Library::rename(const std::string& id, const std::string& name)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    const auto given = name.empty() ? std::nullopt : std::optional(name);
    return changed(*m_database, m_database->execute("UPDATE run SET name = ?2 WHERE id = ?1", id, given), id);
}

Result<void> Library::setPinned(const std::string& id, bool pinned)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    return changed(*m_database, m_database->execute("UPDATE run SET pinned = ?2 WHERE id = ?1", id, pinned),
                   id);
}

Result<void> Library::setDeleted(const std::string& id, bool deleted)
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may;
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return transaction.error();
    const auto running =
        m_database->number("SELECT state = 'running' FROM run WHERE id = ?1 AND deleted <> ?2", id, deleted);
    if (!running)
        return running.error();
    if (deleted && running->value_or(0) != 0)
        return Error{{MessageId::runNamed, id}, MessageId::runIsRunning, MessageId::stopRunFirst};
    if (auto done = changed(
            *m_database, m_database->execute("UPDATE run SET deleted = ?2 WHERE id = ?1", id, deleted), id);
        !done)
        return done;
    return transaction->commit();
}

Result<int> Library::markInterrupted()
{
    const std::lock_guard lock(m_mutex);
    if (const auto may = requireWriting(); !may)
        return may.error();
    std::vector<std::int64_t> dead;
    {
        auto rows = m_database->query(
            "SELECT number, host, boot, process, process_start FROM run WHERE state = 'running'");
        if (!rows)
            return rows.error();
        for (;;) {
            const auto row = rows->next();
            if (!row)
                return row.error();
            if (!*row)
                break;
            if (hasEnded({rows->text(1), rows->text(2), rows->whole(3), rows->whole(4)}))
                dead.push_back(rows->whole(0));
        }
    }
    for (const std::int64_t run : dead) {
        if (const auto done = m_database->execute(
                "UPDATE run SET state = 'interrupted' WHERE number = ?1 AND state = 'running'", run);
            !done)
            return done.error();
    }
    return static_cast<int>(dead.size());
}

} // namespace chainrule
