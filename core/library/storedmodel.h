// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/modelfile.h"
#include "core/library/library.h"
#include "core/training/run.h"

#include <cstdint>
#include <optional>

namespace chainrule {

/// A run as its record has it: without its epochs, its journal and its network. Fails where a newer version
/// has written its settings.
[[nodiscard]] Result<Run> runOf(const RunRecord& record);

/// A model file as a run: its settings, or the first preset's with the file's layers where it has none, its
/// history and its network, as far as the history goes. Fails where settings or history cannot be used.
[[nodiscard]] Result<Run> runOf(const ModelFile& model);

/// Brings the network of a model file into the library: a run that has finished, with its history and one
/// checkpoint. `file` is where it is from, whose step is found here; nothing: no file is to be noted. Returns
/// the run, with its id.
[[nodiscard]] Result<Run> addModel(Library& library, const ModelFile& model, std::optional<RunFile> file,
                                   const std::string& version);

/// All of a run, with the network that is its result; none where it is no longer kept.
[[nodiscard]] Result<Run> wholeRun(Library& library, const std::string& id);

/// Whether the weights after this step are among the run's checkpoints, Library::checkpoints().
[[nodiscard]] bool isStored(const RunRecord& run, const std::vector<CheckpointPlace>& places,
                            std::int64_t step);

/// A checkpoint of a run as a model file, with the history until then; all of it where it is the result.
[[nodiscard]] Result<ModelFile> modelOf(Library& library, const RunRecord& run, Checkpoint checkpoint,
                                        bool isResult = false);

/// A run's network with its settings and its history until then, as a model file has them: the run's result,
/// the very file that `chainrule train --save` writes; or its network after so many steps, of those that are
/// stored. Fails where the weights are not there; the error names the steps that are.
[[nodiscard]] Result<ModelFile> storedModel(Library& library, const RunRecord& run,
                                            std::optional<std::int64_t> step = {});

} // namespace chainrule
