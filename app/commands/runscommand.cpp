// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/commandtext.h"
#include "app/base/files.h"
#include "app/base/interrupt.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/commands/commandlibrary.h"
#include "app/export/runreport.h"

#include "core/base/text.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/library/library.h"
#include "core/library/storedmodel.h"

#include <nlohmann/json.hpp>

#include <QDateTime>
#include <QFileInfo>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace chainrule {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t shownDigits = 8; // of an id

// What a verb of `chainrule runs` is given.
struct Words {
    const QCommandLineParser& parser;
    std::shared_ptr<Library> library;
    RunRecord run;
    QStringList rest; ///< behind the id
};

template <typename T>
Json orNull(const std::optional<T>& value)
{
    return value ? Json(*value) : Json();
}

void printLine(const Json& line)
{
    std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

Json jsonOf(const RunRecord& run)
{
    const Json settings = Json::parse(run.settings, nullptr, false);
    Json line;
    line["id"] = run.id;
    line["created"] = run.created;
    line["state"] = runStateName(run.state);
    line["parent"] = run.parent ? Json(run.parent->id) : Json();
    line["parent_step"] = run.parent ? Json(run.parent->step) : Json();
    line["step"] = run.step;
    line["epoch"] = run.epoch;
    line["settings"] = settings.is_discarded() ? Json() : settings;
    line["validation_loss"] = orNull(run.validationLoss);
    line["test_loss"] = run.test ? Json(run.test->loss) : Json();
    line["test_accuracy"] = run.test ? Json(run.test->accuracy) : Json();
    line["train_seconds"] = run.trainSeconds;
    line["pinned"] = run.pinned;
    line["name"] = orNull(run.name);
    return line;
}

QString localTime(const RunRecord& run, const QString& format)
{
    const QDateTime time = QDateTime::fromString(QString::fromStdString(run.created), Qt::ISODateWithMs);
    return time.isValid() ? time.toLocalTime().toString(format) : QString::fromStdString(run.created);
}

/// What a person called it, else what it trains on what.
std::string titleOf(const RunRecord& run)
{
    if (run.name)
        return *run.name;
    const QString data = QFileInfo(QString::fromStdString(run.source)).fileName();
    const auto settings = settingsFromJson(run.settings);
    if (!settings)
        return data.toStdString();
    return data.toStdString() + " " + formatLayers(settings->layers) + " " +
           std::string(optimizerName(settings->optimizer)) + " " + shortestNumber(settings->learningRate);
}

std::string number(const std::optional<double>& value, const char* format)
{
    if (!value)
        return "–";
    char text[32];
    std::snprintf(text, sizeof text, format, *value);
    return text;
}

int listRuns(const QCommandLineParser& parser, Library& library)
{
    RunFilter filter;
    filter.deleted = parser.isSet(QStringLiteral("deleted"));
    const auto runs = library.list(filter);
    if (!runs)
        return failWork(runs.error());
    if (parser.isSet(QStringLiteral("json"))) {
        for (const RunRecord& run : *runs)
            printLine(jsonOf(run));
        return exitDone;
    }
    if (runs->empty()) {
        std::printf(filter.deleted ? "no run in %s is deleted\n" : "there are no runs in %s\n",
                    library.path().c_str());
        return exitDone;
    }
    std::printf("%-8s  %-16s  %-11s  %9s  %10s  %10s  what\n", "id", "begun", "state", "epochs", "val loss",
                "test acc");
    for (const RunRecord& run : *runs) {
        const auto accuracy = run.test ? std::optional(run.test->accuracy) : std::nullopt;
        // printf counts bytes, and a dash has three of them.
        const auto right = [](const std::string& text, int width) {
            return QString::fromStdString(text).rightJustified(width).toStdString();
        };
        std::printf("%-8s  %-16s  %-11s  %9s  %s  %s  %s%s\n", run.id.substr(0, shownDigits).c_str(),
                    qUtf8Printable(localTime(run, QStringLiteral("yyyy-MM-dd HH:mm"))),
                    std::string(runStateName(run.state)).c_str(), number(run.epoch, "%.4g").c_str(),
                    right(number(run.validationLoss, "%.4f"), 10).c_str(),
                    right(number(accuracy, "%.2f %%"), 10).c_str(), titleOf(run).c_str(),
                    run.pinned ? " (pinned)" : "");
    }
    return exitDone;
}

int showAsJson(const RunRecord& run, const std::vector<EpochRecord>& epochs, const Journal& journal,
               const std::vector<CheckpointPlace>& checkpoints)
{
    Json line = jsonOf(run);
    line["deleted"] = run.deleted;
    line["fault"] = run.fault.empty() ? Json() : Json(run.fault);
    line["data"] = run.source;
    line["samples_sha256"] = run.samples.empty() ? Json() : Json(run.samples);
    line["kernels"] = run.kernels;
    line["version"] = run.version;
    line["init"] = run.initial ? Json(run.initial->file) : Json();
    line["epochs"] = Json::array();
    for (const EpochRecord& record : epochs)
        line["epochs"].push_back(epochJson(record));
    line["events"] = Json::array();
    for (const JournalEvent& event : journal)
        line["events"].push_back(
            {{"step", event.step}, {"field", liveFieldRow(event.field).name}, {"value", event.value}});
    line["checkpoints"] = Json::array();
    for (const CheckpointPlace& place : checkpoints)
        line["checkpoints"].push_back({{"step", place.step},
                                       {"kind", place.kind == CheckpointKind::Full ? "full" : "weights"},
                                       {"bytes", place.bytes}});
    printLine(line);
    return exitDone;
}

void showForPeople(const RunRecord& run, const std::vector<EpochRecord>& epochs, const Journal& journal,
                   const std::vector<CheckpointPlace>& checkpoints)
{
    const auto row = [](const char* head, const std::string& text) {
        if (!text.empty())
            std::printf("%-10s  %s\n", head, text.c_str());
    };
    row("run", run.id);
    row("name", run.name.value_or(""));
    row("state", std::string(runStateName(run.state)) + (run.pinned ? ", pinned" : "") +
                     (run.deleted ? ", deleted" : ""));
    row("because", run.fault);
    row("begun", localTime(run, QStringLiteral("yyyy-MM-dd HH:mm:ss")).toStdString());
    row("trained", number(run.epoch, "%.4g") + " epochs, " + withSeparators(run.step) + " steps, " +
                       number(run.trainSeconds, "%.2f s"));
    if (run.parent)
        row("forked", "from " + run.parent->id + " after step " + std::to_string(run.parent->step));
    if (run.test)
        row("test",
            "loss " + number(run.test->loss, "%.4f") + ", accuracy " + number(run.test->accuracy, "%.2f %%"));
    row("data", run.source + (run.samples.empty() ? "" : ", samples " + run.samples.substr(0, 16)));
    row("computed", run.kernels + ", Chainrule " + run.version);
    if (const auto settings = settingsFromJson(run.settings))
        row("command", "chainrule train " +
                           commandArguments(*settings, run.initial ? run.initial->file : std::string()));
    std::string steps;
    for (const CheckpointPlace& place : checkpoints)
        steps += (steps.empty() ? "" : ", ") + std::to_string(place.step);
    row("weights", steps.empty() ? "none" : "after step " + steps);
    for (const JournalEvent& event : journal)
        row("changed", std::string(liveFieldRow(event.field).name) + " to " + shortestNumber(event.value) +
                           " from step " + std::to_string(event.step) + " on");
    if (epochs.empty())
        return;
    std::printf("\n%s", epochHeader().c_str());
    for (const EpochRecord& record : epochs)
        std::printf("%s", epochRow(record).c_str());
}

int show(const Words& words)
{
    const auto epochs = words.library->epochs(words.run.id);
    if (!epochs)
        return failWork(epochs.error());
    const auto journal = words.library->journal(words.run.id);
    if (!journal)
        return failWork(journal.error());
    const auto checkpoints = words.library->checkpoints(words.run.id);
    if (!checkpoints)
        return failWork(checkpoints.error());
    if (words.parser.isSet(QStringLiteral("json")))
        return showAsJson(words.run, *epochs, *journal, *checkpoints);
    showForPeople(words.run, *epochs, *journal, *checkpoints);
    return exitDone;
}

// As it is stored, else computed again.
Result<ModelFile> modelAfter(const Words& words, std::int64_t step)
{
    Library& library = *words.library;
    const auto places = library.checkpoints(words.run.id);
    if (!places)
        return places.error();
    if (isStored(words.run, *places, step))
        return storedModel(library, words.run, step);
    catchInterrupt();
    auto replay = openReplay(words.library, words.run);
    if (!replay)
        return replay.error();
    auto checkpoint = replayForCommand(*replay, step);
    if (!checkpoint)
        return checkpoint.error();
    return modelOf(library, words.run, std::move(*checkpoint));
}

int exportRun(const Words& words)
{
    const QString& path = words.rest.first();
    if (const auto writable = checkWritable(path); !writable)
        return failWork(writable.error());
    const auto model = words.parser.isSet(QStringLiteral("step"))
                           ? modelAfter(words, *readStep(words.parser.value(QStringLiteral("step"))))
                           : storedModel(*words.library, words.run);
    if (!model)
        return failWork(model.error());
    const auto written = writeFile(path, encodeModel(*model));
    return written ? exitDone : failWork(written.error());
}

int ended(const Result<void>& done)
{
    return done ? exitDone : failWork(done.error());
}

int nameRun(const Words& words)
{
    return ended(words.library->rename(words.run.id, words.rest.first().simplified().toStdString()));
}

int pinRun(const Words& words)
{
    return ended(words.library->setPinned(words.run.id, true));
}

int unpinRun(const Words& words)
{
    return ended(words.library->setPinned(words.run.id, false));
}

int deleteRun(const Words& words)
{
    return ended(words.library->setDeleted(words.run.id, true));
}

int undeleteRun(const Words& words)
{
    return ended(words.library->setDeleted(words.run.id, false));
}

struct Verb {
    const char* name;
    int (*run)(const Words& words);
    const char* behindId; ///< what stands behind the id; empty: nothing
    bool json;
    bool step;
    bool ofDeleted; ///< may be asked of a run that was deleted
};

constexpr Verb verbs[] = {
    {"show", show, "", true, false, true},
    {"export", exportRun, "FILE", false, true, false},
    {"name", nameRun, "NAME", false, false, false},
    {"pin", pinRun, "", false, false, false},
    {"unpin", unpinRun, "", false, false, false},
    {"delete", deleteRun, "", false, false, true},
    {"undelete", undeleteRun, "", false, false, true},
};

// The error for an option that does not go with the verb, or null for the list's.
std::optional<Error> checkOptions(const QCommandLineParser& parser, const Verb* verb)
{
    const auto misplaced = [&](const char* option, bool allowed) {
        return parser.isSet(QLatin1String(option)) && !allowed;
    };
    const std::string where = verb ? "runs " + std::string(verb->name) : "the list of runs";
    for (const auto& [option, allowed] :
         {std::pair("json", !verb || verb->json), std::pair("step", verb && verb->step),
          std::pair("deleted", !verb)}) {
        if (misplaced(option, allowed))
            return Error{"--" + std::string(option), "it does not go with " + where, "Leave it out"};
    }
    if (parser.isSet(QStringLiteral("step"))) {
        if (const auto step = readStep(parser.value(QStringLiteral("step"))); !step)
            return step.error();
    }
    return std::nullopt;
}

int withRun(const QCommandLineParser& parser, const Verb& verb, const QStringList& words)
{
    const auto library = openLibrary();
    if (!library)
        return failWork(library.error());
    auto run = findRun(**library, words.at(1), verb.ofDeleted);
    if (!run)
        return failWork(run.error());
    return verb.run({parser, *library, std::move(*run), words.mid(2)});
}

} // namespace

int runsCommand(const QStringList& arguments)
{
    if (!arguments.isEmpty() && arguments.first() == QLatin1String("fork"))
        return forkCommand(arguments.mid(1));
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr(
        "The runs that are kept in the library, newest first, and what can be done with one.\n"
        "ID is a run's id or its beginning.\n"
        "  runs                   lists them\n"
        "  runs show ID           all about one: its command, its epochs, what was changed\n"
        "  runs export ID FILE    writes its network as a model file\n"
        "  runs fork ID           starts a run from one of its steps; see runs fork --help\n"
        "  runs name ID NAME      gives it a name\n"
        "  runs pin ID            never removes its weights to save space; also unpin\n"
        "  runs delete ID         hides it from the list; runs undelete ID shows it again"));
    parser.addPositionalArgument(QStringLiteral("WORDS"), CommandLine::tr("What to do, with which run."),
                                 QStringLiteral("[show|export|fork|name|pin|unpin|delete|undelete ID ...]"));
    parser.addOption(
        {QStringLiteral("json"),
         CommandLine::tr("One JSON object a line on standard output; of the list and of show.")});
    parser.addOption({QStringLiteral("deleted"), CommandLine::tr("List the runs that were deleted.")});
    parser.addOption(
        {QStringLiteral("step"),
         CommandLine::tr(
             "Export the network after so many steps.\nOne that is not stored is computed again."),
         QStringLiteral("K")});
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("runs"), arguments, status))
        return status;
    const QStringList words = parser.positionalArguments();
    const Verb* verb = nullptr;
    if (!words.isEmpty()) {
        verb = std::find_if(std::begin(verbs), std::end(verbs),
                            [&](const Verb& each) { return words.first() == QLatin1String(each.name); });
        if (verb == std::end(verbs)) {
            return failUsage({inQuotes(words.first().toStdString()), "there is no such action",
                              "See chainrule runs --help"});
        }
        const std::string behind = verb->behindId;
        if (words.size() != (behind.empty() ? 2 : 3)) {
            return failUsage({"runs " + std::string(verb->name),
                              "it takes a run's id" + (behind.empty() ? "" : " and a " + behind),
                              "See chainrule runs --help"});
        }
    }
    if (const auto wrong = checkOptions(parser, verb))
        return failUsage(*wrong);
    if (verb && verb->step && words.at(2).endsWith(QLatin1String(".chainrule-run"))) {
        return failUsage({inQuotes(words.at(2).toStdString()), "whole runs cannot be exported",
                          "Give the name of a model file, for instance model.safetensors"});
    }
    if (verb)
        return withRun(parser, *verb, words);
    const auto library = openLibrary();
    return library ? listRuns(parser, **library) : failWork(library.error());
}

} // namespace chainrule
