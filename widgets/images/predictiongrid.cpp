// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/predictiongrid.h"

#include "widgets/fields/gridkeys.h"

#include <QContextMenuEvent>
#include <QEvent>
#include <QKeyEvent>
#include <QMenu>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int gap = 10;
/// An image smaller than this costs more than the words below it tell.
constexpr int smallestImage = 44;

} // namespace

PredictionGrid::PredictionGrid(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Predictions"));
    for (PredictionTile*& tile : m_tiles) {
        tile = new PredictionTile(this);
        connect(tile, &QAbstractButton::clicked, this, [this, tile] { activate(tile); });
    }
    updateTabStop();
}

void PredictionGrid::setPredictions(const std::vector<Prediction>& predictions)
{
    const std::optional<std::size_t> selected = selectedSample();
    for (std::size_t i = 0; i < m_tiles.size(); ++i)
        m_tiles[i]->setPrediction(i < predictions.size() ? std::optional(predictions[i]) : std::nullopt);
    setSelectedSample(selected);
    arrange();
}

void PredictionGrid::setSelectedSample(std::optional<std::size_t> sample)
{
    bool found = false;
    for (PredictionTile* tile : m_tiles) {
        const bool match = !found && sample && tile->prediction() && tile->prediction()->sample == *sample;
        tile->setChecked(match);
        found = found || match;
    }
    updateTabStop();
}

std::optional<std::size_t> PredictionGrid::selectedSample() const
{
    for (const PredictionTile* tile : m_tiles) {
        if (tile->isChecked() && tile->prediction())
            return tile->prediction()->sample;
    }
    return std::nullopt;
}

void PredictionGrid::activate(PredictionTile* tile)
{
    if (!tile->prediction())
        return;
    for (PredictionTile* other : m_tiles)
        other->setChecked(other == tile);
    updateTabStop();
    emit tileActivated(tile->prediction()->sample);
}

void PredictionGrid::updateTabStop()
{
    auto stop = std::find_if(m_tiles.begin(), m_tiles.end(), [](auto* tile) { return tile->hasFocus(); });
    if (stop == m_tiles.end())
        stop = std::find_if(m_tiles.begin(), m_tiles.end(), [](auto* tile) { return tile->isChecked(); });
    if (stop == m_tiles.end())
        stop = m_tiles.begin();
    for (PredictionTile* tile : m_tiles)
        tile->setFocusPolicy(tile == *stop ? Qt::StrongFocus : Qt::ClickFocus);
}

void PredictionGrid::keyPressEvent(QKeyEvent* event)
{
    const auto focused =
        std::find_if(m_tiles.begin(), m_tiles.end(), [](const auto* tile) { return tile->hasFocus(); });
    if (focused == m_tiles.end()) {
        QWidget::keyPressEvent(event);
        return;
    }
    // Tiles without a sample are the last ones and cannot be reached.
    const auto reachable = std::count_if(m_tiles.begin(), m_tiles.end(),
                                         [](const PredictionTile* tile) { return tile->isEnabled(); });
    const auto to = gridPlace(static_cast<int>(std::distance(m_tiles.begin(), focused)), event->key(),
                              columns, static_cast<int>(reachable));
    if (!to) {
        QWidget::keyPressEvent(event);
        return;
    }
    tile(*to)->setFocus(Qt::OtherFocusReason);
    updateTabStop();
}

void PredictionGrid::arrange()
{
    const int tileHeight = (height() - gap * (rows - 1)) / rows;
    int captionWidth = 0;
    for (const PredictionTile* tile : m_tiles)
        captionWidth = std::max(captionWidth, tile->captionWidth());

    const int narrowest = (width() - gap * (columns - 1)) / columns;
    TileLayout layout;
    layout.twoLines = captionWidth > narrowest;
    const PredictionTile* any = m_tiles.front();
    layout.confidence =
        tileHeight - any->captionHeight(layout.twoLines) - any->confidenceHeight() - 4 >= smallestImage;

    for (int i = 0; i < tileCount; ++i) {
        const int row = i / columns;
        const int column = i % columns;
        // Dividing each edge by itself spreads the odd pixels instead of leaving them at the right.
        const int left = column * (width() + gap) / columns;
        const int right = (column + 1) * (width() + gap) / columns - gap;
        tile(i)->setGeometry(left, row * (tileHeight + gap), std::max(0, right - left),
                             std::max(0, tileHeight));
        tile(i)->setTileLayout(layout);
    }
}

QSize PredictionGrid::sizeHint() const
{
    const QSize one = m_tiles.front()->sizeHint();
    return {one.width() * columns + gap * (columns - 1), one.height() * rows + gap * (rows - 1)};
}

QSize PredictionGrid::minimumSizeHint() const
{
    const PredictionTile* any = m_tiles.front();
    const int tileHeight = any->captionHeight(true) + smallestImage;
    return {std::max(100, any->narrowestWidth()) * columns + gap * (columns - 1),
            tileHeight * rows + gap * (rows - 1)};
}

void PredictionGrid::contextMenuEvent(QContextMenuEvent* event)
{
    // By mouse it is about the tile below, by key about the one with the focus.
    const auto asked = std::find_if(m_tiles.begin(), m_tiles.end(), [event](const PredictionTile* tile) {
        return event->reason() == QContextMenuEvent::Keyboard ? tile->hasFocus()
                                                              : tile->geometry().contains(event->pos());
    });
    if (actions().isEmpty() || asked == m_tiles.end() || !(*asked)->prediction())
        return;
    activate(*asked);
    QMenu::exec(actions(), event->globalPos(), nullptr, this);
}

void PredictionGrid::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void PredictionGrid::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange && m_tiles.back()) {
        updateGeometry();
        arrange();
    }
}

} // namespace chainrule
