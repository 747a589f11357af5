// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels.h"

#include "widgets/theme.h"

#include <QApplication>
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

QPalette panelPalette()
{
    QPalette palette = QApplication::palette();
    palette.setColor(QPalette::Window, themeColors(palette).panel);
    return palette;
}

} // namespace chainrule
