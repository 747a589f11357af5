// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace chainrule {

// Exit statuses that are promised to scripts.
inline constexpr int exitDone = 0;
inline constexpr int exitFailed = 1; ///< the work failed
inline constexpr int exitUsage = 2;  ///< the words were wrong

/// Whether these arguments (without the program's name) ask for work without a window: a subcommand,
/// --help or --version.
[[nodiscard]] bool isCommand(const QStringList& arguments);

/// Whether that work paints text, which needs a QGuiApplication, though no screen.
[[nodiscard]] bool paintsText(const QStringList& arguments);

/// Does that work and returns the exit status. Needs a QCoreApplication and no screen.
int runCommand(const QStringList& arguments);

// The subcommands; `arguments` are those after the subcommand's name.
int trainCommand(const QStringList& arguments);
int evaluateCommand(const QStringList& arguments);
int classifyCommand(const QStringList& arguments);
int datasetsCommand(const QStringList& arguments);
int gradientsCommand(const QStringList& arguments);
int exportCommand(const QStringList& arguments);
int runsCommand(const QStringList& arguments);
int forkCommand(const QStringList& arguments); ///< runs fork

} // namespace chainrule
