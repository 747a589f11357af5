// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/modelmetadata.h"
#include "core/network/network.h"
#include "core/training/history.h"
#include "core/training/settings.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chainrule {

/// A run that has ended or was put away.
struct SessionRun {
    TrainingSettings settings;
    History history;
    std::shared_ptr<const Network> parameters = {}; ///< its last weights; null: they were let go
    std::vector<std::string> classNames = {};       ///< of its outputs; empty: their numbers
    double epoch = 0.0;                             ///< how far it came; 0: as far as its history tells
    std::vector<InputScale> scale = {};             ///< of its inputs; empty: none, or not known
    std::optional<InitialFile> initial = {};        ///< that it began from; nothing: drawn by the seed
    bool recorded = true; ///< whether the settings are those that it was trained with
};

} // namespace chainrule
