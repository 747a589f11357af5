// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/checkpoint.h"
#include "core/training/journal.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>

namespace chainrule {

/// Computes the steps of a run again, from a checkpoint to any later step.
class Replay {
public:
    /// The setup that the run had.
    explicit Replay(std::shared_ptr<const RunSetup> setup);

    [[nodiscard]] const std::shared_ptr<const RunSetup>& setup() const { return m_setup; }

    /// The run after `step` of its steps, equal to the last bit to that of a run that was stopped there. It
    /// begins at `from`, a checkpoint of the run at or before that step, or, where that is null, at the first
    /// step; `journal` has what was changed while the run went on. What is measured at the ends of epochs is
    /// left out, and so is the best epoch, unless `measures` says otherwise. Fails where the run diverges
    /// before, where it was stopped by `stop` and where there is not enough memory.
    [[nodiscard]] Result<Checkpoint> to(std::int64_t step, const Checkpoint* from, const Journal& journal,
                                        const std::stop_token& stop = {}, bool measures = false);

private:
    [[nodiscard]] SampleOrder orderFor(int epochsDone, const std::stop_token& stop);
    void keep(const SampleOrder& order);

    std::shared_ptr<const RunSetup> m_setup;
    std::optional<Engine> m_engine;      ///< of the last call, where it is scalar and not large
    std::map<int, SampleOrder> m_orders; ///< of some epochs, so that not all before one are shuffled again
};

} // namespace chainrule
