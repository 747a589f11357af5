// SPDX-License-Identifier: GPL-3.0-or-later
// What keyboard and mouse do in ActivationStrips: both tell about single cells.
#include "widgets/network/activationstrips.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>

#include <algorithm>

namespace chainrule {

std::optional<ActivationStrips::Place> ActivationStrips::cellAt(QPoint position) const
{
    for (int layer = 0; layer < static_cast<int>(m_strips.size()); ++layer) {
        const Strip& strip = m_strips[static_cast<std::size_t>(layer)];
        const int down = position.y() - strip.cellTop;
        const int across = position.x() / m_sizes.pitch().width();
        if (down < 0 || position.x() < 0 || across >= m_sizes.columns)
            continue;
        const int cell = down / m_sizes.pitch().height() * m_sizes.columns + across;
        if (cell < strip.cells)
            return Place{layer, cell};
    }
    return std::nullopt;
}

void ActivationStrips::showTip(Place place, QPoint globalPosition)
{
    m_tip = place;
    m_tipPosition = globalPosition;
    m_tipText = cellText(place.layer, place.cell);
    QToolTip::showText(globalPosition, m_tipText, this, cellRect(place.layer, place.cell));
}

bool ActivationStrips::tipShows() const
{
    return !m_tipText.isEmpty() && QToolTip::isVisible() && QToolTip::text() == m_tipText;
}

void ActivationStrips::moveCursor(Place to)
{
    m_cursor = to;
    m_cursorShown = true;
    describe();
    showTip(to, mapToGlobal(cellRect(to.layer, to.cell).bottomLeft()));
    update();
}

void ActivationStrips::keyPressEvent(QKeyEvent* event)
{
    if (focusPolicy() == Qt::NoFocus) {
        QWidget::keyPressEvent(event);
        return;
    }
    const auto strip = [this](int layer) -> const Strip& {
        return m_strips[static_cast<std::size_t>(layer)];
    };
    // The next layer with cells in a direction, or -1.
    const auto neighbour = [&](int layer, int step) {
        for (layer += step; layer >= 0 && layer < static_cast<int>(m_strips.size()); layer += step) {
            if (strip(layer).cells > 0)
                return layer;
        }
        return -1;
    };
    Place to = m_cursor;
    const int columns = m_sizes.columns;
    const int column = to.cell % columns;
    switch (event->key()) {
    case Qt::Key_Left:
        if (to.cell > 0)
            --to.cell;
        else if (const int before = neighbour(to.layer, -1); before >= 0)
            to = {before, strip(before).cells - 1};
        break;
    case Qt::Key_Right:
        if (to.cell + 1 < strip(to.layer).cells)
            ++to.cell;
        else if (const int after = neighbour(to.layer, 1); after >= 0)
            to = {after, 0};
        break;
    case Qt::Key_Up:
        if (to.cell >= columns) {
            to.cell -= columns;
        } else if (const int before = neighbour(to.layer, -1); before >= 0) {
            const int lastRow = (strip(before).cells - 1) / columns * columns;
            to = {before, std::min(lastRow + column, strip(before).cells - 1)};
        }
        break;
    case Qt::Key_Down:
        if (to.cell / columns < (strip(to.layer).cells - 1) / columns)
            to.cell = std::min(to.cell + columns, strip(to.layer).cells - 1);
        else if (const int after = neighbour(to.layer, 1); after >= 0)
            to = {after, std::min(column, strip(after).cells - 1)};
        break;
    case Qt::Key_Home:
        to.cell = 0;
        break;
    case Qt::Key_End:
        to.cell = strip(to.layer).cells - 1;
        break;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    moveCursor(to);
}

void ActivationStrips::setHovered(std::optional<Place> place)
{
    if (place == m_hovered)
        return;
    m_hovered = place;
    update();
}

void ActivationStrips::mouseMoveEvent(QMouseEvent* event)
{
    const std::optional<Place> at = cellAt(event->position().toPoint());
    const bool follows = at != m_hovered && at && tipShows();
    setHovered(at);
    if (follows)
        showTip(*at, event->globalPosition().toPoint());
}

void ActivationStrips::mousePressEvent(QMouseEvent* event)
{
    // The keyboard goes on from where the mouse was.
    if (const std::optional<Place> at = cellAt(event->position().toPoint()))
        m_cursor = *at;
    m_cursorShown = false;
    describe();
    update();
}

void ActivationStrips::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    setHovered(std::nullopt);
}

void ActivationStrips::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    const Qt::FocusReason reason = event->reason();
    m_cursorShown =
        focusPolicy() != Qt::NoFocus && (reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason ||
                                         reason == Qt::ShortcutFocusReason);
    describe();
    update();
}

void ActivationStrips::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    m_cursorShown = false;
    describe();
    update();
}

bool ActivationStrips::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const std::optional<Place> at = cellAt(help->pos()))
        showTip(*at, help->globalPos());
    else
        QToolTip::hideText();
    return true;
}

} // namespace chainrule
