// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/fieldgrid.h"

#include <QEvent>
#include <QLabel>
#include <QWidget>

namespace chainrule {

FieldGrid::FieldGrid(QWidget* parent)
    : QGridLayout(parent)
{
    setContentsMargins(0, 0, 0, 0);
    setHorizontalSpacing(8);
    setVerticalSpacing(6);
    setColumnStretch(0, 1);
    setColumnStretch(1, 1);
    setColumnMinimumWidth(0, 1); // an empty first column would lose its stretch
}

void FieldGrid::addField(const QString& label, QWidget* field, const QString& name)
{
    field->setAccessibleName(name);
    field->setFocusPolicy(Qt::StrongFocus);
    field->installEventFilter(this);
    field->setSizePolicy(QSizePolicy::Ignored, field->sizePolicy().verticalPolicy());
    auto* words = new QLabel(label);
    words->setBuddy(field);
    // A name of its own: two elements of one name could not be told apart by whoever asks for it.
    words->setAccessibleName(name + QLatin1Char(':'));
    words->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    const int row = rowCount();
    addWidget(words, row, 0);
    addWidget(field, row, 1);
}

void FieldGrid::addWide(QWidget* widget)
{
    addWidget(widget, rowCount(), 0, 1, 2);
}

bool FieldGrid::eventFilter(QObject* watched, QEvent* event)
{
    const auto* field = qobject_cast<QWidget*>(watched);
    if (event->type() == QEvent::Wheel && field && !field->hasFocus()) {
        event->ignore();
        return true;
    }
    return QGridLayout::eventFilter(watched, event);
}

} // namespace chainrule
