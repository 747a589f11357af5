// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/export/exportwork.h"

#include <QMenu>

#include <functional>
#include <optional>

class QTimer;

namespace chainrule {

class DrawPage;
class GraphPage;
class ModelPanel;
class TrainPage;
class Workbench;
struct Error;

/// Everything in the window that can leave it as a file or through the clipboard, in the formats that others
/// use. The plots' and the grid's context menus have their own pictures too.
class ExportMenu : public QMenu {
    Q_OBJECT

public:
    struct Parts {
        Workbench& workbench;
        TrainPage& train;
        DrawPage& draw;
        GraphPage& graph;
        ModelPanel& panel;
    };
    explicit ExportMenu(const Parts& parts, QWidget* parent = nullptr);

    /// Writes the network that is shown, or what belongs to it, in the background; news() or problem() tell
    /// how it went. One that is still being written is waited for.
    void exportTo(ExportKind kind, const QString& path, const ReportHead& head = {});

    enum class Drawn { Loss, Accuracy, Predictions, Drawing };
    /// Writes a picture that is in the window, as the suffix says, in the same way.
    void savePicture(Drawn what, const QString& path);
    void copyPicture(Drawn what);

    /// Whether anything is still to be written, or to be told of.
    [[nodiscard]] bool isBusy() const;

signals:
    /// All that was asked for is written, or was said to have failed.
    void finished();
    void news(const QString& text);
    void problem(const chainrule::Error& error);

private:
    struct Choice {
        QString title;           ///< of the dialog
        QString name;            ///< that is proposed
        QString filter;          ///< with the suffixes in brackets
        bool hasWeights = false; ///< a script, which has them in a file beside it
    };
    void choose(const Choice& choice, const std::function<void(const QString&)>& write);
    void askForReport();
    void addNetwork(ExportKind kind, const QString& text, const Choice& choice);
    QAction* addPicture(Drawn what, const QString& text, const Choice& choice);
    void addContextMenus();
    void showPossible();
    void post(ExportRequest request);
    void poll();

    Parts m_parts;
    QList<QAction*> m_ofNetwork; ///< need weights
    QAction* m_history = nullptr;
    QAction* m_predictions = nullptr;
    QAction* m_drawing = nullptr;
    QAction* m_copyDrawing = nullptr;
    QAction* m_graph = nullptr;
    QTimer* m_timer = nullptr;
    std::vector<ExportRequest> m_waiting;
    LatestJob<ExportRequest, ExportAnswer> m_job;
};

} // namespace chainrule
