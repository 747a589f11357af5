// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/initialfile.h"

#include "core/training/engines/batch.h"
#include "core/training/history.h"
#include "core/training/runsetup.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

/// A network, how it came about, and the samples that it is to be measured on: what an export tells of.
struct TrainedNetwork {
    std::shared_ptr<const Network> parameters;
    TrainingSettings settings;          ///< that it was trained with; the precision is that of its weights
    std::optional<InitialFile> initial; ///< that the run began from; nothing: weights drawn by the seed
    InitialState initialState = InitialState::Unknown; ///< found out by checkInitial()
    std::optional<RunParent> forkedFrom;               ///< nothing: it is no fork
    bool recorded = true; ///< false: nothing tells how it was trained, and the settings are others
    History history;
    std::vector<std::string> classNames;   ///< that the model's file has; may be empty
    std::vector<InputScale> scale;         ///< of its inputs; empty: none, or not known
    std::shared_ptr<const RunSetup> setup; ///< whose data and test samples; null where there are no data
};

/// The network with the names of its outputs and the scale of its inputs.
[[nodiscard]] Network withNames(Network network, std::vector<std::string> outputNames,
                                std::vector<InputScale> scale);

/// What the network makes of the test samples.
struct Measurement {
    std::vector<SamplePrediction> predictions; ///< of setup->split.test, in order
    Metrics metrics;
    std::size_t correct = 0;
    std::vector<std::vector<int>> confusion; ///< rows true, columns predicted; empty where not asked for
};

enum class WithConfusion { No, Yes };

/// Measures as `chainrule evaluate` does, in the weights' precision. Fails where there are no data or no test
/// samples, where it was stopped, and where there is a confusion matrix to count for too many outputs.
[[nodiscard]] Result<Measurement> measure(const TrainedNetwork& network, const std::stop_token& stop = {},
                                          WithConfusion confusion = WithConfusion::Yes);

/// Looks what has become of the file that the run began from.
void checkInitial(TrainedNetwork& network, const std::stop_token& stop = {});

/// What brings a table's own numbers to the network's inputs; none where there is no such, or where neither
/// the model nor the data that it was trained on tell of it.
[[nodiscard]] std::vector<InputScale> inputScaleOf(const TrainedNetwork& network);

/// One for each output: the data's, else the model's, else numbers from 0.
[[nodiscard]] std::vector<std::string> classNamesOf(const TrainedNetwork& network);

/// "784 → 128 → 64 → 10".
[[nodiscard]] std::string shapeOf(const LayerStack& stack);

/// A learning rate that was chosen during a run.
struct RateChange {
    int epoch = 0; ///< the first, from 1, that ended with it
    double rate = 0.0;
};

/// Where the learning rate was changed by hand: the history has another than the settings and their schedule
/// give. The rates are those without the schedule.
[[nodiscard]] std::vector<RateChange> rateChanges(const TrainedNetwork& network);

/// The last epoch of its history; 0 where it has none.
[[nodiscard]] int epochsTrained(const TrainedNetwork& network);

/// Whether the run went on to its end: all its epochs, or until its patience was over.
[[nodiscard]] bool endedByItself(const TrainedNetwork& network);

/// Where the run was cut off and went on without what its optimizer had gathered, in epochs; nothing where it
/// did not, or where nothing was lost by it.
[[nodiscard]] std::optional<double> restartOf(const TrainedNetwork& network);

/// Whether the command trains the same network again: its training is recorded, went on to its end, lost
/// nothing to a restart (restartOf()) and kept its learning rate, and the file that it began from, if any, is
/// what it was.
[[nodiscard]] bool commandRepeats(const TrainedNetwork& network);

/// The command of the network's settings, empty where they are not recorded. See commandRepeats().
[[nodiscard]] std::string commandOf(const TrainedNetwork& network);

/// Whether the samples at hand are of the set that it was trained on.
[[nodiscard]] bool measuresItsOwnSet(const TrainedNetwork& network);

/// How many of these samples of the setup's data it was trained on, where another seed, order or count than
/// the training's chose them; 0 where it is not known. Drawings that joined the training do not count.
[[nodiscard]] std::size_t trainedOnAmong(const TrainedNetwork& network,
                                         std::span<const std::uint32_t> samples);
/// The same of a network that was trained with these settings.
[[nodiscard]] std::size_t trainedOnAmong(const TrainingSettings& trained, const RunSetup& setup,
                                         std::span<const std::uint32_t> samples);

/// For files, in English and on one line: the command, and where it does not repeat the network, why.
[[nodiscard]] std::string provenanceOf(const TrainedNetwork& network);

} // namespace chainrule
