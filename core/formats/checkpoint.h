// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/checkpoint.h"

#include <span>
#include <string>

namespace chainrule {

/// The bytes of a safetensors file: the network's tensors and metadata (networktensors.h); optimizer.first,
/// optimizer.second and best.parameters, each [parameters], where the checkpoint has them; in the metadata
/// format "chainrule-checkpoint/1", optimizer (its name), position (JSON) and journal (JSON: [step, field,
/// value] of each event). All tensors have the network's precision, so that a run of that precision is stored
/// exactly. An input scale of hundreds of thousands of inputs is left out, as it is of model files. The same
/// checkpoint gives the same bytes. The sizes of the vectors must fit the network and the optimizer.
[[nodiscard]] std::string encodeCheckpoint(const Checkpoint& checkpoint);

/// Reads what encodeCheckpoint() writes. `name` is used in error messages. Sizes in the header are checked
/// against the bytes that are there before memory is allocated for them. Fails on everything that
/// decodeModel() fails on, on optimizer state that does not fit the optimizer, and on a position that no run
/// can have.
[[nodiscard]] Result<Checkpoint> decodeCheckpoint(std::span<const char> bytes, const std::string& name);

} // namespace chainrule
