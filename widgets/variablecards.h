// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <vector>

namespace chainrule {

/// A card for each variable: its name, a spin box of that accessible name, and a slider over a range whose
/// ends can be edited. Three to six stand in a row, more wrap or scroll; the height changes only with the
/// number of rows.
class VariableCards : public QWidget {
    Q_OBJECT

public:
    struct Entry {
        QString name;
        double value = 0.0;
    };

    explicit VariableCards(QWidget* parent = nullptr);

    /// Cards whose name stays keep their range and focus.
    void setVariables(const std::vector<Entry>& variables);
    /// Numbers that the program changed (Descend), in the same order; a value outside its range widens that.
    void setValues(const std::vector<double>& values);

signals:
    /// While it is dragged or typed.
    void valueChanged(const QString& name, double value);
};

} // namespace chainrule
