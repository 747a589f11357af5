// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/photo/greyplane.h"

#include <vector>

namespace chainrule {

/// Which pixels of a picture, in which ink is positive and paper 0, belong to what may be one digit: of the
/// shapes that are connected above `least`, the one with the most ink and what lies near it, without specks
/// much smaller than that and without what runs along the picture's border, if there is anything else. With
/// each shape goes its edge of one pixel. Empty where nothing is above `least`.
[[nodiscard]] std::vector<bool> digitShapes(const Grey& contrast, float least);

} // namespace chainrule
