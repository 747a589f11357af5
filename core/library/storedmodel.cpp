// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/storedmodel.h"

#include "core/base/text.h"
#include "core/formats/checkpoint.h"
#include "core/formats/historyjson.h"
#include "core/formats/settingsjson.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

Message nameOf(const RunRecord& run)
{
    return {MessageId::runNamed, run.id};
}

// Whether this checkpoint has the weights after its step: those of a run that diverged may be from before it.
bool isExact(const RunRecord& run, const CheckpointPlace& place)
{
    return place.kind == CheckpointKind::Full || run.state != RunState::Diverged;
}

Result<Checkpoint> checkpointAfter(Library& library, const RunRecord& run, std::int64_t step)
{
    const auto places = library.checkpoints(run.id);
    if (!places)
        return places.error();
    if (isStored(run, *places, step)) {
        for (const bool full : {true, false}) {
            auto found = full ? library.checkpointBefore(run.id, step) : library.lastCheckpoint(run.id);
            if (!found)
                return found.error();
            if (*found && (*found)->step == step)
                return std::move(**found);
        }
    }
    std::string steps;
    for (const CheckpointPlace& place : *places) {
        if (isExact(run, place))
            steps += (steps.empty() ? "" : ", ") + std::to_string(place.step);
    }
    if (steps.empty())
        return Error{nameOf(run), MessageId::runHasNoWeights, MessageId::runTrainAgain};
    return Error{
        nameOf(run), {MessageId::stepNotStored, std::to_string(step), steps}, MessageId::useStoredStep};
}

Result<Checkpoint> resultOf(Library& library, const RunRecord& run)
{
    auto found = library.lastCheckpoint(run.id);
    if (!found)
        return found.error();
    if (!*found)
        return Error{nameOf(run), MessageId::runHasNoWeights, MessageId::runTrainAgain};
    Checkpoint checkpoint = std::move(**found);
    if (run.state == RunState::Finished && checkpoint.best && !checkpoint.best->parameters.empty())
        checkpoint.network.parameters = checkpoint.best->parameters;
    return checkpoint;
}

Result<History> historyOf(Library& library, const RunRecord& run, bool isResult, double epoch)
{
    auto epochs = library.epochs(run.id);
    if (!epochs)
        return epochs.error();
    History history;
    history.kernels = run.kernels;
    if (isResult) {
        history.epochs = std::move(*epochs);
        history.test = run.test;
        history.trainSeconds = run.trainSeconds;
        history.samplesPerSecond = run.samplesPerSecond;
        history.bestEpoch = run.bestEpoch;
        history.resumedAt = run.resumedAt;
        return history;
    }
    for (const EpochRecord& record : *epochs) {
        if (record.epoch > epoch)
            break;
        history.epochs.push_back(record);
        history.trainSeconds += record.trainSeconds;
    }
    return history;
}

} // namespace

bool isStored(const RunRecord& run, const std::vector<CheckpointPlace>& places, std::int64_t step)
{
    return std::ranges::any_of(
        places, [&](const CheckpointPlace& place) { return place.step == step && isExact(run, place); });
}

Result<ModelFile> modelOf(Library& library, const RunRecord& run, Checkpoint checkpoint, bool isResult)
{
    const double epoch = run.trainingSamples > 0 ? static_cast<double>(checkpoint.samplesDone) /
                                                       static_cast<double>(run.trainingSamples)
                                                 : 0.0;
    // The test samples were measured with the result, which is the best epoch's where that is kept.
    const bool hasOther = checkpoint.best && !checkpoint.best->parameters.empty();
    const bool isWhole = isResult || (checkpoint.step == run.step && !hasOther);
    const auto history = historyOf(library, run, isWhole, epoch);
    if (!history)
        return history.error();
    ModelFile model;
    model.network = std::move(checkpoint.network);
    model.settings = run.settings;
    model.history = historyToJson(*history);
    model.initial = run.initial;
    model.recorded = run.recorded;
    return model;
}

Result<ModelFile> storedModel(Library& library, const RunRecord& run, std::optional<std::int64_t> step)
{
    auto checkpoint = step ? checkpointAfter(library, run, *step) : resultOf(library, run);
    if (!checkpoint)
        return checkpoint.error();
    return modelOf(library, run, std::move(*checkpoint), !step);
}

Result<Run> runOf(const RunRecord& record)
{
    auto settings = settingsFromJson(record.settings);
    if (!settings)
        return settings.error();
    Run run{std::move(*settings), {}, {}, record.epoch, record.initial};
    run.history.test = record.test;
    run.history.trainSeconds = record.trainSeconds;
    run.history.samplesPerSecond = record.samplesPerSecond;
    run.history.kernels = record.kernels;
    run.history.bestEpoch = record.bestEpoch;
    run.history.resumedAt = record.resumedAt;
    run.id = record.id;
    run.forkedFrom = record.parent;
    run.recorded = record.recorded;
    run.unfinished = record.state == RunState::Stopped || record.state == RunState::Interrupted;
    return run;
}

Result<Run> runOf(const ModelFile& model)
{
    Run run;
    run.settings = presets().front().settings;
    run.settings.data.clear();
    run.recorded = model.recorded && !model.settings.empty();
    if (!model.settings.empty()) {
        auto settings = settingsFromJson(model.settings);
        if (!settings)
            return settings.error();
        run.settings = std::move(*settings);
    }
    if (!model.history.empty()) {
        auto history = historyFromJson(model.history);
        if (!history)
            return history.error();
        run.history = std::move(*history);
    }
    run.settings.layers = model.network.stack.layers;
    run.settings.precision = model.network.precision;
    if (run.settings.precision == Precision::Float) // which the scalar engine does not have
        run.settings.engine = EngineKind::Matrix;
    if (const auto valid = validate(run.settings); !valid)
        return valid.error();
    if (!run.history.epochs.empty())
        run.epoch = run.history.epochs.back().epoch;
    run.parent = model.initial;
    run.network = std::make_shared<const Network>(model.network);
    return run;
}

Result<Run> addModel(Library& library, const ModelFile& model, std::optional<RunFile> file,
                     const std::string& version)
{
    auto run = runOf(model);
    if (!run)
        return run;
    RunRecord record{newRunId(), timestamp()};
    record.settings = settingsToJson(run->settings);
    record.initial = run->parent;
    record.source = run->settings.data;
    record.trainingSamples = static_cast<std::size_t>(run->settings.samples.training);
    record.kernels = run->history.kernels;
    record.version = version;
    record.process = thisProcess();
    record.recorded = run->recorded;
    Checkpoint weights = checkpointAt(run->settings, *run->network, record.trainingSamples, run->epoch);
    weights.optimizer.kind = OptimizerKind::Sgd; // which remembers nothing
    if (file)
        file->step = weights.step;
    RunChanges changes;
    changes.epochs = run->history.epochs;
    changes.checkpoints.push_back({weights.step, CheckpointKind::Weights, encodeCheckpoint(weights)});
    RunEnd end;
    end.progress = {weights.step, run->epoch};
    end.history = run->history;
    end.history.epochs.clear();
    changes.end = std::move(end);
    if (const auto done = library.beginRun(record); !done)
        return done.error();
    if (const auto done = library.append(record.id, changes); !done)
        return done.error();
    if (const auto done = file ? library.noteFile(record.id, *file) : Result<void>(); !done)
        return done.error();
    run->id = record.id;
    return run;
}

Result<Run> wholeRun(Library& library, const std::string& id)
{
    const auto record = library.find(id);
    if (!record)
        return record.error();
    auto run = runOf(*record);
    if (!run)
        return run;
    auto epochs = library.epochs(id);
    if (!epochs)
        return epochs.error();
    run->history.epochs = std::move(*epochs);
    auto journal = library.journal(id);
    if (!journal)
        return journal.error();
    run->journal = std::move(*journal);
    if (auto result = resultOf(library, *record))
        run->network = std::make_shared<const Network>(std::move(result->network));
    return run;
}

} // namespace chainrule
