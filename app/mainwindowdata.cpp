// SPDX-License-Identifier: GPL-3.0-or-later
// The window's data: chosen, fetched or dropped.
#include "app/mainwindow.h"

#include "app/dataview.h"
#include "app/digitreader.h"
#include "app/drawpage.h"
#include "app/modelpanel.h"
#include "app/runbar.h"
#include "app/trainpage.h"

#include "widgets/messagebar.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QImageReader>
#include <QMimeData>
#include <QStackedWidget>
#include <QTabBar>
#include <QUrl>

namespace chainrule {

namespace {

// The one local file or folder that is dragged, or nothing.
QString droppedPath(const QMimeData* dragged)
{
    const QList<QUrl> urls = dragged->urls();
    return urls.size() == 1 && urls.first().isLocalFile() ? urls.first().toLocalFile() : QString();
}

} // namespace

void MainWindow::chooseFolder()
{
    const QString path = QFileDialog::getExistingDirectory(
        this, tr("Folder of IDX files, or with a folder of images for each class"));
    if (!path.isEmpty())
        useData(path);
}

void MainWindow::chooseDataFile()
{
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Table with a label in its first or last column"), {},
                                     tr("Tables (*.csv *.tsv *.txt *.data);;All files (*)"));
    if (!path.isEmpty())
        useData(path);
}

// A folder or a table: what there is in it is shown before anything is trained.
void MainWindow::useData(const QString& path)
{
    m_opened = path.toStdString();
    if (m_workbench.document().settings().data == m_opened && m_workbench.store().data() &&
        !m_workbench.store().isLoading()) {
        showData();
        return;
    }
    useSource(m_opened);
    m_workbench.begin(); // after a failure this tries again
}

void MainWindow::showData()
{
    m_runBar->tabs()->setCurrentIndex(m_pages->indexOf(m_trainPage));
    m_trainPage->setDataShown(true);
}

// Said only of what takes long.
void MainWindow::offerToStopLoading()
{
    if (!m_workbench.store().isLoading())
        return;
    m_loadingMessage = tr("Loading %1…").arg(QString::fromStdString(m_workbench.store().source()));
    m_message->showMessage(MessageBar::Kind::Note, m_loadingMessage, tr("Cancel"),
                           [this] { m_workbench.store().cancel(); });
}

void MainWindow::useDigits()
{
    useSource("digits");
}

void MainWindow::useSource(const std::string& source)
{
    TrainingSettings settings = m_workbench.document().settings();
    settings.data = source;
    m_workbench.document().edit(settings, tr("Data set"));
}

// What was waited for is taken at once; anything else is offered.
void MainWindow::showArrival(const QString& name, const QString& title, const QString& folder)
{
    m_panel->showDatasets();
    const QString text = tr("%1 is here, in %2.").arg(title, folder);
    if (m_workbench.document().settings().data == name.toStdString()) {
        m_message->showMessage(MessageBar::Kind::Note, text);
        m_workbench.begin();
    } else {
        m_message->showMessage(MessageBar::Kind::Note, text, tr("Use %1").arg(title),
                               [this, name] { useSource(name.toStdString()); });
    }
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedPath(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString path = droppedPath(event->mimeData());
    if (path.isEmpty())
        return;
    event->acceptProposedAction();
    openFile(path);
}

// What was dropped: data, a picture or drawings, else a model.
void MainWindow::openFile(const QString& path)
{
    if (QFileInfo(path).isDir()) {
        useData(path);
        return;
    }
    static const QStringList tables{QStringLiteral("csv"), QStringLiteral("tsv"), QStringLiteral("data")};
    if (tables.contains(QFileInfo(path).suffix().toLower())) {
        useData(path);
        return;
    }
    if (!isStrokeFile(path) && QImageReader::imageFormat(path).isEmpty()) {
        openOther(path);
        return;
    }
    m_runBar->tabs()->setCurrentIndex(m_pages->indexOf(m_drawPage));
    m_drawPage->openFile(path);
}

} // namespace chainrule
