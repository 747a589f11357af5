// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graphcontent.h"

#include <QWidget>

class QLineEdit;
class QTableView;

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

private:
    NodeTableModel* m_model = nullptr;
    QTableView* m_table = nullptr;
    QLineEdit* m_filter = nullptr;
};

} // namespace chainrule
