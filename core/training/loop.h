// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/training/checkpoint.h"
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

/// The network that a run with these settings starts from: its weights are drawn by the seed.
[[nodiscard]] Network initialNetwork(const TrainingSettings& settings, Shape input);

enum class EndReason : std::uint8_t {
    Finished,
    Stopped,  ///< asked to
    Diverged, ///< loss, gradients or weights left the range of numbers
    Failed,   ///< there was not enough memory
};

struct TrainingOutcome {
    EndReason reason = EndReason::Finished;
    /// The result, always finite: the last weights, or with settings.keep the best epoch's of a run that
    /// finished. No parameters where there was no memory for them.
    Network network;
    double epoch = 0.0;         ///< how far it came: 2.5 is the middle of the third epoch
    History history;            ///< with the test samples' metrics where the run finished and there are any
    std::optional<Error> error; ///< of a run that failed or diverged: where, why, what to try
    Journal journal;            ///< what was changed on the way
    /// Of a run that was stopped: from here it goes on as if nothing had happened.
    std::optional<Checkpoint> checkpoint;
};

/// Who measures an epoch's end.
enum class Measuring : std::uint8_t {
    InTurn, ///< the training thread, before the next epoch
    Beside, ///< another thread, while the next epoch is being trained: the record comes a little later
};
/// Beside, where there is a processor that the training's own threads leave, and the run does not look at the
/// measurement before it goes on (settings.patience and keep).
[[nodiscard]] Measuring bestMeasuring(const TrainingSettings& settings);

/// Where a run begins, and where it is to end.
struct RunStart {
    /// From which it goes on, with the journal's last values in the control; null: from the first step.
    const Checkpoint* checkpoint = nullptr;
    std::vector<EpochRecord> epochs{}; ///< that were measured until then
    /// What is to be changed on the way: the journal of the run that is replayed. Events of steps that are
    /// done are passed over.
    Journal planned{};
    std::optional<std::int64_t> stopAt{}; ///< stops as if asked to when so many steps of the run are done
};

/// A checkpoint made from weights only. The run continues at the last batch that begins at or before `epoch`,
/// with a fresh optimizer and an empty journal.
[[nodiscard]] Checkpoint checkpointAt(const TrainingSettings& settings, const Network& network,
                                      std::size_t trainingSamples, double epoch);

/// Whether a run with these settings on so many training samples can go on from the checkpoint, which may
/// come from a file: layers, loss and optimizer are the settings', the position is the begin of one of the
/// run's batches, what the optimizer and the best epoch need is there, the journal changes what can be
/// changed within its bounds. train() relies on it.
[[nodiscard]] Result<void> checkCheckpoint(const Checkpoint& checkpoint, const TrainingSettings& settings,
                                           std::size_t trainingSamples);

/// Trains: for each epoch shuffles the training samples (by the seed; not with settings.shuffle false), steps
/// through them in batches, the last short one included (with settings.augment deformed images of them, anew
/// in every epoch), then measures the unchanged training and validation samples; at the end the test samples,
/// with the weights that are the result.
/// The same arguments give the same outcome bit for bit, whatever watches it, however many threads work and
/// whoever measures, unless the control changes something; that is in the journal with its step. With a
/// checkpoint, of the same settings and data, it ends with the bits of a run that never stopped.
///
/// Without `measuring` it is bestMeasuring().
/// `settings`, `initial` and `split` must fit the data: validate(), checkLabels(), makeSplit().
[[nodiscard]] TrainingOutcome train(const TrainingSettings& settings, const Network& initial,
                                    const Dataset& data, const Split& split, Control& control, Feed& feed,
                                    std::stop_token stop, std::optional<Measuring> measuring = {},
                                    const RunStart& start = {});

} // namespace chainrule
