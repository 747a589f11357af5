// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/engine.h"
#include "core/training/history.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chainrule {

/// Mean loss and accuracy of predictions, which are of `samples`, in order; not empty.
[[nodiscard]] Metrics metricsOf(std::span<const SamplePrediction> predictions, const Dataset& data,
                                std::span<const std::uint32_t> samples);

/// The share of samples whose most probable class is theirs, in per cent.
[[nodiscard]] double getAccuracy(std::span<const SamplePrediction> predictions, const Dataset& data,
                                 std::span<const std::uint32_t> samples);

/// Counts of true class (row) against predicted class (column).
[[nodiscard]] std::vector<std::vector<int>> confusionMatrix(std::span<const SamplePrediction> predictions,
                                                            const Dataset& data,
                                                            std::span<const std::uint32_t> samples,
                                                            int classes);

/// Positions (into `samples`) of the wrong predictions, the most confident mistake first.
[[nodiscard]] std::vector<std::size_t> mistakes(std::span<const SamplePrediction> predictions,
                                                const Dataset& data, std::span<const std::uint32_t> samples);

} // namespace chainrule
