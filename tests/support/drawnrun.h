// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/training/loop.h"
#include "tests/core/tinydata.h"
#include "tests/support/borrowedrun.h"

#include <cstdint>
#include <string>

// Runs of all kinds, drawn by lot: for tests of what must hold for every one.
namespace chainrule::tests {

/// A run with its own data.
struct DrawnRun {
    TrainingSettings settings;
    Dataset data;
    Split split;
    Network initial;
};

inline Dataset drawnImages(std::size_t count)
{
    Dataset data;
    data.name = "images";
    data.width = 6;
    data.height = 5;
    data.classes = 3;
    Random random = makeRandom(77);
    for (std::size_t i = 0; i < count; ++i) {
        for (int pixel = 0; pixel < 30; ++pixel)
            data.pixels.push_back(
                static_cast<std::uint8_t>(uniform(random) < 0.5 ? 0 : uniformBelow(random, 256)));
        data.labels.push_back(static_cast<std::uint8_t>(i % 3));
    }
    return data;
}

template <typename Table>
auto anyOf(const Table& table, Random& random)
{
    return table[static_cast<std::size_t>(uniformBelow(random, table.size()))];
}

/// A run with everything drawn by lot: engine, precision, optimizer, schedule, threads, augmentation,
/// dropout, penalties, clipping, patience.
inline DrawnRun drawnRun(Random& random)
{
    const auto coin = [&] { return uniform(random) < 0.5; };
    DrawnRun setup;
    TrainingSettings& settings = setup.settings;
    const bool images = coin();
    setup.data = images ? drawnImages(70) : makeClouds(70, 4, 3, 51);
    setup.split = {indices(0, 30), indices(30, 20), indices(50, 20)};
    settings.engine = coin() ? EngineKind::Scalar : EngineKind::Matrix;
    settings.precision =
        settings.engine == EngineKind::Scalar || coin() ? Precision::Double : Precision::Float;
    settings.layers = {{6, Activation::Tanh}, {5, Activation::Relu}, {3, Activation::Softmax}};
    if (coin())
        settings.layers.insert(settings.layers.begin() + 1, DropoutLayer{0.3});
    settings.optimizer = anyOf(optimizerTable, random).kind;
    settings.schedule = anyOf(rateScheduleTable, random).schedule;
    settings.warmup = settings.schedule != RateSchedule::OneCycle && coin() ? 5 : 0;
    settings.learningRate = 0.01;
    settings.l1 = coin() ? 1e-3 : 0.0;
    settings.l2 = coin() ? 1e-2 : 0.0;
    settings.clip = coin() ? 0.5 : 0.0;
    settings.batchSize = 4 + static_cast<int>(uniformBelow(random, 4));
    settings.epochs = 4;
    settings.patience = coin() ? 2 : 0;
    settings.keep = settings.patience > 0 || coin() ? Keep::Best : Keep::Last;
    settings.threads = 1 + static_cast<int>(uniformBelow(random, 3));
    settings.augment = images && coin();
    settings.seed = nextBits(random);
    setup.initial = initialNetwork(settings, inputCount(setup.data));
    return setup;
}

inline std::string describe(const TrainingSettings& settings)
{
    return formatLayers(settings.layers) + " " + std::string(engineName(settings.engine)) + " " +
           std::string(precisionName(settings.precision)) + " " +
           std::string(optimizerName(settings.optimizer)) + " " +
           std::string(rateScheduleName(settings.schedule)) + " threads " + std::to_string(settings.threads) +
           (settings.augment ? " augmented" : "") + " patience " + std::to_string(settings.patience);
}

inline std::int64_t stepsOf(const DrawnRun& setup)
{
    const int batch = setup.settings.batchSize;
    return std::int64_t{(30 + batch - 1) / batch} * setup.settings.epochs;
}

} // namespace chainrule::tests
