// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/training/checkpoint.h"
#include "core/training/checkpointstore.h"
#include "core/training/control.h"
#include "core/training/engines/engine.h"
#include "core/training/feed.h"
#include "core/training/history.h"
#include "core/training/runsetup.h"
#include "core/training/settings/settings.h"

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
    /// Of a run that was stopped: from here it goes on as if nothing had happened. That is before `epoch`
    /// where the stop gave up the measurement of an epoch's end: that end is then reached once more, and
    /// measured.
    std::optional<Checkpoint> checkpoint;
};

/// Who measures an epoch's end.
enum class Measuring : std::uint8_t {
    InTurn, ///< the training thread, before the next epoch
    Beside, ///< another thread, while the next epoch is being trained: the record comes a little later
    Never, ///< not at all: the feed gets no snapshots, the history no epoch records, and no epoch is the best
};
/// Beside, where there is a processor that the training's own threads leave, and the run does not look at the
/// measurement before it goes on (settings.patience and keep).
[[nodiscard]] Measuring bestMeasuring(const TrainingSettings& settings);

/// The order of the training samples. Each epoch shuffles the order of the epoch before. A caller that trains
/// a run in pieces can pass it from one piece to the next, so that no epoch is shuffled twice.
struct SampleOrder {
    std::vector<std::uint32_t> samples{};
    Random random{};
    int epochs = 0; ///< that it was shuffled for
};

/// Brings the order to that of this epoch, counted from 1; 0: that of the split. One that was made for a
/// later epoch, or not at all, is made anew.
void shuffleFor(SampleOrder& order, const TrainingSettings& settings,
                const std::vector<std::uint32_t>& trainingSamples, int epoch);

/// Where a run begins, and where it is to end.
struct RunStart {
    /// From which it goes on, with the values that its journal has at its step in the control; what the
    /// journal has for later steps is changed when they come. Null: from the first step.
    const Checkpoint* checkpoint = nullptr;
    std::vector<EpochRecord> epochs{}; ///< that were measured until then
    /// What is to be changed on the way: the journal of the run that is replayed. Events of steps that are
    /// done are passed over.
    Journal planned{};
    /// Stops as if asked to when so many steps of the run are done; after the last one before the test
    /// samples are measured.
    std::optional<std::int64_t> stopAt{};
    /// Of an earlier piece of a run with the same seed, shuffle and training samples; is kept up to date, and
    /// made anew where it is further than this piece's begin. Null: nobody keeps it.
    SampleOrder* order = nullptr;
    /// Of an earlier piece with the same setup; is left for the next one. Null: nobody keeps it.
    std::optional<Engine>* engine = nullptr;
    std::optional<Measuring> measuring{}; ///< nothing: bestMeasuring()
    /// Posts checkpoints to the feed: at the ends of epochs (of the first ones all, later at most 20 a
    /// second), within an epoch once a second, and at the end of a run that finishes.
    bool postsCheckpoints = false;
    /// Where the training thread leaves a checkpoint after every few milliseconds of training; null: nowhere.
    CheckpointStore* store = nullptr;
};

/// Trains: for each epoch shuffles the training samples (by the seed; not with settings.shuffle false), steps
/// through them in batches, the last short one included (with settings.augment deformed images of them, anew
/// in every epoch), then measures the unchanged training and validation samples; at the end the test samples,
/// with the weights that are the result.
/// The same arguments give the same outcome bit for bit, whatever watches it, however many threads work and
/// whoever measures, unless the control changes something; that is in the journal with its step. With a
/// checkpoint, of the same settings and data, it ends with the bits of a run that never stopped.
///
/// The setup's settings, network and split fit its data, as prepareRun() makes them.
[[nodiscard]] TrainingOutcome train(const RunSetup& setup, Control& control, Feed& feed,
                                    const std::stop_token& stop, const RunStart& start = {});

} // namespace chainrule
