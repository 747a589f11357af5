// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <stop_token>
#include <string>

namespace chainrule {

/// All that `--data` can name: what loadDataset() reads, and folders of images (loadImageFolder()).
[[nodiscard]] Result<Dataset> loadSource(const std::string& source, const std::stop_token& stop = {});

/// For a subcommand: the same, given up on Ctrl-C (catchInterrupt()); what was noted on the way is told on
/// standard error.
[[nodiscard]] Result<Dataset> loadSourceForCommand(const std::string& source);

/// Says on standard error that a table is scaled by its own rows, where it is not the one that a model was
/// `trainedOn` (a source; empty: not known), for models whose file does not hold the scale.
void tellOfOtherScale(const Dataset& data, const std::string& trainedOn);

} // namespace chainrule
