// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QListView>
#include <QString>

#include <optional>
#include <vector>

namespace chainrule {

class ImageStripModel;

/// A small picture and what is said about it.
struct StripItem {
    QImage image;
    QString caption;
    QString tip;                 ///< tooltip and accessible description
    std::optional<bool> correct; ///< no value: no judgement

    bool operator==(const StripItem&) const = default;
};

/// Small pictures in rows, with captions below and ticks or crosses; for drawings and for training images.
/// One tab stop, arrow keys inside.
class ImageStrip : public QListView {
    Q_OBJECT

public:
    explicit ImageStrip(QWidget* parent = nullptr);

    /// Keeps the current row where it exists; cheap where nothing changed.
    void setItems(std::vector<StripItem> items);
    [[nodiscard]] int itemCount() const;
    /// Tiles share the width evenly.
    void setColumns(int columns);
    /// True: as high as its rows, never scrolls; false: scrolls.
    void setFitsContent(bool fits);
    /// Shown, wrapped, in quiet text while there are no items.
    void setPlaceholder(const QString& text);
    /// -1: none.
    [[nodiscard]] int currentRow() const;
    /// Where the picture of a row is drawn, black around it included, in the viewport's coordinates.
    [[nodiscard]] QRect pictureRect(int row) const;

    [[nodiscard]] QRect visualRect(const QModelIndex& index) const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return m_fits; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void chosen(int row);                            ///< click, Space or Enter
    void removalWanted(int row);                     ///< Delete or Backspace
    void menuWanted(int row, QPoint globalPosition); ///< context menu, by mouse or key

protected:
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void updateGeometries() override;
    [[nodiscard]] QItemSelectionModel::SelectionFlags
    selectionCommand(const QModelIndex& index, const QEvent* event = nullptr) const override;

private:
    [[nodiscard]] int rowsOf(int items) const;
    [[nodiscard]] int sideFor(int contentWidth) const;
    [[nodiscard]] int cellHeight(int contentWidth) const;
    [[nodiscard]] int contentHeight(int contentWidth) const;
    [[nodiscard]] int placeholderHeight(int width) const;
    void arrange();
    void describe();

    ImageStripModel* m_model = nullptr;
    int m_columns = 4;
    int m_room = 0; ///< the width that the tiles share
    bool m_fits = false;
    bool m_placed = false;   ///< somebody has given it a width, which its height goes by
    bool m_captions = false; ///< some item has something to say below its picture
    int m_askedHeight = -1;  ///< that the layout was last told of
    QString m_placeholder;
};

} // namespace chainrule
