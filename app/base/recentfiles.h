// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace chainrule {

/// The model files that were opened or saved last, and the data that were, the newest first, kept from one
/// start to the next and shared by all windows.
namespace recentFiles {

inline constexpr qsizetype mostRecent = 10;

enum class Kind { Models, Data };

[[nodiscard]] QStringList list(Kind kind = Kind::Models);
void add(const QString& path, Kind kind = Kind::Models);
void clear(Kind kind = Kind::Models);

/// What tells these files apart in a menu: the name, and the folder where two have the same one.
[[nodiscard]] QStringList labels(const QStringList& paths);

} // namespace recentFiles

} // namespace chainrule
