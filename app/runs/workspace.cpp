// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/workspace.h"

#include "core/formats/oldsession.h"
#include "core/library/storedmodel.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QTimer>

#include <utility>

namespace chainrule {

namespace {

constexpr int keepMilliseconds = 1000;
constexpr int pollMilliseconds = 5;

std::string textOf(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

// At the first start: what crashes of versions before the library have left. Their networks become runs, what
// else they had the workspace; the files stay. Nothing where there are none.
std::optional<std::string> takeOldSessions(Library& library)
{
    const QString given = qEnvironmentVariable("XDG_STATE_HOME");
    const QDir folder(
        (QDir::isAbsolutePath(given) ? given : QDir::homePath() + QStringLiteral("/.local/state")) +
        QStringLiteral("/chainrule/sessions"));
    std::optional<std::string> newest;
    for (const QFileInfo& each :
         folder.entryInfoList({QStringLiteral("*.session")}, QDir::Files, QDir::Time)) {
        QFile file(each.absoluteFilePath());
        const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        const auto session = readOldSession({bytes.data(), static_cast<std::size_t>(bytes.size())});
        if (!session)
            continue;
        std::string shown;
        for (const ModelFile& network : session->networks) {
            if (const auto run = addModel(library, network, std::nullopt, CHAINRULE_VERSION);
                run && shown.empty())
                shown = run->id;
        }
        if (newest)
            continue;
        const QJsonObject expression{
            {workspaceKey::text, QString::fromStdString(session->expression)},
            {workspaceKey::values,
             QJsonDocument::fromJson(QByteArray::fromStdString(session->variables)).object()}};
        newest = textOf({{workspaceKey::settings, QString::fromStdString(session->settings)},
                         {workspaceKey::run, QString::fromStdString(shown)},
                         {workspaceKey::startsFrom, true},
                         {workspaceKey::drawing, QString::fromStdString(session->drawing)},
                         {workspaceKey::expression, expression},
                         {workspaceKey::graph, QString::fromStdString(session->graphPage)}});
    }
    return newest;
}

} // namespace

Workspace::Workspace(std::shared_ptr<LibraryWriter> writer, std::function<QJsonObject()> gather,
                     QObject* parent)
    : QObject(parent)
    , m_writer(std::move(writer))
    , m_gather(std::move(gather))
    , m_window(newRunId())
    , m_timer(new QTimer(this))
    , m_poll(new QTimer(this))
    , m_job(std::make_unique<LatestJob<Request, Answer>>(
          [window = m_window, writer = m_writer](const Request& request, const std::stop_token&) -> Answer {
              const auto library = writer->library();
              if (!library)
                  return std::nullopt;
              if (request.state) { // what fails here is tried again with the next change
                  static_cast<void>(library->keepWorkspace(window, *request.state));
                  return std::nullopt;
              }
              const auto state = library->takeWorkspace(window);
              if (!state) // the file can only be read
                  return std::nullopt;
              const auto known = library->hasWorkspace();
              if (*state || !known || *known)
                  return *state;
              const auto old = takeOldSessions(*library);
              static_cast<void>(library->keepWorkspace(window, old.value_or("{}"))); // once and for all
              return old;
          }))
{
    m_timer->setSingleShot(true);
    m_timer->setInterval(keepMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &Workspace::keep);
    m_poll->setInterval(pollMilliseconds);
    connect(m_poll, &QTimer::timeout, this, &Workspace::poll);
}

Workspace::~Workspace()
{
    m_job.reset(); // waits for what is being written
    const auto library = m_isTaken ? m_writer->library() : nullptr;
    if (!library || m_kept.empty())
        return;
    static_cast<void>(library->keepWorkspace(m_window, m_kept));
    static_cast<void>(library->leaveWorkspace(m_window));
}

std::string Workspace::state() const
{
    return textOf(m_gather());
}

void Workspace::take()
{
    m_job->post({std::nullopt});
    m_poll->start();
}

void Workspace::touch()
{
    if (m_isTaken && !m_timer->isActive()) // begun again with every change, it might never come to its end
        m_timer->start();
}

void Workspace::finish()
{
    m_timer->stop();
    m_kept = state();
}

void Workspace::keep()
{
    std::string now = state();
    if (now == m_kept)
        return;
    m_kept = std::move(now);
    m_job->post({m_kept});
}

void Workspace::poll()
{
    if (m_job->isBusy())
        return;
    m_poll->stop();
    const auto answer = m_job->take();
    m_isTaken = true;
    m_kept = answer && *answer ? **answer : std::string();
    emit taken(QJsonDocument::fromJson(QByteArray::fromStdString(m_kept)).object());
}

} // namespace chainrule
