// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphlayoutboxes.h"

#include <algorithm>

namespace chainrule::boxes {

namespace {

constexpr int sweepCount = 8;

/// A place along a column: the position, and inside the cell how far down.
double placeOf(const Cell& cell, double offset)
{
    return cell.position + (cell.height > 0.0 ? std::clamp(offset / cell.height, 0.0, 1.0) : 0.5) * 0.9;
}

/// As one meets the cells on the way from the last to the first, the upper parent first: a tree comes out
/// without crossings.
void orderByWalk(Layers& layers)
{
    std::vector<std::uint32_t> next(layers.columnStart.begin(), layers.columnStart.end() - 1);
    std::vector<std::uint8_t> placed(layers.cells.size(), 0);
    std::vector<std::uint32_t> stack;
    const auto walkFrom = [&](std::uint32_t root) {
        stack.assign(1, root);
        while (!stack.empty()) {
            const std::uint32_t i = stack.back();
            stack.pop_back();
            if (placed[i] != 0) {
                continue;
            }
            placed[i] = 1;
            layers.order[next[layers.cells[i].column]++] = i;
            const std::span<const std::uint32_t> in = layers.in.of(i);
            for (std::size_t k = in.size(); k-- > 0;) {
                stack.push_back(layers.pieces[in[k]].from);
            }
        }
    };
    std::vector<std::uint32_t> roots;
    for (std::uint32_t i = 0; i < layers.rank.size(); ++i) {
        if (layers.out.of(i).empty()) {
            roots.push_back(i);
        }
    }
    std::ranges::stable_sort(roots, {}, [&layers](std::uint32_t i) { return layers.rank[i]; });
    std::ranges::for_each(roots, walkFrom);
    // Only what lies on a cycle is left, if anything.
    for (std::uint32_t i = 0; i < layers.cells.size(); ++i) {
        walkFrom(i);
    }
}

void numberPositions(Layers& layers, std::size_t column)
{
    std::uint32_t position = 0;
    for (const std::uint32_t i : layers.cellsOf(column)) {
        layers.cells[i].position = position++;
    }
}

struct End {
    double from;
    double to;
};

/// Pairs (i < j) with ends[i].to > ends[j].to, by merging; sorts by `to`.
std::uint64_t countInversions(std::vector<End>& ends, std::vector<End>& scratch)
{
    std::uint64_t count = 0;
    scratch.resize(ends.size());
    for (std::size_t width = 1; width < ends.size(); width *= 2) {
        for (std::size_t begin = 0; begin < ends.size(); begin += 2 * width) {
            const std::size_t middle = std::min(begin + width, ends.size());
            const std::size_t end = std::min(begin + 2 * width, ends.size());
            std::size_t a = begin;
            std::size_t b = middle;
            for (std::size_t k = begin; k < end; ++k) {
                if (b == end || (a < middle && ends[a].to <= ends[b].to)) {
                    scratch[k] = ends[a++];
                } else {
                    count += middle - a;
                    scratch[k] = ends[b++];
                }
            }
        }
        ends.swap(scratch);
    }
    return count;
}

std::uint64_t countCrossings(Layers& layers)
{
    std::uint64_t crossings = 0;
    std::vector<End> ends;
    std::vector<End> scratch;
    for (std::size_t column = 0; column < layers.columnCount; ++column) {
        ends.clear();
        for (const std::uint32_t i : layers.cellsOf(column)) {
            for (const std::uint32_t p : layers.out.of(i)) {
                const Piece& piece = layers.pieces[p];
                ends.push_back({placeOf(layers.cells[i], piece.fromOffset),
                                placeOf(layers.cells[piece.to], piece.toOffset)});
            }
        }
        const auto before = [](const End& a, const End& b) {
            return a.from != b.from ? a.from < b.from : a.to < b.to;
        };
        if (!std::ranges::is_sorted(ends, before)) {
            std::ranges::sort(ends, before);
        }
        crossings += countInversions(ends, scratch);
    }
    return crossings;
}

/// Sorts a column by the mean place of the neighbours on one side; cells without any keep their positions.
void sortByNeighbours(Layers& layers, std::size_t column, bool left)
{
    struct Key {
        double mean;
        std::uint32_t cell;
    };
    const std::span<std::uint32_t> cells = layers.cellsOf(column);
    std::vector<Key> keys;
    for (const std::uint32_t i : cells) {
        const std::span<const std::uint32_t> pieces = left ? layers.in.of(i) : layers.out.of(i);
        if (pieces.empty()) {
            continue;
        }
        double sum = 0.0;
        for (const std::uint32_t p : pieces) {
            const Piece& piece = layers.pieces[p];
            sum += left ? placeOf(layers.cells[piece.from], piece.fromOffset)
                        : placeOf(layers.cells[piece.to], piece.toOffset);
        }
        keys.push_back({sum / static_cast<double>(pieces.size()), i});
    }
    std::ranges::stable_sort(keys, {}, &Key::mean);
    auto key = keys.begin();
    for (std::uint32_t& i : cells) {
        if (!(left ? layers.in.of(i) : layers.out.of(i)).empty()) {
            i = (key++)->cell;
        }
    }
    numberPositions(layers, column);
}

} // namespace

void orderCells(Layers& layers)
{
    std::vector<std::uint32_t> columns(layers.cells.size());
    std::ranges::transform(layers.cells, columns.begin(), &Cell::column);
    Lists lists = grouped(layers.columnCount, columns);
    layers.columnStart = std::move(lists.start);
    layers.order = std::move(lists.items);
    orderByWalk(layers);
    for (std::size_t column = 0; column < layers.columnCount; ++column) {
        numberPositions(layers, column);
    }

    std::uint64_t fewest = countCrossings(layers);
    std::vector<std::uint32_t> best = layers.order;
    for (int sweep = 0; sweep < sweepCount && fewest > 0; ++sweep) {
        const bool left = sweep % 2 == 1;
        for (std::size_t k = 1; k < layers.columnCount; ++k) {
            sortByNeighbours(layers, left ? k : layers.columnCount - 1 - k, left);
        }
        const std::uint64_t crossings = countCrossings(layers);
        if (crossings < fewest) {
            fewest = crossings;
            best = layers.order;
        }
    }
    layers.order = std::move(best);
    for (std::size_t column = 0; column < layers.columnCount; ++column) {
        numberPositions(layers, column);
    }
}

} // namespace chainrule::boxes
