// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/strokeink.h"

#include "core/data/ink/penpiece.h"
#include "core/data/ink/spline.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>

namespace chainrule {

namespace {

// The longer side of what inkFromStrokes() draws: five pixels for one of the network's.
constexpr int strokeSide = 102;

// The straight pieces of which a curve is drawn, in the pen's radius: too short to be told from the curve.
constexpr double piecePerRadius = 0.5;

// From a stroke's ends to where it has its full width, in the pen's radius.
constexpr double taperPerRadius = 6.0;

struct Box {
    double left = std::numeric_limits<double>::max();
    double top = std::numeric_limits<double>::max();
    double right = std::numeric_limits<double>::lowest();
    double bottom = std::numeric_limits<double>::lowest();
};

void include(Box& box, std::span<const StrokePoint> points)
{
    for (const StrokePoint& point : points) {
        box.left = std::min(box.left, point.x);
        box.right = std::max(box.right, point.x);
        box.top = std::min(box.top, point.y);
        box.bottom = std::max(box.bottom, point.y);
    }
}

struct PixelBox {
    int left, top, right, bottom; // right and bottom excluded
};

// The pixels that a box widened by `margin` touches; none where right <= left or bottom <= top.
PixelBox pixelsOf(const Box& box, double margin, const InkImage& ink)
{
    const auto cut = [](double value, int limit) {
        return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(limit)));
    };
    return {cut(std::floor(box.left - margin), ink.width), cut(std::floor(box.top - margin), ink.height),
            cut(std::ceil(box.right + margin), ink.width), cut(std::ceil(box.bottom + margin), ink.height)};
}

// Calls change(pixel, coverage) for every pixel under the path, whose radius at each vertex is in `radii`;
// coverage is 1 to 255.
template <typename Change>
void coverPath(InkImage& ink, std::span<const StrokePoint> path, std::span<const double> radii, Change change)
{
    if (path.empty())
        return;
    Box box;
    include(box, path);
    const PixelBox all = pixelsOf(box, *std::max_element(radii.begin(), radii.end()) + 1.0, ink);
    if (all.right <= all.left || all.bottom <= all.top)
        return;
    // How deep each pixel's centre lies inside the edge.
    const auto width = static_cast<std::size_t>(all.right - all.left);
    std::vector<float> depths(width * static_cast<std::size_t>(all.bottom - all.top), -1.0F);
    for (std::size_t i = path.size() > 1 ? 1 : 0; i < path.size(); ++i) {
        const std::size_t before = i > 0 ? i - 1 : 0;
        const StrokePoint from = path[before];
        const std::array<StrokePoint, 2> ends{from, path[i]};
        Box pieceBox;
        include(pieceBox, ends);
        const PixelBox pixels = pixelsOf(pieceBox, std::max(radii[before], radii[i]) + 1.0, ink);
        const auto dx = static_cast<float>(path[i].x - from.x);
        const auto dy = static_cast<float>(path[i].y - from.y);
        const float length2 = dx * dx + dy * dy;
        const auto radius = static_cast<float>(radii[before]);
        const auto growth = static_cast<float>(radii[i] - radii[before]);
        const PenPiece piece{dx,     dy,     length2 > 0.0F ? 1.0F / length2 : 0.0F,
                             radius, growth, 1.0F / (2.0F * radius + growth)};
        const auto x = static_cast<float>(pixels.left + 0.5 - from.x);
        for (int y = pixels.top; y < pixels.bottom; ++y) {
            float* const row = depths.data() + static_cast<std::size_t>(y - all.top) * width +
                               static_cast<std::size_t>(pixels.left - all.left);
            deepen(row, pixels.right - pixels.left, x, static_cast<float>(y + 0.5 - from.y), piece);
        }
    }
    for (int y = all.top; y < all.bottom; ++y) {
        const float* const row = depths.data() + static_cast<std::size_t>(y - all.top) * width;
        std::uint8_t* const pixels = ink.ink.data() +
                                     static_cast<std::size_t>(y) * static_cast<std::size_t>(ink.width) +
                                     static_cast<std::size_t>(all.left);
        for (std::size_t x = 0; x < width; ++x) {
            if (row[x] > -0.5F)
                change(pixels[x], static_cast<int>(std::min(row[x] + 0.5F, 1.0F) * 255.0F + 0.5F));
        }
    }
}

double distance(const StrokePoint& a, const StrokePoint& b)
{
    return std::hypot(b.x - a.x, b.y - a.y);
}

} // namespace

Stroke smoothStroke(std::span<const StrokePoint> points, double piece, std::size_t* lasting)
{
    assert(piece > 0.0);
    if (lasting)
        *lasting = 0;
    Stroke through;
    for (const StrokePoint& point : points) {
        // What lies closer than a tenth of a piece is the hand's trembling or the tablet's.
        if (through.empty() || distance(through.back(), point) > 0.1 * piece)
            through.push_back(point);
    }
    if (through.size() < 2)
        return through;
    if (through.size() == 2) // a straight line needs vertices too, to be tapered
        through.insert(through.begin() + 1,
                       {0.5 * (through[0].x + through[1].x), 0.5 * (through[0].y + through[1].y)});
    const std::size_t last = through.size() - 1;
    const auto knotStep = [&](std::size_t i) { return std::sqrt(distance(through[i], through[i + 1])); };
    const auto pieces = [&](std::size_t i, double) {
        return static_cast<int>(
            std::clamp(std::ceil(distance(through[i], through[i + 1]) / piece), 1.0, 32.0));
    };
    Stroke path{through.front()};
    followSpline(std::span<const StrokePoint>(through), knotStep, pieces,
                 [&](const StrokePoint& vertex, std::size_t i) {
                     path.push_back(vertex);
                     // A further point changes the tangent at the last one, and two alone have a third
                     // between them.
                     if (lasting && i + 2 < last)
                         *lasting = path.size();
                 });
    return path;
}

std::vector<double> taperedRadii(std::span<const StrokePoint> path, double radius)
{
    constexpr double endShare = 0.5;
    const double taper = taperPerRadius * radius;
    std::vector<double> along(path.size());
    for (std::size_t i = 1; i < path.size(); ++i)
        along[i] = along[i - 1] + distance(path[i - 1], path[i]);
    std::vector<double> radii(path.size(), radius);
    if (path.size() < 2)
        return radii;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const double fromEnd = std::min(along[i], along.back() - along[i]);
        radii[i] *= endShare + (1.0 - endShare) * std::min(1.0, fromEnd / taper);
    }
    return radii;
}

namespace {

void coverWithPen(InkImage& ink, std::span<const StrokePoint> path, std::span<const double> radii)
{
    coverPath(ink, path, radii, [](std::uint8_t& pixel, int coverage) {
        pixel = static_cast<std::uint8_t>(std::max<int>(pixel, coverage));
    });
}

void coverWithEraser(InkImage& ink, std::span<const StrokePoint> path, std::span<const double> radii)
{
    coverPath(ink, path, radii, [](std::uint8_t& pixel, int coverage) {
        pixel = static_cast<std::uint8_t>(std::min<int>(pixel, 255 - coverage));
    });
}

} // namespace

void drawStroke(InkImage& ink, std::span<const StrokePoint> points, double radius)
{
    assert(radius > 0.0);
    const Stroke path = smoothStroke(points, piecePerRadius * radius);
    coverWithPen(ink, path, taperedRadii(path, radius));
}

void eraseStroke(InkImage& ink, std::span<const StrokePoint> points, double radius)
{
    assert(radius > 0.0);
    const Stroke path = smoothStroke(points, piecePerRadius * radius);
    coverWithEraser(ink, path, std::vector<double>(path.size(), radius));
}

void showLive(LiveStroke& stroke, InkImage& ground, InkImage& ink)
{
    assert(stroke.radius > 0.0);
    std::size_t lasting = 0;
    const Stroke path = smoothStroke(stroke.points, piecePerRadius * stroke.radius, &lasting);
    const auto cover = stroke.erases ? coverWithEraser : coverWithPen;
    const std::vector<double> radii =
        stroke.erases ? std::vector<double>(path.size(), stroke.radius) : taperedRadii(path, stroke.radius);
    if (!stroke.erases) {
        // The taper moves along with the stroke's end.
        double toEnd = 0.0;
        std::size_t i = path.size();
        while (i > 1 && toEnd <= taperPerRadius * stroke.radius) {
            --i;
            toEnd += distance(path[i - 1], path[i]);
        }
        lasting = std::min(lasting, i > 1 ? i : 0);
    }
    const std::span<const StrokePoint> all(path);
    const std::span<const double> allRadii(radii);
    // Pieces lie between two vertices: the first new one begins at the last that stands already.
    const auto from = [&] { return stroke.settled > 0 ? stroke.settled - 1 : 0; };
    if (lasting > stroke.settled && lasting > 1) {
        cover(ground, all.subspan(from(), lasting - from()), allRadii.subspan(from(), lasting - from()));
        stroke.settled = lasting;
    }
    ink = ground;
    cover(ink, all.subspan(from()), allRadii.subspan(from()));
}

Result<StrokeFrame> strokeFrame(std::span<const Stroke> strokes)
{
    Box box;
    for (const Stroke& stroke : strokes)
        include(box, stroke);
    if (box.right < box.left)
        return Error{MessageId::theDrawing, MessageId::noPoints, MessageId::drawADigit};
    const double extent = std::max(box.right - box.left, box.bottom - box.top);
    if (!(extent > 0.0))
        return Error{MessageId::theDrawing, MessageId::singleDot, MessageId::drawADigit};
    return StrokeFrame{{0.5 * (box.left + box.right), 0.5 * (box.top + box.bottom)}, extent};
}

Result<InkImage> inkFromStrokes(std::span<const Stroke> strokes, double pen)
{
    const auto frame = strokeFrame(strokes);
    if (!frame)
        return frame.error();
    constexpr int inkSide = static_cast<int>(strokeSide / naturalFill);
    InkImage ink{inkSide, inkSide, std::vector<std::uint8_t>(inkSide * inkSide)};
    const double radius = 0.5 * pen * naturalPen * strokeSide;
    const double scale = (strokeSide - 2.0 * radius) / frame->extent;
    Stroke placed;
    for (const Stroke& stroke : strokes) {
        placed.clear();
        for (const StrokePoint& point : stroke) {
            placed.push_back({0.5 * inkSide + scale * (point.x - frame->middle.x),
                              0.5 * inkSide + scale * (point.y - frame->middle.y)});
        }
        drawStroke(ink, placed, radius);
    }
    return ink;
}

} // namespace chainrule
