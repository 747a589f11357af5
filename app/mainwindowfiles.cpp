// SPDX-License-Identifier: GPL-3.0-or-later
// What the main window does with files: models that are opened and saved, and the session that is kept in
// case that the program does not live to save them.
#include "app/mainwindow.h"

#include "app/drawpage.h"
#include "app/errortext.h"
#include "app/exportmenu.h"
#include "app/files.h"
#include "app/graphchoices.h"
#include "app/graphpage.h"
#include "app/modelsaver.h"
#include "app/recentfiles.h"
#include "app/recentmenu.h"
#include "app/runbar.h"
#include "app/runspanel.h"
#include "app/savedialog.h"
#include "app/sessionkeeper.h"
#include "app/windowstate.h"

#include "widgets/messagebar.h"

#include <QAction>
#include <QCloseEvent>
#include <QDateTime>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QTabBar>

#include <algorithm>
#include <utility>

namespace chainrule {

// ---- menus --------------------------------------------------------------------------------------------

void MainWindow::addFileActions(QMenu& file)
{
    m_saver = new ModelSaver(this);
    QAction* open = file.addAction(tr("&Open model…"), this, &MainWindow::chooseModel);
    open->setShortcut(QKeySequence::Open);
    auto* recent = new RecentMenu(tr("Open &recent"), recentFiles::Kind::Models, this);
    file.addMenu(recent);
    connect(recent, &RecentMenu::chosen, this, &MainWindow::openOther);
    m_save = file.addAction(tr("&Save model"), this, [this] { saveModel(); });
    m_save->setShortcut(QKeySequence::Save);
    m_saveAs = file.addAction(tr("Save model &as…"), this, [this] { saveModelAs(); });
    m_saveAs->setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+S")));
}

void MainWindow::showFile()
{
    const QString path = m_workbench.document().file().path;
    const bool modified = m_workbench.isModified();
    const QString name = QFileInfo(path).fileName();
    // "[*]" is where Qt puts the mark of changes; without a file there is nothing that could differ from it.
    const QString title = !path.isEmpty() ? tr("%1[*] – Chainrule").arg(name)
                          : modified      ? tr("Unsaved network[*] – Chainrule")
                                          : tr("Chainrule[*]");
    if (title != windowTitle()) {
        setWindowFilePath(path);
        setWindowTitle(title);
    }
    setWindowModified(modified);
    m_save->setEnabled(m_workbench.hasWeights() || modified);
    m_saveAs->setEnabled(m_workbench.hasWeights());
}

// ---- models -------------------------------------------------------------------------------------------

bool MainWindow::openModel(const QString& path, const std::string& source)
{
    if (const auto opened = m_workbench.openModel(path, source); !opened) {
        showProblem(opened.error(), Problem::Other);
        return false;
    }
    recentFiles::add(path);
    return true;
}

void MainWindow::openOther(const QString& path)
{
    whenSaved(tr("before opening another model"), [this, path] { openModel(path); });
}

void MainWindow::chooseModel()
{
    whenSaved(tr("before opening another model"), [this] {
        const QString path = QFileDialog::getOpenFileName(this, tr("Open model"), placeOfFiles(),
                                                          tr("Models (*.safetensors);;All files (*)"));
        if (!path.isEmpty())
            openModel(path);
    });
}

// Where file dialogs begin: beside the present file, or the newest one that there is.
QString MainWindow::placeOfFiles() const
{
    QStringList paths = recentFiles::list();
    paths.prepend(m_workbench.document().file().path);
    for (const QString& path : paths) {
        if (const QString folder = QFileInfo(path).absolutePath();
            !path.isEmpty() && QFileInfo(folder).isDir())
            return folder;
    }
    return {};
}

void MainWindow::saveModel(const std::function<void()>& then, const std::function<void()>& otherwise)
{
    const DocumentFile& file = m_workbench.document().file();
    if (file.path.isEmpty())
        saveModelAs(then, otherwise);
    else if (const QString now = stampOf(file.path); m_saver->isBusy() || now.isEmpty())
        saveTo(file.path, then, otherwise);
    else if (now != file.stamp && !file.stamp.isEmpty() && !m_workbench.document().hasWritten(now))
        askBeforeReplacing({QFileInfo(file.path).fileName(), ReplaceQuestion::Why::OtherProgram}, then,
                           otherwise);
    else if (m_workbench.replacesAnother() || (now != file.stamp && !file.stamp.isEmpty()))
        askBeforeReplacing({QFileInfo(file.path).fileName(), ReplaceQuestion::Why::OtherNetwork}, then,
                           otherwise);
    else
        saveTo(file.path, then, otherwise);
}

void MainWindow::saveModelAs(const std::function<void()>& then, const std::function<void()>& otherwise)
{
    const QString present = m_workbench.document().file().path;
    const QString folder = placeOfFiles();
    const QString proposed = !present.isEmpty() ? present
                             : folder.isEmpty() ? tr("network.safetensors")
                                                : folder + QLatin1Char('/') + tr("network.safetensors");
    const QString path =
        chooseFileToWrite(this, {tr("Save model"), proposed, tr("Models (*.safetensors);;All files (*)")});
    if (!path.isEmpty())
        saveTo(path, then, otherwise);
    else if (otherwise)
        otherwise();
}

void MainWindow::saveTo(const QString& path, const std::function<void()>& then,
                        const std::function<void()>& otherwise)
{
    const QString name = QFileInfo(path).fileName();
    const bool busy = m_saver->isBusy();
    if (busy)
        sayInStatus(tr("Still saving"));
    else if (!m_workbench.hasWeights())
        showProblem(
            {name.toStdString(),
             "no network has these layers yet, and a file holds settings only together with a network",
             "Train one first; the settings are kept for the next start in any case"},
            Problem::Other);
    if (busy || !m_workbench.hasWeights()) {
        if (otherwise)
            otherwise();
        return;
    }
    const ModelToSave model = m_workbench.modelToSave();
    sayInStatus(tr("Saving %1").arg(name));
    m_saver->save(model, path, [this, path, name, model, then, otherwise](const Result<void>& saved) {
        if (!saved) {
            showProblem(saved.error(), Problem::Other);
            if (otherwise)
                otherwise();
            return;
        }
        m_workbench.setSaved(model, path);
        recentFiles::add(path);
        const bool allSaved = model.edited.layers == model.parameters->stack.layers;
        sayInStatus(allSaved ? tr("Saved %1").arg(name)
                             : tr("Saved %1, but for the layers of the next network").arg(name));
        if (m_keeper)
            m_keeper->touch();
        if (then)
            then();
    });
}

// What is in the document's file would go, and is nothing that this window has made into what it saves.
void MainWindow::askBeforeReplacing(const ReplaceQuestion::About& about, const std::function<void()>& then,
                                    const std::function<void()>& otherwise)
{
    if (m_replaceQuestion) { // asked already
        if (otherwise)
            otherwise();
        return;
    }
    auto* question = new ReplaceQuestion(about, this);
    m_replaceQuestion = question;
    connect(question, &ReplaceQuestion::answered, this, [this, then, otherwise](ReplaceAnswer answer) {
        if (answer == ReplaceAnswer::Replace)
            saveTo(m_workbench.document().file().path, then, otherwise);
        else if (answer == ReplaceAnswer::SaveAs)
            saveModelAs(then, otherwise);
        else if (otherwise)
            otherwise();
    });
    question->open();
}

// Does something that would lose what is not saved, after asking where there is such.
void MainWindow::whenSaved(const QString& occasion, const std::function<void()>& then,
                           const std::function<void()>& otherwise)
{
    if (m_saver->isBusy()) { // what it writes may be all that there is to save
        connect(
            m_saver, &ModelSaver::finished, this,
            [this, occasion, then, otherwise] { whenSaved(occasion, then, otherwise); },
            Qt::SingleShotConnection);
        return;
    }
    // First what is shown, then what was put away; a run that is under way may let go of that meanwhile.
    const auto away = m_workbench.awayRun();
    const auto next = [this, away, occasion, then, otherwise] {
        away ? askAboutAway(away, occasion, then, otherwise) : then();
    };
    m_workbench.isModified() ? askAboutShown(occasion, next, otherwise) : next();
}

void MainWindow::askAboutShown(const QString& occasion, const std::function<void()>& then,
                               const std::function<void()>& otherwise)
{
    const QString file = QFileInfo(m_workbench.document().file().path).fileName();
    ask(
        {file, occasion, m_workbench.hasWeights() || m_workbench.hasUnsavedStart()},
        [this, then, otherwise] {
            m_workbench.showUnsaved();
            saveModel(then, otherwise);
        },
        then, otherwise);
}

void MainWindow::askAboutAway(const RunPointer& away, const QString& occasion,
                              const std::function<void()>& then, const std::function<void()>& otherwise)
{
    // A run that is under way may have become worth a question of its own while this one stands.
    const bool asked = m_workbench.isModified();
    const auto settled = [this, asked, occasion, otherwise](const std::function<void()>& next) {
        !asked&& m_workbench.isModified() ? askAboutShown(occasion, next, otherwise) : next();
    };
    const auto save = [this, away, then, otherwise] {
        if (m_workbench.losesAway()) {
            m_workbench.bringBack();
        } else if (const auto opened = m_workbench.openRun(*away); !opened) {
            showProblem(opened.error(), Problem::Other);
            if (otherwise)
                otherwise();
            return;
        }
        saveModelAs(then, otherwise);
    };
    ask(
        {{}, occasion, true}, [settled, save] { settled(save); }, [settled, then] { settled(then); },
        otherwise);
}

void MainWindow::ask(const SaveQuestion::About& about, const std::function<void()>& save,
                     const std::function<void()>& discard, const std::function<void()>& keep)
{
    if (m_question) { // asked already
        if (keep)
            keep();
        return;
    }
    m_question = new SaveQuestion(about, this);
    connect(m_question, &SaveQuestion::answered, this, [this, save, discard, keep](SaveAnswer answer) {
        m_question.clear(); // another one may follow
        if (answer == SaveAnswer::Save)
            save();
        else if (answer == SaveAnswer::Discard)
            discard();
        else if (keep)
            keep();
    });
    m_question->open();
}

// The window closes by itself then, unless someone has thought better of it or something went wrong.
void MainWindow::closeOnceExported()
{
    m_closesOnceExported = true;
    m_message->showMessage(
        MessageBar::Kind::Note, tr("The window closes once everything is exported."), tr("Keep it open"),
        [this] {
            m_closesOnceExported = false;
            m_closes = false;
        },
        tr("Close without waiting"),
        [this] {
            m_dropsExports = true;
            close();
        });
}

void MainWindow::connectExports(ExportMenu& menu)
{
    m_export = &menu;
    connect(m_export, &ExportMenu::news, this, &MainWindow::sayInStatus);
    connect(m_export, &ExportMenu::problem, this, [this](const Error& error) {
        m_closesOnceExported = false;
        m_closes = false;
        showProblem(error, Problem::Other);
    });
    connect(m_export, &ExportMenu::finished, this, [this] {
        m_dropsExports = false;
        if (!std::exchange(m_closesOnceExported, false))
            return;
        m_message->hide();
        close();
    });
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_export->isBusy() && !m_dropsExports) {
        event->ignore();
        closeOnceExported();
        return;
    }
    if (m_closes || (!m_workbench.isModified() && !m_workbench.losesAway() && !m_saver->isBusy())) {
        windowState::save(*this);
        windowState::savePage(m_pages->currentIndex());
        windowState::saveTraining(m_workbench.document().settings());
        windowState::saveExpression(ownExpression());
        windowState::saveGraphPage(graphChoices::write(*m_graphPage));
        if (m_keeper)
            m_keeper->finish();
        QMainWindow::closeEvent(event);
        return;
    }
    event->ignore();
    whenSaved(tr("before closing"), [this] {
        m_closes = true;
        close();
    });
}

// ---- the session --------------------------------------------------------------------------------------

void MainWindow::keepSession(const QString& folder)
{
    m_keeper = new SessionKeeper(
        folder, [this] { return sessionToKeep(); }, this);
    const auto touch = [this] { m_keeper->touch(); };
    connect(&m_workbench.document(), &Document::changed, m_keeper, touch);
    connect(&m_workbench, &Workbench::updated, m_keeper, touch); // put away, or brought back
    connect(&m_workbench.training(), &TrainingController::news, m_keeper, touch);
    connect(&m_workbench.training(), &TrainingController::ended, m_keeper, [this] { m_keeper->saveNow(); });
    connect(&m_drawPage->session(), &DrawSession::drawingChanged, m_keeper, touch);
    connect(&m_graphPage->session(), &GraphSession::contentChanged, m_keeper, touch);
    connect(&m_graphPage->session(), &GraphSession::valuesChanged, m_keeper, touch);
    connect(m_keeper, &SessionKeeper::failed, this, [this](const Error& error) {
        showProblem({"at present nothing is kept for the case of a crash",
                     {MessageId::colon, error.what, error.why},
                     error.mend},
                    Problem::Other);
    });
    connect(m_keeper, &SessionKeeper::unreadable, this, [this](const Error& error) {
        // In a strip of its own, where nothing else is said at a start takes its place. More than one is
        // rare.
        const QString before =
            m_unreadable->isHidden() ? QString() : m_unreadable->message() + QLatin1Char('\n');
        m_unreadable->showMessage(MessageBar::Kind::Problem, before + sentenceOf(error));
    });
    connect(m_keeper, &SessionKeeper::found, this, &MainWindow::offerSession);
    // What killed saves have left lies beside the models and the kept drawings.
    QStringList folders{QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) +
                        QStringLiteral("/chainrule")};
    for (const QString& path : recentFiles::list())
        folders << QFileInfo(path).absolutePath();
    folders.removeDuplicates();
    m_keeper->recover(folders);
}

// Nothing where a crash would lose nothing: someone has only looked around.
std::optional<Session> MainWindow::sessionToKeep() const
{
    Session session;
    m_workbench.putInto(session);
    if (const auto away = m_workbench.awayRun())
        session.away = session.runs.emplace_back(away);
    session.graphPage = graphChoices::write(*m_graphPage).toStdString();
    session.drawing = m_drawPage->session().drawing();
    const windowState::Expression expression = ownExpression();
    session.expression = expression.text.toStdString();
    for (const auto& [name, value] : expression.values)
        session.variables[name.toStdString()] = value;
    const bool drawn = !m_drawPage->session().isEmpty();
    const bool edited = m_workbench.document().isEdited();
    const bool graph = graphChoices::write(*m_graphPage) != m_firstGraphPage;
    if (!session.parameters && !drawn && !edited && !graph && session.runs.empty() &&
        session.expression.empty())
        return {};
    return session;
}

// Empty where the page shows what it began with.
windowState::Expression MainWindow::ownExpression() const
{
    windowState::Expression own;
    if (m_graphPage->expression() == m_firstExpression)
        return own;
    own.text = m_graphPage->expression();
    for (const auto& [name, value] : m_graphPage->session().variables())
        own.values[QString::fromStdString(name)] = value;
    return own;
}

void MainWindow::offerSession(const Session& session, const QDateTime& time)
{
    QStringList parts;
    if (session.parameters && !session.file.empty())
        parts << QFileInfo(QString::fromStdString(session.file)).fileName();
    else if (session.parameters)
        parts << tr("a network");
    if (!session.drawing.strokes.empty() || !session.drawing.picture.ink.empty())
        parts << tr("a drawing");
    if (!session.expression.empty())
        parts << tr("an expression");
    if (parts.isEmpty())
        parts << tr("settings");
    const bool today = time.date() == QDate::currentDate();
    const QString when = today ? locale().toString(time.time(), QLocale::ShortFormat)
                               : locale().toString(time, QLocale::ShortFormat);
    m_offer->showMessage(
        MessageBar::Kind::Note,
        tr("Chainrule ended unexpectedly. What was there at %1 is kept: %2.").arg(when, parts.join(tr(", "))),
        tr("Restore"),
        [this, session, time] {
            whenSaved(
                tr("before restoring the session"), [this, session] { restoreSession(session); },
                [this, session, time] { offerSession(session, time); });
        },
        tr("Discard"), [this] { m_keeper->discard(); });
}

void MainWindow::restoreSession(const Session& session)
{
    if (const auto restored = m_workbench.restore(session); !restored) {
        showProblem(restored.error(), Problem::Other);
        return;
    }
    if (!session.drawing.strokes.empty() || !session.drawing.picture.ink.empty())
        m_drawPage->session().setDrawing(session.drawing, tr("Restore session"));
    if (!session.expression.empty()) {
        m_graphPage->useExpression(QString::fromStdString(session.expression),
                                   {session.variables.begin(), session.variables.end()});
    }
    useGraphChoices(QString::fromStdString(session.graphPage));
    m_keeper->takeOver();
    sayInStatus(tr("Session restored"));
    if (m_workbench.continuesRun())
        sayWhereItGoesOn(session.epoch);
    if (session.away)
        m_workbench.takeAway(session.away);
}

} // namespace chainrule
