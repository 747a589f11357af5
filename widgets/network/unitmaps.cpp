// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/unitmaps.h"

#include "widgets/fields/numbertext.h"
#include "widgets/maps/decisionmap.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int gap = 8;
constexpr int captionGap = 2;
constexpr double corner = 4.0;
constexpr double leastSide = 3.0; ///< of a tile, in heights of the font

} // namespace

UnitTile::UnitTile(int layer, int unit, QWidget* parent)
    : QAbstractButton(parent)
    , m_layer(layer)
    , m_unit(unit)
{
    setText(QStringLiteral("h%1[%2]").arg(layer + 1).arg(unit));
    setAccessibleName(tr("Map of %1").arg(text()));
    setToolTip(tr("Where in the plane the neuron %1 is active").arg(text()));
    setAttribute(Qt::WA_Hover);
}

void UnitTile::setPicture(const QImage& picture)
{
    m_picture = picture;
    update();
}

QFont UnitTile::captionFont() const
{
    return scaledFont(font(), 0.85);
}

int UnitTile::captionHeight() const
{
    return QFontMetrics(captionFont()).height() + captionGap;
}

void UnitTile::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
        event->ignore(); // the grid moves the focus; a button would move it in its own way
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        click();
        return;
    default:
        QAbstractButton::keyPressEvent(event);
    }
}

void UnitTile::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF all(0.0, 0.0, width(), height() - captionHeight());
    QPainterPath outline;
    outline.addRoundedRect(all.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
    painter.fillPath(outline, colors.panel);
    if (m_picture.width() > 1) {
        painter.save();
        painter.setClipPath(outline);
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.setOpacity(mapStrength);
        painter.drawImage(all, m_picture,
                          QRectF(0.5, 0.5, m_picture.width() - 1.0, m_picture.height() - 1.0));
        painter.restore();
    }
    const bool marked = hasFocus();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(marked         ? colors.accent
                        : underMouse() ? colors.quietText
                                       : colors.line,
                        marked ? 2.0 : 1.0));
    const double inset = marked ? 1.0 : 0.5;
    painter.drawRoundedRect(all.adjusted(inset, inset, -inset, -inset), corner, corner);
    painter.setFont(captionFont());
    painter.setPen(colors.quietText);
    painter.drawText(QRectF(0.0, all.bottom() + captionGap, width(), captionHeight() - captionGap),
                     Qt::AlignHCenter | Qt::AlignTop, text());
}

UnitMaps::UnitMaps(QWidget* parent)
    : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

bool UnitMaps::setShape(const std::vector<int>& units)
{
    if (units == m_units)
        return false;
    m_units = units;
    for (UnitTile* tile : m_tiles)
        delete tile;
    m_tiles.clear();
    for (int layer = 0; layer < static_cast<int>(m_units.size()); ++layer) {
        for (int unit = 0; unit < m_units[static_cast<std::size_t>(layer)]; ++unit) {
            auto* tile = new UnitTile(layer, unit, this);
            connect(tile, &QAbstractButton::clicked, this, [this, layer, unit] {
                updateTabStop();
                emit neuronChosen(layer, unit);
            });
            tile->show();
            m_tiles.push_back(tile);
        }
    }
    updateTabStop();
    arrange();
    updateGeometry();
    return true;
}

void UnitMaps::followInTabOrder(QWidget* before)
{
    for (UnitTile* tile : m_tiles) {
        setTabOrder(before, tile);
        before = tile;
    }
}

UnitTile* UnitMaps::tile(int layer, int unit) const
{
    const auto found = std::find_if(m_tiles.begin(), m_tiles.end(), [&](const UnitTile* tile) {
        return tile->layer() == layer && tile->unit() == unit;
    });
    return found == m_tiles.end() ? nullptr : *found;
}

void UnitMaps::setPicture(int layer, int unit, const QImage& picture)
{
    if (UnitTile* one = tile(layer, unit))
        one->setPicture(picture);
}

int UnitMaps::captionHeight() const
{
    return m_tiles.empty() ? 0 : m_tiles.front()->captionHeight();
}

UnitMaps::Grid UnitMaps::gridFor(int width) const
{
    const double least = leastSide * fontMetrics().height();
    Grid grid;
    grid.columns = std::max(1, static_cast<int>((width + gap) / (least + gap)));
    grid.side = static_cast<double>(width - gap * (grid.columns - 1)) / grid.columns;
    grid.height = static_cast<int>(std::round(grid.side)) + captionHeight();
    return grid;
}

int UnitMaps::heightForWidth(int width) const
{
    const Grid grid = gridFor(width);
    int rows = 0;
    for (const int units : m_units)
        rows += (units + grid.columns - 1) / grid.columns;
    return rows > 0 ? rows * (grid.height + gap) - gap : 0;
}

QSize UnitMaps::sizeHint() const
{
    const int width = fontMetrics().height() * 14;
    return {width, heightForWidth(width)};
}

void UnitMaps::arrange()
{
    const Grid grid = gridFor(width());
    std::size_t next = 0;
    int top = 0;
    for (const int units : m_units) {
        for (int unit = 0; unit < units; ++unit) {
            const int column = unit % grid.columns;
            if (unit > 0 && column == 0)
                top += grid.height + gap;
            const int left = static_cast<int>(std::round(column * (grid.side + gap)));
            const int right = static_cast<int>(std::round(column * (grid.side + gap) + grid.side));
            m_tiles[next++]->setGeometry(left, top, right - left, grid.height);
        }
        top += grid.height + gap;
    }
}

void UnitMaps::updateTabStop()
{
    auto stop =
        std::find_if(m_tiles.begin(), m_tiles.end(), [](const auto* tile) { return tile->hasFocus(); });
    if (stop == m_tiles.end())
        stop = m_tiles.begin();
    for (UnitTile* tile : m_tiles)
        tile->setFocusPolicy(tile == *stop ? Qt::StrongFocus : Qt::ClickFocus);
}

void UnitMaps::keyPressEvent(QKeyEvent* event)
{
    const auto focused =
        std::find_if(m_tiles.begin(), m_tiles.end(), [](const auto* tile) { return tile->hasFocus(); });
    int layer = 0;
    int unit = 0;
    if (focused != m_tiles.end()) {
        layer = (*focused)->layer();
        unit = (*focused)->unit();
    }
    const int columns = gridFor(width()).columns;
    switch (event->key()) {
    case Qt::Key_Left:
        --unit;
        break;
    case Qt::Key_Right:
        ++unit;
        break;
    case Qt::Key_Up:
        unit -= columns;
        if (unit < 0 && layer > 0)
            unit = std::min(unit + columns, m_units[static_cast<std::size_t>(--layer)] - 1);
        break;
    case Qt::Key_Down:
        unit += columns;
        if (layer + 1 < static_cast<int>(m_units.size()) && unit >= m_units[static_cast<std::size_t>(layer)])
            unit = std::min(unit % columns, m_units[static_cast<std::size_t>(++layer)] - 1);
        break;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (UnitTile* to = tile(layer, unit)) {
        to->setFocus(Qt::OtherFocusReason);
        updateTabStop();
    }
}

void UnitMaps::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void UnitMaps::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        arrange();
        updateGeometry();
    }
}

} // namespace chainrule
