// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/engines/engine.h"
#include "core/training/history.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chainrule {

/// Mean loss and accuracy of predictions, which are of `samples`, in order; not empty.
[[nodiscard]] Metrics metricsOf(std::span<const SamplePrediction> predictions, const Dataset& data,
                                std::span<const std::uint32_t> samples);

/// The share of samples whose most probable class is their own, in per cent.
[[nodiscard]] double getAccuracy(std::span<const SamplePrediction> predictions, const Dataset& data,
                                 std::span<const std::uint32_t> samples);

inline constexpr int maximumConfusionClasses = 2048; ///< 16 MB of counts, more than anybody reads

/// Whether a confusion matrix of so many classes can be made. To be called before any other work.
[[nodiscard]] Result<void> checkConfusion(int classes);

/// Counts of true class (row) against predicted class (column). `classes` must pass checkConfusion().
[[nodiscard]] std::vector<std::vector<int>> confusionMatrix(std::span<const SamplePrediction> predictions,
                                                            const Dataset& data,
                                                            std::span<const std::uint32_t> samples,
                                                            int classes);

/// Positions (into `samples`) of the wrong predictions, the most confident mistake first.
[[nodiscard]] std::vector<std::size_t> mistakes(std::span<const SamplePrediction> predictions,
                                                const Dataset& data, std::span<const std::uint32_t> samples);

} // namespace chainrule
