// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/commandrun.h"

#include "app/base/files.h"
#include "app/base/interrupt.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/export/runreport.h"
#include "app/runs/runlibrary.h"

#include "core/base/files/atomicfile.h"
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/library/writer.h"

#include <QFile>
#include <QFileInfo>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace chainrule {

namespace {

// What follows from the options that were read before this field's own, which may say otherwise.
void followOtherOptions(const QCommandLineParser& parser, const SettingsField& field,
                        TrainingSettings& settings)
{
    if (field.option == "layers" && parser.isSet(QStringLiteral("loss")) && !settings.layers.empty())
        outputLayer(settings.layers).activation = lossRow(settings.loss).output;
    if (field.option == "precision" && settings.engine == EngineKind::Scalar)
        settings.precision = Precision::Double;
    if (field.option == "keep" && parser.isSet(QStringLiteral("patience")) && settings.patience > 0)
        settings.keep = Keep::Best;
}

// A run that is written into the library while it goes on, or, with --no-library, is not.
class KeptRun {
public:
    KeptRun(const RunSetup& setup, RunRecord record, const RunStart& from, bool isKept)
    {
        auto path = libraryPath();
        if (!isKept || (path && *path == inMemory)) // which would end with this command
            return;
        m_id = record.id;
        m_writer = std::make_unique<LibraryWriter>(std::move(path), RunLibrary::budget());
        m_writer->begin(std::move(record), setup, from);
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

TrainingOutcome trainAndReport(const RunSetup& setup, RunStart start, RunReport& report, KeptRun& kept)
{
    using namespace std::chrono_literals;
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

} // namespace

void addRunOptions(QCommandLineParser& parser)
{
    for (const SettingsField& field : settingsFields())
        addOption(parser, field);
    const auto option = [&](const char* name, const QString& help, const char* value) {
        parser.addOption({QString::fromLatin1(name), help, QString::fromLatin1(value)});
    };
    option("save", CommandLine::tr("Write the trained model here, also after Ctrl-C."), "MODEL");
    option("history", CommandLine::tr("Write losses and accuracies of every epoch here, also after Ctrl-C."),
           "FILE.csv");
    parser.addOption(
        {QStringLiteral("no-library"), CommandLine::tr("Keep no record of this run in the library.")});
    parser.addOption({QStringLiteral("json"), CommandLine::tr("One JSON object a line on standard output.")});
}

Result<void> checkRunOptions(const QCommandLineParser& parser)
{
    TrainingSettings any;
    for (const SettingsField& field : settingsFields()) {
        if (const auto read = readOption(parser, field, any); !read)
            return read;
    }
    return {};
}

Result<TrainingSettings> readRunOptions(const QCommandLineParser& parser, TrainingSettings settings)
{
    for (const SettingsField& field : settingsFields()) {
        followOtherOptions(parser, field, settings);
        if (const auto read = readOption(parser, field, settings); !read)
            return read.error();
    }
    if (const auto valid = validate(settings); !valid)
        return valid.error();
    return settings;
}

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

int trainForCommand(const QCommandLineParser& parser, const RunSetup& setup, RunRecord record,
                    const RunStart& from)
{
    const std::optional<InitialFile> initial = record.initial;
    RunReport report(parser.isSet(QStringLiteral("json")) ? ReportStyle::Json : ReportStyle::People);
    KeptRun kept(setup, std::move(record), from, !parser.isSet(QStringLiteral("no-library")));
    report.start(setup, kept.id());
    const TrainingOutcome outcome = trainAndReport(setup, from, report, kept);
    report.end(outcome);
    // Weights that have learned nothing do not replace a file.
    const bool worthKeeping = outcome.reason != EndReason::Failed || outcome.epoch > 0.0;
    const bool written = !worthKeeping || writeResults(parser, setup, outcome, initial);
    kept.end(outcome);
    if (outcome.error)
        return failWork(*outcome.error);
    return written ? exitDone : exitFailed;
}

} // namespace chainrule
