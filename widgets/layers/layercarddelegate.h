// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace chainrule {

/// Draws a row of LayerStackModel as a card: grip dots where it can be dragged, name, chip, count, and the
/// line that joins it to the next card.
class LayerCardDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    explicit LayerCardDelegate(QObject* parent = nullptr);

    /// Whether chip and count stand in a second line below the name; for narrow lists and large fonts.
    void setTwoLines(bool twoLines) { m_twoLines = twoLines; }
    [[nodiscard]] bool hasTwoLines() const { return m_twoLines; }

    /// Room kept free after each card, for instance before a scroll bar.
    void setEndMargin(int margin) { m_endMargin = margin; }

    /// The width that a card needs for everything in one line.
    [[nodiscard]] int oneLineWidth(const QFont& font, const QModelIndex& index) const;
    /// Height of every row, the gap between cards included.
    [[nodiscard]] int rowHeight(const QFont& font) const;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintContents(QPainter* painter, const QStyleOptionViewItem& option, const QRect& card,
                       const QModelIndex& index) const;

    bool m_twoLines = false;
    int m_endMargin = 0;
};

} // namespace chainrule
