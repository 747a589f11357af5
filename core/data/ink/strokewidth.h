// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/ink/grey.h"

// How wide the strokes of a picture are in which ink is 1 and paper 0, and how they become wider or thinner.
namespace chainrule {

/// Twice the ink's area over the length of its edge, in pixels; 0 where there is none. The outermost pixels
/// are paper.
[[nodiscard]] double strokeWidth(const Grey& ink);

/// Moves the ink's edge outwards by `grow` pixels, or inwards where that is negative.
void moveEdge(Grey& ink, double grow);

} // namespace chainrule
