// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <string>

namespace chainrule {

/// Whether writeFile() has a chance: the folder is there and may be written to. Asked before long work.
[[nodiscard]] Result<void> checkWritable(const QString& path);

/// Writes a whole file or leaves what was there: every count is checked, and the new file takes the old
/// one's place only when all of it has reached the disk.
[[nodiscard]] Result<void> writeFile(const QString& path, const std::string& bytes);

} // namespace chainrule
