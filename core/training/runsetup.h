// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/data/scale.h"
#include "core/data/split.h"
#include "core/network/network.h"
#include "core/training/settings/settings.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace chainrule {

/// Which settings a person gave; the others may be fitted to the data.
struct Given {
    AskedFor samples;
    bool layers = false;
    bool loss = false;
    bool presetOutput = false; ///< the output's units are a preset's, and follow the classes of images, too
};

/// All that train() needs.
struct RunSetup {
    TrainingSettings settings;           ///< fitted to the data
    std::shared_ptr<const Dataset> data; ///< drawings that joined the training samples are its last ones; a
                                         ///< table's numbers are on the scale of the network, scaleOf()
    Split split;
    Network initial; ///< with the scale and the names of the data
};

/// Steps that a run takes in all of its epochs; the last batch of an epoch may be a short one.
[[nodiscard]] std::int64_t stepCount(const TrainingSettings& settings, std::size_t trainingSamples);

/// The error for a network that does not fit into memory: it says how much the parameters alone take.
[[nodiscard]] Error notEnoughMemory(const LayerStack& stack);

/// Whether the setup's settings are valid and fit its data, its network and this machine.
[[nodiscard]] Result<void> checkSettings(const RunSetup& setup);

/// Fits the settings that were not given to the data (the sample counts to the pool; the loss and the output
/// to the targets, but for images the output's units only where they are a preset's). Checks that there are
/// images where they are to be augmented and that labels fit the output, splits, brings a table's columns to
/// the scale of the training samples (scaleFrom()), reads the drawings that are to be learned from too, and
/// draws the initial weights.
[[nodiscard]] Result<RunSetup> prepareRun(TrainingSettings settings, const Given& given,
                                          std::shared_ptr<const Dataset> data);

/// Prepares a run from given weights, whose layers and loss become the settings'. The data's classes are
/// numbered as the network's outputs are named (alignClasses()), and its numbers are brought to the network's
/// scale (withScale()).
[[nodiscard]] Result<RunSetup> prepareRun(TrainingSettings settings, const Given& given,
                                          std::shared_ptr<const Dataset> data, const Network& initial);

} // namespace chainrule
