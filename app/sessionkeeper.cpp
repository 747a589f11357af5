// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sessionkeeper.h"

#include "core/base/files/atomicfile.h"

#include <QFile>
#include <QTimer>

#include <algorithm>
#include <new>
#include <utility>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 20;
constexpr double usualSeconds = 30.0;
constexpr double leastSeconds = 0.05;
constexpr double mostSeconds = 60.0;

} // namespace

SessionKeeper::SessionKeeper(const QString& folder, std::function<std::optional<Session>()> gather,
                             QObject* parent)
    : QObject(parent)
    , m_store(folder)
    , m_folder(folder)
    , m_gather(std::move(gather))
    , m_timer(new QTimer(this))
    , m_pollTimer(new QTimer(this))
{
    m_saveJob = std::make_unique<LatestJob<std::shared_ptr<const Session>, Result<void>>>(
        [this](const std::shared_ptr<const Session>& session, const std::stop_token&) -> Result<void> {
            try {
                return m_store.save(encodeSession(*session));
            } catch (const std::bad_alloc&) {
                return Error{"the session", "there is not enough memory to keep it",
                             "Close other programs, or save your model"};
            }
        });
    m_findJob = std::make_unique<LatestJob<Search, Found>>(
        [folder](const Search& search, const std::stop_token&) { return find(folder, search); });
    m_timer->setSingleShot(true);
    m_timer->setInterval(interval());
    connect(m_timer, &QTimer::timeout, this, &SessionKeeper::save);
    m_pollTimer->setInterval(pollMilliseconds);
    connect(m_pollTimer, &QTimer::timeout, this, &SessionKeeper::poll);
}

SessionKeeper::~SessionKeeper()
{
    finish();
}

SessionKeeper::Found SessionKeeper::find(const QString& folder, const Search& search)
{
    for (const QString& each : search.folders)
        removeAbandonedFiles(QFile::encodeName(each).toStdString());
    Found found;
    auto abandoned = SessionStore(folder).claimAbandoned(search.except);
    if (!abandoned)
        return found;
    found.place = std::make_shared<const AbandonedSession>(std::move(*abandoned));
    auto session = loadSession(QFile::encodeName(found.place->path).toStdString());
    if (session) {
        if (!session->networkFault.empty()) {
            found.error =
                Error{"a network that Chainrule kept before it ended unexpectedly cannot be offered",
                      session->networkFault,
                      "The rest can be restored; its file is then kept as " +
                          SessionStore::asideOf(*found.place).toStdString()};
        }
        found.session = std::move(*session);
        return found;
    }
    found.error = session.error();
    // What cannot be read for want of memory, say, may be read at the next start.
    if (isWholeSession(QFile::encodeName(found.place->path).toStdString()) == false) {
        const QString aside = SessionStore::putAside(*found.place);
        found.error =
            Error{"what Chainrule kept before it ended unexpectedly cannot be offered",
                  {MessageId::colon, "its file is damaged", found.error->why},
                  "It is kept as " + aside.toStdString() + "; models that were saved are files of their own"};
    }
    return found;
}

int SessionKeeper::interval()
{
    bool isNumber = false;
    const double given = qEnvironmentVariable("CHAINRULE_AUTOSAVE_SECONDS").toDouble(&isNumber);
    const double seconds =
        isNumber && given > 0.0 ? std::clamp(given, leastSeconds, mostSeconds) : usualSeconds;
    return static_cast<int>(1000.0 * seconds);
}

void SessionKeeper::touch()
{
    if (!m_finished && !m_timer->isActive()) // begun again with every change, it might never come to its end
        m_timer->start();
}

void SessionKeeper::saveNow()
{
    if (m_finished)
        return;
    m_timer->stop();
    save();
}

void SessionKeeper::save()
{
    auto session = m_gather();
    if (!session)
        return;
    m_saveJob->post(std::make_shared<const Session>(std::move(*session)));
    m_pollTimer->start();
}

void SessionKeeper::finish()
{
    if (m_finished)
        return;
    m_finished = true;
    m_timer->stop();
    m_pollTimer->stop();
    m_saveJob.reset(); // waits for a file that is being written
    m_findJob.reset();
    if (std::exchange(m_takesOver, false))
        letGoOfFound();
    m_store.remove();
}

void SessionKeeper::recover(const QStringList& folders)
{
    if (m_finished)
        return;
    m_findJob->post({m_passedOver, folders});
    m_pollTimer->start();
}

void SessionKeeper::takeOver()
{
    m_takesOver = m_found != nullptr;
    m_isSaved = false;
    saveNow();
}

// This window has all of it or nobody wants it, but for a network that another version may be able to read.
void SessionKeeper::letGoOfFound()
{
    const auto found = std::exchange(m_found, nullptr);
    if (!found)
        return;
    if (m_lacksNetwork)
        SessionStore::putAside(*found);
    else
        SessionStore::discard(*found);
}

void SessionKeeper::discard()
{
    letGoOfFound();
    recover();
}

void SessionKeeper::poll()
{
    const bool saving = m_saveJob->isBusy();
    const bool busy = saving || m_findJob->isBusy();
    const auto saved = m_saveJob->take();
    const auto found = m_findJob->take();
    if (!busy)
        m_pollTimer->stop();
    if (saved && *saved) {
        m_failing = false;
        m_isSaved = true;
        emit kept();
    } else if (saved) {
        m_isSaved = false;
        touch(); // again, in a while
        if (!std::exchange(m_failing, true))
            emit failed(saved->error());
    }
    // The newest is, not one from before; where it came just after the look above, the next one tells.
    if (!saving && m_isSaved && std::exchange(m_takesOver, false)) {
        letGoOfFound();
        recover();
    } else if (m_isSaved && m_takesOver) {
        m_pollTimer->start();
    }
    if (found)
        takeFound(*found);
}

void SessionKeeper::takeFound(const Found& found)
{
    if (found.session) {
        m_found = found.place;
        m_lacksNetwork = found.error.has_value();
        if (found.error)
            emit unreadable(*found.error);
        emit this->found(*found.session, found.place->time);
    } else if (found.error) {
        m_passedOver << found.place->path;
        emit unreadable(*found.error);
        recover();
    }
}

} // namespace chainrule
