// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/feed.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

namespace chainrule {

enum class ReportStyle { People, Json };

/// What `chainrule train` prints: one JSON object a line, or a table on standard output with a progress bar
/// on standard error where that is a terminal.
class RunReport {
public:
    explicit RunReport(ReportStyle style);

    void start(const RunSetup& setup);
    void news(const FeedContent& content);
    void end(const TrainingOutcome& outcome);

private:
    void clearBar();
    void drawBar(const Progress& progress);
    void row(const EpochRecord& record);

    ReportStyle m_style;
    bool m_terminal = false;
    bool m_barShown = false;
    int m_epochs = 0;
    bool m_keepsBest = false;
};

} // namespace chainrule
