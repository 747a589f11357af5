// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

class QAbstractItemView;

namespace chainrule {

/// The cells of a NodeTable: names and numbers over a hairline, numbers in digits of one width, gradients in
/// their colour, and a tick or a warning sign before the numeric check.
class NodeCellDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    explicit NodeCellDelegate(QObject* parent = nullptr);

    /// What sizeHint() needs to know of a view.
    [[nodiscard]] static QStyleOptionViewItem measuringOption(const QAbstractItemView* view);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;
};

} // namespace chainrule
