// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace chainrule {

/// The colours that a palette has no role for, and those that it has, by their meaning. There are two
/// sets, light and dark; a widget asks for the set of its own palette each time it paints, so that a
/// change of theme needs nothing but a repaint.
struct ThemeColors {
    QColor window; ///< behind everything
    QColor panel;  ///< cards, side bars, fields
    QColor line;   ///< hairline borders and grid lines
    QColor text;
    QColor quietText;  ///< captions and units
    QColor accent;     ///< the one accent; also the training curve and negative numbers
    QColor accentText; ///< on the accent
    QColor accentFill; ///< a selected row or tab
    QColor validation; ///< validation curve, gradients, positive numbers
    QColor correct;
    QColor correctFill; ///< behind a correct prediction's caption
    QColor wrong;
    QColor wrongFill;
    QColor validationText; ///< words and numbers in the validation colour, dark enough to read at small sizes
};

/// The set that belongs to a palette: dark where its window is darker than its text.
[[nodiscard]] const ThemeColors& themeColors(const QPalette& palette);
/// The light set, which pictures for paper have whatever the window's is.
[[nodiscard]] const ThemeColors& printColors();
[[nodiscard]] bool isDark(const QPalette& palette);

/// A complete palette, disabled colours and tooltips included.
[[nodiscard]] QPalette themePalette(bool dark);

} // namespace chainrule
