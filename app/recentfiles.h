// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace chainrule {

/// The model files that were opened or saved last, the newest first, kept from one start to the next and
/// shared by all windows.
namespace recentFiles {

inline constexpr qsizetype mostRecent = 10;

[[nodiscard]] QStringList list();
void add(const QString& path);
void clear();

/// What tells these files apart in a menu: the name, and the folder where two have the same one.
[[nodiscard]] QStringList labels(const QStringList& paths);

} // namespace recentFiles

} // namespace chainrule
