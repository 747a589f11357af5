// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/digitimage.h"
#include "core/data/ink/strokes.h"

#include <span>
#include <vector>

namespace chainrule {

/// The stroke width of strokes that come without a pen, as a share of the longer side of the drawing with its
/// ink: the median of MNIST.
inline constexpr double naturalPen = 2.45 / 20.0;

/// The smooth curve through a pen's points, in pieces no longer than `piece` (> 0) as far as that is within
/// reason: followSpline(). Points that repeat the one before
/// are left out; one point alone stays one point. `lasting` receives how many vertices, from the first, stay
/// as they are when more points are added.
[[nodiscard]] Stroke smoothStroke(std::span<const StrokePoint> points, double piece,
                                  std::size_t* lasting = nullptr);

/// The pen's radius at each vertex of a path: `radius`, and less where the pen comes down and lifts, as half
/// of it at the very ends and growing over three pen widths: people's pens do so, and networks that were
/// trained on people's digits read such strokes better.
[[nodiscard]] std::vector<double> taperedRadii(std::span<const StrokePoint> path, double radius);

/// Draws the pen's points as a smooth stroke with tapered, round ends and antialiased edges, `radius` (> 0)
/// in pixels. Pixel (0, 0) reaches from 0 to 1 both ways. Where there is ink already, the darker of both
/// stays.
void drawStroke(InkImage& ink, std::span<const StrokePoint> points, double radius);

/// Takes away the ink under the smooth curve through the points, as wide everywhere.
void eraseStroke(InkImage& ink, std::span<const StrokePoint> points, double radius);

/// A stroke while it is being drawn, in an ink image's pixels.
struct LiveStroke {
    Stroke points;
    double radius = 1.0; ///< of the pen or of the eraser, > 0
    bool erases = false;
    std::size_t settled = 0; ///< vertices of its curve that stand in the ground already; 0 at first
};

/// Shows a stroke whose points have grown: what no further point can change goes to `ground` and is not drawn
/// again, so that a long stroke costs no more than its end, and `ink`, of the same size, becomes the ground
/// with the rest on it: the same as drawStroke() or eraseStroke() would leave there.
void showLive(LiveStroke& stroke, InkImage& ground, InkImage& ink);

/// How much of a canvas a drawing is taken to fill, that comes without one.
inline constexpr double naturalFill = 0.75;

/// Where strokes lie: the middle of the box around their points, and that box's longer side, which is > 0.
struct StrokeFrame {
    StrokePoint middle;
    double extent = 1.0;
};

/// Fails where there are no points, or all of them in one place.
[[nodiscard]] Result<StrokeFrame> strokeFrame(std::span<const Stroke> strokes);

/// Draws strokes as drawStroke() does in the middle of a square canvas of their own, of which their longer
/// side takes naturalFill, with naturalPen times `pen`. Fails where there are no points, or all of them in
/// one place.
[[nodiscard]] Result<InkImage> inkFromStrokes(std::span<const Stroke> strokes, double pen = 1.0);

} // namespace chainrule
