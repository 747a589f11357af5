// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphlayoutboxes.h"

#include <algorithm>
#include <cmath>

namespace chainrule::boxes {

namespace {

/// Cells that touch, and where the first of them wants to be.
struct Block {
    double place;
    double weight;
    std::size_t count;
};

enum class Side : std::uint8_t { Left, Right, Both };

/// The least squares distance from where the neighbours want the cells, with the gaps kept: the
/// pool-adjacent- violators algorithm for isotonic regression, linear in the column.
void settle(Layers& layers, std::size_t column, Side side, std::vector<Block>& blocks)
{
    constexpr double inertia = 1e-3; // of a cell that nobody pulls
    const std::span<std::uint32_t> cells = layers.cellsOf(column);
    blocks.clear();
    double distance = 0.0; // of the cell from the first one if all touch
    const Cell* above = nullptr;
    for (const std::uint32_t i : cells) {
        const Cell& cell = layers.cells[i];
        double sum = inertia * cell.y;
        double weight = inertia;
        if (side != Side::Right) {
            for (const std::uint32_t p : layers.in.of(i)) {
                const Piece& piece = layers.pieces[p];
                sum += piece.weight * (layers.cells[piece.from].y + piece.fromOffset - piece.toOffset);
                weight += piece.weight;
            }
        }
        if (side != Side::Left) {
            for (const std::uint32_t p : layers.out.of(i)) {
                const Piece& piece = layers.pieces[p];
                sum += piece.weight * (layers.cells[piece.to].y + piece.toOffset - piece.fromOffset);
                weight += piece.weight;
            }
        }
        if (above != nullptr) {
            distance += above->height + above->margin + cell.margin;
        }
        above = &cell;
        Block block{sum / weight - distance, weight, 1};
        while (!blocks.empty() && blocks.back().place >= block.place) {
            const Block& last = blocks.back();
            const double both = last.weight + block.weight;
            block = {(last.place * last.weight + block.place * block.weight) / both, both,
                     last.count + block.count};
            blocks.pop_back();
        }
        blocks.push_back(block);
    }
    std::size_t k = 0;
    distance = 0.0;
    above = nullptr;
    for (const Block& block : blocks) {
        for (std::size_t n = 0; n < block.count; ++n, ++k) {
            Cell& cell = layers.cells[cells[k]];
            if (above != nullptr) {
                distance += above->height + above->margin + cell.margin;
            }
            above = &cell;
            cell.y = block.place + distance;
        }
    }
}

void stack(Layers& layers, std::size_t column)
{
    double y = 0.0;
    for (const std::uint32_t i : layers.cellsOf(column)) {
        Cell& cell = layers.cells[i];
        cell.y = y + cell.margin;
        y = cell.y + cell.height + cell.margin;
    }
    for (const std::uint32_t i : layers.cellsOf(column)) {
        layers.cells[i].y -= y / 2;
    }
}

/// Makes wires straight that almost are: moves cells by little, as far as their neighbours in the column let
/// them, to the level of what leads to them.
void straighten(Layers& layers, std::size_t column)
{
    constexpr double furthest = 10.0;
    const std::span<std::uint32_t> cells = layers.cellsOf(column);
    for (std::size_t k = 0; k < cells.size(); ++k) {
        Cell& cell = layers.cells[cells[k]];
        const Piece* strongest = nullptr;
        bool equal = false;
        for (const std::uint32_t p : layers.in.of(cells[k])) {
            const Piece& piece = layers.pieces[p];
            equal =
                strongest != nullptr && piece.weight == strongest->weight && piece.from != strongest->from;
            if (strongest == nullptr || piece.weight > strongest->weight) {
                strongest = &piece;
            }
        }
        if (strongest == nullptr || equal) {
            continue;
        }
        double y = layers.cells[strongest->from].y + strongest->fromOffset - strongest->toOffset;
        if (std::abs(y - cell.y) > furthest) {
            continue;
        }
        if (k + 1 < cells.size()) {
            const Cell& below = layers.cells[cells[k + 1]];
            y = std::min(y, below.y - below.margin - cell.margin - cell.height);
        }
        if (k > 0) {
            const Cell& above = layers.cells[cells[k - 1]];
            y = std::max(y, above.y + above.height + above.margin + cell.margin);
        }
        cell.y = y;
    }
}

} // namespace

void placeRows(Layers& layers)
{
    std::vector<Block> blocks;
    for (std::size_t column = 0; column < layers.columnCount; ++column) {
        stack(layers, column);
    }
    const auto rightward = [&](Side side) {
        for (std::size_t column = 0; column < layers.columnCount; ++column) {
            settle(layers, column, side, blocks);
        }
    };
    const auto leftward = [&](Side side) {
        for (std::size_t column = layers.columnCount; column-- > 0;) {
            settle(layers, column, side, blocks);
        }
    };
    rightward(Side::Left);
    leftward(Side::Right);
    rightward(Side::Left);
    leftward(Side::Right);
    for (int i = 0; i < 3; ++i) {
        rightward(Side::Both);
        leftward(Side::Both);
    }
    for (std::size_t column = 1; column < layers.columnCount; ++column) {
        straighten(layers, column);
    }
}

} // namespace chainrule::boxes
