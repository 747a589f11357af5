// SPDX-License-Identifier: GPL-3.0-or-later
// The window's data: chosen, fetched or dropped.
#include "app/window/mainwindow.h"

#include "app/base/errortext.h"
#include "app/base/recentfiles.h"
#include "app/data/datamenu.h"
#include "app/data/digitreader.h"
#include "app/draw/drawpage.h"
#include "app/train/dataview.h"
#include "app/train/modelpanel.h"
#include "app/train/trainpage.h"
#include "app/window/runbar.h"

#include "widgets/fields/messagebar.h"

#include "core/data/readers/catalog.h"
#include "core/data/readers/sources.h"

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

// Of one's own data, which may have been moved or deleted since.
bool isGone(const QString& source)
{
    return source.contains(QLatin1Char('/')) && !isSourceName(source.toStdString()) &&
           !QFileInfo::exists(source);
}

bool isTable(const QString& path)
{
    static const QStringList tables{QStringLiteral("csv"), QStringLiteral("tsv"), QStringLiteral("data")};
    return tables.contains(QFileInfo(path).suffix().toLower());
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
        m_workbench.stopOpening();
        showData();
        return;
    }
    openData(m_opened);
}

// The data at hand stay until these have been read.
void MainWindow::openData(const std::string& source)
{
    if (!m_dataProblem.isEmpty() && m_message->message() == m_dataProblem)
        m_message->hide();
    m_workbench.openData(source);
}

void MainWindow::showRefusal(const Error& error, const std::string& source)
{
    m_loading->hide();
    m_panel->showDatasets();
    const QString path = QString::fromStdString(source);
    Error said = error;
    if (isGone(path))
        said = {source, "there is no such file or folder", "Put it back, or open other data"};
    QString text = sentenceOf(said);
    if (m_workbench.store().data())
        text += QLatin1Char(' ') + tr("The data at hand stay in use.");
    m_message->showMessage(
        MessageBar::Kind::Problem, text, tr("Try again"),
        [this, source] {
            m_opened = source;
            openData(source);
        },
        tr("Choose data…"), [this, path] { isTable(path) ? chooseDataFile() : chooseFolder(); });
    m_dataProblem = text;
}

// The data that are set cannot be read: those of the command line, of a model, or of an edit undone.
void MainWindow::showDataProblem(const Error& error)
{
    const QString source = QString::fromStdString(m_workbench.document().settings().data);
    const auto& model = m_workbench.document().initial();
    QString text = sentenceOf(error);
    if (isGone(source)) {
        text = model
                   ? tr("The data of the opened network are not at %1. Put them back there and try again, or "
                        "choose where they are now.")
                         .arg(source)
                   : tr("The data are not at %1. Put them back there and try again, or choose others.")
                         .arg(source);
    }
    const auto tryAgain = [this] { m_workbench.begin(); };
    const auto choose = [this, source] { isTable(source) ? chooseDataFile() : chooseFolder(); };
    // To a model of other inputs or outputs the built-in digits would be no use.
    const bool digitsFit =
        !model || (model->network->stack.input.size() == 28 * 28 && outputCount(model->network->stack) == 10);
    const QString offer = DataMenu::offer(source);
    if (!offer.isEmpty() && digitsFit)
        m_message->showMessage(
            MessageBar::Kind::Problem, text, offer, [this, source] { m_data->get(source); },
            tr("Use built-in digits"), [this] { useDigits(); });
    else if (!offer.isEmpty())
        m_message->showMessage(
            MessageBar::Kind::Problem, text, offer, [this, source] { m_data->get(source); },
            tr("Choose data…"), choose);
    else if (model)
        m_message->showMessage(MessageBar::Kind::Problem, text, tr("Choose data…"), choose, tr("Try again"),
                               tryAgain);
    else if (source == QLatin1String("digits"))
        m_message->showMessage(MessageBar::Kind::Problem, text, tr("Try again"), tryAgain);
    else
        m_message->showMessage(MessageBar::Kind::Problem, text, tr("Try again"), tryAgain,
                               tr("Use built-in digits"), [this] { useDigits(); });
    m_dataProblem = text;
}

// One's own data, for the menu.
void MainWindow::rememberData()
{
    const std::string& source = m_workbench.store().source();
    const QString path = QString::fromStdString(source);
    if (!isSourceName(source) && QFileInfo::exists(path))
        recentFiles::add(path, recentFiles::Kind::Data);
}

void MainWindow::showData()
{
    m_runBar->tabs()->setCurrentIndex(m_pages->indexOf(m_trainPage));
    m_trainPage->setDataShown(true);
}

// Said only of what takes long.
void MainWindow::offerToStopLoading()
{
    if (!m_workbench.store().isLoading() && !m_workbench.store().isOpening())
        return;
    m_loading->showMessage(MessageBar::Kind::Note,
                           tr("Loading %1…").arg(QString::fromStdString(m_workbench.store().readSource())),
                           tr("Cancel"), [this] { stopLoading(); });
}

// The data at hand stay, where there are some; else it is said that there are none, and why.
void MainWindow::stopLoading()
{
    if (m_workbench.store().isOpening() && m_workbench.store().data()) {
        m_workbench.stopOpening();
        m_panel->showDatasets();
        m_loading->hide();
    } else {
        m_workbench.store().cancel();
    }
}

void MainWindow::useDigits()
{
    useSource("digits");
}

void MainWindow::useSource(const std::string& source)
{
    TrainingSettings settings = m_workbench.document().settings();
    const bool canFail = !isSourceName(source) || catalogSet(source);
    if (canFail && settings.data != source && m_workbench.store().data()) {
        openData(source);
        return;
    }
    m_workbench.stopOpening();
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
    if (droppedPath(event->mimeData()).isEmpty())
        return;
    event->setDropAction(Qt::CopyAction); // a source that hears of a move would delete what it gave
    event->accept();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString path = droppedPath(event->mimeData());
    if (path.isEmpty())
        return;
    event->setDropAction(Qt::CopyAction);
    event->accept();
    openFile(path);
}

// What was dropped: data, a picture or drawings, else a model.
void MainWindow::openFile(const QString& path)
{
    m_message->hide(); // of what was opened before
    if (QFileInfo(path).isDir()) {
        useData(path);
        return;
    }
    if (isTable(path)) {
        useData(path);
        return;
    }
    if (!isStrokeFile(path) && QImageReader::imageFormat(path).isEmpty()) {
        openModel(path);
        return;
    }
    m_runBar->tabs()->setCurrentIndex(m_pages->indexOf(m_drawPage));
    m_drawPage->openFile(path);
}

} // namespace chainrule
