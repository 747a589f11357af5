// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/runlistmodel.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace chainrule {

/// The right side of the window: the runs of the library. The chosen one's curves can be laid behind the
/// present ones, its settings taken again and its network shown.
class RunsPanel : public QWidget {
    Q_OBJECT

public:
    explicit RunsPanel(QWidget* parent = nullptr);

    [[nodiscard]] RunListModel& runs() { return *m_model; }
    [[nodiscard]] const RunListModel& runs() const { return *m_model; }

signals:
    /// Null: none is chosen any more.
    void compared(const chainrule::RunPointer& run);
    void settingsWanted(const chainrule::TrainingSettings& settings);
    /// The network is to be shown again.
    void networkWanted(const chainrule::RunPointer& run);

private:
    [[nodiscard]] RunPointer chosen() const;
    void showChoice();

    std::string m_chosen; ///< its id, while the list is made anew
    RunListModel* m_model = nullptr;
    QTableView* m_table = nullptr;
    QLabel* m_hint = nullptr;
    QPushButton* m_open = nullptr;
    QPushButton* m_take = nullptr;
};

} // namespace chainrule
