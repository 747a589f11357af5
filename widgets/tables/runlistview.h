// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/tables/runlistmodel.h"

#include <QTableView>

#include <string>

class QSortFilterProxyModel;

namespace chainrule {

/// The table of runs. All rows have the same height, so that thousands of them cost no more than those in
/// view; longer names are elided, with the whole name in the tooltip. A double click edits a name.
class RunListView : public QTableView {
    Q_OBJECT

public:
    explicit RunListView(RunListModel& model, QWidget* parent = nullptr);

    /// Shows only runs in which each of these words occurs, in capitals or not: in the name, the settings
    /// that differ, the data, the id, or in how the run ended.
    void setFilter(const QString& words);
    /// The chosen run; null: none.
    [[nodiscard]] const ListedRun* chosen() const;
    void editName();

signals:
    /// The choice, or what is shown of the chosen run.
    void chosenChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void rowsInserted(const QModelIndex& parent, int start, int end) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) override;

private:
    void fitRows();
    void keepPlace(int row, int rows);

    RunListModel& m_runs;
    QSortFilterProxyModel* m_filter = nullptr;
    std::string m_chosen; ///< its id, while the list is made anew
};

} // namespace chainrule
