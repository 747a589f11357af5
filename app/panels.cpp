// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels.h"

#include <QLabel>

namespace chainrule {

QLabel* panelHeading(const QString& text)
{
    auto* label = new QLabel(text.toUpper());
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 0.85);
    font.setWeight(QFont::DemiBold);
    font.setLetterSpacing(QFont::PercentageSpacing, 105);
    label->setFont(font);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

void makePanel(QWidget* widget)
{
    // A role and not a palette of its own: it follows a change of theme by itself.
    widget->setAutoFillBackground(true);
    widget->setBackgroundRole(QPalette::Base);
}

} // namespace chainrule
