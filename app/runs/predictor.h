// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/training/engines/engine.h"
#include "core/training/history.h"
#include "core/training/runsetup.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chainrule {

/// Which ten test images the grid shows.
enum class GridChoice { FirstTen, Random, Mistakes };

struct GridRequest {
    std::shared_ptr<const Network> parameters; ///< null: the weights that the run would start from
    std::shared_ptr<const RunSetup> setup;     ///< null: made from settings and data first
    TrainingSettings settings;
    std::shared_ptr<const Dataset> data;
    GridChoice choice = GridChoice::FirstTen;
    std::uint64_t draw = 0; ///< another number, another random ten
    double epoch = 0.0;     ///< of the parameters
    bool trained = false;
};

struct GridAnswer {
    std::shared_ptr<const RunSetup> setup;     ///< null where settings and data do not fit
    std::shared_ptr<const Network> parameters; ///< what predicted; null without a setup
    std::vector<std::uint32_t> samples;        ///< indices into the data set, at most ten
    std::vector<SamplePrediction> predictions;
    GridChoice choice = GridChoice::FirstTen;
    std::size_t wrong = 0; ///< of all test samples; only for Mistakes
    double epoch = 0.0;
    bool trained = false;
    std::optional<Error> error; ///< why there is no setup
};

/// What the network makes of test images, found out in the background.
using Predictor = LatestJob<GridRequest, GridAnswer>;
[[nodiscard]] GridAnswer predictGrid(const GridRequest& request, const std::stop_token& stop);

inline constexpr std::size_t gridSize = 10;

} // namespace chainrule
