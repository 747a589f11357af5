// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint.h"
#include "core/formats/modelmetadata.h"
#include "core/library/library.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

namespace chainrule {

namespace {

constexpr std::size_t mostNamed = 5; // ids in an error

// Columns in the order in which recordOf() reads them.
#define CHAINRULE_RUN_COLUMNS                                                                                \
    "id, created, name, state, fault, settings, parent, parent_step, initial, source, samples_sha256,"       \
    " training_samples, kernels, version, host, boot, process, process_start, step, epoch, validation_loss," \
    " test_loss, test_accuracy, train_seconds, samples_per_second, best_epoch, resumed_at, pinned, deleted," \
    " recorded"

RunState stateFromName(const std::string& name)
{
    const auto* const row = std::ranges::find(runStateTable, name, &RunStateRow::name);
    return row == runStateTable.end() ? RunState::Failed : row->state;
}

RunRecord recordOf(const Statement& row)
{
    RunRecord run;
    int at = 0;
    run.id = row.text(at++);
    run.created = row.text(at++);
    run.name = row.textIfAny(at++);
    run.state = stateFromName(row.text(at++));
    run.fault = row.text(at++);
    run.settings = row.text(at++);
    if (auto parent = row.textIfAny(at))
        run.parent = RunParent{std::move(*parent), row.whole(at + 1)};
    at += 2;
    if (const auto initial = row.textIfAny(at++)) {
        if (auto file = initialFileFromJson(*initial, {}))
            run.initial = std::move(*file);
    }
    run.source = row.text(at++);
    run.samples = row.text(at++);
    run.trainingSamples = static_cast<std::size_t>(std::max<std::int64_t>(row.whole(at++), 0));
    run.kernels = row.text(at++);
    run.version = row.text(at++);
    run.process.host = row.text(at++);
    run.process.boot = row.text(at++);
    run.process.process = row.whole(at++);
    run.process.start = row.whole(at++);
    run.step = row.whole(at++);
    run.epoch = row.real(at++);
    run.validationLoss = row.realIfAny(at++);
    if (const auto loss = row.realIfAny(at))
        run.test = Metrics{*loss, row.real(at + 1)};
    at += 2;
    run.trainSeconds = row.real(at++);
    run.samplesPerSecond = row.real(at++);
    run.bestEpoch = static_cast<int>(row.whole(at++));
    run.resumedAt = row.realIfAny(at++);
    run.pinned = row.whole(at++) != 0;
    run.deleted = row.whole(at++) != 0;
    run.recorded = row.whole(at) != 0;
    return run;
}

// Every row as `read` makes it.
template <typename Read>
auto rowsOf(Result<Statement> statement, Read read) -> Result<std::vector<decltype(read(*statement))>>
{
    if (!statement)
        return statement.error();
    std::vector<decltype(read(*statement))> all;
    for (;;) {
        const auto row = statement->next();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        all.push_back(read(*statement));
    }
}

EpochRecord epochOf(const Statement& row)
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    EpochRecord record;
    record.epoch = static_cast<int>(row.whole(0));
    record.trainLoss = row.realIfAny(1).value_or(none);
    record.trainAccuracy = row.realIfAny(2).value_or(none);
    if (const auto loss = row.realIfAny(3))
        record.validation = Metrics{*loss, row.realIfAny(4).value_or(none)};
    record.learningRate = row.real(5);
    record.trainSeconds = row.real(6);
    return record;
}

// Nothing where the query has no row.
Result<std::optional<Checkpoint>> checkpointOf(Result<Statement> statement, const std::string& id)
{
    if (!statement)
        return statement.error();
    const auto row = statement->next();
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<Checkpoint>();
    const std::string bytes = statement->text(0);
    auto checkpoint = decodeCheckpoint(bytes, id + " after step " + std::to_string(statement->whole(1)));
    if (!checkpoint)
        return checkpoint.error();
    return std::optional(std::move(*checkpoint));
}

} // namespace

Result<std::int64_t> Library::changes()
{
    const std::lock_guard lock(m_mutex);
    auto rows =
        rowsOf(m_database->query("PRAGMA data_version"), [](const Statement& row) { return row.whole(0); });
    return rows && !rows->empty() ? Result<std::int64_t>(rows->front()) : rows.error();
}

Result<std::vector<RunStanding>> Library::standings()
{
    const std::lock_guard lock(m_mutex);
    return rowsOf(m_database->query("SELECT id, state, step, train_seconds, name, pinned FROM run"
                                    " WHERE deleted = 0 ORDER BY number"),
                  [](const Statement& row) -> RunStanding {
                      return {row.text(0), stateFromName(row.text(1)), row.whole(2),
                              row.real(3), row.textIfAny(4),           row.whole(5) != 0};
                  });
}

Result<std::vector<RunRecord>> Library::list(const RunFilter& filter)
{
    const std::lock_guard lock(m_mutex);
    const auto state = filter.state ? std::optional(std::string(runStateName(*filter.state))) : std::nullopt;
    return rowsOf(m_database->query("SELECT " CHAINRULE_RUN_COLUMNS
                                    " FROM run WHERE deleted = ?1 AND (?2 IS NULL OR state = ?2)"
                                    " AND instr(lower(id || ' ' || ifnull(name, '') || ' ' || settings || ' '"
                                    " || source), lower(?3)) > 0 ORDER BY number DESC LIMIT ?4",
                                    filter.deleted, state, filter.text, filter.most),
                  recordOf);
}

Result<std::vector<RunRecord>> Library::runsBeginningWith(const std::string& beginning, bool deleted)
{
    // No digit comes after "f".
    return rowsOf(m_database->query("SELECT " CHAINRULE_RUN_COLUMNS " FROM run WHERE id >= ?1 AND"
                                    " id < ?1 || 'g' AND deleted = ?2 ORDER BY number DESC LIMIT ?3",
                                    beginning, deleted, mostNamed + 1),
                  recordOf);
}

Result<RunRecord> Library::find(const std::string& beginning)
{
    const std::lock_guard lock(m_mutex);
    const Message what{MessageId::runNamed, beginning};
    std::string lower = beginning;
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower.empty() || lower.find_first_not_of("0123456789abcdef-") != std::string::npos)
        return Error{what, MessageId::noSuchRun, MessageId::listRuns};
    for (const bool deleted : {false, true}) {
        auto runs = runsBeginningWith(lower, deleted);
        if (!runs)
            return runs.error();
        if (runs->size() == 1)
            return std::move(runs->front());
        if (runs->empty())
            continue;
        std::string ids;
        for (std::size_t i = 0; i < std::min(runs->size(), mostNamed); ++i)
            ids += (i > 0 ? ", " : "") + (*runs)[i].id;
        if (runs->size() > mostNamed)
            ids += ", …";
        return Error{what, {MessageId::ambiguousRun, ids}, MessageId::writeMoreOfId};
    }
    return Error{what, MessageId::noSuchRun, MessageId::listRuns};
}

Result<std::vector<EpochRecord>> Library::epochs(const std::string& id, int after)
{
    const std::lock_guard lock(m_mutex);
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    return rowsOf(m_database->query("SELECT epoch, train_loss, train_accuracy, validation_loss,"
                                    " validation_accuracy, learning_rate, train_seconds FROM epoch"
                                    " WHERE run = ?1 AND epoch > ?2 ORDER BY epoch",
                                    *run, after),
                  epochOf);
}

Result<Journal> Library::journal(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    const auto events = rowsOf(
        m_database->query("SELECT step, field, value FROM event WHERE run = ?1 ORDER BY step, number", *run),
        [](const Statement& row) -> std::optional<JournalEvent> {
            const auto field = liveFieldFromName(row.text(1));
            return field ? std::optional(JournalEvent{row.whole(0), *field, row.real(2)})
                         : std::nullopt; // of a newer version
        });
    if (!events)
        return events.error();
    Journal journal;
    for (const auto& event : *events) {
        if (event)
            journal.push_back(*event);
    }
    return journal;
}

Result<std::vector<CheckpointPlace>> Library::checkpoints(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    return rowsOf(m_database->query("SELECT step, kind = 'weights', length(bytes) FROM checkpoint"
                                    " WHERE run = ?1 ORDER BY step, kind",
                                    *run),
                  [](const Statement& row) -> CheckpointPlace {
                      return {row.whole(0),
                              row.whole(1) != 0 ? CheckpointKind::Weights : CheckpointKind::Full,
                              row.whole(2)};
                  });
}

Result<std::optional<Checkpoint>> Library::checkpointBefore(const std::string& id, std::int64_t step)
{
    const std::lock_guard lock(m_mutex);
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    return checkpointOf(m_database->query("SELECT bytes, step FROM checkpoint WHERE run = ?1 AND step <= ?2"
                                          " AND kind = 'full' ORDER BY step DESC LIMIT 1",
                                          *run, step),
                        id);
}

Result<std::optional<Checkpoint>> Library::lastCheckpoint(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    const auto run = numberOf(id);
    if (!run)
        return run.error();
    return checkpointOf(m_database->query("SELECT bytes, step FROM checkpoint WHERE run = ?1"
                                          " ORDER BY step DESC, kind DESC LIMIT 1",
                                          *run),
                        id);
}

} // namespace chainrule
