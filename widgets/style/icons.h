// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>
#include <QStringList>

namespace chainrule {

/// What an icon stands on, which decides its colour.
enum class IconRole {
    Text,     ///< text colour; accent where selected or checked; quiet where disabled
    Quiet,    ///< as Text, but always quiet: for handles and hints
    OnAccent, ///< the colour of text on the accent, for primary buttons
    Accent,
    Correct,
    Wrong,
};

/// An icon of the outline set, for instance "play". It is drawn from its SVG in the colours of the
/// palette at the moment of painting, so it follows a change of theme and is sharp at every scale.
/// An unknown name gives a null icon.
[[nodiscard]] QIcon icon(const QString& name, IconRole role = IconRole::Text);

/// The names that icon() knows, sorted.
[[nodiscard]] QStringList iconNames();

/// The program's own icon, in its fixed colours.
[[nodiscard]] QIcon applicationIcon();

} // namespace chainrule
