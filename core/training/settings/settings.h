// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/table.h"
#include "core/data/split.h"
#include "core/network/initialweights.h"
#include "core/network/network.h"
#include "core/network/optimizers.h"
#include "core/training/settings/rateschedule.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

enum class EngineKind : std::uint8_t { Scalar, Matrix };

struct EngineRow {
    EngineKind engine;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    std::string_view summary;
};

/// In the order in which a person is offered them; row i is EngineKind(i)'s.
inline constexpr std::array engineTable{
    EngineRow{EngineKind::Scalar, "scalar", "Scalar", "One node for every number, as in the assignment"},
    EngineRow{EngineKind::Matrix, "matrix", "Matrix", "One node for each matrix operation, fast"},
};
static_assert(hasEachRow(engineTable, &EngineRow::engine, EngineKind::Matrix));

struct PrecisionRow {
    Precision precision;
    std::string_view name;  ///< of the command line and of files
    std::string_view title; ///< of lists that a person chooses from
    std::string_view summary;
};

/// Row i is Precision(i)'s.
inline constexpr std::array precisionTable{
    PrecisionRow{Precision::Float, "float", "Float", "32 bits for each number"},
    PrecisionRow{Precision::Double, "double", "Double", "64 bits for each number"},
};
static_assert(hasEachRow(precisionTable, &PrecisionRow::precision, Precision::Double));

/// Which epoch's weights are a run's result.
enum class Keep : std::uint8_t { Best, Last };

struct KeepRow {
    Keep keep;
    std::string_view name; ///< of the command line and of files
};

/// Row i is Keep(i)'s.
inline constexpr std::array keepTable{KeepRow{Keep::Best, "best"}, KeepRow{Keep::Last, "last"}};
static_assert(hasEachRow(keepTable, &KeepRow::keep, Keep::Last));

/// Everything that decides a run's numbers. Two equal settings on the same data give the same run. What each
/// field is called on the command line and in files, and its bounds, stands in settingsfields.cpp.
struct TrainingSettings {
    std::string data; ///< what --data takes; empty: MNIST where its files are found, else built-in digits
    SampleCounts samples{10'000, 1'000, 2'000};
    std::vector<Layer> layers;
    Loss loss = Loss::CrossEntropy;
    InitialWeights initialWeights;
    EngineKind engine = EngineKind::Matrix;
    Precision precision = Precision::Float;
    std::string kernels; ///< the instruction set: "baseline", "avx2" or "avx512"; empty: the best there is
    OptimizerKind optimizer = OptimizerKind::Sgd;
    double learningRate = 0.1;
    RateSchedule schedule = RateSchedule::Constant;
    int warmup = 0;    ///< steps
    double l1 = 0.0;   ///< penalty on the magnitude of weights, not of biases
    double l2 = 0.0;   ///< penalty on half the square of weights, not of biases
    double clip = 0.0; ///< the largest norm of a step's gradient; 0: any
    int batchSize = 64;
    int epochs = 20;
    int patience = 0; ///< epochs without a better validation loss after which a run ends; 0: it does not
    Keep keep = Keep::Last;
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
inline constexpr double maximumPenalty = 1e6;
inline constexpr double maximumClip = 1e9;
inline constexpr int maximumWarmup = 1'000'000'000;

/// A named starting point of the command line and of the window.
struct Preset {
    std::string name;
    std::string summary; ///< one line for --help
    TrainingSettings settings;
};

/// "matrix" (the default, first), "scalar", "scalar-improved", "matrix-full", "matrix-augmented".
[[nodiscard]] const std::vector<Preset>& presets();
[[nodiscard]] Result<TrainingSettings> presetSettings(std::string_view name);

[[nodiscard]] std::string_view engineName(EngineKind engine);      ///< "scalar", "matrix"
[[nodiscard]] std::string_view precisionName(Precision precision); ///< "float", "double"
[[nodiscard]] Result<EngineKind> engineFromName(std::string_view name);
[[nodiscard]] Result<Precision> precisionFromName(std::string_view name);

/// Whether every number is within its bounds and nothing contradicts something else. The error names the
/// command line's option.
[[nodiscard]] Result<void> validate(const TrainingSettings& settings);

} // namespace chainrule
