// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

// What both engines take for a step, and what they return.
namespace chainrule {

struct StepRule {
    double learningRate = 0.1;
    double l1 = 0.0; ///< penalties on weights, not on biases
    double l2 = 0.0;
    double clip = 0.0;      ///< the largest norm of the gradient over all parameters; 0: any
    std::uint64_t seed = 0; ///< of dropout
    std::int64_t step = 0;  ///< of the run, counted from 0: for dropout
    double dropout = -1.0;  ///< the rate of every dropout layer; below 0: each layer's own rate
};

/// Whether the gradients are used as they are, without penalties and clipping.
[[nodiscard]] inline bool isPlain(const StepRule& rule)
{
    return rule.l1 == 0.0 && rule.l2 == 0.0 && rule.clip == 0.0;
}

/// The factor that gradients of this norm are multiplied with, so that their norm becomes at most `clip`
/// (Pascanu, Mikolov, Bengio, 2013; PyTorch's clip_grad_norm_, with its 1e-6).
[[nodiscard]] inline double clipFactor(double norm, double clip)
{
    const double factor = clip / (norm + 1e-6);
    return factor < 1.0 ? factor : 1.0;
}

struct BatchResult {
    double lossSum = 0.0; ///< over the batch's samples, in nats
    int correct = 0;      ///< samples whose most probable class was their own, before the update
    bool stopped = false; ///< a stop was requested; the weights were left as they were
    /// Set where the loss or a gradient is not finite, or the step would leave the range of numbers: the
    /// weights were left as they were. The first non-finite layer, counted from 0; the number of layers where
    /// only the loss is not finite.
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
