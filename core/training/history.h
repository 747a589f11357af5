// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/settings.h"

#include <optional>
#include <string>
#include <vector>

namespace chainrule {

/// Loss and accuracy over a set of samples.
struct Metrics {
    double loss = 0.0;     ///< mean cross-entropy in nats
    double accuracy = 0.0; ///< per cent
};

/// One epoch of a run.
struct EpochRecord {
    int epoch = 0;              ///< counted from 1
    double trainLoss = 0.0;     ///< mean of the losses seen while training this epoch
    double trainAccuracy = 0.0; ///< over the training samples, with the weights at the epoch's end
    std::optional<Metrics>
        validation;            ///< with the weights at the epoch's end; none without validation samples
    double learningRate = 0.0; ///< at the epoch's end
    double trainSeconds = 0.0; ///< forward, backward and update only
};

struct History {
    std::vector<EpochRecord> epochs;
    std::optional<Metrics> test; ///< at the end of the run
    double trainSeconds = 0.0;   ///< of all epochs, forward, backward and update only
    double samplesPerSecond = 0.0;
    int bestEpoch = 0;               ///< with the lowest validation loss, of a run that looks for it; 0: none
    std::string kernels;             ///< the instruction set that computed it; empty: not recorded
    std::optional<double> resumedAt; ///< in epochs, where it was cut off and gone on from; nothing: nowhere
};

/// A header line and one line for each epoch: epoch, train_loss, train_accuracy, validation_loss,
/// validation_accuracy, learning_rate, train_seconds. Numbers always with a decimal point.
[[nodiscard]] std::string historyToCsv(const History& history);

/// JSON text for a model file's metadata, and back. Unknown members are ignored, missing ones keep their
/// defaults, members of a wrong type are an error.
[[nodiscard]] std::string historyToJson(const History& history);
[[nodiscard]] Result<History> historyFromJson(const std::string& text);
[[nodiscard]] std::string settingsToJson(const TrainingSettings& settings);
[[nodiscard]] Result<TrainingSettings> settingsFromJson(const std::string& text);

} // namespace chainrule
