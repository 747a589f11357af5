// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/datasetfetch.h"

#include "app/base/filedigest.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QLockFile>

#include <cerrno>
#include <vector>

namespace chainrule {

namespace {

constexpr qint64 showMilliseconds = 500;    // between two reports with the same percentage
constexpr qint64 judgedMilliseconds = 1000; // of a download, before its end is guessed

// What is not there and right, and what stands in the way.
struct Missing {
    std::vector<CatalogFile> files;
    QStringList wrong; ///< paths of unpacked files that would be read in place of the right ones
};

bool isRight(const QString& path, std::uint64_t bytes, const char* sha256, const std::stop_token& stop)
{
    // Where nobody has published a digest, the size counts alone.
    return QFileInfo(path).isFile() && QFileInfo(path).size() == static_cast<qint64>(bytes) &&
           (*sha256 == '\0' || fileDigest(path, stop).sha256 == sha256);
}

Missing missingOf(const FetchSet& set, const std::stop_token& stop)
{
    Missing missing;
    for (const CatalogFile& file : set.set.files) {
        const QString packed = set.folder + QLatin1Char('/') + QLatin1String(file.name);
        const QString plain = packed.endsWith(QLatin1String(".gz")) ? packed.chopped(3) : QString();
        // Of the two the unpacked one is read.
        if (QFileInfo(plain).isFile()) {
            if (isRight(plain, file.plainBytes, file.plainSha256, stop))
                continue;
            missing.wrong.append(plain);
        }
        if (!isRight(packed, file.bytes, file.sha256, stop))
            missing.files.push_back(file);
    }
    return missing;
}

FetchOutcome fetchMissing(const FetchSet& set, const Missing& missing, const std::stop_token& stop,
                          const std::function<void(const FetchProgress&)>& progress)
{
    FetchProgress now;
    for (const CatalogFile& file : missing.files)
        now.total += static_cast<qint64>(file.bytes);
    QElapsedTimer begun;
    QElapsedTimer shown;
    std::optional<qint64> kept; // what earlier fetches have left
    int percent = -1;
    qint64 before = 0;
    begun.start();
    for (const CatalogFile& file : missing.files) {
        FetchJob job{{},
                     set.folder + QLatin1Char('/') + QLatin1String(file.name),
                     static_cast<qint64>(file.bytes),
                     file.sha256};
        for (const QUrl& mirror : set.mirrors)
            job.addresses.append(mirror.resolved(QUrl(QString::fromLatin1(file.name))));
        FetchOutcome outcome = fetchFile(job, stop, [&](qint64 bytes) {
            now.done = before + bytes;
            const qint64 came = now.done - kept.value_or(now.done);
            kept = now.done - came;
            if (now.percent() == percent && shown.elapsed() < showMilliseconds)
                return;
            percent = now.percent();
            shown.start();
            now.secondsLeft.reset();
            if (came > 0 && begun.elapsed() > judgedMilliseconds)
                now.secondsLeft = static_cast<double>(now.total - now.done) *
                                  static_cast<double>(begun.elapsed()) / 1000.0 / static_cast<double>(came);
            progress(now);
        });
        if (outcome.end != FetchEnd::Done)
            return outcome;
        before += job.bytes;
    }
    FetchOutcome done;
    done.fetched = before;
    return done;
}

} // namespace

Result<FetchSet> fetchSet(const QString& name)
{
    const CatalogSet* known = catalogSet(name.toStdString());
    if (!known) {
        std::string names;
        for (const CatalogSet& each : catalog())
            names += (names.empty() ? "" : " and ") + std::string(each.name);
        return Error{"data set " + inQuotes(name.toStdString()), "it is none that can be fetched",
                     "There are " + names};
    }
    const auto folder = userDataFolder(known->name);
    if (!folder)
        return Error{known->title, "there is no folder for it: neither XDG_DATA_HOME nor HOME is set",
                     "Set one of them"};
    // Where another folder has all four files, it is the one that is read, and so the one to put right.
    FetchSet set{*known, QString::fromStdString(findIdxFolder(known->name).value_or(*folder)), {}};
    if (const QString own = qEnvironmentVariable("CHAINRULE_MIRROR"); !own.isEmpty()) {
        const QUrl url(own + (own.endsWith(QLatin1Char('/')) ? "" : "/") + name + QLatin1Char('/'));
        if (!url.isValid() || url.host().isEmpty() ||
            !QStringList{QStringLiteral("https"), QStringLiteral("http")}.contains(url.scheme())) {
            return Error{"CHAINRULE_MIRROR " + inQuotes(own.toStdString()), "it is no address of the web",
                         "Set it to something like https://example.org/datasets, or not at all"};
        }
        set.mirrors.append(url);
        return set;
    }
    for (const char* mirror : known->mirrors)
        set.mirrors.append(QUrl(QString::fromLatin1(mirror)));
    return set;
}

FetchOutcome fetchDataset(const FetchSet& set, const std::stop_token& stop,
                          const std::function<void(const FetchProgress&)>& progress)
{
    const Missing missing = missingOf(set, stop);
    if (missing.files.empty() && missing.wrong.isEmpty())
        return {};
    errno = 0;
    if (!QDir().mkpath(set.folder))
        return notStored(set.folder, errno == 0 ? EACCES : errno);
    // Two that write the same files would spoil them for each other.
    QLockFile lock(set.folder + QStringLiteral("/.fetching"));
    lock.setStaleLockTime(0);
    FetchOutcome outcome;
    if (lock.tryLock(0))
        outcome = fetchMissing(set, missing, stop, progress);
    else if (lock.error() == QLockFile::LockFailedError)
        outcome = {FetchEnd::Local,
                   {set.set.title, "another Chainrule is fetching it", "Wait until it is done"}};
    else
        outcome = notStored(set.folder, EACCES);
    // What would be read in place of the right files makes room.
    for (const QString& wrong : missing.wrong) {
        if (outcome.end == FetchEnd::Done && !moveAside(wrong))
            outcome = notStored(wrong, errno);
    }
    lock.unlock();
    if (outcome.end == FetchEnd::Refused) // names the file; the set is what was asked for
        outcome.error.what = {MessageId::optionPart, set.set.title, outcome.error.what};
    else if (outcome.end == FetchEnd::Cancelled)
        outcome.error.what = set.set.title;
    if (outcome.end != FetchEnd::Done)
        QDir().rmdir(set.folder); // where nothing has come it need not be
    return outcome;
}

} // namespace chainrule
