// SPDX-License-Identifier: GPL-3.0-or-later
// What GraphView says in words: beside the mouse, and to assistive programs.
#include "widgets/graph/scene/graphview.h"

#include "widgets/fields/numbertext.h"

#include <QStringList>

namespace chainrule {

void GraphView::refreshHover()
{
    m_hoverText = m_hoveredEdge != noEdge   ? textOfEdge(m_hoveredEdge)
                  : m_hoveredItem != noItem ? textOfItem(m_hoveredItem)
                                            : QString();
}

QString GraphView::textOfEdge(int edge) const
{
    const auto& named = m_content->named;
    const LayoutEdge& found = m_layout.edges[static_cast<std::size_t>(edge)];
    if (found.uses > 1 || found.child == scalar::noNode)
        return tr("%n use(s)", nullptr, static_cast<int>(found.uses));
    const auto slot = static_cast<std::size_t>(found.slot);
    const scalar::NodeId parent = named.graph.nodes[scalar::index(found.child)].parents[slot];
    const QString symbol = localDerivativeText(named, found.child, found.slot, locale());
    QString text =
        QStringLiteral("∂%1/∂%2 = %3")
            .arg(nodeTitle(named, found.child, locale()), nodeTitle(named, parent, locale()), symbol);
    if (!m_content->walk.position.live && !scalar::isComputed(m_content->walk, found.child))
        return text;
    const QString value = valueText(scalar::localDerivatives(named.graph, found.child)[slot], locale());
    return symbol == value ? text : QStringLiteral("%1 = %2").arg(text, value);
}

QString GraphView::textOfItem(std::uint32_t item) const
{
    const auto& named = m_content->named;
    const LayoutItem& found = m_layout.items[item];
    if (found.node == scalar::noNode) {
        const auto sizes = m_index.groupSizes();
        const auto group = static_cast<std::size_t>(found.group);
        return groupTitle(named, found.group) + QLatin1Char('\n') +
               tr("%Ln node(s)", nullptr, static_cast<int>(sizes[group])) + QLatin1Char('\n') +
               (found.frame ? tr("Double click the title to close") : tr("Double click to open"));
    }
    return QStringList{nodeTitle(named, found.node, locale()), operationCall(named, found.node, locale()),
                       tr("value %1").arg(valueOf(*m_content, found.node, locale())),
                       tr("gradient %1").arg(gradientOf(*m_content, found.node, locale()))}
        .join(QLatin1Char('\n'));
}

void GraphView::describe()
{
    QString text = m_placeholder;
    if (!isEmpty()) {
        const auto& named = m_content->named;
        if (m_selection.node != scalar::noNode) {
            text = tr("%1, %2, value %3, gradient %4")
                       .arg(nodeTitle(named, m_selection.node, locale()),
                            operationCall(named, m_selection.node, locale()),
                            valueOf(*m_content, m_selection.node, locale()),
                            gradientOf(*m_content, m_selection.node, locale()));
        } else if (m_selection.group >= 0) {
            const auto sizes = m_index.groupSizes();
            const auto group = static_cast<std::size_t>(m_selection.group);
            const QString nodes =
                tr("%Ln node(s)", nullptr, group < sizes.size() ? static_cast<int>(sizes[group]) : 0);
            text = (isOpen(m_selection.group) ? tr("%1, open group, %2") : tr("%1, closed group, %2"))
                       .arg(groupTitle(named, m_selection.group), nodes);
        } else {
            text = tr("%Ln node(s)", nullptr, static_cast<int>(named.graph.nodes.size()));
            if (named.root != scalar::noNode)
                text = tr("%1, root %2 = %3")
                           .arg(text, nodeTitle(named, named.root, locale()),
                                valueOf(*m_content, named.root, locale()));
        }
    }
    // Setting it tells assistive programs of the change.
    if (text != accessibleDescription())
        setAccessibleDescription(text);
}

} // namespace chainrule
