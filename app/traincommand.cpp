// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/datasource.h"
#include "app/files.h"
#include "app/initialfile.h"
#include "app/interrupt.h"
#include "app/openmodel.h"
#include "app/runreport.h"

#include "core/base/files/atomicfile.h"
#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/library/writer.h"
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
    for (const SettingsField& field : settingsFields())
        addOption(parser, field);
    const auto option = [&](const char* name, const QString& help, const char* value) {
        parser.addOption({QString::fromLatin1(name), help, QString::fromLatin1(value)});
    };
    option("init", CommandLine::tr("Start from this model's weights and architecture."), "MODEL");
    option("save", CommandLine::tr("Write the trained model here, also after Ctrl-C."), "MODEL");
    option("history", CommandLine::tr("Write losses and accuracies of every epoch here, also after Ctrl-C."),
           "FILE.csv");
    parser.addOption(
        {QStringLiteral("no-library"), CommandLine::tr("Keep no record of this run in the library.")});
    parser.addOption({QStringLiteral("json"), CommandLine::tr("One JSON object a line on standard output.")});
}

// What follows from the options that were read before this field's own, which may say otherwise.
void followOtherOptions(const QCommandLineParser& parser, const SettingsField& field,
                        TrainingSettings& settings)
{
    if (field.option == "layers" && parser.isSet(QStringLiteral("loss")) && !settings.layers.empty())
        outputLayer(settings.layers).activation = lossRow(settings.loss).output;
    if (field.option == "precision" && settings.engine == EngineKind::Scalar)
        settings.precision = Precision::Double;
    if (field.option == "keep" && settings.patience > 0)
        settings.keep = Keep::Best;
}

Result<TrainingSettings> readSettings(const QCommandLineParser& parser, Given& given)
{
    auto preset = presetSettings(parser.value(QStringLiteral("preset")).toStdString());
    if (!preset)
        return preset;
    TrainingSettings settings = *preset;
    for (const SettingsField& field : settingsFields()) {
        followOtherOptions(parser, field, settings);
        if (const auto read = readOption(parser, field, settings); !read)
            return read.error();
    }
    given.samples = samplesAskedFor(parser);
    given.layers = parser.isSet(QStringLiteral("layers"));
    given.presetOutput = !given.layers;
    given.loss = parser.isSet(QStringLiteral("loss"));
    if (const auto valid = validate(settings); !valid)
        return valid.error();
    return settings;
}

// A run that is written into the library while it goes on, or, with --no-library, is not.
class KeptRun {
public:
    KeptRun(const RunSetup& setup, const std::optional<InitialFile>& initial, bool isKept)
    {
        auto path = libraryPath();
        if (!isKept || (path && *path == inMemory)) // which would end with this command
            return;
        RunRecord record = newRun(setup, initial, CHAINRULE_VERSION);
        m_id = record.id;
        m_writer = std::make_unique<LibraryWriter>(std::move(path));
        m_writer->begin(std::move(record), setup);
    }

    /// Empty: it is not kept.
    [[nodiscard]] const std::string& id() const { return m_id; }

    void news(const FeedContent& content)
    {
        if (m_writer)
            m_writer->news(m_id, content);
    }
    /// Waits until all is written. Says it where that was not possible.
    void end(const TrainingOutcome& outcome)
    {
        if (!m_writer)
            return;
        m_writer->end(m_id, outcome);
        m_writer->finish();
        if (const auto notice = m_writer->takeNotice())
            printError(*notice);
    }

private:
    std::string m_id;
    std::unique_ptr<LibraryWriter> m_writer;
};

TrainingOutcome trainAndReport(const RunSetup& setup, RunReport& report, KeptRun& kept)
{
    using namespace std::chrono_literals;
    RunStart start;
    start.postsCheckpoints = !kept.id().empty();
    Control control(setup.settings.learningRate);
    Feed feed;
    std::optional<TrainingOutcome> outcome;
    std::atomic<bool> done = false;
    std::jthread training([&](const std::stop_token& stop) {
        outcome = train(setup, control, feed, stop, start);
        done.store(true);
    });
    const auto takeNews = [&] {
        const FeedContent content = feed.take();
        report.news(content);
        kept.news(content);
    };
    while (!done.load()) {
        std::this_thread::sleep_for(20ms);
        takeNews();
        if (wasInterrupted())
            training.request_stop();
    }
    training.join();
    takeNews();
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
    if (parser.isSet(QStringLiteral("save")) && !outcome.network.parameters.empty()) {
        const ModelFile model{outcome.network, settingsToJson(setup.settings), historyToJson(outcome.history),
                              initial};
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
    if (given.loss && parser.isSet(QStringLiteral("init")))
        return failUsage({"--loss", "--init brings its own loss", "Leave out one of the two"});
    if (parser.isSet(QStringLiteral("initial-weights")) && parser.isSet(QStringLiteral("init")))
        return failUsage({"--initial-weights", "--init brings its own weights", "Leave out one of the two"});
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
    std::optional<TrainingSettings> trained; // the model's
    if (initial && !initial->settings.empty()) {
        const auto saved = settingsFromJson(initial->settings);
        if (initial->network.scale.empty())
            tellOfOtherScale(*data, saved ? saved->data : std::string());
        if (saved && initial->recorded)
            trained = *saved;
    }
    const auto shared = std::make_shared<const Dataset>(std::move(*data));
    auto setup = initial ? prepareRun(*settings, given, shared, initial->network)
                         : prepareRun(*settings, given, shared);
    if (!setup)
        return failWork(setup.error());
    if (const int outputs = outputCount(setup->initial.stack);
        given.layers && !hasAmounts(*setup->data) && outputs > setup->data->classes) {
        std::fprintf(
            stderr,
            "chainrule: --layers: The last layer is the output, and %s has %d classes: the other %d of "
            "its %d units will only learn never to be chosen.\n",
            setup->data->name.c_str(), setup->data->classes, outputs - setup->data->classes, outputs);
    }

    if (trained) {
        const RunSetup& run = *setup;
        const auto tell = [&](const std::vector<std::uint32_t>& samples, const char* split) {
            tellOfKnownSamples(trainedOnAmong(*trained, run, samples), samples.size(), QLatin1String(split));
        };
        tell(run.split.validation, "validation");
        tell(run.split.test, "test");
    }

    RunReport report(parser.isSet(QStringLiteral("json")) ? ReportStyle::Json : ReportStyle::People);
    KeptRun kept(*setup, initialFile, !parser.isSet(QStringLiteral("no-library")));
    report.start(*setup, kept.id());
    const TrainingOutcome outcome = trainAndReport(*setup, report, kept);
    report.end(outcome);
    // What was there before is worth more than weights that have learned nothing.
    const bool worthKeeping = outcome.reason != EndReason::Failed || outcome.epoch > 0.0;
    const bool written = !worthKeeping || writeResults(parser, *setup, outcome, initialFile);
    kept.end(outcome);
    if (outcome.error)
        return failWork(*outcome.error);
    return written ? exitDone : exitFailed;
}

} // namespace chainrule
