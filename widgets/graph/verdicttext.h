// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/gradientcheck.h"

#include <QString>

namespace chainrule {

/// A verdict in one word: "agrees", "kink".
[[nodiscard]] QString verdictText(scalar::Verdict verdict);
/// A sentence or two for people: why a gradient cannot be confirmed here, or that it is, and what it means.
[[nodiscard]] QString verdictExplanation(scalar::Verdict verdict);

} // namespace chainrule
