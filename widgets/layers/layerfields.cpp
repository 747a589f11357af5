// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layerfields.h"

#include "widgets/fields/fieldgrid.h"
#include "widgets/layers/layerstackedits.h"
#include "widgets/layers/layerstackmodel.h"

#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSpinBox>

#include <algorithm>

namespace chainrule {

LayerFields::LayerFields(QWidget* parent)
    : QWidget(parent)
    , m_units(new QSpinBox)
    , m_activation(new QComboBox)
    , m_shape(new QLabel)
{
    m_units->setKeyboardTracking(false);
    m_units->setGroupSeparatorShown(true);
    connect(m_units, &QSpinBox::valueChanged, this, &LayerFields::unitsChosen);

    connect(m_activation, &QComboBox::activated, this, [this](int item) {
        if (item >= 0 && item < m_choices.size())
            emit activationChosen(m_choices[item]);
    });

    m_shape->setForegroundRole(QPalette::PlaceholderText);
    m_shape->setTextFormat(Qt::PlainText);
    m_shape->setWordWrap(true);

    auto* layout = new FieldGrid(this);
    layout->addField(tr("&Units"), m_units, tr("Units"));
    layout->addField(tr("Act&ivation"), m_activation, tr("Activation"));
    layout->addWide(m_shape);
}

void LayerFields::showLayer(const LayerStack& stack, int row, const QString& shape)
{
    showUnits(stack, row);
    showActivations(stack, row);
    m_shape->setText(shape);
}

void LayerFields::finishTyping()
{
    m_units->interpretText();
}

void LayerFields::editUnits()
{
    if (!m_units->isEnabled())
        return;
    m_units->setFocus(Qt::ShortcutFocusReason);
    m_units->selectAll();
}

void LayerFields::followInTabOrder(QWidget* before)
{
    setTabOrder(before, m_units);
    setTabOrder(m_units, m_activation);
}

void LayerFields::showUnits(const LayerStack& stack, int row)
{
    const bool hidden = isHiddenDenseRow(stack, row);
    const int units = row >= 0 ? widthOfRow(stack, row).outputs : 0;

    QString why;
    if (row == 0)
        why = tr("The data decide the number of inputs");
    else if (row > 0 && !denseInRow(stack, row))
        why = tr("Dropout has as many outputs as inputs");
    else if (!hidden)
        why = tr("The output has one unit for each class of the data");

    const QSignalBlocker blocker(m_units);
    m_units->setRange(hidden ? 1 : 0, hidden ? maximumUnits : std::max(maximumUnits, units));
    m_units->setValue(units);
    m_units->setEnabled(hidden);
    m_units->setToolTip(hidden ? tr("1 to %1 units").arg(QLocale().toString(maximumUnits)) : why);
    m_units->setAccessibleDescription(m_units->toolTip());
}

void LayerFields::showActivations(const LayerStack& stack, int row)
{
    const DenseLayer* const dense = denseInRow(stack, row);
    const bool hidden = isHiddenDenseRow(stack, row);
    int current = 0;
    QList<Activation> choices;
    for (const ActivationRow& each : activationTable) {
        if (hidden && each.activation != Activation::Softmax)
            choices.append(each.activation);
    }
    if (dense) {
        if (!choices.contains(dense->activation))
            choices.append(dense->activation); // a model file may hold what is not offered here
        current = static_cast<int>(choices.indexOf(dense->activation));
    }

    const QSignalBlocker blocker(m_activation);
    if (choices != m_choices || m_activation->count() == 0) {
        m_choices = choices;
        m_activation->clear();
        for (const Activation activation : choices) {
            m_activation->addItem(activationText(activation));
            m_activation->setItemData(m_activation->count() - 1, activationSummary(activation),
                                      Qt::ToolTipRole);
        }
        if (choices.isEmpty())
            m_activation->addItem(tr("None", "activation of a layer that has none"));
    }
    m_activation->setCurrentIndex(current);

    QString why;
    if (row == 0)
        why = tr("The input passes the data on as they are");
    else if (row > 0 && !dense)
        why = tr("Dropout only leaves inputs out");
    else if (!hidden)
        why = tr("The output's softmax makes probabilities of its values");
    m_activation->setEnabled(hidden);
    m_activation->setToolTip(hidden ? tr("What each unit does to its sum") : why);
    m_activation->setAccessibleDescription(m_activation->toolTip());
}

} // namespace chainrule
