// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/photo/greyplane.h"
#include "core/data/photo/picturegrey.h"

namespace chainrule {

struct PaperContrast {
    Grey contrast; ///< how far each pixel stands out from the paper towards the ink; the paper is about 0
    Grey grain;    ///< the deviation of what is paper around each pixel: noise, or the grain of a table
};

/// Takes the paper out of a picture, dark on light or light on dark, unevenly lit or with shadows on it.
[[nodiscard]] PaperContrast contrastWithPaper(GreyPicture picture);

} // namespace chainrule
