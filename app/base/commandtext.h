// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/settings/settings.h"

#include <string>

namespace chainrule {

/// A word as a POSIX shell takes it: in quotes where it has to be.
[[nodiscard]] std::string shellWord(const std::string& word);

/// The arguments of `chainrule train` that mean these settings, for instance
/// "--data mnist --layers 128:relu,64:relu,10:softmax --lr 0.1 --batch 64"; what the preset that comes
/// nearest has anyway is left out. With the path of a model to start from, which brings its own layers and
/// weights, these are left out and --init stands first.
[[nodiscard]] std::string commandArguments(const TrainingSettings& settings,
                                           const std::string& initialModel = {});

} // namespace chainrule
