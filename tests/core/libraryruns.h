// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/library/library.h"

#include <QtTest>

#include <string>

// Runs for the tests of the library.
namespace chainrule::tests {

inline QString said(const Error& error)
{
    return QString::fromStdString(error.message());
}

/// The library in this file; null where it cannot be opened.
inline std::shared_ptr<Library> opened(const QString& path)
{
    const auto library = Library::open(path.toStdString());
    if (!library)
        qWarning("%s", library.error().message().c_str());
    return library ? *library : nullptr;
}

inline RunRecord someRun(std::string id = newRunId())
{
    RunRecord run{std::move(id), "2026-12-01T11:53:00.125Z"};
    run.settings = R"({"learning_rate":0.1})";
    run.source = "digits";
    run.trainingSamples = 30;
    run.kernels = "avx2";
    run.version = "0.1.0";
    run.process = thisProcess();
    return run;
}

inline EpochRecord someEpoch(int epoch)
{
    const double n = epoch;
    return {epoch, 1.0 / n, 90.0 + n / 3.0, Metrics{0.1 + 1.0 / (n * n), 80.0}, 0.1, 1.0 / 3.0};
}

inline StoredCheckpoint someBytes(std::int64_t step, std::size_t size,
                                  CheckpointKind kind = CheckpointKind::Full)
{
    return {step, kind, std::string(size, static_cast<char>('a' + step % 26))};
}

/// The steps of the checkpoints that are there.
inline std::vector<std::int64_t> stepsOf(Library& library, const std::string& id)
{
    std::vector<std::int64_t> steps;
    const auto places = library.checkpoints(id);
    if (!places)
        return {-1};
    for (const CheckpointPlace& place : *places)
        steps.push_back(place.step);
    return steps;
}

} // namespace chainrule::tests
