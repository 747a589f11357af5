// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/runreplay.h"

#include "core/formats/settingsjson.h"
#include "core/library/samplesdigest.h"
#include "core/training/engines/engine.h"

#include <algorithm>
#include <utility>

namespace chainrule {

namespace {

Error cannotReplay(const RunRecord& run, Message why)
{
    return {
        {MessageId::runNamed, run.id}, {MessageId::runNoReplay, std::move(why)}, MessageId::useAStoredStep};
}

bool isDrawnBySeed(const RunRecord& run)
{
    return !run.initial && !run.parent;
}

Result<RunSetup> setupOf(Library& library, const RunRecord& run, const TrainingSettings& settings,
                         std::shared_ptr<const Dataset> data)
{
    const Given given{{true, true, true}, true, true, false};
    if (isDrawnBySeed(run))
        return prepareRun(settings, given, std::move(data));
    // Its scale and the names of its outputs bring the data to what the run saw; every checkpoint has them.
    const auto any = library.checkpointBefore(run.id, run.step);
    if (!any)
        return any.error();
    if (!*any)
        return Error{
            {MessageId::runNamed, run.id}, MessageId::runFirstWeightsGone, MessageId::useAStoredStep};
    return prepareRun(settings, given, std::move(data), (*any)->network);
}

} // namespace

RunReplay::RunReplay(std::shared_ptr<Library> library, RunRecord run, std::shared_ptr<const RunSetup> setup,
                     Journal journal)
    : m_library(std::move(library))
    , m_run(std::move(run))
    , m_journal(std::move(journal))
    , m_replay(std::move(setup))
{
}

Result<RunReplay> RunReplay::open(std::shared_ptr<Library> library, const RunRecord& run,
                                  std::shared_ptr<const Dataset> data, const std::string& version)
{
    if (run.version != version)
        return cannotReplay(run, {MessageId::runOtherVersion, run.version, version});
    const std::vector<std::string> kernels = kernelNames();
    if (std::ranges::find(kernels, run.kernels) == kernels.end())
        return cannotReplay(run, {MessageId::runOtherKernels, run.kernels});
    auto settings = settingsFromJson(run.settings);
    if (!settings)
        return settings.error();
    if (run.samples.empty())
        return cannotReplay(run, MessageId::runSamplesUnknown);
    settings->kernels = run.kernels;
    auto setup = setupOf(*library, run, *settings, std::move(data));
    if (!setup)
        return cannotReplay(run, setup.error().why);
    if (samplesDigest(*setup->data, setup->split) != run.samples)
        return cannotReplay(run, {MessageId::runOtherSamples, settings->data});
    auto journal = library->journal(run.id);
    if (!journal)
        return journal.error();
    return RunReplay(std::move(library), run, std::make_shared<const RunSetup>(std::move(*setup)),
                     std::move(*journal));
}

Result<Checkpoint> RunReplay::at(std::int64_t step, const std::stop_token& stop, bool measures,
                                 const CheckpointStore* store)
{
    if (step < 0 || step > m_run.step)
        return Error{{MessageId::stepOfRun, std::to_string(step)},
                     {MessageId::runHasSteps, std::to_string(m_run.step)},
                     MessageId::chooseEarlierStep};
    if (m_run.parent && step < m_run.parent->step) {
        return Error{{MessageId::stepOfRun, std::to_string(step)},
                     {MessageId::runBeganAt, std::to_string(m_run.parent->step), m_run.parent->id},
                     MessageId::useParentsStep};
    }
    std::shared_ptr<const Checkpoint> from = store ? store->before(step) : nullptr;
    if (!from || from->step < step) {
        auto stored = m_library->checkpointBefore(m_run.id, step);
        if (!stored)
            return stored.error();
        if (*stored && (!from || (*stored)->step > from->step))
            from = std::make_shared<const Checkpoint>(std::move(**stored));
    }
    if (!from && !isDrawnBySeed(m_run))
        return cannotReplay(m_run, MessageId::runFirstWeightsGone);
    return m_replay.to(step, from.get(), m_journal, stop, measures);
}

} // namespace chainrule
