// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/savequestion.h"
#include "app/runs/workbench.h"
#include "app/window/windowstate.h"

#include "core/library/library.h"

#include <QJsonObject>
#include <QMainWindow>
#include <QPointer>

#include <memory>
#include <optional>
#include <vector>

class QAction;
class QFileDialog;
class QLabel;
class QMenu;
class QMessageBox;
class QStackedWidget;
class QTimer;
class QUndoGroup;
class QUndoStack;

namespace chainrule {

class DataMenu;
class DrawPage;
class ExportMenu;
class GraphPage;
class MessageBar;
class ModelPanel;
class ModelSaver;
struct SaveRequest;
class RunBar;
class RunLibrary;
class RunsPanel;
class ThemeSwitch;
class TrainPage;
class TransferBar;
class Workspace;

/// The window: run bar above, model at the left, the page in the middle, the status line below.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    /// `library` is where the runs are kept: libraryPath(), or why there is none.
    MainWindow(const TrainingSettings& settings, ThemeSwitch& theme,
               const Result<std::string>& library = std::string(inMemory), QWidget* parent = nullptr);

    /// Shows what the last window showed, or this model where `model` is not empty, with these data where
    /// `source` is not empty; with `train`, starts a run once they are there.
    void begin(const QString& model, const std::string& source, bool train);

    /// Writes what is shown as a model file, in the background; a failure is said in the window.
    void saveTo(const QString& path, bool replaces = true);
    /// Says what went wrong before the window was there.
    void say(const Error& error) { showProblem(error, Problem::Other); }
    void openModel(const QString& path);

    [[nodiscard]] Workbench& workbench() { return m_workbench; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void createActions();
    void createMenus(ThemeSwitch& theme);
    void createDataMenu();
    QMenu* createExportMenu();
    void connectExports(ExportMenu& menu);
    void closeOnceExported();
    void createLayout();
    void connectWorkbench();

    void addFileActions(QMenu& file);
    void showFile();
    void chooseModel();
    [[nodiscard]] QString placeOfFiles() const;
    void saveModel();
    void saveModelAs();
    void write(const SaveRequest& request);
    void askBeforeReplacing(const SaveRequest& request, ReplaceQuestion::Why why);
    [[nodiscard]] QJsonObject workspace() const;
    void useWorkspace(const QJsonObject& state);
    void connectWorkspace();
    void showOpened();
    void connectMoments();
    void showMoment();
    void connectRuns();
    void fillNetworks();
    void useGraphChoices(const QString& choices);
    void askAboutShown(const QString& occasion, const std::function<void()>& then,
                       const std::function<void()>& otherwise);
    void askAboutAway(const std::shared_ptr<const Run>& away, const QString& occasion,
                      const std::function<void()>& then, const std::function<void()>& otherwise);
    void chooseFolder();
    void chooseDataFile();
    void useData(const QString& path);
    void openData(const std::string& source);
    void showRefusal(const Error& error, const std::string& source);
    void rememberData();
    void showDataProblem(const Error& error);
    void showData();
    void offerToStopLoading();
    void stopLoading();
    void usePreset(const QString& name);
    void useDigits();
    void useSource(const std::string& source);
    void showArrival(const QString& name, const QString& title, const QString& folder);
    void showSettings();
    void showState();
    void showNews(const FeedContent& content);
    void showOutcome(const TrainingOutcome& outcome);
    void showProblem(const Error& error, Problem kind);
    void showEngine();
    void placePanels();
    void hideSidePanels();
    void showInGraph();
    void showSampleInGraph(const std::shared_ptr<const Dataset>& pool, std::size_t sample);
    void openFile(const QString& path);
    void followUndo(QUndoStack& stack);
    void chooseUndo();
    void sayInStatus(const QString& text);
    void about();

    RunLibrary* m_library = nullptr;
    Workbench m_workbench;
    std::string m_comparedRun; ///< its id
    RunBar* m_runBar = nullptr;
    ModelPanel* m_panel = nullptr;
    RunsPanel* m_runs = nullptr;
    QWidget* m_panelLine = nullptr;
    QWidget* m_runsLine = nullptr;
    QAction* m_showRuns = nullptr;
    QAction* m_showData = nullptr;
    MessageBar* m_loading = nullptr; ///< that data are still being read
    QTimer* m_patience = nullptr;    ///< until that is said
    QString m_dataProblem;           ///< that was said last, until data are there
    std::string m_opened;            ///< data that a person named, to be shown once they are there
    MessageBar* m_message = nullptr;
    TransferBar* m_transfer = nullptr;
    DataMenu* m_data = nullptr;
    QStackedWidget* m_pages = nullptr;
    TrainPage* m_trainPage = nullptr;
    DrawPage* m_drawPage = nullptr;
    GraphPage* m_graphPage = nullptr;
    QLabel* m_stateLabel = nullptr;
    QLabel* m_engineLabel = nullptr;

    QUndoGroup* m_undo = nullptr;
    QAction* m_save = nullptr;
    QAction* m_saveAs = nullptr;
    ModelSaver* m_saver = nullptr;
    Workspace* m_workspace = nullptr;
    struct Beginning {
        QString model;
        std::string source;
        bool train = false;
    };
    Beginning m_beginning; ///< until its model is open, or could not be opened
    ExportMenu* m_export = nullptr;
    bool m_closesOnceExported = false;
    bool m_closesOnceSaved = false;
    bool m_dropsExports = false; ///< closes whatever is not exported
    QMenu* m_networks = nullptr; ///< of the runs that have their weights
    QPointer<QMessageBox> m_replaceQuestion;
    QPointer<QFileDialog> m_openDialog;
    QString m_firstExpression; ///< that the Graph page began with
    QAction* m_run = nullptr;
    QAction* m_stepBatch = nullptr;
    QAction* m_stepEpoch = nullptr;
    QAction* m_reset = nullptr;
    QAction* m_newWeights = nullptr;
    QAction* m_trainNew = nullptr;
    std::shared_ptr<const Dataset> m_drawingInGraph; ///< null: the graph shows a sample of the Train page
    QString m_drawProblem;                           ///< that the Draw page said last
    std::optional<double> m_testAccuracy;            ///< of the last run that was tested
};

} // namespace chainrule
