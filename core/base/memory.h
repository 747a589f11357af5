// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>

namespace chainrule {

/// Bytes that this process can still take: the least of what the machine has free (MemAvailable), what the
/// control groups it runs in leave, and what its own limits on address space and data leave. Without any of
/// these to be read, as many as can be counted.
[[nodiscard]] std::uint64_t availableMemory();

/// "512 MB", "49 GB", "1,200 TB": in the unit in which it reads best.
[[nodiscard]] std::string memoryText(std::uint64_t bytes);

/// Refuses what does not fit, before anything is allocated: "WHAT: THINGS need 49 GB; 23 GB are there".
[[nodiscard]] Result<void> checkRoom(const std::string& what, const Message& things, std::uint64_t needed,
                                     std::uint64_t available = availableMemory());

/// For what many images of one size take: "12,000,000 images of 64 x 64".
[[nodiscard]] Message imagesText(std::uint64_t count, std::uint64_t rows, std::uint64_t columns);

/// That a file's or a data set's content has no room. All that read one say it alike.
[[nodiscard]] Error outOfMemory(const std::string& what);

} // namespace chainrule
