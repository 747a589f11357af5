// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// From now on the first Ctrl-C (or SIGTERM) is only remembered; a second one ends the program.
void catchInterrupt();
[[nodiscard]] bool wasInterrupted();

} // namespace chainrule
