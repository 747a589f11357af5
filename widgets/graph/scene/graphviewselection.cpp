// SPDX-License-Identifier: GPL-3.0-or-later
// What is selected in GraphView and which groups are open: everything that other widgets ask for too.
#include "widgets/graph/scene/graphview.h"

namespace chainrule {

std::uint32_t GraphView::itemOf(const GraphSelection& selection) const
{
    if (isEmpty() || selection.isEmpty())
        return noItem;
    if (selection.node != scalar::noNode) {
        const std::size_t node = scalar::index(selection.node);
        return node < m_layout.itemOfNode.size() ? m_layout.itemOfNode[node] : noItem;
    }
    // Inside of a closed group it is that group's card that stands for it.
    const auto& groups = m_content->named.groups;
    int group = selection.group;
    while (group >= 0 && static_cast<std::size_t>(group) < groups.size() &&
           m_index.itemOfGroup(group) == noItem)
        group = groups[static_cast<std::size_t>(group)].parent;
    return m_index.itemOfGroup(group);
}

GraphSelection GraphView::selectionOf(std::uint32_t item) const
{
    GraphSelection selection;
    if (item != noItem) {
        selection.node = m_layout.items[item].node;
        selection.group = selection.node == scalar::noNode ? m_layout.items[item].group : -1;
    }
    return selection;
}

void GraphView::findSelectedItem()
{
    m_selectedItem = itemOf(m_selection);
}

void GraphView::setSelection(const GraphSelection& selection, bool reveal)
{
    if (m_content == nullptr) {
        m_selection = {};
        return;
    }
    const auto& named = m_content->named;
    m_selection = selection;
    if (selection.node != scalar::noNode && scalar::index(selection.node) >= named.graph.nodes.size())
        m_selection = {};
    m_pickedEdge = noEdge;
    m_cameFrom = noItem;
    if (reveal && !m_selection.isEmpty()) {
        int group =
            m_selection.node != scalar::noNode ? scalar::groupOf(named, m_selection.node) : m_selection.group;
        if (m_selection.node == scalar::noNode && group >= 0 &&
            static_cast<std::size_t>(group) < m_open.size())
            group = named.groups[static_cast<std::size_t>(group)].parent;
        bool opened = false;
        for (; group >= 0 && static_cast<std::size_t>(group) < m_open.size();
             group = named.groups[static_cast<std::size_t>(group)].parent) {
            opened |= !m_open[static_cast<std::size_t>(group)];
            m_open[static_cast<std::size_t>(group)] = true;
        }
        if (opened) {
            relayout();
            emit layoutChanged();
        }
        findSelectedItem();
        if (m_selectedItem != noItem)
            showItem(m_selectedItem);
    }
    findSelectedItem();
    describe();
    update();
}

bool GraphView::isOpen(int group) const
{
    return group >= 0 && static_cast<std::size_t>(group) < m_open.size() &&
           m_open[static_cast<std::size_t>(group)];
}

void GraphView::openGroup(int group, bool open)
{
    if (isEmpty() || group < 0 || static_cast<std::size_t>(group) >= m_open.size() || isOpen(group) == open)
        return;
    // Card and frame share their upper left corner, which stays where it is.
    const std::uint32_t before = m_index.itemOfGroup(group);
    const QPointF corner = before != noItem ? toView(m_layout.items[before].rect.topLeft()) : QPointF();
    m_open[static_cast<std::size_t>(group)] = open;
    relayout();
    const std::uint32_t after = m_index.itemOfGroup(group);
    if (before != noItem && after != noItem) {
        m_origin = m_layout.items[after].rect.topLeft() - corner / m_zoom;
        m_fitted = false;
    }
    describe();
    emit layoutChanged();
}

void GraphView::openAll(bool open, int group)
{
    if (isEmpty())
        return;
    const auto& groups = m_content->named.groups;
    const std::uint32_t anchor = group >= 0 ? itemOf({scalar::noNode, group}) : noItem;
    const QPointF corner = anchor != noItem ? toView(m_layout.items[anchor].rect.topLeft()) : QPointF();
    std::vector<bool> wanted = m_open;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const int parent = groups[i].parent;
        // A group comes after the one that it lies in.
        bool inside = group < 0 || static_cast<int>(i) == group;
        for (int outer = parent; !inside && outer >= 0;
             outer = groups[static_cast<std::size_t>(outer)].parent)
            inside = outer == group;
        if (inside)
            wanted[i] = open;
    }
    if (open && group >= 0) {
        for (int outer = group; outer >= 0; outer = groups[static_cast<std::size_t>(outer)].parent)
            wanted[static_cast<std::size_t>(outer)] = true;
    }
    if (wanted == m_open)
        return;
    m_open = wanted;
    relayout();
    const std::uint32_t after = group >= 0 ? itemOf({scalar::noNode, group}) : noItem;
    if (anchor != noItem && after != noItem) {
        m_origin = m_layout.items[after].rect.topLeft() - corner / m_zoom;
        m_fitted = false;
    } else {
        fit();
    }
    describe();
    emit layoutChanged();
}

bool GraphView::findNext(const QString& text)
{
    if (isEmpty() || text.isEmpty())
        return false;
    const auto& named = m_content->named;
    const std::size_t count = named.graph.nodes.size();
    const std::size_t start =
        m_selection.node != scalar::noNode ? scalar::index(m_selection.node) : count - 1;
    for (std::size_t step = 1; step <= count; ++step) {
        const std::size_t i = (start + step) % count;
        const QString numeral = QString::number(i);
        const bool hasName = i < named.names.size() && !named.names[i].empty();
        // A bare number finds the node of that number; within a number only nodes without names are sought.
        const QString label = hasName ? QString::fromStdString(named.names[i]) : QLatin1Char('#') + numeral;
        if (!label.contains(text, Qt::CaseInsensitive) && text != numeral &&
            text != QLatin1Char('#') + numeral)
            continue;
        setSelection({static_cast<scalar::NodeId>(i), -1}, true);
        emit selected(m_selection);
        return true;
    }
    return false;
}

} // namespace chainrule
