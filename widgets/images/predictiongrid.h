// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/images/predictiontile.h"

#include <QWidget>

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace chainrule {

/// Ten samples in two rows of five. Its ten tiles are its only children and live as long as it does; one tab
/// stop leads into it, arrow keys move inside, and at most one tile is selected. Actions that are added to it
/// stand in its context menu, which is about the tile that it was asked for and selects that.
class PredictionGrid : public QWidget {
    Q_OBJECT

public:
    static constexpr int rows = 2;
    static constexpr int columns = 5;
    static constexpr int tileCount = rows * columns;

    explicit PredictionGrid(QWidget* parent = nullptr);

    /// The first ten; tiles without one show an empty frame. The selection follows its sample, and goes
    /// where that is no longer shown.
    void setPredictions(const std::vector<Prediction>& predictions);
    /// Selects the tile of a sample without emitting anything; none where the sample is not shown.
    void setSelectedSample(std::optional<std::size_t> sample);
    [[nodiscard]] std::optional<std::size_t> selectedSample() const;
    /// From 0, row by row.
    [[nodiscard]] PredictionTile* tile(int index) const
    {
        return m_tiles.at(static_cast<std::size_t>(index));
    }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// Clicked, or chosen by Space or Enter.
    void tileActivated(std::size_t sample);

protected:
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void activate(PredictionTile* tile);
    void arrange();
    void updateTabStop();

    std::array<PredictionTile*, tileCount> m_tiles{};
};

} // namespace chainrule
