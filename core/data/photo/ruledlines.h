// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/photo/greyplane.h"

namespace chainrule {

/// Takes the lines of ruled or squared paper, and thin frames, out of a picture in which ink is positive and
/// paper 0: straight, thin lines across a good part of the picture, of which there are at least two in
/// parallel, up to 10 degrees off the horizontal or the vertical, that run on beyond the rest of the ink: the
/// bars of a five or a seven do not, unless there are four of them. Where a stroke crosses a line it stays.
/// What is not above `least` is paper.
void eraseRuledLines(Grey& contrast, float least);

} // namespace chainrule
