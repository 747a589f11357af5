// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/formats/modelmetadata.h"
#include "core/network/network.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// What one model file holds.
struct ModelFile {
    Network parameters;
    Precision precision = Precision::Float;   ///< F32 or F64 tensors
    std::string settings;                     ///< JSON text, empty where the file has none
    std::string history;                      ///< JSON text, empty where the file has none
    std::vector<std::string> classNames = {}; ///< of the outputs, in their order; empty: their numbers
    std::vector<InputScale> scale = {};       ///< of the inputs, one for each; empty: none, or not known
    std::optional<InitialFile> initial = {};  ///< that the run began from; nothing: drawn by the seed
    bool recorded = true;  ///< false: the settings are those of the next run, not of the weights' own
    std::string next = {}; ///< settings of the next run, JSON text; empty: those above
};

/// The bytes of a safetensors file: tensors layers.N.weight [units, inputs] and layers.N.bias [units];
/// in __metadata__ format "chainrule/1", layers, settings, history, and where there is something to tell
/// classes (a JSON array, where their names are not just their numbers), input_scale, init
/// (modelmetadata.h), recorded ("no") and next. The same model gives the same bytes. Format:
/// https://github.com/huggingface/safetensors#format
[[nodiscard]] std::string encodeModel(const ModelFile& model);

/// Reads what encodeModel() writes, and files with the tensors but without metadata (ReLU, and softmax at
/// the end). `name` is used in error messages. Nothing is allocated on the header's word: every shape,
/// offset and length is checked against the bytes that are there. Fails also on weights that are NaN or
/// infinite, and on files of a newer format version.
[[nodiscard]] Result<ModelFile> decodeModel(std::span<const char> bytes, const std::string& name);

/// decodeModel() on a file's content.
[[nodiscard]] Result<ModelFile> loadModel(const std::string& path);

} // namespace chainrule
