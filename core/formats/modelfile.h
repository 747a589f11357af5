// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/formats/modelmetadata.h"
#include "core/network/network.h"

#include <optional>
#include <span>
#include <string>

namespace chainrule {

/// What one model file holds: a network, and how it came about.
struct ModelFile {
    Network network;
    std::string settings;                    ///< JSON text, empty where the file has none
    std::string history;                     ///< JSON text, empty where the file has none
    std::optional<InitialFile> initial = {}; ///< file that the run began from; nothing: drawn by the seed
    bool recorded = true;  ///< false: the settings are not those that the weights were trained with
    std::string next = {}; ///< settings of the next run, JSON text; empty: those above
};

/// The bytes of a safetensors file: the network's tensors and metadata (networktensors.h), and in the
/// metadata also format, settings, history, init (modelmetadata.h), recorded ("no") and next. The format is
/// "chainrule/1" where that can describe the network, so that older versions of the program open it, else
/// "chainrule/2", which has dropout layers, more activations and outputs, the loss and the input's shape. The
/// same model gives the same bytes. Format: https://github.com/huggingface/safetensors#format
[[nodiscard]] std::string encodeModel(const ModelFile& model);

/// Reads what encodeModel() writes, and files with the tensors but without metadata (ReLU, and softmax at
/// the end). `name` is used in error messages. Every shape, offset and length is checked against the bytes
/// that are there before memory is allocated for it. Fails also on weights that are NaN or infinite, and on
/// files of a newer format version.
[[nodiscard]] Result<ModelFile> decodeModel(std::span<const char> bytes, const std::string& name);

/// decodeModel() on a file's content.
[[nodiscard]] Result<ModelFile> loadModel(const std::string& path);

} // namespace chainrule
