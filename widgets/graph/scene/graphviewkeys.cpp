// SPDX-License-Identifier: GPL-3.0-or-later
// GraphView by keyboard.
#include "widgets/graph/scene/graphview.h"

#include <QKeyEvent>

#include <cmath>
#include <limits>

namespace chainrule {

void GraphView::keyPressEvent(QKeyEvent* event)
{
    if (isEmpty() || (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))) {
        QWidget::keyPressEvent(event);
        return;
    }
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomIn();
        break;
    case Qt::Key_Minus:
        zoomOut();
        break;
    case Qt::Key_0:
    case Qt::Key_F:
        fit();
        break;
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Home:
    case Qt::Key_End:
        moveSelection(event->key());
        break;
    case Qt::Key_PageUp:
        panBy({0.0, height() * 0.8});
        break;
    case Qt::Key_PageDown:
        panBy({0.0, -height() * 0.8});
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_selectedItem == noItem || m_layout.items[m_selectedItem].node != scalar::noNode) {
            QWidget::keyPressEvent(event);
            return;
        }
        toggle(m_layout.items[m_selectedItem].group);
        break;
    case Qt::Key_Backspace: {
        const int parent = m_selectedItem != noItem ? m_layout.items[m_selectedItem].parent : -1;
        if (parent < 0) {
            QWidget::keyPressEvent(event);
            return;
        }
        toggle(m_layout.items[static_cast<std::size_t>(parent)].group);
        break;
    }
    case Qt::Key_Escape:
        if (m_selection.isEmpty()) {
            QWidget::keyPressEvent(event);
            return;
        }
        select({});
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

std::uint32_t GraphView::neighbour(std::uint32_t item, bool below) const
{
    const QRectF& from = m_layout.items[item].rect;
    std::uint32_t found = noItem;
    double nearest = std::numeric_limits<double>::max();
    for (std::uint32_t i = 0; i < m_layout.items.size(); ++i) {
        const LayoutItem& other = m_layout.items[i];
        if (other.frame || i == item || other.rect.right() <= from.left() ||
            other.rect.left() >= from.right())
            continue;
        const double distance = (other.rect.center().y() - from.center().y()) * (below ? 1.0 : -1.0);
        if (distance <= 0.0)
            continue;
        // Of two cards side by side the one straight above or below.
        const double far = distance + std::abs(other.rect.center().x() - from.center().x()) * 1e-3;
        if (far < nearest) {
            nearest = far;
            found = i;
        }
    }
    return found;
}

void GraphView::moveSelection(int key)
{
    const auto& named = m_content->named;
    std::uint32_t target = noItem;
    std::uint32_t cameFrom = noItem;
    if (key == Qt::Key_Home || m_selectedItem == noItem) {
        target = itemOf({named.root, -1});
    } else if (key == Qt::Key_End) {
        target = itemOf({static_cast<scalar::NodeId>(0), -1});
    } else if (m_layout.items[m_selectedItem].frame) {
        for (std::uint32_t i = m_selectedItem + 1; i < m_layout.items.size() && target == noItem; ++i) {
            if (m_layout.items[i].parent == static_cast<int>(m_selectedItem))
                target = i;
        }
    } else if (key == Qt::Key_Left) {
        const auto edges = m_index.edgesInto(m_selectedItem);
        if (!edges.empty()) {
            target = m_layout.edges[edges.front()].from;
            cameFrom = m_selectedItem;
        }
    } else if (key == Qt::Key_Right) {
        const auto edges = m_index.edgesFrom(m_selectedItem);
        for (const std::uint32_t edge : edges) {
            const std::uint32_t to = m_layout.edges[edge].to;
            if (target == noItem || to == m_cameFrom)
                target = to;
        }
    } else {
        target = neighbour(m_selectedItem, key == Qt::Key_Down);
    }
    if (target == noItem)
        return;
    select(selectionOf(target));
    m_cameFrom = cameFrom;
    m_keyboardFocus = true;
    showItem(target);
}

} // namespace chainrule
