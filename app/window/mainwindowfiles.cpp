// SPDX-License-Identifier: GPL-3.0-or-later
// What the main window does with model files, and how it closes.
#include "app/window/mainwindow.h"

#include "app/base/files.h"
#include "app/base/recentfiles.h"
#include "app/base/recentmenu.h"
#include "app/base/savedialog.h"
#include "app/runs/modelsaver.h"
#include "app/runs/runlibrary.h"
#include "app/runs/workspace.h"
#include "app/window/exportmenu.h"
#include "app/window/windowstate.h"

#include "widgets/fields/messagebar.h"

#include <QAction>
#include <QCloseEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QStackedWidget>

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
    connect(recent, &RecentMenu::chosen, this, &MainWindow::openModel);
    m_save = file.addAction(tr("&Save a copy"), this, &MainWindow::saveModel);
    m_save->setShortcut(QKeySequence::Save);
    m_saveAs = file.addAction(tr("Save a copy &as…"), this, &MainWindow::saveModelAs);
    m_saveAs->setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+S")));
}

void MainWindow::showFile()
{
    const auto file = m_workbench.file();
    const QString path = file ? QString::fromStdString(file->path) : QString();
    const QString title =
        path.isEmpty() ? tr("Chainrule") : tr("%1 – Chainrule").arg(QFileInfo(path).fileName());
    if (path != windowFilePath())
        setWindowFilePath(path);
    if (title != windowTitle())
        setWindowTitle(title);
    m_save->setEnabled(m_workbench.hasWeights());
    m_saveAs->setEnabled(m_workbench.hasWeights());
}

// ---- models -------------------------------------------------------------------------------------------

void MainWindow::openModel(const QString& path)
{
    m_workbench.openModel(path);
}

void MainWindow::chooseModel()
{
    if (m_openDialog) // one is enough
        return;
    m_openDialog =
        new QFileDialog(this, tr("Open model"), placeOfFiles(), tr("Models (*.safetensors);;All files (*)"));
    m_openDialog->setAttribute(Qt::WA_DeleteOnClose);
    m_openDialog->setFileMode(QFileDialog::ExistingFile);
    connect(m_openDialog, &QFileDialog::fileSelected, this, &MainWindow::openModel);
    m_openDialog->open();
}

// Where file dialogs begin: beside the present file, or the newest one that there is.
QString MainWindow::placeOfFiles() const
{
    QStringList paths = recentFiles::list();
    if (const auto file = m_workbench.file())
        paths.prepend(QString::fromStdString(file->path));
    for (const QString& path : paths) {
        if (const QString folder = QFileInfo(path).absolutePath();
            !path.isEmpty() && QFileInfo(folder).isDir())
            return folder;
    }
    return {};
}

// To the file that was read or written last for this run.
void MainWindow::saveModel()
{
    if (const auto file = m_workbench.file())
        saveTo(QString::fromStdString(file->path), false);
    else
        saveModelAs();
}

void MainWindow::saveModelAs()
{
    const auto present = m_workbench.file();
    const QString folder = placeOfFiles();
    const QString proposed = present            ? QString::fromStdString(present->path)
                             : folder.isEmpty() ? tr("network.safetensors")
                                                : folder + QLatin1Char('/') + tr("network.safetensors");
    const QString path =
        chooseFileToWrite(this, {tr("Save a copy"), proposed, tr("Models (*.safetensors);;All files (*)")});
    if (!path.isEmpty())
        saveTo(path);
}

void MainWindow::saveTo(const QString& path, bool replaces)
{
    const QString name = QFileInfo(path).fileName();
    if (m_saver->isBusy()) {
        sayInStatus(tr("Still saving"));
        return;
    }
    if (!m_workbench.hasWeights()) {
        showProblem({name.toStdString(), "no network has been trained yet",
                     "Train one first; its run is kept in the library in any case"},
                    Problem::Other);
        return;
    }
    ShownMoment moment = m_workbench.shownMomentToSave();
    write({path, std::move(moment.network), moment.run, moment.step, m_workbench.file(), replaces,
           m_library->writer()});
}

void MainWindow::write(const SaveRequest& request)
{
    const QString name = QFileInfo(request.path).fileName();
    sayInStatus(tr("Saving %1").arg(name));
    m_saver->save(request, [this, request, name](const SaveAnswer& answer) {
        const bool closes = std::exchange(m_closesOnceSaved, false);
        if (!answer.file) {
            sayInStatus(tr("%1 was not saved").arg(name));
            showProblem(answer.file.error(), Problem::Other);
        } else if (answer.doubt) {
            sayInStatus(tr("%1 is not saved yet").arg(name));
            askBeforeReplacing(request, *answer.doubt);
        } else {
            m_workbench.setFile(request.run, *answer.file);
            recentFiles::add(request.path);
            sayInStatus(tr("Saved %1").arg(name));
            if (closes) // once the saver is done with this
                QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection);
        }
    });
}

// What was asked for is written, whatever is shown by then.
void MainWindow::askBeforeReplacing(const SaveRequest& request, ReplaceQuestion::Why why)
{
    if (m_replaceQuestion) // asked already
        return;
    const QString name = QFileInfo(request.path).fileName();
    auto* question = new ReplaceQuestion({name, why}, this);
    m_replaceQuestion = question;
    connect(question, &ReplaceQuestion::answered, this, [this, request, name](ReplaceAnswer answer) {
        if (answer == ReplaceAnswer::Replace && !m_saver->isBusy()) {
            SaveRequest again = request;
            again.replaces = true;
            write(again);
        } else if (answer == ReplaceAnswer::SaveAs) {
            saveModelAs();
        } else {
            sayInStatus(tr("%1 was not saved").arg(name));
        }
    });
    question->open();
}

// ---- closing ------------------------------------------------------------------------------------------

// The window closes by itself then, unless someone has thought better of it or something went wrong.
void MainWindow::closeOnceExported()
{
    m_closesOnceExported = true;
    m_message->showMessage(
        MessageBar::Kind::Note, tr("The window closes once everything is exported."), tr("Keep it open"),
        [this] { m_closesOnceExported = false; }, tr("Close without waiting"),
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
    if (m_saver->isBusy()) {
        event->ignore();
        m_closesOnceSaved = true; // where nothing is to be asked or said
        return;
    }
    windowState::save(*this);
    windowState::savePage(m_pages->currentIndex());
    m_workspace->finish();
    QMainWindow::closeEvent(event);
}

} // namespace chainrule
