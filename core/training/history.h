// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
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
    std::optional<double> resumedAt; ///< in epochs: where it was cut off and resumed; nothing: it was not
};

} // namespace chainrule
