// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/training/history.h"
#include "core/training/journal.h"
#include "core/training/settings/settings.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace chainrule {

/// The model file that a run began from (train --init).
struct InitialFile {
    std::string file;   ///< absolute path; empty: the weights were in no file
    std::string sha256; ///< of the file's content then, in lowercase hexadecimal digits; empty: not known
    bool operator==(const InitialFile&) const = default;
};

/// From which run, and after how many of its steps, another one was forked.
struct RunParent {
    std::string id;
    std::int64_t step = 0;
    bool operator==(const RunParent&) const = default;
};

/// A network, and the run that it is the result of.
struct Run {
    TrainingSettings settings; ///< the seed among them
    History history;
    std::shared_ptr<const Network> network = {}; ///< with the last weights; null: they are no longer kept
    double epoch = 0.0;                          ///< how far it came; 0: as far as its history goes
    std::optional<InitialFile> parent = {};      ///< nothing: its first weights were drawn by the seed
    bool recorded = true;                        ///< whether the settings are those that it was trained with
    Journal journal = {};                        ///< what was changed on the way
    std::string id = {};                         ///< in the library; empty: it is in none
    std::optional<RunParent> forkedFrom = {};
    bool unfinished = false; ///< it was stopped or interrupted before its end, and can go on
};

} // namespace chainrule
