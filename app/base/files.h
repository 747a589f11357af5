// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <string>

namespace chainrule {

/// Whether writeFile() has a chance: the folder is there and may be written to. Asked before long work.
[[nodiscard]] Result<void> checkWritable(const QString& path);

/// Writes a whole file or leaves what was there: writeAtomically().
[[nodiscard]] Result<void> writeFile(const QString& path, const std::string& bytes);

/// Tells a file's states apart without reading it: its length, place on the disk and time of its last change.
/// Empty where there is none.
[[nodiscard]] QString stampOf(const QString& path);

} // namespace chainrule
