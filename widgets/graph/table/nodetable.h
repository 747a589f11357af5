// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"

#include <QWidget>

#include <array>
#include <vector>

class QLabel;
class QLineEdit;
class QTableView;
class QTimer;

namespace chainrule {

class NodeTableModel;

/// The table of all nodes (accessible name "Nodes") below a field to filter it. Ctrl+C copies the chosen rows
/// as text; the context menu also copies as CSV and saves all.
class NodeTable : public QWidget {
    Q_OBJECT

public:
    explicit NodeTable(QWidget* parent = nullptr);

    void setContent(const GraphContent* content);
    void showValues();
    /// Selects the node's row and scrolls to it, without emitting; a group: shows only its nodes.
    void setSelection(const GraphSelection& selection);

    [[nodiscard]] NodeTableModel* model() const { return m_model; }
    [[nodiscard]] QTableView* table() const { return m_table; }

signals:
    void selected(const chainrule::GraphSelection& selection);
    void descendChanged(chainrule::scalar::NodeId node, bool moves);
    /// A person wants the whole table as a CSV file.
    void exportWanted();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void addActions();
    void applyFilter();
    void filterBy(const QString& text, int group);
    void showGroup();
    void showCurrent();
    void measureColumns(bool anew);
    [[nodiscard]] int headingWidth(int column) const;
    void shareWidth();
    [[nodiscard]] std::vector<int> chosenRows() const;
    void copy(bool csv) const;

    NodeTableModel* m_model = nullptr;
    QTableView* m_table = nullptr;
    QLineEdit* m_filter = nullptr;
    QLabel* m_groupNote = nullptr;
    QTimer* m_filterTimer = nullptr;
    QTimer* m_sortTimer = nullptr; ///< rows that jump while numbers change cannot be read: they wait
    const GraphContent* m_content = nullptr;
    GraphSelection m_selection;
    int m_group = -1;         ///< whose nodes alone are shown
    bool m_following = false; ///< the selection is being changed by the program
    bool m_sharing = false;   ///< and the columns' widths
    bool m_ownWidths = false; ///< a person has dragged a column
    std::array<int, 5> m_neededWidths{};
};

} // namespace chainrule
