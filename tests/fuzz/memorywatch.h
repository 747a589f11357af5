// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

/// Counts what this program has allocated, by whatever library, with malloc() and new. Not under sanitizers,
/// which have an allocator of their own: there nothing is counted.
namespace memorywatch {

/// Whether anything is counted.
[[nodiscard]] bool isWatching();

/// From now on: what is allocated here, minus what is freed, starts at 0.
void start();

/// The most that was allocated at one time since start(), in bytes.
[[nodiscard]] std::size_t peak();

/// What is called where more than `bytes` are in use at one time; once, until start() is called again.
void setLimit(std::size_t bytes, void (*exceeded)());

} // namespace memorywatch
