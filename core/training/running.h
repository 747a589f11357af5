// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/checkpoint.h"
#include "core/training/control.h"
#include "core/training/engines/engine.h"
#include "core/training/epochmeasuring.h"
#include "core/training/feed.h"
#include "core/training/history.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

// The bookkeeping of a run that is under way, so that the training loop reads as a loop: what it posts to its
// feed, and what is changed while it goes on.
namespace chainrule {

/// Points of the training curves within one epoch.
inline constexpr std::size_t pointsPerEpoch = 40;

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The samples of the next point of the training curves.
struct PointSum {
    double loss = 0.0;
    int correct = 0;
    std::size_t samples = 0;
};

/// An epoch whose end is being measured beside the training of the next, and what to come back to: where the
/// measured loss is not finite, the weights before the epoch's last step; where a stop gives the measurement
/// up, all that leads to this end once more.
struct OpenEpoch {
    EpochRecord record;
    Checkpoint before;           ///< the last step
    std::size_t samplesDone = 0; ///< at the end
    std::int64_t step = 0;
    double trainSeconds = 0.0;
};

struct Running {
    const TrainingSettings& settings;
    const Dataset& data;
    const Split& split;
    const LayerStack& stack;
    Control& control;
    Feed& feed;
    const RunStart& start;
    Engine engine;
    Optimizer optimizer;
    History history{};
    Clock::time_point begin = Clock::now();
    double trainSeconds = 0.0;
    double idleSeconds = 0.0; ///< paused
    std::size_t samplesDone = 0;
    double lastProgress = -1.0;
    double lastCheckpoint = 0.0; ///< posted at, in seconds since `begin`
    double lastStored = 0.0;     ///< a checkpoint in the store, at so many seconds of training
    double storeSeconds = 0.0;   ///< that the last one took
    std::int64_t step = 0;       ///< steps done
    double epochLossSum = 0.0;
    int epochsMeasured = 0;
    LiveValues live{}; ///< as the last step had them
    Journal journal{};
    Journal plan{};          ///< what is to be changed on the way
    std::size_t planned = 0; ///< events of the plan that were applied or passed over
    std::shared_ptr<const BestEpoch> best{};
    Measuring whoMeasures = Measuring::InTurn;
    std::unique_ptr<EpochMeasuring> measuring{}; ///< of Measuring::Beside
    std::optional<OpenEpoch> open{};
    std::optional<Checkpoint> beforeLastStep{}; ///< of the epoch under way, where its end is measured beside
    std::size_t samplesBefore = 0;              ///< that an earlier part of the run has done
    double secondsBefore = 0.0;                 ///< of its training
    PointSum point{}; ///< of the next curve point; it may span two epochs, so that no point has few samples

    [[nodiscard]] std::size_t samplesTotal() const;
    [[nodiscard]] std::int64_t stepsTotal() const;
    [[nodiscard]] double epochPosition() const;
};

/// Posts the given weights, or the engine's, with the run's position.
void postSnapshot(Running& run, std::shared_ptr<const Network> network);
void postSnapshot(Running& run);

/// Posts how far the run is: always, or only if the last time is a while ago.
void postProgress(Running& run, bool always);

/// Posts a checkpoint where that is asked for and the last one is long enough ago. Not while an epoch's end
/// is being measured, but at this end itself.
void postCheckpoint(Running& run, bool epochEnded);

/// Adds a checkpoint to the run's store, if it has one and its last checkpoint is old enough.
void storeCheckpoint(Running& run);

/// Posts the point of the training curves that the samples since the last one make.
void postPoint(Running& run);

/// Ends the run because numbers are not finite: from the layer with this number among those with parameters,
/// or in the loss where it is lossLayer().
void diverge(const Running& run, int layer, int epoch, TrainingOutcome& outcome);
[[nodiscard]] int lossLayer(const Running& run);

/// All that the run needs to go on from here.
[[nodiscard]] Checkpoint checkpointOf(const Running& run);

/// Puts the journal's last values into the control.
void restoreLive(Control& control, const Journal& journal);

/// The values that the steps done so far went by: the settings', and what the journal says.
[[nodiscard]] LiveValues liveBefore(const TrainingSettings& settings, const Journal& journal);

/// Sets in the control what the plan changes from this step on.
void followPlan(Running& run);

/// What the next step goes by. What was changed since the last one is noted in the journal.
[[nodiscard]] StepRule nextRule(Running& run);

/// The learning rate of a step, counted from 0: the last live value times the schedule's factor.
[[nodiscard]] double rateOf(const Running& run, std::int64_t step);

} // namespace chainrule
