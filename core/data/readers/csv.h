// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/memory.h"
#include "core/base/result.h"
#include "core/data/dataset.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace chainrule {

/// Reads a table of samples: a row for each, its label in the first or the last column, numbers in the
/// others; with a header line or without; comma, semicolon or tab between the cells (told by the first
/// line), with any of the line ends, quotes and a byte order mark.
///
/// Labels are numbers or names, at most 256 different ones. Where both columns could be the label, a header
/// called "label", "class", "target" and the like decides, then how classes are usually numbered.
///
/// Where the numbers are whole, from 0 to 255, and a square of them is in each row (16, 25, ... 784), they
/// are the pixels of an image, row by row; scales that end below 128 (0 to 16, 0 to 1) are stretched to 255.
/// Else they are features: Dataset::measured keeps the table's own numbers, and Dataset::features has them
/// brought to mean 0 and deviation 1 over all rows, to be looked at; what a network is to learn from is
/// brought to the scale of its training samples (scaleFrom(), withScale()).
///
/// Every fault names its line and column. What the samples need is known, and compared with what is
/// `available`, before any is kept: the table is gone through twice.
[[nodiscard]] Result<Dataset> parseCsv(std::string_view bytes, const std::string& name,
                                       std::uint64_t available = availableMemory());

/// parseCsv() on a file, never more of it in memory than a piece. Stopped, it gives up with an error.
[[nodiscard]] Result<Dataset> loadCsv(const std::string& path, const std::stop_token& stop = {});

} // namespace chainrule
