// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/exportmenu.h"

#include "app/base/savedialog.h"
#include "app/draw/drawpage.h"
#include "app/export/figurefile.h"
#include "app/export/reportdialog.h"
#include "app/export/weightsexport.h"
#include "app/graph/graphpage.h"
#include "app/runs/workbench.h"
#include "app/train/modelpanel.h"
#include "app/train/trainpage.h"

#include "widgets/curves/curveplot.h"
#include "widgets/graph/scene/graphview.h"
#include "widgets/images/predictiongrid.h"

#include <QAction>
#include <QClipboard>
#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QSettings>
#include <QTimer>

namespace chainrule {

namespace {

constexpr int pollMilliseconds = 33;
constexpr double curveWidth = 160.0; // millimetres: the width of a page between its margins
constexpr double curveHeight = 100.0;
constexpr double drawingWidth = 60.0;
const QString folderKey = QStringLiteral("exportFolder");

Figure figureOf(const ExportMenu::Parts& parts, ExportMenu::Drawn what)
{
    switch (what) {
    case ExportMenu::Drawn::Loss:
        return curveFigure(parts.train.lossPlot()->values(), CurveQuantity::Loss, curveWidth, curveHeight);
    case ExportMenu::Drawn::Accuracy:
        return curveFigure(parts.train.accuracyPlot()->values(), CurveQuantity::Accuracy, curveWidth,
                           curveHeight);
    case ExportMenu::Drawn::Predictions: {
        std::vector<Prediction> shown;
        for (int i = 0; i < PredictionGrid::tileCount; ++i) {
            if (const auto& prediction = parts.train.grid()->tile(i)->prediction())
                shown.push_back(*prediction);
        }
        return predictionsFigure(shown, curveWidth);
    }
    case ExportMenu::Drawn::Drawing:
        break;
    }
    return drawingFigure(parts.draw.session().drawing(), {}, drawingWidth);
}

// What a name must end in, or others would not know the file; empty where the ending says the kind.
QString suffixOf(ExportKind kind)
{
    switch (kind) {
    case ExportKind::Npz:
        return QStringLiteral("npz");
    case ExportKind::Onnx:
        return QStringLiteral("onnx");
    case ExportKind::TorchScript:
    case ExportKind::NumPyScript:
        return QStringLiteral("py");
    case ExportKind::History:
        return QStringLiteral("csv");
    case ExportKind::Report:
    case ExportKind::Confusion:
    case ExportKind::Picture:
        break;
    }
    return {};
}

} // namespace

ExportMenu::ExportMenu(const Parts& parts, QWidget* parent)
    : QMenu(tr("E&xport"), parent)
    , m_parts(parts)
    , m_timer(new QTimer(this))
    , m_job(doExport)
{
    setToolTipsVisible(true);
    m_timer->setInterval(pollMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &ExportMenu::poll);
    connect(this, &QMenu::aboutToShow, this, &ExportMenu::showPossible);

    addNetwork(ExportKind::Npz, tr("&Weights for NumPy…"),
               {tr("Export weights"), tr("network.npz"), tr("NumPy arrays (*.npz)")});
    addNetwork(ExportKind::Onnx, tr("&ONNX model…"),
               {tr("Export an ONNX model"), tr("network.onnx"), tr("ONNX model (*.onnx)")});
    addNetwork(ExportKind::TorchScript, tr("&PyTorch script…"),
               {tr("Export a PyTorch script and its weights"), tr("network_torch.py"),
                tr("Python script (*.py)"), true});
    addNetwork(ExportKind::NumPyScript, tr("&NumPy script…"),
               {tr("Export a NumPy script and its weights"), tr("network_numpy.py"),
                tr("Python script (*.py)"), true});
    addSeparator();
    addNetwork(ExportKind::History, tr("&History…"),
               {tr("Export the history"), tr("history.csv"), tr("Table (*.csv)")});
    m_history = m_ofNetwork.takeLast();
    m_ofNetwork << addAction(tr("&Report…"), this, &ExportMenu::askForReport);
    addSeparator();
    addPicture(Drawn::Loss, tr("&Loss plot…"), {tr("Export the loss plot"), tr("loss.svg"), {}});
    addPicture(Drawn::Accuracy, tr("&Accuracy plot…"),
               {tr("Export the accuracy plot"), tr("accuracy.svg"), {}});
    m_predictions = addPicture(Drawn::Predictions, tr("Pre&dictions…"),
                               {tr("Export the predictions"), tr("predictions.svg"), {}});
    m_drawing =
        addPicture(Drawn::Drawing, tr("Draw&ing…"), {tr("Export the drawing"), tr("drawing.svg"), {}});
    m_graph = addAction(tr("&Graph…"), this, [this] { emit m_parts.graph.view()->exportWanted(); });
    addSeparator();
    m_copyDrawing = addAction(tr("Copy drawing as pict&ure"), this, [this] { copyPicture(Drawn::Drawing); });
    QAction* command = addAction(tr("&Copy command"), &m_parts.panel, &ModelPanel::copyCommand);
    command->setToolTip(tr("The chainrule train … that trains the same network without a window"));
    addContextMenus();
    showPossible();
}

void ExportMenu::addNetwork(ExportKind kind, const QString& text, const Choice& choice)
{
    m_ofNetwork << addAction(text, this, [this, kind, choice] {
        choose(choice, [this, kind](const QString& path) { exportTo(kind, path); });
    });
}

void ExportMenu::askForReport()
{
    if (!m_parts.workbench.hasWeights())
        return;
    const TrainedNetwork network = m_parts.workbench.shownNetwork();
    const auto set = network.setup ? network.setup->data : m_parts.workbench.store().data();
    auto* dialog = new ReportDialog(reportTitle(network, set ? set->name : std::string()), parentWidget());
    connect(dialog, &ReportDialog::answered, this, [this](const ReportHead& head) {
        choose({tr("Export a report"), tr("report.html"), tr("Web page (*.html);;PDF document (*.pdf)")},
               [this, head](const QString& path) { exportTo(ExportKind::Report, path, head); });
    });
    dialog->open();
}

QAction* ExportMenu::addPicture(Drawn what, const QString& text, const Choice& choice)
{
    return addAction(text, this, [this, what, choice] {
        choose({choice.title, choice.name, figureFileFilter()},
               [this, what](const QString& path) { savePicture(what, path); });
    });
}

void ExportMenu::addContextMenus()
{
    const struct {
        QWidget* widget;
        Drawn what;
        Choice choice;
    } places[] = {
        {m_parts.train.lossPlot(), Drawn::Loss, {tr("Export the loss plot"), tr("loss.svg"), {}}},
        {m_parts.train.accuracyPlot(),
         Drawn::Accuracy,
         {tr("Export the accuracy plot"), tr("accuracy.svg"), {}}},
        {m_parts.train.grid(), Drawn::Predictions, {tr("Export the predictions"), tr("predictions.svg"), {}}},
    };
    for (const auto& place : places) {
        auto* save = new QAction(tr("Save picture…"), place.widget);
        connect(save, &QAction::triggered, this, [this, what = place.what, choice = place.choice] {
            choose({choice.title, choice.name, figureFileFilter()},
                   [this, what](const QString& path) { savePicture(what, path); });
        });
        if (place.what == Drawn::Predictions) {
            auto* copy = new QAction(tr("Copy picture"), place.widget);
            connect(copy, &QAction::triggered, this, [this] { copyPicture(Drawn::Predictions); });
            place.widget->addAction(copy);
        }
        place.widget->addAction(save);
    }
}

void ExportMenu::showPossible()
{
    const bool weights = m_parts.workbench.hasWeights();
    for (QAction* action : m_ofNetwork) {
        action->setEnabled(weights);
        action->setToolTip(weights ? QString() : tr("Train the network first, or open a model"));
    }
    const auto run = m_parts.workbench.shownRun();
    m_history->setEnabled(run && !run->history.epochs.empty());
    m_predictions->setEnabled(m_parts.train.grid()->tile(0)->prediction().has_value());
    m_drawing->setEnabled(!m_parts.draw.session().isEmpty());
    m_copyDrawing->setEnabled(m_drawing->isEnabled());
    m_graph->setEnabled(m_parts.graph.session().content() != nullptr);
}

void ExportMenu::choose(const Choice& choice, const std::function<void(const QString&)>& write)
{
    QSettings settings;
    const QString folder = settings.value(folderKey).toString();
    const QString proposed = QFileInfo(folder).isDir() ? QDir(folder).filePath(choice.name) : choice.name;
    FileToChoose file{choice.title, proposed, choice.filter};
    if (choice.hasWeights)
        file.others = [](const QString& script) { return QStringList{weightsBeside(script)}; };
    const QString path = chooseFileToWrite(parentWidget(), file);
    if (path.isEmpty())
        return;
    settings.setValue(folderKey, QFileInfo(path).absolutePath());
    write(path);
}

void ExportMenu::exportTo(ExportKind kind, const QString& path, const ReportHead& head)
{
    if (const QString expected = suffixOf(kind);
        !expected.isEmpty() && QFileInfo(path).suffix().toLower() != expected) {
        emit problem(Error{path.toStdString(), "its name is not that of such a file",
                           "Choose a name that ends in ." + expected.toStdString()});
        return;
    }
    ExportRequest request{kind,    path,         m_parts.workbench.shownNetwork(),
                          nullptr, std::nullopt, m_parts.workbench.document().settings(),
                          head};
    if (!m_parts.workbench.store().isLoading())
        request.data = m_parts.workbench.store().data();
    if (!request.network.parameters) {
        emit problem(
            Error{path.toStdString(), "there is no network yet", "Train one first, or open a model"});
        return;
    }
    post(std::move(request));
}

void ExportMenu::post(ExportRequest request)
{
    emit news(tr("Writing %1…").arg(QFileInfo(request.path).fileName()));
    m_waiting.push_back(std::move(request));
    m_timer->start();
    poll();
}

// Requests are done one after the other: the job itself would drop all but the newest.
void ExportMenu::poll()
{
    const bool busy = m_job.isBusy();
    if (const auto answer = m_job.take()) {
        if (answer->written)
            emit news(tr("Saved %1").arg(QFileInfo(answer->path).fileName()));
        else
            emit problem(answer->written.error());
    }
    if (busy)
        return;
    if (m_waiting.empty()) {
        m_timer->stop();
        emit finished();
        return;
    }
    m_job.post(std::move(m_waiting.front()));
    m_waiting.erase(m_waiting.begin());
}

bool ExportMenu::isBusy() const
{
    return m_timer->isActive();
}

void ExportMenu::savePicture(Drawn what, const QString& path)
{
    ExportRequest request;
    request.kind = ExportKind::Picture;
    request.path = path;
    request.picture = figureOf(m_parts, what);
    post(std::move(request));
}

void ExportMenu::copyPicture(Drawn what)
{
    const QImage image = imageOf(figureOf(m_parts, what));
    if (image.isNull()) {
        emit problem(Error{"the picture", "there is not enough memory for it", "Save it as .svg"});
        return;
    }
    QGuiApplication::clipboard()->setImage(image);
    emit news(tr("Picture copied"));
}

} // namespace chainrule
