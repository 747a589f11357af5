// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphlayoutboxes.h"

#include <algorithm>
#include <cmath>

namespace chainrule::boxes {

namespace {

constexpr std::size_t longestPlainColumn = 24; // of boxes without wires between them

struct ColumnExtent {
    double left = 0.0;
    double right = 0.0;
};

std::vector<ColumnExtent> columnExtents(const BoxGraph& graph, const Layers& layers, const Spacing& spacing)
{
    std::vector<ColumnExtent> extents(layers.columnCount);
    std::vector<std::uint8_t> border(layers.columnCount, 0);
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) {
        ColumnExtent& extent = extents[layers.cells[i].column];
        extent.right = std::max(extent.right, graph.boxes[i].width);
        if (graph.boxes[i].kind != BoxKind::Inside) {
            border[layers.cells[i].column] = 1;
        }
    }
    double x = 0.0;
    for (std::size_t c = 0; c < extents.size(); ++c) {
        const bool first = c == 0 || border[c - 1] != 0;
        if (border[c] == 0) {
            x += c == 0 || (first && c == 1) ? spacing.left : spacing.columnGap;
        } else if (c > 0) {
            x += spacing.right;
        }
        extents[c].left = x;
        x += extents[c].right;
        extents[c].right = x;
    }
    return extents;
}

void addPoint(Places& places, double x, double y)
{
    places.points.emplace_back(x, y);
}

/// The way of each wire: over the full width of the columns that it passes, so that it bends between them
/// only.
void leadWires(const BoxGraph& graph, const Layers& layers, const std::vector<ColumnExtent>& extents,
               double lane, Places& places)
{
    places.ways.resize(graph.wires.size());
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        const Wire& wire = graph.wires[w];
        Way& way = places.ways[w];
        way.first = static_cast<std::uint32_t>(places.points.size());
        if (layers.backwards[w] != 0) {
            continue;
        }
        const std::uint32_t fromColumn = layers.cells[wire.from].column;
        const std::uint32_t toColumn = layers.cells[wire.to].column;
        const QPointF& from = places.corners[wire.from];
        const QPointF& to = places.corners[wire.to];
        if (from.x() + graph.boxes[wire.from].width < extents[fromColumn].right - 1.0) {
            addPoint(places, extents[fromColumn].right, from.y() + wire.fromOffset);
        }
        if (layers.inLane[w] != 0) {
            addPoint(places, extents[fromColumn + 1].left, lane);
            addPoint(places, extents[toColumn - 1].right, lane);
        }
        const Way chain = layers.chains[w];
        for (std::uint32_t k = 0; k < chain.count; ++k) {
            const Cell& cell = layers.cells[chain.first + k];
            addPoint(places, extents[cell.column].left, cell.y);
            if (extents[cell.column].right > extents[cell.column].left) {
                addPoint(places, extents[cell.column].right, cell.y);
            }
        }
        if (to.x() > extents[toColumn].left + 1.0) {
            addPoint(places, extents[toColumn].left, to.y() + wire.toOffset);
        }
        way.count = static_cast<std::uint32_t>(places.points.size()) - way.first;
    }
}

bool isPlain(const BoxGraph& graph)
{
    std::size_t inside = 0;
    for (const Box& box : graph.boxes) {
        inside += box.kind == BoxKind::Inside ? 1 : 0;
    }
    return inside > longestPlainColumn && std::ranges::none_of(graph.wires, [&graph](const Wire& wire) {
               return graph.boxes[wire.from].kind == BoxKind::Inside &&
                      graph.boxes[wire.to].kind == BoxKind::Inside;
           });
}

/// Many boxes of about one size without wires between them, such as a sample's numbers or a layer's neurons:
/// row by row in a square, which for an image is the image. Wires run in along above each row and out below.
Places placeInSquare(const BoxGraph& graph, const Spacing& spacing)
{
    double width = 0.0;
    double height = 0.0;
    std::size_t count = 0;
    for (const Box& box : graph.boxes) {
        width = std::max(width, box.width);
        height = std::max(height, box.height);
        count += box.kind == BoxKind::Inside ? 1 : 0;
    }
    const auto side = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(count))));
    const double step = width + spacing.columnGap / 2;
    Places places;
    places.width = spacing.left + static_cast<double>(side) * step - spacing.columnGap / 2 + spacing.right;
    const std::size_t rows = (count + side - 1) / side;
    const double rowStep = height + spacing.rowGap;
    places.height = spacing.top + static_cast<double>(rows) * rowStep + spacing.bottom;
    std::size_t next = 0;
    for (const Box& box : graph.boxes) {
        if (box.kind == BoxKind::Inside) {
            places.corners.emplace_back(spacing.left + static_cast<double>(next % side) * step,
                                        spacing.top + static_cast<double>(next / side) * rowStep);
            ++next;
        } else {
            places.corners.emplace_back(box.kind == BoxKind::Entry ? 0.0 : places.width, places.height / 2);
        }
    }
    places.ways.resize(graph.wires.size());
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        const Wire& wire = graph.wires[w];
        const QPointF from = places.corners[wire.from];
        const QPointF to = places.corners[wire.to];
        places.ways[w].first = static_cast<std::uint32_t>(places.points.size());
        if (graph.boxes[wire.from].kind == BoxKind::Inside) {
            const double lane = from.y() + height + spacing.rowGap / 2;
            const double start = from.x() + width + spacing.columnGap / 2;
            const double last = places.width - spacing.right;
            if (start < last) {
                addPoint(places, start, lane);
                addPoint(places, last, lane);
            }
        } else if (graph.boxes[wire.to].kind == BoxKind::Inside && to.x() > spacing.left + 1.0) {
            const double lane = to.y() - spacing.rowGap / 2;
            addPoint(places, spacing.left, lane);
            addPoint(places, to.x() - spacing.columnGap / 4, lane);
        }
        places.ways[w].count = static_cast<std::uint32_t>(places.points.size()) - places.ways[w].first;
    }
    return places;
}

/// Entries and exits whose wires run in the lane lie at its level.
void moveToLane(const BoxGraph& graph, Layers& layers, double lane)
{
    std::vector<std::uint8_t> inLane(graph.boxes.size(), 0);
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        if (layers.inLane[w] != 0) {
            inLane[graph.wires[w].from] = 1;
            inLane[graph.wires[w].to] = 1;
        }
    }
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) {
        if (graph.boxes[i].kind != BoxKind::Inside && inLane[i] != 0) {
            layers.cells[i].y = lane;
        }
    }
}

} // namespace

Places placeBoxes(const BoxGraph& graph, const Spacing& spacing)
{
    if (isPlain(graph)) {
        return placeInSquare(graph, spacing);
    }
    Layers layers = makeLayers(graph, spacing);
    orderCells(layers);
    placeRows(layers);

    double top = layers.cells.empty() ? 0.0 : layers.cells.front().y;
    double bottom = top;
    for (const Cell& cell : layers.cells) {
        top = std::min(top, cell.y);
        bottom = std::max(bottom, cell.y + cell.height);
    }
    if (std::ranges::find(layers.inLane, 1) != layers.inLane.end()) {
        bottom += spacing.rowGap;
        moveToLane(graph, layers, bottom);
    }
    for (Cell& cell : layers.cells) {
        cell.y += spacing.top - top;
    }
    const double lane = bottom + spacing.top - top;

    Places places;
    const std::vector<ColumnExtent> extents = columnExtents(graph, layers, spacing);
    places.width = spacing.left + spacing.right;
    if (!extents.empty()) {
        const bool exits =
            std::ranges::any_of(graph.boxes, [](const Box& box) { return box.kind == BoxKind::Exit; });
        places.width = extents.back().right + (exits ? 0.0 : spacing.right);
    }
    places.height = lane + spacing.bottom;
    places.corners.reserve(graph.boxes.size());
    std::vector<std::uint8_t> entered(graph.boxes.size(), 0);
    for (const Wire& wire : graph.wires) {
        entered[wire.to] = 1;
    }
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) {
        const ColumnExtent& extent = extents[layers.cells[i].column];
        // What starts here stands close to its use, what is computed close to what it is computed from.
        const double x = entered[i] != 0 ? extent.left : extent.right - graph.boxes[i].width;
        places.corners.emplace_back(x, layers.cells[i].y);
    }
    leadWires(graph, layers, extents, lane, places);
    return places;
}

} // namespace chainrule::boxes
