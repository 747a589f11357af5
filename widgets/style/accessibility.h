// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// Lets combo boxes keep the accessible names that they were given: on Unix, Qt 6.4 presents the chosen entry
/// as the name and forgets the other. From now on the entry is the value and the description. To be called
/// once, before the first window.
void installAccessibility();

} // namespace chainrule
