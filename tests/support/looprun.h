// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/loop.h"
#include "tests/core/plainnetwork.h"
#include "tests/core/tinydata.h"
#include "tests/support/borrowedrun.h"

#include <QtTest>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

// Runs of a small network, and what their outcomes are held against: for the tests of the training loop.
namespace chainrule::tests {

struct Kind {
    const char* name;
    EngineKind engine;
    Precision precision;
};
inline constexpr Kind allKinds[] = {{"scalar", EngineKind::Scalar, Precision::Double},
                                    {"matrix double", EngineKind::Matrix, Precision::Double},
                                    {"matrix float", EngineKind::Matrix, Precision::Float}};

inline void addKindRows()
{
    QTest::addColumn<int>("kind");
    for (int i = 0; i < 3; ++i)
        QTest::newRow(allKinds[i].name) << i;
}

/// A run of a small network on clouds of points.
struct Setup {
    TrainingSettings settings;
    Dataset data = makeClouds(60, 4, 3, 51);
    Split split{indices(0, 30), indices(30, 12), indices(42, 18)};
    Network initial;
};

inline Setup makeSetup(const Kind& kind, Activation activation = Activation::Tanh)
{
    Setup setup;
    setup.settings.engine = kind.engine;
    setup.settings.precision = kind.precision;
    setup.settings.layers = {{6, activation}, {3, Activation::Softmax}};
    setup.settings.learningRate = 0.1;
    setup.settings.batchSize = 4; // thirty samples: the last batch has two
    setup.settings.epochs = 3;
    setup.initial = initialNetwork(setup.settings, 4);
    return setup;
}

inline TrainingOutcome runWith(const Setup& setup, Control& control, Feed& feed)
{
    return train(borrowedRun(setup), control, feed, {});
}

inline TrainingOutcome run(const Setup& setup)
{
    Control control(setup.settings.learningRate);
    Feed feed;
    return runWith(setup, control, feed);
}

/// A run in a thread of its own, steered by the test.
class Running {
public:
    explicit Running(const Setup& setup, bool paused = false)
        : control(setup.settings.learningRate, paused)
        , m_thread([this, &setup](const std::stop_token& stop) {
            m_outcome = train(borrowedRun(setup), control, feed, stop);
        })
    {
    }

    Control control;
    Feed feed;

    void requestStop() { m_thread.request_stop(); }
    TrainingOutcome join()
    {
        m_thread.join();
        return std::move(*m_outcome);
    }
    /// Waits for a snapshot at this place in the run; null where it does not come.
    std::shared_ptr<const Network> snapshotAt(double epoch)
    {
        for (int i = 0; i < 10'000; ++i) {
            const Snapshot snapshot = feed.take().snapshot;
            if (snapshot.parameters && std::abs(snapshot.epoch - epoch) < 1e-9)
                return snapshot.parameters;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return nullptr;
    }

private:
    std::optional<TrainingOutcome> m_outcome;
    std::jthread m_thread;
};

inline bool sameMetrics(const std::optional<Metrics>& a, const std::optional<Metrics>& b)
{
    return a.has_value() == b.has_value() && (!a || (a->loss == b->loss && a->accuracy == b->accuracy));
}

/// Bit for bit, but for the times.
inline bool sameOutcome(const TrainingOutcome& a, const TrainingOutcome& b)
{
    const auto sameEpoch = [](const EpochRecord& x, const EpochRecord& y) {
        return x.epoch == y.epoch && x.trainLoss == y.trainLoss && x.trainAccuracy == y.trainAccuracy &&
               sameMetrics(x.validation, y.validation) && x.learningRate == y.learningRate;
    };
    return a.reason == b.reason && a.network.parameters == b.network.parameters &&
           std::equal(a.history.epochs.begin(), a.history.epochs.end(), b.history.epochs.begin(),
                      b.history.epochs.end(), sameEpoch) &&
           sameMetrics(a.history.test, b.history.test);
}

inline bool allFinite(const Network& parameters)
{
    return std::all_of(parameters.parameters.begin(), parameters.parameters.end(),
                       [](double value) { return std::isfinite(value); });
}

/// One step of plain SGD in the textbook's formulas; returns the sum of the losses before it.
inline double plainStep(const Setup& setup, std::vector<double>& values,
                        const std::vector<std::uint32_t>& batch, double rate)
{
    std::vector<double> gradients(values.size(), 0.0);
    double loss = 0.0;
    for (const std::uint32_t sample : batch)
        loss +=
            addPlainGradients(setup.initial.stack, values, sampleInputs(setup.data, sample),
                              setup.data.labels[sample], 1.0 / static_cast<double>(batch.size()), gradients);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] -= rate * gradients[i];
    return loss;
}

} // namespace chainrule::tests
