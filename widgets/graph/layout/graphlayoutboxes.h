// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// One level of the drawing: boxes of any size and the wires between them, without knowing what they stand
// for.
namespace chainrule::boxes {

enum class BoxKind : std::uint8_t {
    Inside,
    Entry, ///< a point on the left border, where wires come in
    Exit,  ///< a point on the right border
};

struct Box {
    double width = 0.0;
    double height = 0.0;
    BoxKind kind = BoxKind::Inside;
};

/// From the right side of a box to the left side of another, at distances from their tops.
struct Wire {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    double fromOffset = 0.0;
    double toOffset = 0.0;
    int slot =
        0; ///< wires that end at one box are put into this order, from the top, where nothing else counts
};

struct BoxGraph {
    std::vector<Box> boxes;
    std::vector<Wire> wires;
};

struct Spacing {
    double columnGap = 72;
    double rowGap = 20;
    double left = 0; ///< between the border and the first column
    double right = 0;
    double top = 0;
    double bottom = 0;
};

/// Where a wire runs between its two ends: indices into Places::points.
struct Way {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

struct Places {
    std::vector<QPointF> corners; ///< the upper left one of each box; the point of an Entry or Exit
    std::vector<QPointF> points;
    std::vector<Way> ways; ///< of each wire
    double width = 0.0;
    double height = 0.0;
};

/// Places the boxes in columns and rows inside a border whose upper left corner is the origin.
[[nodiscard]] Places placeBoxes(const BoxGraph& graph, const Spacing& spacing);

// The steps of placeBoxes().

/// Numbers grouped by a key: those of key k are items[start[k]] to items[start[k + 1] - 1], in their order.
struct Lists {
    std::vector<std::uint32_t> start;
    std::vector<std::uint32_t> items;
    [[nodiscard]] std::span<const std::uint32_t> of(std::size_t key) const
    {
        return std::span(items).subspan(start[key], start[key + 1] - start[key]);
    }
};
[[nodiscard]] Lists grouped(std::size_t keyCount, std::span<const std::uint32_t> keys);

/// A box, or a point where a long wire passes through a column.
struct Cell {
    std::uint32_t column = 0;
    std::uint32_t position = 0; ///< in the column, from the top
    double height = 0.0;
    double margin = 0.0; ///< half of the gap to a neighbour of its kind
    double y = 0.0;      ///< of its top
};

/// A wire, or the part of it from one column to the next.
struct Piece {
    std::uint32_t from = 0; ///< cells
    std::uint32_t to = 0;
    double fromOffset = 0.0;
    double toOffset = 0.0;
    double weight = 1.0; ///< how much it matters that it is straight
    int slot = 0;
};

struct Layers {
    std::vector<Cell> cells; ///< the boxes first
    std::vector<Piece> pieces;
    Lists in;  ///< pieces that end at each cell, by slot
    Lists out; ///< and that start there
    std::size_t columnCount = 0;
    /// Cells by column, those of a column from the top.
    std::vector<std::uint32_t> order;
    std::vector<std::uint32_t> columnStart;
    [[nodiscard]] std::span<std::uint32_t> cellsOf(std::size_t column)
    {
        return std::span(order).subspan(columnStart[column], columnStart[column + 1] - columnStart[column]);
    }

    /// Of each box a number to sort those by that nothing comes after: its own; an exit's the least of the
    /// boxes that lead to it.
    std::vector<std::uint32_t> rank;
    /// Of each wire: the cells that it passes, consecutive ones; a wire in the lane passes none.
    std::vector<Way> chains;
    std::vector<std::uint8_t> inLane;    ///< long wires that run along the bottom instead
    std::vector<std::uint8_t> backwards; ///< wires that close a cycle, which are left out
};

/// Columns, and what passes through them.
[[nodiscard]] Layers makeLayers(const BoxGraph& graph, const Spacing& spacing);
/// Sorts the cells of each column.
void orderCells(Layers& layers);
/// Gives each cell its y; the top may be anywhere.
void placeRows(Layers& layers);

} // namespace chainrule::boxes
