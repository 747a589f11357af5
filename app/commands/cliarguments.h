// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/training/runsetup.h"
#include "core/training/settings/settings.h"
#include "core/training/settings/settingsfields.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QStringList>

#include <string>

namespace chainrule {

/// The command line's words for people are CommandLine::tr().
class CommandLine {
    Q_DECLARE_TR_FUNCTIONS(chainrule::CommandLine)
};

/// "chainrule: WHAT: WHY. HOW TO MEND." on standard error.
void printError(const Error& error);
int failUsage(const Error& error);
int failWork(const Error& error);
/// Says what QCommandLineParser::parse() found wrong; `help` is the command that explains the right words.
int failParsing(const QCommandLineParser& parser, const std::string& help);

/// Parses a subcommand's arguments. Nothing: the exit status is in `status` (help was shown, or the words
/// were wrong and it was said).
bool parseWords(QCommandLineParser& parser, const QString& subcommand, const QStringList& arguments,
                int& status);

/// The option of a field of the settings.
void addOption(QCommandLineParser& parser, const SettingsField& field);
/// Reads it where it is given; the field keeps its value where it is not.
Result<void> readOption(const QCommandLineParser& parser, const SettingsField& field,
                        TrainingSettings& settings);

/// Which of --train, --validation and --test are given.
[[nodiscard]] AskedFor samplesAskedFor(const QCommandLineParser& parser);

/// The options that say which samples of which data set: --data, --train, --validation, --test, --seed,
/// --no-shuffle.
void addDataOptions(QCommandLineParser& parser);
Result<void> readDataOptions(const QCommandLineParser& parser, TrainingSettings& settings, Given& given);

} // namespace chainrule
