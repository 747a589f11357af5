// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/layers.h"

#include <QList>
#include <QWidget>

class QComboBox;
class QLabel;
class QSpinBox;

namespace chainrule {

/// Units and activation of one layer, and its shape in words. They only tell what a person asked for; what
/// they show is what showLayer() said last.
class LayerFields : public QWidget {
    Q_OBJECT

public:
    explicit LayerFields(QWidget* parent = nullptr);

    /// Shows the layer in that row of the stack (0 the input, -1 none); only hidden layers can be edited.
    void showLayer(const LayerStack& stack, int row, const QString& shape);

    /// Takes over a number that is still being typed.
    void finishTyping();
    /// Moves the focus to the units, all selected; nothing where they are fixed.
    void editUnits();
    /// Tab order: `before`, then the fields.
    void followInTabOrder(QWidget* before);

signals:
    void unitsChosen(int units);
    void activationChosen(chainrule::Activation activation);

protected:
private:
    void showUnits(const LayerStack& stack, int row);
    void showActivations(const LayerStack& stack, int row);

    QSpinBox* m_units = nullptr;
    QComboBox* m_activation = nullptr;
    QLabel* m_shape = nullptr;
    QList<Activation> m_choices; ///< what the activation box offers now
};

} // namespace chainrule
