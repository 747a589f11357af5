// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/datasource.h"
#include "app/files.h"
#include "app/initialfile.h"
#include "app/interrupt.h"
#include "app/runreport.h"

#include "core/base/atomicfile.h"
#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include <QFile>
#include <QFileInfo>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

void addOptions(QCommandLineParser& parser)
{
    QString presetWords = CommandLine::tr("Where to start from; the other options change it.");
    for (const Preset& preset : presets())
        presetWords += QStringLiteral("\n") + QString::fromStdString(preset.name + ": " + preset.summary);
    parser.addOption(
        {QStringLiteral("preset"), presetWords, QStringLiteral("NAME"), QStringLiteral("matrix")});
    addDataOptions(parser);
    const auto option = [&](const char* name, const QString& help, const char* value) {
        parser.addOption({QString::fromLatin1(name), help, QString::fromLatin1(value)});
    };
    option("layers",
           CommandLine::tr("For instance 128:relu,64:relu,10:softmax. Activations: relu, sigmoid, tanh, "
                           "linear; softmax at the end."),
           "LAYERS");
    option("engine", CommandLine::tr("scalar or matrix."), "ENGINE");
    option("precision", CommandLine::tr("float or double; the scalar engine has only double."), "TYPE");
    option("optimizer", CommandLine::tr("sgd, momentum or adam."), "NAME");
    option("lr", CommandLine::tr("Learning rate."), "RATE");
    option("batch", CommandLine::tr("Samples in a batch."), "N");
    option("epochs", CommandLine::tr("Passes over the training samples."), "N");
    option("threads", CommandLine::tr("Threads of the matrix engine; they do not change the result."), "N");
    parser.addOption({QStringLiteral("augment"),
                      CommandLine::tr("Shift, turn, scale and bend the training images at random.")});
    option("drawings", CommandLine::tr("Learn from the labelled drawings of this file too."), "FILE.jsonl");
    option("init", CommandLine::tr("Start from this model's weights and architecture."), "MODEL");
    option("save", CommandLine::tr("Write the trained model here, also after Ctrl-C."), "MODEL");
    option("history", CommandLine::tr("Write losses and accuracies of every epoch here, also after Ctrl-C."),
           "FILE.csv");
    parser.addOption({QStringLiteral("json"), CommandLine::tr("One JSON object a line on standard output.")});
}

// Sets `target` from an option's words by one of the fromName functions.
template <typename T, typename FromName>
Result<void> readName(const QCommandLineParser& parser, const char* option, FromName fromName, T& target)
{
    if (!parser.isSet(QString::fromLatin1(option)))
        return {};
    auto value = fromName(parser.value(QString::fromLatin1(option)).toStdString());
    if (!value)
        return value.error();
    target = *value;
    return {};
}

Result<TrainingSettings> readSettings(const QCommandLineParser& parser, Given& given)
{
    auto preset = presetSettings(parser.value(QStringLiteral("preset")).toStdString());
    if (!preset)
        return preset;
    TrainingSettings settings = *preset;
    if (const auto read = readDataOptions(parser, settings, given); !read)
        return read.error();
    if (const auto read = readName(parser, "engine", engineFromName, settings.engine); !read)
        return read.error();
    if (settings.engine == EngineKind::Scalar)
        settings.precision = Precision::Double;
    if (const auto read = readName(parser, "precision", precisionFromName, settings.precision); !read)
        return read.error();
    if (const auto read = readName(parser, "optimizer", optimizerFromName, settings.optimizer); !read)
        return read.error();
    if (const auto read = readName(parser, "layers", parseLayers, settings.layers); !read)
        return read.error();
    given.layers = parser.isSet(QStringLiteral("layers"));

    const struct {
        const char* option;
        int& number;
    } numbers[] = {{"batch", settings.batchSize}, {"epochs", settings.epochs}, {"threads", settings.threads}};
    for (const auto& each : numbers) {
        const auto number = wholeNumber(parser, QString::fromLatin1(each.option), each.number);
        if (!number)
            return number.error();
        each.number = *number;
    }
    const auto rate = decimalNumber(parser, QStringLiteral("lr"), settings.learningRate);
    if (!rate)
        return rate.error();
    settings.learningRate = *rate;
    settings.augment = settings.augment || parser.isSet(QStringLiteral("augment"));
    settings.drawings = parser.value(QStringLiteral("drawings")).toStdString();
    if (const auto valid = validate(settings); !valid)
        return valid.error();
    return settings;
}

TrainingOutcome trainAndReport(const RunSetup& setup, RunReport& report)
{
    using namespace std::chrono_literals;
    Control control(setup.settings.learningRate);
    Feed feed;
    std::optional<TrainingOutcome> outcome;
    std::atomic<bool> done = false;
    std::jthread training([&](std::stop_token stop) {
        outcome =
            train(setup.settings, setup.initial, *setup.data, setup.split, control, feed, std::move(stop));
        done.store(true);
    });
    while (!done.load()) {
        std::this_thread::sleep_for(20ms);
        report.news(feed.take());
        if (wasInterrupted())
            training.request_stop();
    }
    training.join();
    report.news(feed.take());
    return std::move(*outcome);
}

// Says what it could not write and goes on: a fault of one file must not cost the other.
bool writeResults(const QCommandLineParser& parser, const RunSetup& setup, const TrainingOutcome& outcome,
                  const std::optional<InitialFile>& initial)
{
    bool done = true;
    const auto write = [&](const QString& path, const std::string& bytes) {
        if (const auto written = writeFile(path, bytes); !written) {
            printError(written.error());
            done = false;
        }
    };
    if (parser.isSet(QStringLiteral("save")) && !outcome.parameters.parameters.empty()) {
        ModelFile model{outcome.parameters, settingsToJson(setup.settings), historyToJson(outcome.history),
                        initial};
        model.network.precision = setup.settings.precision;
        model.network.outputNames = setup.data->classNames;
        model.network.scale = scaleOf(*setup.data);
        write(parser.value(QStringLiteral("save")), encodeModel(model));
    }
    if (parser.isSet(QStringLiteral("history")))
        write(parser.value(QStringLiteral("history")), historyToCsv(outcome.history));
    return done;
}

// Asked before any work, so that none is done for nothing.
int checkOutputs(const QCommandLineParser& parser)
{
    const QString save = QStringLiteral("save");
    const QString history = QStringLiteral("history");
    for (const QString& option : {save, history}) {
        if (parser.isSet(option) && parser.value(option).isEmpty()) {
            return failUsage({"--" + option.toStdString(), "it names nothing", "Give the name of a file"});
        }
    }
    if (parser.isSet(save) && parser.isSet(history) &&
        QFileInfo(parser.value(save)).absoluteFilePath() ==
            QFileInfo(parser.value(history)).absoluteFilePath())
        return failUsage({"--history", "it names the same file as --save", "Give each its own file"});
    for (const QString& option : {save, history}) {
        if (!parser.isSet(option))
            continue;
        if (const auto writable = checkWritable(parser.value(option)); !writable)
            return failWork(writable.error());
        // What a command that was killed while it saved has left.
        removeAbandonedFiles(QFile::encodeName(QFileInfo(parser.value(option)).absolutePath()).toStdString());
    }
    return exitDone;
}

} // namespace

int trainCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr("Trains a network without a window."));
    addOptions(parser);
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("train"), arguments, status))
        return status;
    if (!parser.positionalArguments().isEmpty()) {
        return failUsage({inQuotes(parser.positionalArguments().first().toStdString()),
                          "train takes options only", "See chainrule train --help"});
    }

    Given given;
    auto settings = readSettings(parser, given);
    if (!settings)
        return failUsage(settings.error());
    if (given.layers && parser.isSet(QStringLiteral("init")))
        return failUsage({"--layers", "--init brings its own layers", "Leave out one of the two"});
    if (const int failed = checkOutputs(parser); failed != exitDone)
        return failed;
    catchInterrupt();

    std::optional<ModelFile> initial;
    std::optional<InitialFile> initialFile;
    if (parser.isSet(QStringLiteral("init"))) {
        const QString path = parser.value(QStringLiteral("init"));
        initialFile = initialFileOf(path);
        auto model = loadModel(path.toStdString());
        if (!model)
            return failWork(model.error());
        initial = std::move(*model);
    }

    if (settings->data.empty())
        settings->data = defaultSource();
    auto data = loadSourceForCommand(settings->data);
    if (!data)
        return failWork(data.error());
    if (initial && !initial->settings.empty() && initial->network.scale.empty()) {
        const auto saved = settingsFromJson(initial->settings);
        tellOfOtherScale(*data, saved ? saved->data : std::string());
    }
    const auto shared = std::make_shared<const Dataset>(std::move(*data));
    if (!given.layers && !settings->layers.empty()) // the presets have ten classes
        settings->layers.back().units = shared->classes;
    auto setup = initial ? prepareRun(*settings, given, shared, initial->network,
                                      initial->network.outputNames, initial->network.scale)
                         : prepareRun(*settings, given, shared);
    if (!setup)
        return failWork(setup.error());
    if (const int outputs = setup->initial.stack.layers.back().units;
        given.layers && outputs > setup->data->classes) {
        std::fprintf(
            stderr,
            "chainrule: --layers: The last layer is the output, and %s has %d classes: the other %d of "
            "its %d units will only learn never to be chosen.\n",
            setup->data->name.c_str(), setup->data->classes, outputs - setup->data->classes, outputs);
    }

    RunReport report(parser.isSet(QStringLiteral("json")) ? ReportStyle::Json : ReportStyle::People);
    report.start(*setup);
    const TrainingOutcome outcome = trainAndReport(*setup, report);
    report.end(outcome);
    // What was there before is worth more than weights that have learned nothing.
    const bool worthKeeping = outcome.reason != EndReason::Failed || outcome.epoch > 0.0;
    const bool written = !worthKeeping || writeResults(parser, *setup, outcome, initialFile);
    if (outcome.error)
        return failWork(*outcome.error);
    return written ? exitDone : exitFailed;
}

} // namespace chainrule
