// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/data/toydata.h"
#include "core/network/network.h"
#include "core/training/settings/settings.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

// Networks small enough to be watched as a whole: a few units over the plane, trained a few epochs at a time.
namespace chainrule {

/// 4:tanh,2:softmax. A function, since g++ 12 warns of a list that stands in the struct itself.
[[nodiscard]] std::vector<Layer> defaultTinyLayers();

struct TinySettings {
    std::optional<ToySet> set = ToySet::Xor; ///< none: inputs are typed, and nothing trains
    int samples = 200;
    double noise = 0.05;
    std::uint64_t dataSeed = 1;
    int inputs = 2; ///< 2 or 3; a toy set has 2
    std::vector<Layer> layers = defaultTinyLayers();
    Loss loss = Loss::CrossEntropy;
    EngineKind engine = EngineKind::Matrix;
    double learningRate = 0.1;
    int batchSize = 10;
    std::uint64_t seed = 1; ///< of the weights and the order of the samples
    bool operator==(const TinySettings&) const = default;
};

inline constexpr int maximumTinyUnits = 16; ///< of one layer
inline constexpr int maximumTinyLayers = 5;
inline constexpr int maximumTinySamples = 2'000;

/// Whether the network can be recorded and, where there is a toy set, trained: sizes within bounds, a last
/// layer that fits the loss and the two classes.
[[nodiscard]] Result<void> validate(const TinySettings& settings);

/// The toy set; without one an empty set.
[[nodiscard]] Dataset tinyData(const TinySettings& settings);
[[nodiscard]] Network tinyParameters(const TinySettings& settings);

struct TinyScore {
    double loss = 0.0; ///< mean over the samples
    double accuracy =
        0.0; ///< per cent; a single output of 0.5 or more counts as class 1, whatever its activation
};

/// Trains `epochs` epochs by plain gradient descent, from epoch `firstEpoch` (counted from 0) of the run of
/// these settings on; ten calls for one epoch give the same as one call for ten, bit for bit. Returns false
/// where it was stopped or the numbers stopped being finite: the network is then that of the last step whose
/// numbers were finite.
bool trainTiny(const TinySettings& settings, const Dataset& data, Network& network, int firstEpoch,
               int epochs, const std::stop_token& stop = {});

[[nodiscard]] TinyScore scoreTiny(const TinySettings& settings, const Dataset& data,
                                  const Network& parameters);

/// Every unit's activation over a square of the plane: rows * rows points, row by row from the top (y =
/// +extent) and each row from the left (x = -extent).
struct TinyMaps {
    int rows = 0;
    double extent = 1.2;
    std::vector<std::vector<std::vector<float>>> units; ///< [layer][unit][point]
};
/// Computed by the matrix engine's operations, all points at once. Two inputs only.
[[nodiscard]] TinyMaps makeTinyMaps(const Network& parameters, int rows, double extent = 1.2);

} // namespace chainrule
