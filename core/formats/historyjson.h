// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/history.h"

#include <string>

namespace chainrule {

/// A header line and one line for each epoch: epoch, train_loss, train_accuracy, validation_loss,
/// validation_accuracy, learning_rate, train_seconds. Numbers always with a decimal point.
[[nodiscard]] std::string historyToCsv(const History& history);

/// JSON text for a model file's metadata, and back. Unknown members are ignored, missing ones keep their
/// defaults, members of a wrong type are an error.
[[nodiscard]] std::string historyToJson(const History& history);
[[nodiscard]] Result<History> historyFromJson(const std::string& text);

} // namespace chainrule
