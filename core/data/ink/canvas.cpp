// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/canvas.h"

#include "core/data/ink/digitimage.h"

#include <cassert>
#include <cmath>
#include <cstddef>

namespace chainrule {

InkImage canvasWith(const InkImage& picture)
{
    if (!picture.ink.empty())
        return fitInk(picture, canvasSide);
    constexpr auto pixels = static_cast<std::size_t>(canvasSide) * canvasSide;
    return {canvasSide, canvasSide, std::vector<std::uint8_t>(pixels)};
}

LiveStroke strokeOnCanvas(const Stroke& points, double pen)
{
    LiveStroke stroke;
    stroke.points.reserve(points.size());
    for (const StrokePoint& point : points)
        stroke.points.push_back({point.x * canvasSide, point.y * canvasSide});
    stroke.radius = 0.5 * std::abs(pen) * canvasSide;
    stroke.erases = pen < 0.0;
    return stroke;
}

void drawOnCanvas(InkImage& canvas, const Stroke& points, double pen)
{
    const LiveStroke stroke = strokeOnCanvas(points, pen);
    (stroke.erases ? eraseStroke : drawStroke)(canvas, stroke.points, stroke.radius);
}

Result<StrokeSample> placedOnCanvas(StrokeSample drawing)
{
    if (!drawing.pens.empty() || !drawing.picture.ink.empty())
        return drawing;
    const auto frame = strokeFrame(drawing.strokes);
    if (!frame)
        return frame.error();
    const double scale = (naturalFill - canvasPen) / frame->extent;
    for (Stroke& stroke : drawing.strokes) {
        for (StrokePoint& point : stroke) {
            const auto placed = [scale](double value, double middle) {
                return std::round((0.5 + scale * (value - middle)) * 1e6) / 1e6; // short to write down
            };
            point = {placed(point.x, frame->middle.x), placed(point.y, frame->middle.y)};
        }
    }
    drawing.pens.assign(drawing.strokes.size(), canvasPen);
    return drawing;
}

Result<InkImage> drawingInk(const StrokeSample& drawing)
{
    const bool hasPicture = !drawing.picture.ink.empty();
    if (drawing.pens.empty() && !hasPicture)
        return inkFromStrokes(drawing.strokes);
    assert(drawing.pens.size() == drawing.strokes.size());
    if (drawing.strokes.empty())
        return drawing.picture;
    InkImage canvas = canvasWith(drawing.picture);
    for (std::size_t i = 0; i < drawing.strokes.size(); ++i)
        drawOnCanvas(canvas, drawing.strokes[i], drawing.pens[i]);
    return canvas;
}

} // namespace chainrule
