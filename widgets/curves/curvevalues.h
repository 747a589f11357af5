// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/losses.h"
#include "widgets/curves/mergedcurve.h"

#include <vector>

namespace chainrule {

/// The curves of one run: x in epochs, y in the loss's unit or per cent; all finite.
struct CurveValues {
    std::vector<PlotPoint> points;     ///< training within the epochs
    std::vector<PlotPoint> training;   ///< of whole epochs
    std::vector<PlotPoint> validation; ///< of whole epochs
    std::vector<PlotPoint> comparison; ///< of an earlier run
    int totalEpochs = 0;               ///< of the run; 0 where that is not known
    Loss loss = Loss::CrossEntropy;    ///< that the run was trained by
};

} // namespace chainrule
