// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QImage>
#include <QWidget>

#include <vector>

namespace chainrule {

/// What one unit makes of the plane, small, above its name.
class UnitTile : public QAbstractButton {
    Q_OBJECT

public:
    UnitTile(int layer, int unit, QWidget* parent);

    void setPicture(const QImage& picture);
    [[nodiscard]] int layer() const { return m_layer; }
    [[nodiscard]] int unit() const { return m_unit; }
    [[nodiscard]] int captionHeight() const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] QFont captionFont() const;

    int m_layer = 0;
    int m_unit = 0;
    QImage m_picture;
};

/// The maps of a network's hidden units, layer below layer. Arrow keys move among them, Enter or a click
/// chooses one.
class UnitMaps : public QWidget {
    Q_OBJECT

public:
    explicit UnitMaps(QWidget* parent = nullptr);

    /// How many units each layer has; layers and units count from 0. Whether that is news: then the tiles are
    /// new ones.
    bool setShape(const std::vector<int>& units);
    /// Tab order: `before`, then the maps.
    void followInTabOrder(QWidget* before);
    /// The outermost values of the picture lie on the edges of the plane.
    void setPicture(int layer, int unit, const QImage& picture);
    [[nodiscard]] UnitTile* tile(int layer, int unit) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

signals:
    void neuronChosen(int layer, int unit);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Grid {
        int columns = 1;
        double side = 0.0; ///< of a tile, its gap not included
        int height = 0;    ///< of a tile, its caption included
    };
    [[nodiscard]] Grid gridFor(int width) const;
    [[nodiscard]] int captionHeight() const;
    void arrange();
    void updateTabStop();

    std::vector<int> m_units;
    std::vector<UnitTile*> m_tiles; ///< layer by layer
};

} // namespace chainrule
