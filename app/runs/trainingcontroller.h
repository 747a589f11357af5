// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/library/writer.h"
#include "core/training/feed.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <QObject>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

class QTimer;

namespace chainrule {

enum class TrainingState {
    Idle,    ///< no run, or the last one was stopped
    Running, ///< preparing included
    Paused,
    Finished,
    Diverged,
    Failed, ///< settings and data do not fit, or there is not enough memory
};

/// Where a fork begins.
struct ForkPoint {
    std::shared_ptr<const RunSetup> parent; ///< whose settings are those that its run began with
    std::shared_ptr<const Checkpoint> checkpoint;
    std::string parentId; ///< in the library; empty: it is not kept
};

/// Where a run of the library goes on that was stopped or interrupted.
struct ResumePoint {
    std::shared_ptr<const RunSetup> setup;
    std::shared_ptr<const Checkpoint> checkpoint; ///< with all that was changed on the way, later than it too
    RunRecord record;
};

struct RunRequest {
    TrainingSettings settings;
    std::shared_ptr<const Dataset> data;
    std::shared_ptr<const Network> initial;      ///< null: drawn by the seed
    bool paused = false;                         ///< start with a step, not a run
    std::vector<EpochRecord> epochs = {};        ///< that were measured before a fork or a run that goes on
    std::optional<InitialFile> initialFile = {}; ///< that the initial weights are of
    std::shared_ptr<const ForkPoint> fork = {};  ///< null: it is no fork
    std::shared_ptr<const ResumePoint> resume = {}; ///< null: it begins anew
};

/// Runs training in a thread of its own and tells the window about it, about 30 times a second.
class TrainingController : public QObject {
    Q_OBJECT

public:
    explicit TrainingController(QObject* parent = nullptr);
    ~TrainingController() override; ///< stops and waits for the thread

    /// Every run is written into the library from now on.
    void keepRuns(std::shared_ptr<LibraryWriter> writer) { m_writer = std::move(writer); }

    /// A run that is under way is stopped, and this one begins once its thread has ended.
    void start(const RunRequest& request);
    void pause();
    void resume();
    void stepBatch();
    void stepEpoch();
    /// Stops the run: back to Idle.
    void reset();
    void setLearningRate(double rate);
    /// The present weights come with one of the next news().
    void requestSnapshot();

    [[nodiscard]] TrainingState state() const { return m_state; }
    [[nodiscard]] bool isActive() const
    {
        return m_state == TrainingState::Running || m_state == TrainingState::Paused;
    }
    /// The run's id in the library; empty until it is prepared, in Idle, and where no library keeps it.
    [[nodiscard]] std::string runId() const;
    /// The run's settings, data, split and first weights; null until it is prepared and in Idle.
    [[nodiscard]] std::shared_ptr<const RunSetup> setup() const { return m_setup; }
    /// The checkpoints that the run leaves, and the step that it begins at; from prepared() on.
    [[nodiscard]] const std::shared_ptr<CheckpointStore>& store() const { return m_store; }
    [[nodiscard]] std::int64_t firstStep() const { return m_firstStep; }

signals:
    void stateChanged(chainrule::TrainingState state);
    /// setup() is there.
    void prepared();
    void news(const chainrule::FeedContent& content);
    /// Finished, Diverged or Failed; the state has changed already.
    void ended(const chainrule::TrainingOutcome& outcome);
    void refused(const chainrule::Error& error);

private:
    class Ending;
    struct Job;

    void poll();
    void retire();
    void setState(TrainingState state);

    TrainingState m_state = TrainingState::Idle;
    std::uint64_t m_run = 0;                     ///< another one after each start and reset
    std::unique_ptr<Job> m_job;                  ///< null once the run's end was heard of
    std::vector<std::unique_ptr<Job>> m_retired; ///< told to stop, not yet done
    std::shared_ptr<const RunSetup> m_setup;
    std::shared_ptr<CheckpointStore> m_store;
    std::int64_t m_firstStep = 0;
    std::string m_lastId;                    ///< of the run whose end was heard of
    std::shared_ptr<LibraryWriter> m_writer; ///< null: runs are not kept
    QTimer* m_timer = nullptr;
};

} // namespace chainrule
