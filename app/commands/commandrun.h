// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/library/runrecord.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <QCommandLineParser>

#include <optional>

namespace chainrule {

/// Options of every command that trains: those of the settings, --save, --history, --no-library and --json.
void addRunOptions(QCommandLineParser& parser);

/// Whether each option has a possible value, whatever the others say.
[[nodiscard]] Result<void> checkRunOptions(const QCommandLineParser& parser);

/// The settings with what the options say instead.
[[nodiscard]] Result<TrainingSettings> readRunOptions(const QCommandLineParser& parser,
                                                      TrainingSettings settings);

/// Whether the files that are to be written can be, asked before any work so that none is done for nothing:
/// exitDone, or the exit status once it is said why not.
[[nodiscard]] int checkOutputs(const QCommandLineParser& parser);

/// Trains, prints what `chainrule train` prints, keeps the run as `record` in the library while it goes on,
/// and writes the files that were asked for; Ctrl-C stops it (catchInterrupt()). Returns the exit status.
[[nodiscard]] int trainForCommand(const QCommandLineParser& parser, const RunSetup& setup, RunRecord record,
                                  const RunStart& from = {});

} // namespace chainrule
