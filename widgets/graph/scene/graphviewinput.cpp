// SPDX-License-Identifier: GPL-3.0-or-later
// The half of GraphView that answers to people: mouse, wheel, keys, menu, and what is said in words.
#include "widgets/graph/scene/graphview.h"

#include "widgets/style/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGestureEvent>
#include <QImage>
#include <QMenu>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QPainter>
#include <QPinchGesture>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double edgeReach = 6.0;    ///< pixels
constexpr double wheelPixels = 60.0; ///< for a notch of the wheel
constexpr double notch = 120.0;
constexpr double notchZoom = 1.2;
constexpr int largestPicture = 6000; ///< pixels of a copied picture's longer side

} // namespace

bool GraphView::event(QEvent* event)
{
    if (event->type() == QEvent::Gesture) {
        auto* gestures = static_cast<QGestureEvent*>(event);
        if (const auto* pinch = static_cast<QPinchGesture*>(gestures->gesture(Qt::PinchGesture))) {
            if (pinch->changeFlags() & QPinchGesture::ScaleFactorChanged)
                zoomTo(m_zoom * pinch->scaleFactor(), mapFromGlobal(pinch->centerPoint()));
            return true;
        }
    } else if (event->type() == QEvent::NativeGesture) {
        const auto* gesture = static_cast<QNativeGestureEvent*>(event);
        if (gesture->gestureType() == Qt::ZoomNativeGesture) {
            zoomTo(m_zoom * (1.0 + gesture->value()), gesture->position());
            return true;
        }
    }
    return QWidget::event(event);
}

void GraphView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)
        return;
    m_pressPoint = event->position();
    m_pressOrigin = m_origin;
    if (event->button() == Qt::LeftButton && mapRect().contains(m_pressPoint)) {
        m_drag = Drag::Map;
        mouseMoveEvent(event);
        return;
    }
    m_drag = event->button() == Qt::MiddleButton ? Drag::Pan : Drag::Pressed;
    if (m_drag == Drag::Pan)
        setCursor(Qt::ClosedHandCursor);
}

void GraphView::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF at = event->position();
    if (m_drag == Drag::Map) {
        const QRectF map = mapRect();
        if (map.isEmpty())
            return;
        const QRectF& bounds = m_layout.bounds;
        const QPointF share((at.x() - map.left()) / map.width(), (at.y() - map.top()) / map.height());
        const QPointF middle =
            bounds.topLeft() + QPointF(share.x() * bounds.width(), share.y() * bounds.height());
        moveTo(middle - QPointF(width(), height()) / 2.0 / m_zoom);
        return;
    }
    if (m_drag == Drag::Pressed && !isEmpty() &&
        (at - m_pressPoint).manhattanLength() >= QApplication::startDragDistance()) {
        m_drag = Drag::Pan;
        setCursor(Qt::ClosedHandCursor);
        setHover(noItem, noEdge, at);
    }
    if (m_drag == Drag::Pan) {
        moveTo(m_pressOrigin - (at - m_pressPoint) / m_zoom);
        return;
    }
    if (isEmpty() || mapRect().contains(at)) {
        setHover(noItem, noEdge, at);
        return;
    }
    std::uint32_t item = itemUnder(at);
    int edge = noEdge;
    // Edges are found where they can be told apart, and lie below cards.
    const bool onCard = item != noItem && !m_layout.items[item].frame;
    if (!onCard && m_zoom * m_metrics.node.height() >= 8.0)
        edge = m_index.edgeAt(toDrawing(at), edgeReach / m_zoom);
    if (edge != noEdge)
        item = noItem;
    setHover(item, edge, at);
    setCursor(onCard || edge != noEdge || toggleAt(at) >= 0 ? Qt::PointingHandCursor : Qt::OpenHandCursor);
}

void GraphView::mouseReleaseEvent(QMouseEvent* event)
{
    const Drag drag = m_drag;
    m_drag = Drag::None;
    if (drag == Drag::Pan)
        setCursor(Qt::OpenHandCursor);
    if (drag != Drag::Pressed || event->button() != Qt::LeftButton || isEmpty())
        return;
    const QPointF at = event->position();
    if (const int group = toggleAt(at); group >= 0) {
        toggle(group);
        return;
    }
    mouseMoveEvent(event); // finds what is under the mouse, which may not have moved since the drawing did
    if (m_hoveredEdge != noEdge) {
        const int edge = m_hoveredEdge;
        const LayoutEdge& found = m_layout.edges[static_cast<std::size_t>(edge)];
        select(found.child != scalar::noNode ? GraphSelection{found.child, -1} : selectionOf(found.to));
        m_pickedEdge = edge;
        update();
        return;
    }
    select(selectionOf(m_hoveredItem));
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || isEmpty() || mapRect().contains(event->position()) ||
        toggleAt(event->position()) >= 0)
        return;
    const std::uint32_t item = itemUnder(event->position());
    if (item != noItem && m_layout.items[item].node == scalar::noNode)
        toggle(m_layout.items[item].group);
}

void GraphView::leaveEvent(QEvent* event)
{
    setHover(noItem, noEdge, {});
    QWidget::leaveEvent(event);
}

void GraphView::wheelEvent(QWheelEvent* event)
{
    event->accept();
    if (isEmpty())
        return;
    const QPoint angle = event->angleDelta();
    if (event->modifiers() & Qt::ControlModifier) {
        const int turned = angle.y() != 0 ? angle.y() : angle.x();
        zoomTo(m_zoom * std::pow(notchZoom, turned / notch), event->position());
        return;
    }
    QPointF pixels =
        event->pixelDelta().isNull() ? QPointF(angle) / notch * wheelPixels : QPointF(event->pixelDelta());
    if ((event->modifiers() & Qt::ShiftModifier) && pixels.x() == 0.0)
        pixels = {pixels.y(), 0.0};
    panBy(pixels);
}

void GraphView::focusInEvent(QFocusEvent* event)
{
    m_keyboardFocus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                      event->reason() == Qt::ShortcutFocusReason;
    update();
    QWidget::focusInEvent(event);
}

void GraphView::focusOutEvent(QFocusEvent* event)
{
    m_keyboardFocus = false;
    update();
    QWidget::focusOutEvent(event);
}

void GraphView::select(const GraphSelection& selection)
{
    if (selection == m_selection && m_pickedEdge == noEdge)
        return;
    m_pickedEdge = noEdge;
    m_cameFrom = noItem;
    const bool changed = selection != m_selection;
    m_selection = selection;
    findSelectedItem();
    describe();
    update();
    if (changed)
        emit selected(m_selection);
}

void GraphView::toggle(int group)
{
    const bool open = !isOpen(group);
    // Closing a group around the selection leaves the group selected, opening one keeps it so.
    const GraphSelection wanted{scalar::noNode, group};
    openGroup(group, open);
    select(wanted);
    if (m_selectedItem != noItem)
        showItem(m_selectedItem);
}

std::optional<GraphUse> GraphView::useOf(int edge) const
{
    if (edge == noEdge)
        return std::nullopt;
    const LayoutEdge& found = m_layout.edges[static_cast<std::size_t>(edge)];
    if (found.child == scalar::noNode || found.uses > 1)
        return std::nullopt;
    return GraphUse{found.child, found.slot};
}

std::uint32_t GraphView::itemUnder(QPointF point) const
{
    const QPointF place = toDrawing(point);
    const std::uint32_t item = m_index.itemAt(place);
    if (item == noItem || !m_layout.items[item].frame)
        return item;
    const double header = std::max(m_metrics.groupHeader, fontMetrics().height() / m_zoom);
    return place.y() < m_layout.items[item].rect.top() + header ? item : noItem;
}

int GraphView::toggleAt(QPointF point) const
{
    if (isEmpty() || m_zoom * m_metrics.node.height() < 20.0)
        return -1;
    const std::uint32_t item = m_index.itemAt(toDrawing(point));
    if (item == noItem || m_layout.items[item].node != scalar::noNode)
        return -1;
    const LayoutItem& found = m_layout.items[item];
    const QPointF inside = toDrawing(point) - found.rect.topLeft();
    // A frame's sign is at the left of its title, a card's at the right.
    const double size = m_metrics.groupHeader;
    const bool hit = found.frame ? inside.x() < size && inside.y() < size
                                 : inside.x() > found.rect.width() - size && inside.y() < size;
    return hit ? found.group : -1;
}

void GraphView::setHover(std::uint32_t item, int edge, QPointF at)
{
    if (item == m_hoveredItem && edge == m_hoveredEdge)
        return;
    m_hoveredItem = item;
    m_hoveredEdge = edge;
    m_hoverPoint = at;
    refreshHover();
    update();
}

void GraphView::copyPicture() const
{
    const QSizeF size = drawingSize();
    const double longer = std::max({size.width(), size.height(), 1.0});
    const double scale = std::min(2.0, largestPicture / longer);
    QImage image((size * scale).toSize().expandedTo({1, 1}), QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&image);
    paintTo(painter, QRectF(image.rect()));
    painter.end();
    QGuiApplication::clipboard()->setImage(image);
}

void GraphView::contextMenuEvent(QContextMenuEvent* event)
{
    if (isEmpty())
        return;
    if (event->reason() == QContextMenuEvent::Mouse) {
        const std::uint32_t item = itemUnder(event->pos());
        if (item != noItem)
            select(selectionOf(item));
    }
    m_drag = Drag::None;
    QMenu menu(this);
    const auto& named = m_content->named;
    if (m_selection.node != scalar::noNode) {
        const scalar::Node& node = named.graph.nodes[scalar::index(m_selection.node)];
        for (int slot = 0; slot < scalar::parentCount(node.op); ++slot) {
            const scalar::NodeId parent = node.parents[static_cast<std::size_t>(slot)];
            if (slot > 0 && parent == node.parents[0])
                continue;
            menu.addAction(tr("Select parent %1").arg(nodeTitle(named, parent, locale())), this,
                           [this, parent] {
                               setSelection({parent, -1}, true);
                               emit selected(m_selection);
                           });
        }
    } else if (m_selection.group >= 0) {
        const int group = m_selection.group;
        menu.addAction(isOpen(group) ? tr("Close group") : tr("Open group"), this,
                       [this, group] { toggle(group); });
    }
    if (!m_open.empty()) {
        menu.addSeparator();
        menu.addAction(tr("Open all groups"), this, [this] { openAll(true); });
        menu.addAction(tr("Close all groups"), this, [this] { openAll(false); });
    }
    menu.addSeparator();
    menu.addAction(tr("Fit graph"), this, &GraphView::fit);
    menu.addAction(tr("Copy picture"), this, [this] { copyPicture(); });
    menu.addAction(tr("Export picture…"), this, &GraphView::exportWanted);
    menu.exec(event->globalPos());
}

} // namespace chainrule
