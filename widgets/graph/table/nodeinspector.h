// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/graphcontent.h"

#include <QWidget>

#include <cstddef>
#include <utility>
#include <vector>

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace chainrule {

class ElidedLabel;
class InspectorRow;
class ValueSpinBox;
class VerdictNote;

/// What there is to know of the selected node: operation, value, gradient, local derivatives, parents, uses,
/// and the numeric check with a tick or an explained warning; the matrix engine's gradient where there is one
/// to compare; for a leaf a field to change its value. Of a selected group: what it is, how many nodes it
/// has, its outputs.
class NodeInspector : public QWidget {
    Q_OBJECT

public:
    explicit NodeInspector(QWidget* parent = nullptr);

    void setContent(const GraphContent* content);
    void showValues();
    void setSelection(const GraphSelection& selection);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// A link to a parent or a use was followed.
    void selected(const chainrule::GraphSelection& selection);
    /// A person typed another value for a leaf.
    void valueEdited(chainrule::scalar::NodeId node, double value);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    /// What of the graph's shape belongs to the selection: looked up once, since it takes a whole pass.
    struct Shape {
        std::vector<std::pair<scalar::NodeId, int>> uses; ///< of a node, and how often in each
        std::size_t nodes = 0;                            ///< in the group, or in the graph
        std::size_t leaves = 0;
        std::size_t parameters = 0;
    };

    void findShape();
    void showSelection();
    void showNode(scalar::NodeId node);
    [[nodiscard]] QString leafKind(scalar::NodeId node) const;
    void showDerivatives(scalar::NodeId node);
    void showCheck(scalar::NodeId node);
    void showMatrixGradient(scalar::NodeId node);
    void showGroup(int group);
    void showSummary();
    void summarizeChecks();
    void summarizeMatrixGradients();
    void showHint(const QString& text);

    [[nodiscard]] int nameWidth() const;
    InspectorRow* nextRow();
    void addRow(const QString& name, const QString& value);
    void addLinks(const QString& name, const QString& html);
    [[nodiscard]] QString link(scalar::NodeId node) const;
    [[nodiscard]] QString groupLink(int group) const;
    void follow(const QString& target);

    const GraphContent* m_content = nullptr;
    GraphSelection m_selection;
    Shape m_shape;
    QScrollArea* m_scroll = nullptr;
    ElidedLabel* m_heading = nullptr;
    QWidget* m_rowArea = nullptr;
    QVBoxLayout* m_rowLayout = nullptr;
    std::vector<InspectorRow*> m_rows; ///< used from the first on; the others are hidden
    std::size_t m_usedRows = 0;
    ValueSpinBox* m_value = nullptr;
    InspectorRow* m_valueRow = nullptr;
    VerdictNote* m_note = nullptr;
    QLabel* m_hint = nullptr;
};

} // namespace chainrule
