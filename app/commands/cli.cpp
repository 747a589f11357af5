// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/cli.h"

#include "app/commands/cliarguments.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <string>
#include <system_error>

namespace chainrule {

namespace {

struct Command {
    const char* name;
    int (*run)(const QStringList& arguments);
    const char* summary;
};

constexpr Command commands[] = {
    {"train", trainCommand, "train without a window"},
    {"evaluate", evaluateCommand, "loss, accuracy and confusion matrix of a saved model"},
    {"classify", classifyCommand, "which classes images and pen strokes belong to"},
    {"datasets", datasetsCommand, "which data sets are here, and fetches others"},
    {"gradients", gradientsCommand, "value and gradient of every node of an expression"},
    {"export", exportCommand, "a saved model for other programs, or a report of its run"},
    {"runs", runsCommand, "the library of runs: lists, shows, exports and forks them"},
};

const Command* commandNamed(const QString& name)
{
    for (const Command& command : commands) {
        if (name == QLatin1String(command.name))
            return &command;
    }
    return nullptr;
}

// Whether "--option" or its first letter stands among the arguments.
bool asksFor(const QStringList& arguments, const char* option)
{
    const QString name = QString::fromLatin1(option);
    return arguments.contains(QStringLiteral("--") + name) ||
           arguments.contains(QLatin1Char('-') + name.left(1));
}

void printHelp()
{
    std::printf("Chainrule: watch a neural network learn.\n\n"
                "  chainrule [FILE] [--data SOURCE] [--train]\n"
                "      the window; FILE is a saved model; --train starts at once\n");
    for (const Command& command : commands)
        std::printf("  chainrule %-10s %s\n", command.name, command.summary);
    std::printf("  chainrule --help | --version | SUBCOMMAND --help\n");
}

} // namespace

bool isCommand(const QStringList& arguments)
{
    if (arguments.isEmpty())
        return false;
    return commandNamed(arguments.first()) || asksFor(arguments, "help") || asksFor(arguments, "version");
}

bool paintsText(const QStringList& arguments)
{
    return !arguments.isEmpty() && arguments.first() == QLatin1String("export") &&
           std::any_of(arguments.begin() + 1, arguments.end(), [](const QString& word) {
               return word.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive) ||
                      word.endsWith(QLatin1String(".png"), Qt::CaseInsensitive);
           });
}

int runCommand(const QStringList& arguments)
{
    const QString& first = arguments.first();
    int status = exitDone;
    if (const Command* command = commandNamed(first)) {
        try {
            status = command->run(arguments.mid(1));
        } catch (const std::system_error&) {
            return failWork({"chainrule " + std::string(command->name), "no thread could be started",
                             "Close other programs and try again"});
        } catch (const std::bad_alloc&) {
            return failWork({"chainrule " + std::string(command->name), "there is not enough memory",
                             "Ask for fewer samples or a smaller network"});
        }
    } else if (asksFor(arguments, "help")) {
        printHelp();
    } else {
        std::printf("chainrule %s\n", CHAINRULE_VERSION);
    }
    if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && status == exitDone)
        return failWork(
            {"standard output", "not all of it could be written", "Free some space, or send it elsewhere"});
    return status;
}

} // namespace chainrule
