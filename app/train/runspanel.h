// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/tables/runlistmodel.h"

#include <QString>
#include <QWidget>

#include <functional>
#include <string>
#include <vector>

class QAction;
class QLabel;
class QLineEdit;
class QUndoStack;

namespace chainrule {

class RunLibrary;
class RunListView;

/// The right side of the window: the runs of the library. The chosen one's curves can be laid behind the
/// present ones, its settings taken again and its network shown; it can be named, pinned and deleted, and
/// each of these undone until the window closes.
class RunsPanel : public QWidget {
    Q_OBJECT

public:
    explicit RunsPanel(RunLibrary& library, QWidget* parent = nullptr);
    ~RunsPanel() override;

    [[nodiscard]] RunListModel& runs() { return *m_model; }
    [[nodiscard]] const RunListModel& runs() const { return *m_model; }
    /// What was done to runs.
    [[nodiscard]] QUndoStack& undoStack() { return *m_undo; }

signals:
    /// Null: none is to be compared any more.
    void compared(const chainrule::RunPointer& run);
    void settingsWanted(const chainrule::TrainingSettings& settings);
    /// The network is to be shown again.
    void networkWanted(const chainrule::RunPointer& run);

private:
    void createActions();
    void createLayout();
    void showChoice();
    void showDone();
    void rename(const std::string& id, const QString& name);
    void remove();
    void change(const QString& text, const QString& notice, const std::function<void()>& redo,
                const std::function<void()>& undo, bool isDone = false);

    RunLibrary& m_library;
    RunListModel* m_model = nullptr;
    RunListView* m_table = nullptr;
    QUndoStack* m_undo = nullptr;
    std::string m_compared; ///< its id
    QLineEdit* m_filter = nullptr;
    QLabel* m_hint = nullptr;
    QWidget* m_done = nullptr; ///< says that runs were deleted, and offers to undo it
    QLabel* m_doneText = nullptr;
    QWidget* m_buttons = nullptr;
    QAction* m_compare = nullptr;
    QAction* m_open = nullptr;
    QAction* m_take = nullptr;
    QAction* m_rename = nullptr;
    QAction* m_pin = nullptr;
    QAction* m_delete = nullptr;
};

} // namespace chainrule
