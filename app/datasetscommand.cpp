// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cliarguments.h"
#include "app/datasetfetch.h"
#include "app/interrupt.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "core/data/toydata.h"

#include <nlohmann/json.hpp>

#include <QEventLoop>
#include <QNetworkProxyFactory>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <vector>

namespace chainrule {

namespace {

using Json = nlohmann::ordered_json;

constexpr int interruptMilliseconds = 20; // how often Ctrl-C is looked for

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
class FetchReport {
public:
    FetchReport(QString title, bool json)
        : m_title(std::move(title))
        , m_json(json)
        , m_terminal(!json && isatty(STDERR_FILENO) != 0)
    {
    }

    void show(const FetchProgress& progress)
    {
        if (progress.percent() == m_percent && (m_json || m_shown.elapsed() < 500))
            return;
        m_percent = progress.percent();
        m_shown.start();
        if (m_json) {
            const Json line = {{"event", "progress"},
                               {"bytes", progress.done},
                               {"total", progress.total},
                               {"seconds_left", progress.secondsLeft ? Json(*progress.secondsLeft) : Json()}};
            std::printf("%s\n", line.dump().c_str());
            std::fflush(stdout);
        } else if (m_terminal) {
            std::string left;
            if (progress.secondsLeft)
                left = ", " + withSeparators(static_cast<std::int64_t>(*progress.secondsLeft + 0.999)) +
                       " s left";
            std::fprintf(stderr, "\r\033[K%s: %d %% of %s%s", qUtf8Printable(m_title), m_percent,
                         megabytes(static_cast<std::uint64_t>(progress.total)).c_str(), left.c_str());
            std::fflush(stderr);
        }
    }

    void clear() const
    {
        if (m_terminal)
            std::fprintf(stderr, "\r\033[K");
    }

private:
    QString m_title;
    bool m_json;
    bool m_terminal;
    int m_percent = -1;
    QElapsedTimer m_shown;
};

int fetch(const QString& name, bool json)
{
    if (!catalogSet(name.toStdString()))
        return failUsage(fetchSet(name).error());
    auto set = fetchSet(name);
    if (!set)
        return failWork(set.error());

    QNetworkProxyFactory::setUseSystemConfiguration(true);
    FetchReport report(set->title, json);
    QEventLoop loop;
    DatasetFetch fetching;
    std::optional<Error> failure;
    QString folder;
    qint64 fetched = 0;
    QObject::connect(&fetching, &DatasetFetch::progress, &loop,
                     [&](const FetchProgress& progress) { report.show(progress); });
    QObject::connect(&fetching, &DatasetFetch::failed, &loop, [&](const Error& error, FetchEnd) {
        failure = error;
        loop.quit();
    });
    QObject::connect(&fetching, &DatasetFetch::finished, &loop, [&](const QString& where, qint64 bytes) {
        folder = where;
        fetched = bytes;
        loop.quit();
    });
    catchInterrupt();
    QTimer interrupt;
    QObject::connect(&interrupt, &QTimer::timeout, &loop, [&] {
        if (wasInterrupted())
            fetching.cancel();
    });
    interrupt.start(interruptMilliseconds);
    fetching.start(*set);
    loop.exec();
    report.clear();
    if (failure)
        return failWork(*failure);
    if (json) {
        const Json line = {{"event", "end"},
                           {"name", name.toStdString()},
                           {"folder", folder.toStdString()},
                           {"fetched_bytes", fetched}};
        std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    } else if (fetched == 0) {
        std::printf("%s was here already, and is right: %s\n", qUtf8Printable(set->title),
                    qUtf8Printable(folder));
    } else {
        std::printf("%s is here: %s\n", qUtf8Printable(set->title), qUtf8Printable(folder));
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
