// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

/// Folder with the four IDX files of `name` ("mnist"): $CHAINRULE_DATA/name, else
/// $XDG_DATA_HOME/chainrule/name (~/.local/share where that is unset); nothing where neither has all four.
[[nodiscard]] std::optional<std::string> findIdxFolder(const std::string& name);

/// Where a fetched set of this name is put: $XDG_DATA_HOME/chainrule/name (~/.local/share where that is
/// unset); nothing where neither variable says where the user's data are.
[[nodiscard]] std::optional<std::string> userDataFolder(const std::string& name);

/// Names, sorted, of the folders for which findIdxFolder() has something.
[[nodiscard]] std::vector<std::string> namesOfIdxFolders();

/// "mnist" where its files are found, else "digits".
[[nodiscard]] std::string defaultSource();

/// A catalogue's set, "digits" or a toy set with its options or without: never taken for a path.
[[nodiscard]] bool isSourceName(const std::string& source);

/// Loads what `--data` names: "mnist", "fashion-mnist", "digits", a toy set (parseToySource()), a folder of
/// IDX files, a CSV file, or any other name for which findIdxFolder() has one. The built-in digits and the
/// toy sets have builtInSamples, where no other number is given, the same ones at every call. What was
/// stopped before the end, data or error, is not to be used.
[[nodiscard]] Result<Dataset> loadDataset(const std::string& source, const std::stop_token& stop = {});

} // namespace chainrule
