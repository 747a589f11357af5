// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout/graphlayoutboxes.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace chainrule::boxes {

namespace {

constexpr double spineWeight = 1e4; // so that a long chain does not drift
constexpr double leafWeight = 0.05;
constexpr std::uint32_t spineDepth = 3;     // where a neuron's sums have become one
constexpr double passMargin = 6.0;          // around a wire that passes through a column
constexpr std::uint32_t longestPassing = 4; // columns; what a wire may span where not all can be led through
constexpr std::uint32_t mostPassing = 32;   // wires through one column

bool isInside(const BoxGraph& graph, std::uint32_t box)
{
    return graph.boxes[box].kind == BoxKind::Inside;
}

struct Columns {
    std::vector<std::uint32_t> column;
    std::vector<std::uint32_t> depth; ///< the longest way from a leaf
    std::vector<std::uint8_t> backwards;
};

/// Boxes after those that lead to them; of a cycle, which no graph of an engine has, in any order.
std::vector<std::uint32_t> topologicalOrder(const BoxGraph& graph, const Lists& out)
{
    std::vector<std::uint32_t> waiting(graph.boxes.size(), 0);
    for (const Wire& wire : graph.wires) {
        ++waiting[wire.to];
    }
    std::vector<std::uint32_t> order;
    order.reserve(graph.boxes.size());
    std::vector<std::uint8_t> placed(graph.boxes.size(), 0);
    std::size_t head = 0;
    const auto follow = [&] {
        for (; head < order.size(); ++head) {
            for (const std::uint32_t w : out.of(order[head])) {
                const std::uint32_t to = graph.wires[w].to;
                if (--waiting[to] == 0 && placed[to] == 0) {
                    placed[to] = 1;
                    order.push_back(to);
                }
            }
        }
    };
    for (std::uint32_t i = 0; i < graph.boxes.size(); ++i) {
        if (waiting[i] == 0) {
            placed[i] = 1;
            order.push_back(i);
        }
    }
    follow();
    for (std::uint32_t i = 0; order.size() < graph.boxes.size(); ++i) {
        if (placed[i] == 0) {
            placed[i] = 1;
            order.push_back(i);
            follow();
        }
    }
    return order;
}

/// Longest paths from the left; then, from the right, whatever has slack moves next to its first use where
/// the wires do not become longer in all. A box with a single use comes along for nothing if it is a leaf.
Columns findColumns(const BoxGraph& graph, const Lists& in, const Lists& out)
{
    const std::size_t count = graph.boxes.size();
    Columns result;
    result.column.assign(count, 0);
    result.backwards.assign(graph.wires.size(), 0);
    const std::vector<std::uint32_t> order = topologicalOrder(graph, out);
    std::vector<std::uint32_t> rank(count, 0);
    for (std::uint32_t i = 0; i < count; ++i) {
        rank[order[i]] = i;
    }
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        result.backwards[w] = rank[graph.wires[w].from] >= rank[graph.wires[w].to] ? 1 : 0;
    }

    std::vector<std::uint32_t> burden(count, 0); // columns of wire that a step to the right costs on the left
    std::vector<std::uint32_t> uses(count, 0);
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        const Wire& wire = graph.wires[w];
        if (result.backwards[w] == 0 && isInside(graph, wire.to)) {
            ++uses[wire.from];
        }
    }
    for (const std::uint32_t i : order) {
        for (const std::uint32_t w : in.of(i)) {
            const std::uint32_t from = graph.wires[w].from;
            if (result.backwards[w] == 0 && isInside(graph, from)) {
                result.column[i] = std::max(result.column[i], result.column[from] + 1);
                burden[i] += uses[from] == 1 ? std::min(burden[from], 1U) : 1U;
            }
        }
    }
    result.depth = result.column;
    for (std::size_t k = count; k-- > 0;) {
        const std::uint32_t i = order[k];
        if (uses[i] == 0 || uses[i] < burden[i] || !isInside(graph, i)) {
            continue;
        }
        std::uint32_t first = std::numeric_limits<std::uint32_t>::max();
        for (const std::uint32_t w : out.of(i)) {
            if (result.backwards[w] == 0 && isInside(graph, graph.wires[w].to)) {
                first = std::min(first, result.column[graph.wires[w].to]);
            }
        }
        result.column[i] = std::max(result.column[i], first - 1);
    }

    // Entries to the left of everything and exits to the right.
    std::uint32_t last = 0;
    bool entries = false;
    for (std::uint32_t i = 0; i < count; ++i) {
        entries = entries || graph.boxes[i].kind == BoxKind::Entry;
        last = isInside(graph, i) ? std::max(last, result.column[i]) : last;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t shift = entries ? 1 : 0;
        switch (graph.boxes[i].kind) {
        case BoxKind::Inside:
            result.column[i] += shift;
            break;
        case BoxKind::Entry:
            result.column[i] = 0;
            break;
        case BoxKind::Exit:
            result.column[i] = last + shift + 1;
            break;
        }
    }
    return result;
}

/// For each wire how much it should be straight. Where one of the ways into a box is much longer than the
/// others, as along the sums of a neuron, it is the spine and goes straight on; else the box stands in the
/// middle. Where nothing but leaves of its own lead to a box beside the
/// spine, they follow it and not the other way round.
std::vector<double> findWeights(const BoxGraph& graph, const Columns& columns, const Lists& in,
                                const Lists& out)
{
    std::vector<double> weights(graph.wires.size(), 1.0);
    const auto follows = [&](std::uint32_t w) {
        const std::uint32_t from = graph.wires[w].from;
        return !isInside(graph, from) || (in.of(from).empty() && out.of(from).size() == 1);
    };
    for (std::uint32_t i = 0; i < graph.boxes.size(); ++i) {
        std::uint32_t deepest = 0;
        std::uint32_t second = 0;
        std::uint32_t spine = std::numeric_limits<std::uint32_t>::max();
        for (const std::uint32_t w : in.of(i)) {
            const std::uint32_t depth = columns.depth[graph.wires[w].from] + 1;
            if (depth > deepest) {
                second = deepest;
                deepest = depth;
                spine = w;
            } else {
                second = std::max(second, depth);
            }
        }
        if (!out.of(i).empty() && columns.depth[graph.wires[out.of(i).front()].to] > spineDepth &&
            std::ranges::all_of(in.of(i), follows)) {
            for (const std::uint32_t w : in.of(i)) {
                weights[w] = leafWeight;
            }
            continue;
        }
        if (second == 0 || deepest - second < 2) {
            continue;
        }
        const bool clear = deepest - second > 2;
        for (const std::uint32_t w : in.of(i)) {
            weights[w] = w == spine ? (clear ? spineWeight : 1.0) : (clear ? 1.0 : 0.5);
        }
    }
    return weights;
}

/// Wires of one box share the cells that they pass, so that they look like one that forks. A second wire to
/// the same box has cells of its own. Returns the number of cells; `longest` is the widest span taken.
std::uint32_t assignChains(const BoxGraph& graph, const Columns& columns, const Lists& out,
                           std::uint32_t longest, Layers& layers)
{
    auto next = static_cast<std::uint32_t>(graph.boxes.size());
    std::vector<std::uint32_t> seen(graph.boxes.size(), std::numeric_limits<std::uint32_t>::max());
    for (std::uint32_t i = 0; i < graph.boxes.size(); ++i) {
        std::uint32_t shared = 0;
        for (const std::uint32_t w : out.of(i)) {
            const std::uint32_t to = graph.wires[w].to;
            layers.chains[w] = {};
            layers.inLane[w] = 0;
            if (columns.backwards[w] != 0) {
                continue;
            }
            const std::uint32_t span = columns.column[to] - columns.column[i];
            if (span < 2) {
                continue;
            }
            if (span > longest) {
                layers.inLane[w] = 1;
                continue;
            }
            layers.chains[w].count = span - 1;
            if (seen[to] == i) {
                layers.chains[w].first = next;
                next += span - 1;
                continue;
            }
            seen[to] = i;
            shared = std::max(shared, span - 1);
        }
        for (const std::uint32_t w : out.of(i)) {
            if (layers.chains[w].count > 0 && layers.chains[w].first == 0) {
                layers.chains[w].first = next;
            }
        }
        next += shared;
    }
    return next - static_cast<std::uint32_t>(graph.boxes.size());
}

/// Whether few enough wires pass through each column.
bool isRoomy(const BoxGraph& graph, const Columns& columns, const Layers& layers, std::uint32_t cellCount)
{
    std::vector<std::uint32_t> passing(layers.columnCount, 0);
    std::vector<std::uint8_t> seen(cellCount, 0);
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        const Way chain = layers.chains[w];
        for (std::uint32_t k = 0; k < chain.count; ++k) {
            std::uint8_t& mark = seen[chain.first + k - graph.boxes.size()];
            if (mark == 0 && ++passing[columns.column[graph.wires[w].from] + 1 + k] > mostPassing) {
                return false;
            }
            mark = 1;
        }
    }
    return true;
}

void addPieces(const BoxGraph& graph, const Columns& columns, const std::vector<double>& weights,
               Layers& layers)
{
    std::vector<std::uint8_t> linked(layers.cells.size(), 0); // cells whose piece from the left is there
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        const Wire& wire = graph.wires[w];
        if (layers.inLane[w] != 0 || columns.backwards[w] != 0) {
            continue;
        }
        Piece piece{wire.from, wire.to, wire.fromOffset, wire.toOffset, weights[w], wire.slot};
        const Way chain = layers.chains[w];
        for (std::uint32_t k = 0; k < chain.count; ++k) {
            const std::uint32_t cell = chain.first + k;
            if (linked[cell] == 0) {
                linked[cell] = 1;
                layers.cells[cell].column = columns.column[wire.from] + 1 + k;
                layers.cells[cell].margin = passMargin;
                layers.pieces.push_back(
                    {piece.from, cell, piece.fromOffset, 0.0, k == 0 ? 2.0 : 8.0, wire.slot});
            }
            piece.from = cell;
            piece.fromOffset = 0.0;
        }
        layers.pieces.push_back(piece);
    }
}

} // namespace

Lists grouped(std::size_t keyCount, std::span<const std::uint32_t> keys)
{
    Lists lists;
    lists.start.assign(keyCount + 1, 0);
    for (const std::uint32_t key : keys) {
        ++lists.start[key + 1];
    }
    for (std::size_t i = 1; i <= keyCount; ++i) {
        lists.start[i] += lists.start[i - 1];
    }
    lists.items.resize(keys.size());
    std::vector<std::uint32_t> next(lists.start.begin(), lists.start.end() - 1);
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        lists.items[next[keys[i]]++] = i;
    }
    return lists;
}

Layers makeLayers(const BoxGraph& graph, const Spacing& spacing)
{
    std::vector<std::uint32_t> keys(graph.wires.size());
    std::ranges::transform(graph.wires, keys.begin(), &Wire::from);
    const Lists out = grouped(graph.boxes.size(), keys);
    std::ranges::transform(graph.wires, keys.begin(), &Wire::to);
    const Lists in = grouped(graph.boxes.size(), keys);
    const Columns columns = findColumns(graph, in, out);

    Layers layers;
    layers.backwards = columns.backwards;
    layers.chains.resize(graph.wires.size());
    layers.inLane.resize(graph.wires.size());
    for (const std::uint32_t column : columns.column) {
        layers.columnCount = std::max<std::size_t>(layers.columnCount, column + 1);
    }
    // Cells for all long wires would be quadratic in a chain that uses a value at every link.
    const std::size_t size = graph.boxes.size() + graph.wires.size();
    std::size_t total = 0;
    for (std::size_t w = 0; w < graph.wires.size(); ++w) {
        if (columns.backwards[w] == 0) {
            total += columns.column[graph.wires[w].to] - columns.column[graph.wires[w].from];
        }
    }
    std::uint32_t extra = 0;
    const bool few = total < 16 * size + 64;
    if (few) {
        extra = assignChains(graph, columns, out, std::numeric_limits<std::uint32_t>::max(), layers);
    }
    if (!few || extra > size + 32 || !isRoomy(graph, columns, layers, extra)) {
        extra = assignChains(graph, columns, out, longestPassing, layers);
    }

    layers.cells.resize(graph.boxes.size() + extra);
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) {
        layers.cells[i].column = columns.column[i];
        layers.cells[i].height = graph.boxes[i].height;
        layers.cells[i].margin = graph.boxes[i].kind == BoxKind::Inside ? spacing.rowGap / 2 : passMargin;
    }
    layers.rank.resize(graph.boxes.size());
    std::iota(layers.rank.begin(), layers.rank.end(), 0U);
    for (const Wire& wire : graph.wires) {
        if (!isInside(graph, wire.to)) {
            layers.rank[wire.to] = std::min(layers.rank[wire.to], wire.from);
        }
    }
    addPieces(graph, columns, findWeights(graph, columns, in, out), layers);

    std::vector<std::uint32_t> ends(layers.pieces.size());
    std::ranges::transform(layers.pieces, ends.begin(), &Piece::from);
    layers.out = grouped(layers.cells.size(), ends);
    std::ranges::transform(layers.pieces, ends.begin(), &Piece::to);
    layers.in = grouped(layers.cells.size(), ends);
    for (std::size_t i = 0; i < layers.cells.size(); ++i) {
        const auto begin = layers.in.items.begin();
        std::stable_sort(begin + layers.in.start[i], begin + layers.in.start[i + 1],
                         [&layers](std::uint32_t a, std::uint32_t b) {
                             return layers.pieces[a].slot < layers.pieces[b].slot;
                         });
    }
    return layers;
}

} // namespace chainrule::boxes
