// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

// What both engines answer.
namespace chainrule {

struct BatchResult {
    double lossSum = 0.0; ///< over the batch's samples, in nats
    int correct = 0;      ///< samples whose most probable class was theirs, before the update
    bool stopped = false; ///< the stop was asked for; the weights were left as they were
    /// Set where the loss or a gradient is not finite, or the step would leave the range of numbers: the
    /// weights were left as they were. The layer, counted from 0, where it shows first; the number of
    /// layers where it is the loss alone.
    std::optional<int> brokenLayer;
};

/// The network's view of one sample.
struct SamplePrediction {
    int label = 0;
    double confidence = 0.0;      ///< probability of `label`
    double trueProbability = 0.0; ///< probability of the sample's own class
    double loss = 0.0;            ///< cross-entropy in nats
};

} // namespace chainrule
