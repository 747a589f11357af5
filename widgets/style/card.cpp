// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/card.h"

#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QPainter>

namespace chainrule {

Card::Card(QWidget* parent)
    : QFrame(parent)
{
    setFrameShape(QFrame::NoFrame);
}

void Card::paintEvent(QPaintEvent* /*event*/)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    drawBox(&painter, rect(), 8.0, colors.panel, colors.line);
}

} // namespace chainrule
