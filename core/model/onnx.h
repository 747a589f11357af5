// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/parameters.h"

#include <string>
#include <utility>
#include <vector>

namespace chainrule {

inline constexpr int onnxOpset = 13; ///< of the operators; with IR version 7

/// What an ONNX file says beside the network.
struct OnnxNotes {
    std::string producerVersion;
    std::string description;                                   ///< for people; may be empty
    std::vector<std::pair<std::string, std::string>> metadata; ///< keys must differ
};

/// The bytes of an ONNX model (https://github.com/onnx/onnx/blob/main/docs/IR.md): input "input" [batch,
/// inputs], pixels from 0 to 1; output "probabilities" [batch, classes]; any batch. Weights and arithmetic
/// are of `precision`; the initializers have the names of model files, layers.0.weight and so on. The same
/// network gives the same bytes.
[[nodiscard]] std::string encodeOnnx(const Parameters& parameters, Precision precision,
                                     const OnnxNotes& notes);

} // namespace chainrule
