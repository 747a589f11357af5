// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/interrupt.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/data/datasetfetch.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/data/toydata.h"

#include <nlohmann/json.hpp>

#include <QNetworkProxyFactory>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <unistd.h>
#include <vector>

namespace chainrule {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds interruptPause{20}; // between two looks for Ctrl-C

// "11.6 MB", in the decimal units that downloads are told in.
std::string megabytes(std::uint64_t bytes)
{
    return QString::number(static_cast<double>(bytes) / 1e6, 'f', 1).toStdString() + " MB";
}

struct Row {
    std::string name;
    std::string where;
    std::optional<std::size_t> samples; ///< nothing: it would have to be read for that
    std::optional<std::uint64_t> bytes; ///< to fetch
    std::string folder;                 ///< empty: it is not here, or in no folder
    bool here = false;
};

std::vector<Row> rows()
{
    std::vector<Row> all;
    for (const CatalogSet& set : catalog()) {
        const auto folder = findIdxFolder(set.name);
        all.push_back({set.name, folder ? *folder : "to be fetched", set.samples, catalogBytes(set),
                       folder.value_or(""), folder.has_value()});
    }
    for (const std::string& name : namesOfIdxFolders()) {
        if (!catalogSet(name))
            all.push_back(
                {name, *findIdxFolder(name), std::nullopt, std::nullopt, *findIdxFolder(name), true});
    }
    for (const char* name : {"digits", "xor", "circles", "moons", "spiral"})
        all.push_back({name, "built in", builtInSamples, std::nullopt, "", true});
    return all;
}

int list(bool json)
{
    const std::vector<Row> all = rows();
    if (json) {
        for (const Row& row : all) {
            const Json line = {{"name", row.name},
                               {"here", row.here},
                               {"folder", row.folder.empty() ? Json() : Json(row.folder)},
                               {"samples", row.samples ? Json(*row.samples) : Json()},
                               {"fetch_bytes", row.bytes ? Json(*row.bytes) : Json()}};
            std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
        }
        return exitDone;
    }
    std::size_t widest = 4;
    for (const Row& row : all)
        widest = std::max(widest, row.name.size());
    const int width = static_cast<int>(widest);
    std::printf("%-*s  samples  download  where\n", width, "name");
    for (const Row& row : all) {
        std::printf("%-*s  %7s  %8s  %s\n", width, row.name.c_str(),
                    row.samples ? withSeparators(static_cast<std::int64_t>(*row.samples)).c_str() : "",
                    row.bytes ? megabytes(*row.bytes).c_str() : "", row.where.c_str());
    }
    return exitDone;
}

// One line that is written over on a terminal; elsewhere nothing, or JSON.
void show(const FetchProgress& progress, const char* title, bool json)
{
    if (json) {
        const Json line = {{"event", "progress"},
                           {"bytes", progress.done},
                           {"total", progress.total},
                           {"seconds_left", progress.secondsLeft ? Json(*progress.secondsLeft) : Json()}};
        std::printf("%s\n", line.dump().c_str());
        std::fflush(stdout);
    } else if (isatty(STDERR_FILENO) != 0) {
        const std::string left =
            progress.secondsLeft
                ? ", " + withSeparators(static_cast<std::int64_t>(*progress.secondsLeft + 0.999)) + " s left"
                : std::string();
        std::fprintf(stderr, "\r\033[K%s: %d %% of %s%s", title, progress.percent(),
                     megabytes(static_cast<std::uint64_t>(progress.total)).c_str(), left.c_str());
        std::fflush(stderr);
    }
}

int fetch(const QString& name, bool json)
{
    if (!catalogSet(name.toStdString()))
        return failUsage(fetchSet(name).error());
    const auto set = fetchSet(name);
    if (!set)
        return failWork(set.error());

    QNetworkProxyFactory::setUseSystemConfiguration(true);
    catchInterrupt();
    std::stop_source stop;
    FetchOutcome outcome;
    {
        const std::jthread watch([&stop](const std::stop_token& done) {
            for (; !done.stop_requested(); std::this_thread::sleep_for(interruptPause)) {
                if (wasInterrupted())
                    stop.request_stop();
            }
        });
        outcome = fetchDataset(*set, stop.get_token(),
                               [&](const FetchProgress& progress) { show(progress, set->set.title, json); });
    }
    if (!json && isatty(STDERR_FILENO) != 0)
        std::fprintf(stderr, "\r\033[K");
    if (outcome.end != FetchEnd::Done)
        return failWork(outcome.error);
    const QByteArray folder = set->folder.toUtf8();
    if (json) {
        const Json line = {{"event", "end"},
                           {"name", set->set.name},
                           {"folder", folder.toStdString()},
                           {"fetched_bytes", outcome.fetched}};
        std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        std::printf("%s %s: %s\n", set->set.title,
                    outcome.fetched == 0 ? "was here already, and is right" : "is here", folder.constData());
    }
    return exitDone;
}

} // namespace

int datasetsCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        CommandLine::tr("What data sets are here, and which can be fetched. With fetch, fetches one into "
                        "the user's data folder: mnist or fashion-mnist."));
    parser.addPositionalArgument(QStringLiteral("fetch"), CommandLine::tr("Fetch the set NAME."),
                                 QStringLiteral("[fetch NAME]"));
    parser.addOption({QStringLiteral("json"), CommandLine::tr("One JSON object a line on standard output.")});
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("datasets"), arguments, status))
        return status;
    const QStringList words = parser.positionalArguments();
    if (words.isEmpty())
        return list(parser.isSet(QStringLiteral("json")));
    if (words.first() != QLatin1String("fetch") || words.size() != 2)
        return failUsage({"datasets", "it takes nothing, or fetch and the name of one set",
                          "See chainrule datasets --help"});
    return fetch(words.at(1), parser.isSet(QStringLiteral("json")));
}

} // namespace chainrule
