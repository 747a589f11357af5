// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/training/control.h"
#include "core/training/feed.h"
#include "core/training/history.h"
#include "core/training/settings.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace chainrule {

/// The weights that a run with these settings starts from: drawn by the seed, with the engine's deviation.
[[nodiscard]] Network initialParameters(const TrainingSettings& settings, int inputs);

enum class EndReason : std::uint8_t {
    Finished,
    Stopped,  ///< asked to
    Diverged, ///< loss, gradients or weights left the range of numbers
    Failed,   ///< there was not enough memory
};

struct TrainingOutcome {
    EndReason reason = EndReason::Finished;
    Network parameters; ///< the last ones, always finite; no values where there was no memory for them
    double epoch = 0.0; ///< how far it came: 2.5 is the middle of the third epoch
    History history;    ///< with the test samples' metrics where the run finished and there are any
    std::optional<Error> error; ///< of a run that failed or diverged: where, why, what to try
};

/// Who measures an epoch's end.
enum class Measuring : std::uint8_t {
    InTurn, ///< the training thread, before the next epoch
    Beside, ///< another thread, while the next epoch is being trained: the record comes a little later
};
/// Beside, where there is a processor that the training's own threads leave.
[[nodiscard]] Measuring bestMeasuring(const TrainingSettings& settings);

/// Where a run goes on that was cut off: the weights are those from then.
struct RunStart {
    std::size_t samplesDone = 0;       ///< of all epochs; rounded down to a batch's begin
    std::vector<EpochRecord> epochs{}; ///< that were measured until then
};

/// Trains: for each epoch shuffles the training samples (by the seed; not with settings.shuffle false), steps
/// through them in batches, the last short one included (with settings.augment deformed images of them, anew
/// in every epoch), then measures the unchanged training and validation samples; at the end the test samples.
/// The same arguments give the same outcome bit for bit, whatever watches it, however many threads work and
/// whoever measures, unless the control changes the learning rate.
///
/// With a `start` it goes on there, over the same batches in the same order: with plain gradient descent to
/// the same weights as if nothing had happened, else without what the optimizer had gathered. The record of
/// an epoch that was cut off has the mean of the losses seen since.
///
/// Without `measuring` it is bestMeasuring().
/// `settings`, `initial` and `split` must fit the data: validate(), checkLabels(), makeSplit().
[[nodiscard]] TrainingOutcome train(const TrainingSettings& settings, const Network& initial,
                                    const Dataset& data, const Split& split, Control& control, Feed& feed,
                                    std::stop_token stop, std::optional<Measuring> measuring = {},
                                    const RunStart& start = {});

} // namespace chainrule
