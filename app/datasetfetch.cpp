// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasetfetch.h"

#include "app/filedigest.h"

#include "core/base/text.h"
#include "core/data/readers/idx.h"
#include "core/data/readers/sources.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QNetworkAccessManager>
#include <QStorageInfo>
#include <QTimer>

#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 10;
const QString lockName = QStringLiteral(".fetching");

QString plainName(const QString& name)
{
    return name.endsWith(QLatin1String(".gz")) ? name.chopped(3) : name;
}

QString mirrorVariable()
{
    return qEnvironmentVariable("CHAINRULE_MIRROR");
}

// Whether it unpacks to what was published, whoever packed it.
bool isRepacked(const QString& packed, const FetchFile& file)
{
    if (file.plainSha256.isEmpty() || !QFileInfo(packed).isFile())
        return false;
    const auto kind = file.name.contains(QLatin1String("idx3")) ? IdxKind::Images : IdxKind::Labels;
    const auto array = readIdx(packed.toStdString(), kind);
    if (!array)
        return false;
    const std::string plain = encodeIdx(*array);
    return QCryptographicHash::hash({plain.data(), static_cast<qsizetype>(plain.size())},
                                    QCryptographicHash::Sha256)
               .toHex() == file.plainSha256;
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
    FetchSet set{name,
                 QString::fromLatin1(known->title),
                 QString::fromStdString(findIdxFolder(known->name).value_or(*folder)),
                 {},
                 {}};
    for (const CatalogFile& file : known->files) {
        set.files.append({QString::fromLatin1(file.name), static_cast<qint64>(file.bytes), file.sha256,
                          static_cast<qint64>(file.plainBytes), file.plainSha256});
    }
    if (const QString own = mirrorVariable(); !own.isEmpty()) {
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

DatasetFetch::DatasetFetch(FetchRules rules, QObject* parent)
    : QObject(parent)
    , m_network(new QNetworkAccessManager(this))
    , m_fetcher(new Fetcher(*m_network, rules, this))
    , m_poll(new QTimer(this))
    , m_look(&DatasetFetch::look)
{
    m_poll->setInterval(pollMilliseconds);
    connect(m_poll, &QTimer::timeout, this, &DatasetFetch::pollLook);
    connect(m_fetcher, &Fetcher::progress, this, &DatasetFetch::showProgress);
    connect(m_fetcher, &Fetcher::finished, this, [this] {
        m_before += m_set.files[m_missing.takeFirst()].bytes;
        next();
    });
    connect(m_fetcher, &Fetcher::failed, this, &DatasetFetch::fail);
}

DatasetFetch::~DatasetFetch()
{
    delete m_fetcher; // before the network, whose replies it has
}

// What of the set is there and right, and what stands in the way.
DatasetFetch::Found DatasetFetch::look(const Look& request, const std::stop_token& stop)
{
    Found found{request.id, {}, {}};
    for (qsizetype i = 0; i < request.set.files.size(); ++i) {
        const FetchFile& file = request.set.files[i];
        const QString packed = request.set.folder + QLatin1Char('/') + file.name;
        const QString plain = request.set.folder + QLatin1Char('/') + plainName(file.name);
        // Of the two the unpacked one is read.
        if (plain != packed && QFileInfo(plain).isFile()) {
            if (QFileInfo(plain).size() == file.plainBytes &&
                (file.plainSha256.isEmpty() || fileDigest(plain, stop).sha256 == file.plainSha256))
                continue;
            found.wrong.append(plain);
        }
        const bool asPublished =
            QFileInfo(packed).size() == file.bytes && fileDigest(packed, stop).sha256 == file.sha256;
        if (!asPublished && !isRepacked(packed, file))
            found.missing.append(i);
    }
    return found;
}

void DatasetFetch::start(const FetchSet& set)
{
    m_set = set;
    m_active = true;
    m_missing.clear();
    m_wrong.clear();
    m_before = 0;
    m_total = 0;
    m_pace.start();
    m_clock.start();
    m_look.post({++m_lookId, m_set});
    m_poll->start();
}

void DatasetFetch::cancel()
{
    if (!m_active)
        return;
    if (m_fetcher->isActive())
        m_fetcher->cancel();
    else
        fail({m_set.title.toStdString(), "it was cancelled", "Try again"}, FetchEnd::Cancelled);
}

void DatasetFetch::pollLook()
{
    const auto found = m_look.take();
    if (!found || found->id != m_lookId)
        return;
    m_poll->stop();
    begin(*found);
}

void DatasetFetch::begin(const Found& found)
{
    m_missing = found.missing;
    m_wrong = found.wrong;
    qint64 lacking = 0;
    for (const qsizetype i : m_missing) {
        m_total += m_set.files[i].bytes;
        const QString part = m_set.folder + QLatin1Char('/') + m_set.files[i].name + QStringLiteral(".part");
        lacking += m_set.files[i].bytes - std::min(QFileInfo(part).size(), m_set.files[i].bytes);
    }
    if (m_missing.isEmpty()) {
        next();
        return;
    }
    errno = 0;
    if (!QDir().mkpath(m_set.folder)) {
        fail(writingFailed(m_set.folder, errno == 0 ? EACCES : errno), FetchEnd::Local);
        return;
    }
    // Two that write the same files would spoil them for each other.
    m_lock = std::make_unique<QLockFile>(m_set.folder + QLatin1Char('/') + lockName);
    m_lock->setStaleLockTime(0);
    if (!m_lock->tryLock(0)) {
        const bool busy = m_lock->error() == QLockFile::LockFailedError;
        m_lock.reset();
        if (busy)
            fail({m_set.title.toStdString(), "another Chainrule is fetching it", "Wait until it is done"},
                 FetchEnd::Local);
        else
            fail(writingFailed(m_set.folder, EACCES), FetchEnd::Local);
        return;
    }
    const QStorageInfo disk(m_set.folder);
    if (disk.isValid() && disk.bytesAvailable() >= 0 && disk.bytesAvailable() < lacking) {
        fail({m_set.folder.toStdString(),
              "the disk has no room for it: " + megabytes(static_cast<std::uint64_t>(lacking)) +
                  " are to come, " + megabytes(static_cast<std::uint64_t>(disk.bytesAvailable())) +
                  " are free",
              "Free some space, then try again"},
             FetchEnd::Local);
        return;
    }
    next();
}

// The next file, or the end.
void DatasetFetch::next()
{
    if (!m_missing.isEmpty()) {
        const FetchFile& file = m_set.files[m_missing.first()];
        FetchJob job{{}, m_set.folder + QLatin1Char('/') + file.name, file.bytes, file.sha256};
        for (const QUrl& mirror : m_set.mirrors)
            job.addresses.append(mirror.resolved(QUrl(file.name)));
        m_fetcher->start(job);
        return;
    }
    // What would be read in place of the right files makes room; it may be somebody's.
    for (const QString& wrong : std::exchange(m_wrong, {})) {
        if (const auto moved = moveAside(wrong); !moved) {
            fail(moved.error(), FetchEnd::Local);
            return;
        }
    }
    m_lock.reset();
    m_active = false;
    emit finished(m_set.folder, m_before);
}

void DatasetFetch::showProgress(qint64 ofThisFile)
{
    const qint64 done = m_before + ofThisFile;
    m_pace.add(m_clock.elapsed(), done);
    emit progress({done, m_total, m_pace.secondsFor(m_total - done)});
}

void DatasetFetch::fail(Error error, FetchEnd end)
{
    m_poll->stop();
    ++m_lookId;
    m_lock.reset();
    QDir().rmdir(m_set.folder); // where nothing has come it need not be
    m_active = false;
    if (end == FetchEnd::Refused) // names the file; the set is what was asked for
        error.what = {MessageId::optionPart, m_set.title.toStdString(), error.what};
    else if (end == FetchEnd::Cancelled || end == FetchEnd::Unreached) // whichever file came first
        error.what = m_set.title.toStdString();
    emit failed(error, end);
}

} // namespace chainrule
