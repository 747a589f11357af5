// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/library/runrecord.h"

#include "core/formats/settingsjson.h"
#include "core/training/engines/engine.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <random>
#include <utility>

namespace chainrule {

std::string timestamp()
{
    using namespace std::chrono;
    const auto milliseconds =
        duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch());
    const std::time_t seconds = milliseconds.count() / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                  static_cast<int>(milliseconds.count() % 1000));
    return text.data();
}

RunState stateOf(EndReason reason)
{
    switch (reason) {
    case EndReason::Finished:
        return RunState::Finished;
    case EndReason::Stopped:
        return RunState::Stopped;
    case EndReason::Diverged:
        return RunState::Diverged;
    case EndReason::Failed:
        return RunState::Failed;
    }
    return RunState::Failed;
}

std::string newRunId()
{
    // Random bytes of the system, not of a seed: two processes must never draw the same id.
    std::random_device random;
    std::string id;
    for (int digit = 0; digit < 32; ++digit) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20)
            id += '-';
        unsigned value = random() & 15U;
        if (digit == 12)
            value = 4; // the version, RFC 9562
        else if (digit == 16)
            value = 8U | (value & 3U); // the variant
        id += "0123456789abcdef"[value];
    }
    return id;
}

RunRecord newRun(const RunSetup& setup, const std::optional<InitialFile>& initial, std::string version)
{
    RunRecord run{newRunId(), timestamp()};
    run.settings = settingsToJson(setup.settings);
    run.initial = initial;
    run.source = setup.settings.data;
    run.trainingSamples = setup.split.training.size();
    run.kernels = setup.settings.kernels.empty() ? kernelNames().back() : setup.settings.kernels;
    run.version = std::move(version);
    run.process = thisProcess();
    return run;
}

RunRecord newFork(const RunSetup& setup, const std::string& parent, const Checkpoint& from,
                  std::string version)
{
    RunRecord run = newRun(setup, {}, std::move(version));
    run.parent = RunParent{parent, from.step};
    run.step = from.step;
    run.epoch = static_cast<double>(from.samplesDone) / static_cast<double>(run.trainingSamples);
    run.resumedAt = run.epoch;
    return run;
}

} // namespace chainrule
