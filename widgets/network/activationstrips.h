// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

class QPainter;

namespace chainrule {

/// One layer's outputs: what is written above its cells, and how they are to be read.
struct ActivationLayer {
    QString name;
    /// Values can be negative, as of tanh: negative ones blue, positive ones orange. Else the accent alone.
    bool isSigned = false;
    /// Not where zero is out of reach, as for sigmoid and softmax. Signed ones are never counted.
    bool countsActive = true;

    bool operator==(const ActivationLayer&) const = default;
};

/// Each layer's outputs as rows of small cells, full colour for the layer's largest magnitude. In a layer of
/// very many units a cell stands for several neighbours, and shows the one of the largest magnitude. Arrow
/// keys and the mouse tell about single cells. Units count from 0.
class ActivationStrips : public QWidget {
    Q_OBJECT

public:
    static constexpr int mostCells = 640; ///< for one layer

    explicit ActivationStrips(QWidget* parent = nullptr);

    void setLayers(const std::vector<ActivationLayer>& layers, const std::vector<int>& units);
    /// One vector for each layer; empty: all cells empty.
    void setActivations(const std::vector<std::vector<double>>& values);

    /// How many cells a layer has, and how many units one of them stands for.
    [[nodiscard]] int cellCount(int layer) const;
    [[nodiscard]] int unitsPerCell(int layer) const;
    /// What is written at the right above a layer's cells; empty while nothing is known.
    [[nodiscard]] QString summary(int layer) const;
    /// What the tooltip says about a cell.
    [[nodiscard]] QString cellText(int layer, int cell) const;
    [[nodiscard]] QRect cellRect(int layer, int cell) const;

    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Strip {
        ActivationLayer layer;
        int units = 0;
        int perCell = 1;
        int cells = 0;
        bool known = false;         ///< there are values
        std::vector<double> values; ///< one for each unit
        std::vector<int> shown;     ///< for each cell the unit that it shows
        double largest = 0.0;       ///< magnitude
        int active = 0;
        int broken = 0; ///< values that are not finite
        QString summary;
        // Of the layout:
        int top = 0;
        int cellTop = 0;
        int lines = 1; ///< of text above the cells
    };
    struct Place {
        int layer = 0;
        int cell = 0;

        bool operator==(const Place&) const = default;
    };
    static constexpr int columnGap = 1;
    static constexpr int rowGap = 2;
    struct Sizes {
        int cellWidth = 0;
        int cellHeight = 0;
        int columns = 1;
        int line = 0;

        /// From one cell to the next.
        [[nodiscard]] QSize pitch() const { return {cellWidth + columnGap, cellHeight + rowGap}; }
    };

    [[nodiscard]] Sizes sizesFor(int width) const;
    [[nodiscard]] QFont summaryFont() const;
    [[nodiscard]] int linesOf(const Strip& strip, int width) const;
    [[nodiscard]] QString summaryOf(const Strip& strip) const;
    [[nodiscard]] QString noteOf(const Strip& strip) const;
    [[nodiscard]] QString joined(const QString& summary, const QString& note) const;
    [[nodiscard]] QString widestSummary(const Strip& strip) const;
    [[nodiscard]] QString valueText(double value, int decimals) const;
    [[nodiscard]] std::optional<Place> cellAt(QPoint position) const;
    [[nodiscard]] QColor cellColor(const Strip& strip, int cell) const;
    void readValues(Strip& strip, const std::vector<double>* values) const;
    void arrange();
    void describe();
    void moveCursor(Place to);
    void setHovered(std::optional<Place> place);
    void showTip(Place place, QPoint globalPosition);
    [[nodiscard]] bool tipShows() const; ///< ours, and not another widget's
    void paintNames(QPainter& painter, const Strip& strip) const;
    void paintCells(QPainter& painter, const Strip& strip, const QRect& clip) const;
    void paintMark(QPainter& painter, Place place, bool strong) const;

    std::vector<Strip> m_strips;
    Sizes m_sizes;
    Place m_cursor;
    bool m_cursorShown = false; ///< the keyboard is here
    std::optional<Place> m_hovered;
    Place m_tip; ///< what the last tooltip is about
    QPoint m_tipPosition;
    QString m_tipText;
};

} // namespace chainrule
