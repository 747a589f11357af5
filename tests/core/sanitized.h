// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule::tests {

/// Whether a sanitizer watches, which takes far more memory and addresses than the program does by itself.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool hasSanitizer = true;
#else
inline constexpr bool hasSanitizer = false;
#endif

} // namespace chainrule::tests
