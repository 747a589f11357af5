// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/inkimage.h"
#include "core/data/ink/strokeink.h"
#include "core/data/ink/strokes.h"

namespace chainrule {

/// Pixels on a side of the canvas that people draw on: sixteen for each one of a network's 28.
inline constexpr int canvasSide = 448;

/// The pen that a canvas begins with: it leaves strokes of MNIST's width where the digit fills as much of the
/// canvas as people's do.
inline constexpr double canvasPen = naturalPen * naturalFill;

/// An empty canvas, or the picture (which may have no pixels) brought to its size.
[[nodiscard]] InkImage canvasWith(const InkImage& picture);

/// A stroke of the canvas, whose side is 1, in its pixels. `pen` is negative where it erases.
[[nodiscard]] LiveStroke strokeOnCanvas(const Stroke& points, double pen);

/// Draws a stroke, or erases with it, on a canvas of canvasSide.
void drawOnCanvas(InkImage& canvas, const Stroke& points, double pen);

/// A drawing that came without a pen, as it would have been drawn on the canvas: in the middle, its longer
/// side naturalFill of the canvas with its ink, with canvasPen. One that has pens stays as it is. Fails where
/// there are no points, or all of them in one place.
[[nodiscard]] Result<StrokeSample> placedOnCanvas(StrokeSample drawing);

/// The ink of a drawing. One made on the canvas is drawn as it was there; a picture that nothing was drawn on
/// stays as fine or coarse as it is. One without pens is drawn as inkFromStrokes() does, and fails so.
[[nodiscard]] Result<InkImage> drawingInk(const StrokeSample& drawing);

} // namespace chainrule
