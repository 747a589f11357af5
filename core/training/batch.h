// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

// What both engines are told of a step, and what they answer.
namespace chainrule {

struct StepRule {
    double learningRate = 0.1;
    double l1 = 0.0; ///< penalties on weights, not on biases
    double l2 = 0.0;
    double clip = 0.0;      ///< the largest norm of the gradient over all parameters; 0: any
    std::uint64_t seed = 0; ///< of dropout
    std::int64_t step = 0;  ///< of the run, counted from 0: for dropout
    double dropout = -1.0;  ///< the rate of every dropout layer; below 0: each one's own
};

/// Whether plain descent along the gradients is all there is to do.
[[nodiscard]] inline bool isPlain(const StepRule& rule)
{
    return rule.l1 == 0.0 && rule.l2 == 0.0 && rule.clip == 0.0;
}

/// What gradients of this norm are multiplied with so that it is `clip` at the most (Pascanu, Mikolov,
/// Bengio, 2013; PyTorch's clip_grad_norm_, with its 1e-6).
[[nodiscard]] inline double clipFactor(double norm, double clip)
{
    const double factor = clip / (norm + 1e-6);
    return factor < 1.0 ? factor : 1.0;
}

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
