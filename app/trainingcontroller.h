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
    Idle,    ///< no run, or the last one was put away
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

struct RunRequest {
    TrainingSettings settings;
    std::shared_ptr<const Dataset> data;
    std::shared_ptr<const Network> initial;   ///< null: drawn by the seed
    bool paused = false;                      ///< start with a step, not a run
    std::vector<std::string> classNames = {}; ///< of the initial model's outputs; empty: their numbers
    std::vector<InputScale> scale = {};       ///< of its inputs; empty: none, or not known
    /// Where a run that was cut off goes on, from the initial weights: in epochs, and what was measured.
    double epoch = 0.0;
    std::vector<EpochRecord> epochs = {};
    std::optional<double> learningRate = {};     ///< from the first step on; nothing: the settings'
    std::optional<InitialFile> initialFile = {}; ///< that the initial weights are of
    std::shared_ptr<const ForkPoint> fork = {}; ///< where the run goes on with another one; null: it does not
};

/// Runs training in a thread of its own and tells the window about it, about 30 times a second.
class TrainingController : public QObject {
    Q_OBJECT

public:
    explicit TrainingController(QObject* parent = nullptr);
    ~TrainingController() override; ///< stops and waits for the thread

    /// Every run is written into the library from now on.
    void keepRuns(std::shared_ptr<LibraryWriter> writer) { m_writer = std::move(writer); }

    /// A run that is under way is stopped and forgotten; this one begins once its thread has ended. One that
    /// was put aside stays available if it has ended; else it is stopped to free its memory.
    void start(const RunRequest& request);
    void pause();
    void resume();
    void stepBatch();
    void stepEpoch();
    /// Stops and forgets the run: back to Idle.
    void reset();
    /// As reset(), but one that was put aside stays so.
    void drop();
    /// As drop(), but the run waits and bringBack() has it here again, until another one is put aside, or
    /// letAsideGo() or reset() is called.
    void putAside();
    void letAsideGo();
    [[nodiscard]] bool hasAside() const { return m_aside.state != TrainingState::Idle; }
    void bringBack();
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
    struct Aside {
        TrainingState state = TrainingState::Idle;
        std::unique_ptr<Job> job;
        std::shared_ptr<const RunSetup> setup;
    };

    void poll();
    void retire();
    void retire(std::unique_ptr<Job> job);
    void setState(TrainingState state);

    TrainingState m_state = TrainingState::Idle;
    std::uint64_t m_run = 0;                     ///< another one after each start and reset
    std::unique_ptr<Job> m_job;                  ///< null once the run's end was heard of
    std::vector<std::unique_ptr<Job>> m_retired; ///< told to stop, not yet done
    std::shared_ptr<const RunSetup> m_setup;
    Aside m_aside; ///< Idle: none
    std::shared_ptr<CheckpointStore> m_store;
    std::int64_t m_firstStep = 0;
    std::string m_lastId;                    ///< of the run whose end was heard of
    std::shared_ptr<LibraryWriter> m_writer; ///< null: runs are not kept
    QTimer* m_timer = nullptr;
};

} // namespace chainrule
