// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>

namespace chainrule {

inline constexpr std::size_t hugePage = std::size_t{2} << 20U; ///< bytes

struct FreeHugePages {
    void operator()(std::byte* memory) const;
};
using HugePages = std::unique_ptr<std::byte, FreeHugePages>;

/// Memory for much that is written once: in huge pages, where the system has them. The first write to a page
/// of 4 KB takes about as long as copying the page a hundred times on some virtual machines; a page of 2 MB
/// takes hardly longer. Null where there is not enough memory.
[[nodiscard]] HugePages allocateHugePages(std::size_t bytes);

/// Takes the first writes to these pages upon the calling thread, while others may write to them already.
void findPages(std::byte* memory, std::size_t bytes);

} // namespace chainrule
