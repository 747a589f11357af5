// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

inline constexpr int onnxOpset = 13; ///< of the operators; with IR version 7

/// What an ONNX file contains besides the network.
struct OnnxNotes {
    std::string producerVersion;
    std::string description;                                   ///< for people; may be empty
    std::vector<std::pair<std::string, std::string>> metadata; ///< keys must differ
};

/// The bytes of an ONNX model (https://github.com/onnx/onnx/blob/main/docs/IR.md): input "input" [batch,
/// inputs]; output "probabilities" [batch, classes], or "output" [batch, outputs] of a network that is
/// trained by squared error; of any batch size. Dropout is for training only and has no operator. The input
/// is what the network itself takes (pixels from 0 to 1, coordinates), or, where `scale` has an entry for
/// each input, a table's own numbers: the model then scales them itself, in double precision. Weights and
/// arithmetic are of `precision`; the initializers have the names of model files, layers.0.weight and so on,
/// and input.mean and input.deviation (of a column that was constant, the largest double, which makes any
/// number 0). The same network gives the same bytes.
[[nodiscard]] std::string encodeOnnx(const Network& network, Precision precision, const OnnxNotes& notes,
                                     std::span<const InputScale> scale = {});

} // namespace chainrule
