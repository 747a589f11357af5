// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"

#include <QAbstractTableModel>

#include <vector>

namespace chainrule {

/// The nodes of a graph as rows: node, op, value, gradient, numeric check. Sorts and filters by itself, since
/// a graph may have hundreds of thousands of nodes.
class NodeTableModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NodeColumn, OpColumn, ValueColumn, GradientColumn, CheckColumn, ColumnCount };
    /// In the check column the scalar::Verdict as a number; no value while it is unknown.
    static constexpr int VerdictRole = Qt::UserRole;

    explicit NodeTableModel(QObject* parent = nullptr);

    /// Null: none. The content must live until the next call.
    void setContent(const GraphContent* content);
    /// Numbers have changed. Rows are sorted anew only where `resort` is set: rows that jump while somebody
    /// drags a slider cannot be read.
    void showValues(bool resort = false);
    /// Only nodes whose name, operation or number contains the text, any case; and only of a group and the
    /// groups in it where `group` is not -1.
    void setFilter(const QString& text, int group = -1);

    [[nodiscard]] scalar::NodeId nodeAt(int row) const;
    /// -1 where the filter leaves it out.
    [[nodiscard]] int rowOf(scalar::NodeId node) const;
    /// The rows as text with tabs, or as CSV (names quoted, numbers in full precision with decimal points),
    /// with a header line.
    [[nodiscard]] QString asText(const std::vector<int>& rows) const;
    [[nodiscard]] QString asCsv(const std::vector<int>& rows) const;
    [[nodiscard]] QString asCsv() const; ///< every node of the graph, in order of creation

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// A leaf's check box in the node column: whether Descend moves it.
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override; ///< -1: order of creation

signals:
    void descendChanged(chainrule::scalar::NodeId node, bool moves);

private:
    [[nodiscard]] std::vector<scalar::NodeId> filteredNodes() const;
    [[nodiscard]] std::vector<bool> chosenGroups() const;
    void sortNodes(std::vector<scalar::NodeId>& nodes) const;
    void takeRows(std::vector<scalar::NodeId> nodes);
    void sortRows();
    [[nodiscard]] QString shownText(scalar::NodeId node, int column) const;
    [[nodiscard]] QString toolTip(scalar::NodeId node, int column) const;

    const GraphContent* m_content = nullptr;
    std::vector<scalar::NodeId> m_rows;
    std::vector<int> m_rowOf;       ///< of each node; -1: left out
    std::vector<bool> m_changeable; ///< of each node
    QString m_filter;
    int m_group = -1;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

} // namespace chainrule
