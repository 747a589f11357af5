// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/split.h"
#include "core/network/layers.h"
#include "core/network/parameters.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

enum class EngineKind : std::uint8_t { Scalar, Matrix };
enum class OptimizerKind : std::uint8_t { Sgd, Momentum, Adam };

/// Everything that decides a run's numbers. Two equal settings on the same data give the same run.
struct TrainingSettings {
    std::string data; ///< what --data takes; empty: MNIST where its files are found, else built-in digits
    SampleCounts samples{10'000, 1'000, 2'000};
    std::vector<DenseLayer> layers;
    EngineKind engine = EngineKind::Matrix;
    Precision precision = Precision::Float;
    OptimizerKind optimizer = OptimizerKind::Sgd;
    double learningRate = 0.1;
    int batchSize = 64;
    int epochs = 20;
    std::uint64_t seed = 42;
    int threads = 1;
    bool shuffle = true;
    bool augment = false; ///< deform the training images at random (AugmentStrength); for images only
    std::string drawings; ///< file of labelled drawings that join the training samples; empty: none
    bool operator==(const TrainingSettings&) const = default;
};

inline constexpr int maximumSamples = 1'000'000;
inline constexpr int maximumBatch = 1'000'000;
inline constexpr int maximumEpochs = 1'000'000;
inline constexpr int maximumThreads = 256;
inline constexpr double maximumLearningRate = 1e9;

/// A named starting point of the command line and of the window.
struct Preset {
    std::string name;
    std::string summary; ///< one line for --help
    TrainingSettings settings;
};

/// "matrix" (the default, first), "scalar", "scalar-improved", "matrix-full", "matrix-augmented".
[[nodiscard]] const std::vector<Preset>& presets();
[[nodiscard]] Result<TrainingSettings> presetSettings(std::string_view name);

[[nodiscard]] std::string_view engineName(EngineKind engine);          ///< "scalar", "matrix"
[[nodiscard]] std::string_view precisionName(Precision precision);     ///< "float", "double"
[[nodiscard]] std::string_view optimizerName(OptimizerKind optimizer); ///< "sgd", "momentum", "adam"
[[nodiscard]] Result<EngineKind> engineFromName(std::string_view name);
[[nodiscard]] Result<Precision> precisionFromName(std::string_view name);
[[nodiscard]] Result<OptimizerKind> optimizerFromName(std::string_view name);

/// The initial weights that an engine's specification asks for.
[[nodiscard]] Initialization initializationOf(EngineKind engine);

/// Whether every number is within its bounds and the scalar engine is asked for double precision.
/// The error names the command line's option.
[[nodiscard]] Result<void> validate(const TrainingSettings& settings);

/// A word as a POSIX shell takes it: in quotes where it has to be.
[[nodiscard]] std::string shellWord(const std::string& word);

/// The arguments of `chainrule train` that mean these settings, for instance
/// "--data mnist --layers 128:relu,64:relu,10:softmax --lr 0.1 --batch 64"; what the preset that comes
/// nearest has anyway is left out. With the path of a model to start from, which brings its own layers, these
/// are left out and --init stands first.
[[nodiscard]] std::string commandArguments(const TrainingSettings& settings,
                                           const std::string& initialModel = {});

} // namespace chainrule
