// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/runlistmodel.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace chainrule {

/// The right side of the window: the runs of this session. The chosen one's curves can be laid behind the
/// present ones, and its settings taken again.
class RunsPanel : public QWidget {
    Q_OBJECT

public:
    explicit RunsPanel(QWidget* parent = nullptr);

    void add(const FinishedRun& run);

signals:
    /// Null: none is chosen any more. Valid until the next add().
    void compared(const chainrule::FinishedRun* run);
    void settingsWanted(const chainrule::TrainingSettings& settings);

private:
    [[nodiscard]] const FinishedRun* chosen() const;
    void showChoice();

    RunListModel* m_model = nullptr;
    QTableView* m_table = nullptr;
    QLabel* m_hint = nullptr;
    QPushButton* m_take = nullptr;
};

} // namespace chainrule
