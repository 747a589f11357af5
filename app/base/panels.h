// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QLabel;
class QScrollArea;
class QWidget;

namespace chainrule {

/// A small heading of the window's side panels.
[[nodiscard]] QLabel* panelHeading(const QString& text);

/// Gives a widget the ground of a side panel, which is a card as high as the window.
void makePanel(QWidget* widget);

/// A side panel of this content, which scrolls up and down where it is higher than its place.
[[nodiscard]] QScrollArea* scrollingPanel(QWidget* content);

} // namespace chainrule
