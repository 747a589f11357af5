// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/dataset.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// Whether the classes have no names but 0, 1, 2 and so on; so it is without any.
[[nodiscard]] bool areIndices(const std::vector<std::string>& names);

/// A class's name as it can be shown: UTF-8 without control characters and blanks at its ends, cut to 200
/// bytes. A text that is not UTF-8 is taken for Windows-1252, in which spreadsheets write where UTF-8 is not
/// asked for.
[[nodiscard]] std::string cleanName(std::string_view text);

/// The names of a folder's classes: the lines of its `classes.txt`, or else of its `labels.txt`; line 1 names
/// class 0. None where it has neither file. Fails where the file cannot be read, a line between others is
/// empty, or there are more than 256.
[[nodiscard]] Result<std::vector<std::string>> readClassNames(const std::string& folder);

/// The same from the file's bytes; `name` is for messages.
[[nodiscard]] Result<std::vector<std::string>> parseClassNames(std::string_view bytes,
                                                               const std::string& name);

/// The data with their classes numbered as those of a model are, by their names, so that data in which a
/// class is missing are judged and learned from rightly; the same data where nothing changes. A model without
/// names has the classes 0, 1, ... to its `outputs`. Where one side has such bare numbers and the other has
/// names, the order decides, and nothing changes. Fails where a class that has samples is none of the
/// model's.
[[nodiscard]] Result<std::shared_ptr<const Dataset>>
alignClasses(std::shared_ptr<const Dataset> data, const std::vector<std::string>& names, int outputs);

} // namespace chainrule
