// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/images/imagestrip.h"

#include <QAbstractListModel>
#include <QStyledItemDelegate>

#include <vector>

namespace chainrule {

/// What an ImageStrip shows. Rows that stay keep their selection.
class ImageStripModel : public QAbstractListModel {
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    /// Whether anything changed.
    bool setItems(std::vector<StripItem> items);
    [[nodiscard]] const std::vector<StripItem>& items() const { return m_items; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    std::vector<StripItem> m_items;
};

/// Draws a tile: the picture, and below it the verdict's mark and the caption.
class ImageStripDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    explicit ImageStripDelegate(const ImageStripModel* model, QObject* parent = nullptr);

    [[nodiscard]] static int captionHeight(const QFont& font);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    const ImageStripModel* m_model = nullptr;
};

} // namespace chainrule
