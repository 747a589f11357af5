// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cliarguments.h"

#include "app/cli.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>
#include <cstdio>

namespace chainrule {

namespace {

QString words(const char* text)
{
    return QCoreApplication::translate("chainrule", text);
}

Error notANumber(const QString& option, const QString& text, const char* why, const char* example)
{
    return {"--" + option.toStdString() + " '" + text.left(40).toStdString() + "'", why,
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

bool parseWords(QCommandLineParser& parser, const QString& subcommand, const QStringList& arguments,
                int& status)
{
    const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")}, words("Show this help."));
    parser.addOption(help);
    if (!parser.parse(QStringList{QStringLiteral("chainrule ") + subcommand} + arguments)) {
        QString why = parser.errorText();
        if (why.endsWith(QLatin1Char('.')))
            why.chop(1);
        status = failUsage(
            {"the command line", why.toStdString(), "See chainrule " + subcommand.toStdString() + " --help"});
        return false;
    }
    if (parser.isSet(help)) {
        std::fputs(qUtf8Printable(parser.helpText()), stdout);
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
    const qlonglong number = QLocale::c().toLongLong(text, &ok);
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
    const double number = QLocale::c().toDouble(text, &ok);
    if (!ok || !std::isfinite(number))
        return notANumber(option, text, "it is not a number", "0.1");
    return number;
}

void addDataOptions(QCommandLineParser& parser)
{
    parser.addOptions({
        {QStringLiteral("data"),
         words("mnist, digits (built in), a folder of IDX files, or a toy set: xor, circles, moons, spiral."),
         QStringLiteral("SOURCE")},
        {QStringLiteral("train"), words("Training samples."), QStringLiteral("N")},
        {QStringLiteral("validation"), words("Validation samples."), QStringLiteral("N")},
        {QStringLiteral("test"), words("Test samples."), QStringLiteral("N")},
        {QStringLiteral("seed"), words("Seed of the split, the initial weights and the shuffling."),
         QStringLiteral("N")},
        {QStringLiteral("no-shuffle"), words("Take the samples in the order of the files, every epoch.")},
    });
}

Result<void> readDataOptions(const QCommandLineParser& parser, TrainingSettings& settings, Given& given)
{
    if (parser.isSet(QStringLiteral("data"))) {
        settings.data = parser.value(QStringLiteral("data")).toStdString();
        if (settings.data.empty())
            return Error{"--data", "it names nothing", "Give a data set, for instance --data digits"};
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
        settings.seed = QLocale::c().toULongLong(text, &ok);
        if (!ok)
            return notANumber(QStringLiteral("seed"), text, "it is not a whole number from 0 on", "42");
    }
    settings.shuffle = settings.shuffle && !parser.isSet(QStringLiteral("no-shuffle"));
    return {};
}

} // namespace chainrule
