// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/panels.h"

#include "widgets/fields/numbertext.h"

#include <QLabel>
#include <QScrollArea>

namespace chainrule {

QLabel* panelHeading(const QString& text)
{
    auto* label = new QLabel(text.toUpper());
    label->setFont(headingFont(label->font()));
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QScrollArea* scrollingPanel(QWidget* content)
{
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    makePanel(scroll->viewport());
    makePanel(content);
    scroll->setFocusPolicy(Qt::NoFocus);
    return scroll;
}

void makePanel(QWidget* widget)
{
    // A role and not a palette of its own: it follows a change of theme by itself.
    widget->setAutoFillBackground(true);
    widget->setBackgroundRole(QPalette::Base);
}

} // namespace chainrule
