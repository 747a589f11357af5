// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cliarguments.h"

#include "app/cli.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/data/toydata.h"

#include <QFileInfo>

#include <cmath>
#include <cstdio>

namespace chainrule {

namespace {

Error notANumber(const QString& option, const QString& text, const char* why, const char* example)
{
    return {"--" + option.toStdString() + " " + inQuotes(text.toStdString()), why,
            "Give a number, for instance --" + option.toStdString() + " " + example};
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

Result<int> wholeNumber(const QCommandLineParser& parser, const QString& option, int fallback)
{
    if (!parser.isSet(option))
        return fallback;
    const QString text = parser.value(option);
    bool ok = false;
    const qlonglong number = text.toLongLong(&ok);
    if (!ok)
        return notANumber(option, text, "it is not a whole number", "100");
    if (number > 2'000'000'000 || number < -2'000'000'000)
        return notANumber(option, text, "it is out of all bounds", "100");
    return static_cast<int>(number);
}

Result<double> decimalNumber(const QCommandLineParser& parser, const QString& option, double fallback)
{
    if (!parser.isSet(option))
        return fallback;
    const QString text = parser.value(option);
    bool ok = false;
    const double number = text.toDouble(&ok);
    if (!ok || !std::isfinite(number))
        return notANumber(option, text, "it is not a number", "0.1");
    return number;
}

void addDataOptions(QCommandLineParser& parser)
{
    parser.addOptions({
        {QStringLiteral("data"),
         CommandLine::tr("mnist, fashion-mnist, digits (built in), a folder of IDX files, a folder with a "
                         "folder of images "
                         "for each class, a CSV file with the label in its first or last column, or a toy "
                         "set: xor, circles, moons, spiral, with options as in "
                         "spiral:samples=400,noise=0.1,seed=3."),
         QStringLiteral("SOURCE")},
        {QStringLiteral("train"), CommandLine::tr("Training samples."), QStringLiteral("N")},
        {QStringLiteral("validation"), CommandLine::tr("Validation samples."), QStringLiteral("N")},
        {QStringLiteral("test"), CommandLine::tr("Test samples."), QStringLiteral("N")},
        {QStringLiteral("seed"), CommandLine::tr("Seed of the split, the initial weights and the shuffling."),
         QStringLiteral("N")},
        {QStringLiteral("no-shuffle"),
         CommandLine::tr("Take the samples in the order of the files, every epoch.")},
    });
}

Result<void> readDataOptions(const QCommandLineParser& parser, TrainingSettings& settings, Given& given)
{
    if (parser.isSet(QStringLiteral("data"))) {
        settings.data = parser.value(QStringLiteral("data")).toStdString();
        if (settings.data.empty())
            return Error{"--data", "it names nothing", "Give a data set, for instance --data digits"};
        if (isToySource(settings.data)) {
            const auto options = parseToySource(settings.data);
            if (!options)
                return options.error();
            settings.data = toySource(*options); // as the data call themselves
        }
        // A saved model keeps the path, and is to find its data from any folder.
        const QFileInfo path(parser.value(QStringLiteral("data")));
        if (!isSourceName(settings.data) && path.exists())
            settings.data = path.absoluteFilePath().toStdString();
    }
    const struct {
        const char* option;
        int& count;
        bool& given;
    } counts[] = {{"train", settings.samples.training, given.samples.training},
                  {"validation", settings.samples.validation, given.samples.validation},
                  {"test", settings.samples.test, given.samples.test}};
    for (const auto& each : counts) {
        const QString option = QString::fromLatin1(each.option);
        const auto number = wholeNumber(parser, option, each.count);
        if (!number)
            return number.error();
        each.count = *number;
        each.given = parser.isSet(option);
    }
    if (parser.isSet(QStringLiteral("seed"))) {
        const QString text = parser.value(QStringLiteral("seed"));
        bool ok = false;
        settings.seed = text.toULongLong(&ok);
        if (!ok)
            return notANumber(QStringLiteral("seed"), text, "it is not a whole number from 0 on", "42");
    }
    settings.shuffle = settings.shuffle && !parser.isSet(QStringLiteral("no-shuffle"));
    return {};
}

} // namespace chainrule
