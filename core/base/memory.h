// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>

namespace chainrule {

/// Bytes that this process can still allocate: the minimum of the machine's MemAvailable, what is left in the
/// control groups that it runs in, and what is left of its limits on address space and data. The largest
/// std::uint64_t where none of these can be read.
[[nodiscard]] std::uint64_t availableMemory();

/// Engines below this many bytes are made without asking availableMemory(), which takes longer than an epoch
/// of a tiny network.
inline constexpr std::uint64_t negligibleMemory = 16 << 20;

/// "512 MB", "49 GB", "1,200 TB": in the largest unit of which there are at least ten.
[[nodiscard]] std::string memoryText(std::uint64_t bytes);

/// Fails where the memory for `things` is not available, before anything is allocated.
[[nodiscard]] Result<void> checkMemory(const std::string& what, const Message& things, std::uint64_t needed,
                                       std::uint64_t available = availableMemory());

/// Describes a set of equally sized images for checkMemory(): "12,000,000 images of 64 x 64".
[[nodiscard]] Message imagesText(std::uint64_t count, std::uint64_t rows, std::uint64_t columns);

/// The error for content that does not fit in memory, shared by all readers.
[[nodiscard]] Error outOfMemory(const std::string& what);

} // namespace chainrule
