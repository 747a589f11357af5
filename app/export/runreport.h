// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/feed.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace chainrule {

enum class ReportStyle { People, Json };

/// An epoch as a line of a table, and the line above them; each ends the line.
[[nodiscard]] std::string epochRow(const EpochRecord& record);
[[nodiscard]] std::string epochHeader();
/// An epoch's numbers.
[[nodiscard]] nlohmann::ordered_json epochJson(const EpochRecord& record);

/// What `chainrule train` prints: one JSON object a line, or a table on standard output with a progress bar
/// on standard error where that is a terminal.
class RunReport {
public:
    explicit RunReport(ReportStyle style);

    /// `run` is its id in the library; empty: it is not kept.
    void start(const RunSetup& setup, const std::string& run);
    void news(const FeedContent& content);
    void end(const TrainingOutcome& outcome);

private:
    void clearBar();
    void drawBar(const Progress& progress);

    ReportStyle m_style;
    bool m_terminal = false;
    bool m_barShown = false;
    int m_epochs = 0;
    bool m_keepsBest = false;
};

} // namespace chainrule
