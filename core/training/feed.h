// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"
#include "core/training/checkpoint.h"
#include "core/training/history.h"
#include "core/training/journal.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace chainrule {

/// A point of the training curves within an epoch: means over the samples since the point before it,
/// measured while learning.
struct CurvePoint {
    double epoch = 0.0;    ///< where in the run: 2.5 is the middle of the third epoch
    double loss = 0.0;     ///< mean cross-entropy in nats
    double accuracy = 0.0; ///< per cent
    std::size_t samples = 0;
};

struct Progress {
    std::size_t samplesDone = 0; ///< of all epochs
    std::size_t samplesTotal = 0;
    double samplesPerSecond = 0.0; ///< over forward, backward and update
    double secondsLeft = 0.0;      ///< of wall time, evaluation included
};

/// The weights at one moment of a run.
struct Snapshot {
    std::shared_ptr<const Network> parameters;
    double epoch = 0.0;
};

/// Where there are more points than `most` (at least 2), groups of neighbours with about equally many samples
/// become two points each: the lowest and the highest loss, and the lowest and the highest accuracy, in the
/// order in which they came, so that no spike loses its height.
void thinPoints(std::vector<CurvePoint>& points, std::size_t most);

/// What has happened in a run since the last take().
struct FeedContent {
    std::optional<Metrics> startValidation; ///< before the first step
    std::vector<CurvePoint> points;
    std::vector<EpochRecord> epochs;
    std::optional<Progress> progress;
    Snapshot snapshot; ///< its parameters are null where there is none
    Journal events;    ///< what was changed
    /// In the order of their steps; where they are not taken in time, the newest checkpoint and some older
    /// ones.
    std::vector<std::shared_ptr<const Checkpoint>> checkpoints;
};

/// A mailbox between a training thread and whoever watches it: the training never waits for the screen.
/// Every function may be called from any thread.
class Feed {
public:
    void post(const CurvePoint& point);
    void post(const EpochRecord& record);
    void post(const Progress& progress);
    void post(Snapshot snapshot);
    void post(const JournalEvent& event);
    void post(std::shared_ptr<const Checkpoint> checkpoint);
    void postStart(const Metrics& validation);

    /// Everything posted since the last call.
    [[nodiscard]] FeedContent take();

    /// Where more curve points than this wait, they are thinned to half as many.
    static constexpr std::size_t maximumPoints = 4096;
    /// Where more checkpoints than this wait, every other one goes.
    static constexpr std::size_t maximumCheckpoints = 16;

private:
    std::mutex m_mutex;
    FeedContent m_content;
};

} // namespace chainrule
