// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graphcontent.h"

#include <QWidget>

namespace chainrule {

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

signals:
    /// A link to a parent or a use was followed.
    void selected(const chainrule::GraphSelection& selection);
    /// A person typed another value for a leaf.
    void valueEdited(chainrule::scalar::NodeId node, double value);

private:
    const GraphContent* m_content = nullptr;
    GraphSelection m_selection;
};

} // namespace chainrule
