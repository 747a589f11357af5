// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/modelsaver.h"
#include "app/runs/workbench.h"

#include <QObject>
#include <QString>
#include <QTest>

#include <string>
#include <vector>

// A workbench and what tests do with it. Functions that wait return false where the time is over.
namespace chainrule::benches {

inline constexpr int patience = 60'000; // milliseconds

/// Two features, two classes, a tenth of a second.
inline TrainingSettings tiny(int epochs = 2)
{
    TrainingSettings settings;
    settings.data = "moons";
    settings.samples = {200, 50, 100};
    settings.layers = {{12, Activation::Relu}, {2, Activation::Softmax}};
    settings.batchSize = 16;
    settings.learningRate = 0.2;
    settings.epochs = epochs;
    return settings;
}

template <typename Condition>
[[nodiscard]] bool waitFor(Condition condition)
{
    return QTest::qWaitFor(condition, patience);
}

[[nodiscard]] inline bool isLoaded(Workbench& bench)
{
    return waitFor([&] { return bench.store().data() && !bench.store().isLoading(); });
}

[[nodiscard]] inline bool load(Workbench& bench)
{
    bench.begin();
    return isLoaded(bench);
}

[[nodiscard]] inline bool hasEnded(Workbench& bench)
{
    return waitFor([&] { return bench.training().state() == TrainingState::Finished; });
}

[[nodiscard]] inline bool runToItsEnd(Workbench& bench)
{
    bench.run();
    return hasEnded(bench);
}

/// One epoch, measured, and `batches` of the next.
[[nodiscard]] inline bool runAnEpoch(Workbench& bench, int batches = 0)
{
    bench.stepEpoch();
    if (!waitFor([&] {
            const auto run = bench.shownRun();
            return bench.presentEpoch() >= 1.0 && run && !run->history.epochs.empty();
        }))
        return false;
    for (int i = 0; i < batches; ++i) {
        const double before = bench.presentEpoch();
        bench.stepBatch();
        if (!waitFor([&] { return bench.presentEpoch() > before; }))
            return false;
    }
    return true;
}

/// Opens what `open` asks for; false where that is refused, too. Data that come with it are waited for.
template <typename Open>
[[nodiscard]] bool opened(Workbench& bench, Open open)
{
    QObject context;
    bool done = false;
    QObject::connect(&bench, &Workbench::opened, &context, [&done] { done = true; });
    bool refused = false;
    QObject::connect(&bench, &Workbench::problem, &context, [&refused] { refused = true; });
    open();
    return waitFor([&] { return done || refused; }) && done;
}

[[nodiscard]] inline bool openModel(Workbench& bench, const QString& path, const std::string& data = {})
{
    return opened(bench, [&] { bench.openModel(path, data); }) &&
           waitFor([&] { return !bench.store().isLoading(); });
}

[[nodiscard]] inline bool openRun(Workbench& bench, const std::string& id)
{
    return opened(bench, [&] { bench.openRun(id); }) && waitFor([&] { return !bench.store().isLoading(); });
}

/// Writes the moment that is shown, as the window does.
[[nodiscard]] inline bool save(Workbench& bench, const QString& path,
                               const std::shared_ptr<LibraryWriter>& writer = {})
{
    ModelSaver saver;
    ShownMoment moment = bench.shownMomentToSave();
    bool saved = false;
    saver.save({path, moment.network, moment.run, moment.step, bench.file(), true, writer},
               [&](const SaveAnswer& answer) {
                   saved = bool(answer.file);
                   if (saved)
                       bench.setFile(moment.run, *answer.file);
               });
    return waitFor([&] { return !saver.isBusy(); }) && saved;
}

/// What the network computes with.
[[nodiscard]] inline std::vector<double> valuesOf(const Workbench& bench)
{
    return bench.presentParameters()->parameters;
}

} // namespace chainrule::benches
