// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>
#include <QString>

class QLabel;

namespace chainrule {

/// A small heading of the window's side panels.
[[nodiscard]] QLabel* panelHeading(const QString& text);

/// The application's palette for a side panel, which is a card as high as the window: its own ground, and
/// fields in the window's colour.
[[nodiscard]] QPalette panelPalette();

} // namespace chainrule
