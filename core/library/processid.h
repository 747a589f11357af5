// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace chainrule {

/// A process, told apart from all others that there ever were.
struct ProcessId {
    std::string host;
    std::string boot;         ///< the id that the system has since it was started; empty: not known
    std::int64_t process = 0; ///< its number, which the system gives to others later
    std::int64_t start = 0;   ///< in clock ticks after the system's; 0: not known
    bool operator==(const ProcessId&) const = default;
};

[[nodiscard]] ProcessId thisProcess();

/// Whether the process has surely ended: it ran on this host, and either the system was started again since,
/// or no process has its number and start. Of other hosts nothing is known, and this is false.
[[nodiscard]] bool hasEnded(const ProcessId& process);

} // namespace chainrule
