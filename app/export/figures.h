// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/picture.h"

#include "core/data/ink/strokes.h"
#include "core/training/history.h"
#include "core/training/settings/settings.h"
#include "widgets/curves/curvechart.h"
#include "widgets/images/predictiontile.h"

#include <QString>

#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// A picture for paper: light whatever the window's theme is.
using Figure = Picture;

// Widths and heights below are in millimetres.

/// The curves of a run that is over, as its history has them.
[[nodiscard]] CurveValues curvesOf(const History& history, CurveQuantity kind,
                                   const TrainingSettings& settings);

/// chartOf() the curves, and what each line is.
[[nodiscard]] Figure curveFigure(const CurveValues& values, CurveQuantity kind, double width, double height);

/// Up to ten samples in two rows, each with what the network takes it for and what it is.
[[nodiscard]] Figure predictionsFigure(std::span<const Prediction> predictions, double width);

/// Counts of true class (row) against predicted class (column), the more of a row the darker.
[[nodiscard]] Figure confusionFigure(const std::vector<std::vector<int>>& confusion,
                                     const std::vector<std::string>& names, double width);

/// The canvas as it was drawn on, white on black, with `caption` below where it is not empty.
[[nodiscard]] Figure drawingFigure(const StrokeSample& drawing, const QString& caption, double width);

} // namespace chainrule
