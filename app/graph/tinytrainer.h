// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/training/tinynetwork.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace chainrule {

/// Points to a side of the maps; an odd number, so that every second one makes a coarser map of the same
/// square, its edges included.
inline constexpr int tinyMapRows = 71;
inline constexpr int tinyPictureRows = (tinyMapRows + 1) / 2;

struct TinyRequest {
    std::uint64_t run = 0; ///< another one whenever something was changed from outside
    TinySettings settings;
    std::shared_ptr<const Dataset> data;
    Network parameters;
    int firstEpoch = 0;
    int epochs = 0; ///< 0: nothing but score and maps
    /// Where it is not 0, epochs follow each other for about so long, in ms, whatever `epochs` says.
    double budget = 0.0;
};

struct TinyAnswer {
    std::uint64_t run = 0;
    Network parameters;
    int epoch = 0;                  ///< epochs done
    bool broken = false;            ///< the numbers left their range; the parameters are the last good ones
    std::optional<TinyScore> score; ///< none without samples
    std::shared_ptr<const TinyMaps> maps; ///< tinyMapRows to a side; null but for two inputs
};

using TinyTrainer = LatestJob<TinyRequest, TinyAnswer>;
[[nodiscard]] TinyAnswer trainAndMap(const TinyRequest& request, const std::stop_token& stop);

/// Every second point of every second row.
[[nodiscard]] std::vector<float> coarserMap(const std::vector<float>& map);

} // namespace chainrule
