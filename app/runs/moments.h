// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/base/result.h"
#include "core/library/runreplay.h"
#include "core/training/checkpoint.h"
#include "core/training/checkpointstore.h"
#include "core/training/journal.h"
#include "core/training/replay.h"

#include <QObject>

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <variant>

class QTimer;

namespace chainrule {

/// A run whose steps can be computed again: what it was given, what was changed on the way, and checkpoints.
/// Every function may be called from any thread; at() by one at a time.
class SeekableRun {
public:
    /// `first` is the first step that can be looked at: of a fork the one that it began at, whose checkpoint
    /// is in the store.
    /// `before` computes the steps before `first`, where a stopped run goes on; null: there are no such steps.
    SeekableRun(std::shared_ptr<const RunSetup> setup, std::shared_ptr<const CheckpointStore> store,
                std::int64_t first = 0, std::shared_ptr<SeekableRun> before = {});
    /// A run of the library.
    SeekableRun(RunReplay stored, std::int64_t first);

    /// Of the run that goes on.
    void add(const Journal& events);
    /// After so many of its steps; with the best epoch, where the settings ask for it.
    [[nodiscard]] Result<Checkpoint> at(std::int64_t step, const std::stop_token& stop);
    [[nodiscard]] const std::shared_ptr<const RunSetup>& setup() const { return m_setup; }
    [[nodiscard]] std::int64_t first() const { return m_before ? m_before->first() : m_first; }

private:
    [[nodiscard]] Result<Checkpoint> compute(std::int64_t step, const std::stop_token& stop);

    std::shared_ptr<const RunSetup> m_setup;
    std::shared_ptr<const CheckpointStore> m_store; ///< null: of the library
    std::variant<Replay, RunReplay> m_replay;
    std::int64_t m_first = 0;
    std::shared_ptr<SeekableRun> m_before;
    std::shared_ptr<const Checkpoint> m_last; ///< that was computed
    std::mutex m_mutex;
    Journal m_journal;
};

/// Goes to the steps of a run in the background. A newer request cancels the older one.
class Moments : public QObject {
    Q_OBJECT

public:
    explicit Moments(QObject* parent = nullptr);
    ~Moments() override;

    void seek(const std::shared_ptr<SeekableRun>& run, std::int64_t step);
    /// Cancels the request; no signal follows.
    void cancel();

signals:
    void found(const std::shared_ptr<chainrule::SeekableRun>& run,
               const std::shared_ptr<const chainrule::Checkpoint>& checkpoint);
    void failed(const chainrule::Error& error);

private:
    struct Wish {
        std::uint64_t number = 0;
        std::shared_ptr<SeekableRun> run;
        std::int64_t step = 0;
        std::stop_token stop;
    };
    struct Answer {
        std::uint64_t number = 0;
        std::shared_ptr<SeekableRun> run;
        Result<Checkpoint> checkpoint;
    };

    void poll();

    std::stop_source m_stop;
    std::uint64_t m_number = 0;
    QTimer* m_poll = nullptr;
    LatestJob<Wish, Answer> m_job;
};

} // namespace chainrule
