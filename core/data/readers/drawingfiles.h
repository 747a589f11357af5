// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/ink/drawings.h"

#include <array>
#include <string>
#include <vector>

namespace chainrule {

/// The four files of an IDX set, named as MNIST's: every sixth image, beginning with the second, is in its
/// test files, the others are in its training files. `drawings` has at least two images.
struct IdxFileBytes {
    std::string name;
    std::string bytes;
};
inline constexpr std::array idxFileNames{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
[[nodiscard]] std::vector<IdxFileBytes> idxFiles(const DrawnImages& drawings);

} // namespace chainrule
