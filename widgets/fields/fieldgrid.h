// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QGridLayout>
#include <QString>

namespace chainrule {

/// Rows of a label and a field, both columns of one width in every grid, so that fields of neighbouring
/// grids stand below each other.
class FieldGrid : public QGridLayout {
    Q_OBJECT

public:
    explicit FieldGrid(QWidget* parent = nullptr);

    /// Adds a row. `name` is the field's accessible name; `label` the visible words, with a mnemonic. The
    /// wheel changes the field only while it has the focus, so that it can scroll what the grid stands in.
    void addField(const QString& label, QWidget* field, const QString& name);
    /// A widget over both columns.
    void addWide(QWidget* widget);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace chainrule
