// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/trainednetwork.h"

#include <QString>

namespace chainrule {

/// W1, b1 and so on, activations, class names, settings (JSON): what modelArrays() and the data say.
[[nodiscard]] std::string npzOf(const TrainedNetwork& network);

/// The same network for ONNX Runtime and its kin; see encodeOnnx().
[[nodiscard]] std::string onnxOf(const TrainedNetwork& network);

enum class ScriptKind { NumPy, PyTorch };

/// The name of the file with weights that stands beside a script: digits.py has digits.weights.npz.
[[nodiscard]] QString weightsBeside(const QString& script);

/// Writes a Python script that loads the network from a file beside it and measures it on the same test
/// samples as measure() does: out of the data set's IDX files where it is made of such, else out of the file
/// with the weights. Both files or none are written: writeTogether().
Result<void> writeScript(const TrainedNetwork& network, const Measurement& measured, ScriptKind kind,
                         const QString& path);

} // namespace chainrule
