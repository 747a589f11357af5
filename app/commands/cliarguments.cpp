// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/cliarguments.h"

#include "app/base/errortext.h"
#include "app/commands/cli.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/data/toydata.h"

#include <QFileInfo>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>
#include <variant>

namespace chainrule {

namespace {

bool choosesSamples(const SettingsField& field)
{
    constexpr std::string_view options[] = {"data", "train", "validation", "test", "seed", "no-shuffle"};
    return std::ranges::find(options, field.option) != std::end(options);
}

} // namespace

void printError(const Error& error)
{
    std::fprintf(stderr, "chainrule: %s\n", error.message().c_str());
}

int failUsage(const Error& error)
{
    printError(error);
    return exitUsage;
}

int failWork(const Error& error)
{
    printError(error);
    return exitFailed;
}

int failParsing(const QCommandLineParser& parser, const std::string& help)
{
    QString why = parser.errorText();
    if (why.endsWith(QLatin1Char('.')))
        why.chop(1);
    return failUsage({"the command line", why.toStdString(), "See " + help});
}

bool parseWords(QCommandLineParser& parser, const QString& subcommand, const QStringList& arguments,
                int& status)
{
    const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")},
                                  CommandLine::tr("Show this help."));
    parser.addOption(help);
    if (!parser.parse(QStringList{QStringLiteral("chainrule ") + subcommand} + arguments)) {
        status = failParsing(parser, "chainrule " + subcommand.toStdString() + " --help");
        return false;
    }
    if (parser.isSet(help)) {
        // The parser knows only the executable, and says where it lies.
        const QString called = QCoreApplication::arguments().constFirst();
        QString text = parser.helpText();
        text.replace(text.indexOf(called), called.size(), QStringLiteral("chainrule ") + subcommand);
        std::fputs(qUtf8Printable(text), stdout);
        status = exitDone;
        return false;
    }
    return true;
}

void addOption(QCommandLineParser& parser, const SettingsField& field)
{
    const QString help = QString::fromStdString(filledIn(CommandLine::tr(field.help.data()).toStdString(),
                                                         {translated(choicesOf(field)).toStdString()}));
    const QString name = QString::fromLatin1(field.option.data());
    parser.addOption(field.value.empty()
                         ? QCommandLineOption(name, help)
                         : QCommandLineOption(name, help, QString::fromLatin1(field.value.data())));
}

Result<void> readOption(const QCommandLineParser& parser, const SettingsField& field,
                        TrainingSettings& settings)
{
    const QString option = QString::fromLatin1(field.option.data());
    if (!parser.isSet(option))
        return {};
    if (std::holds_alternative<FlagField>(field.kind))
        return setText(field, settings, "yes");
    const QString value = parser.value(option);
    if (value.isEmpty())
        return Error{"--" + std::string(field.option), "it needs a value", "Give a value, or leave it out"};
    if (value.startsWith(QLatin1String("--"))) { // the next option, which the parser took for the value
        return Error{"--" + std::string(field.option),
                     {MessageId::optionValueMissing, inQuotes(value.toStdString())},
                     "Give a value, or leave it out"};
    }
    if (field.option != "data")
        return setText(field, settings, value.toStdString());

    settings.data = value.toStdString();
    if (isToySource(settings.data)) {
        const auto options = parseToySource(settings.data);
        if (!options)
            return options.error();
        settings.data = toySource(*options); // as the data call themselves
    }
    // A saved model keeps the path, and is to find its data from any folder.
    const QFileInfo path(value);
    if (!isSourceName(settings.data) && path.exists())
        settings.data = path.absoluteFilePath().toStdString();
    return {};
}

AskedFor samplesAskedFor(const QCommandLineParser& parser)
{
    return {parser.isSet(QStringLiteral("train")), parser.isSet(QStringLiteral("validation")),
            parser.isSet(QStringLiteral("test"))};
}

void addDataOptions(QCommandLineParser& parser)
{
    for (const SettingsField& field : settingsFields()) {
        if (choosesSamples(field))
            addOption(parser, field);
    }
}

Result<void> readDataOptions(const QCommandLineParser& parser, TrainingSettings& settings, Given& given)
{
    for (const SettingsField& field : settingsFields()) {
        if (!choosesSamples(field))
            continue;
        if (const auto read = readOption(parser, field, settings); !read)
            return read;
    }
    given.samples = samplesAskedFor(parser);
    return {};
}

} // namespace chainrule
