// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scalar/namedgraph.h"

#include <QPointF>
#include <QRectF>
#include <QSizeF>

#include <cstdint>
#include <vector>

namespace chainrule {

/// Sizes in the drawing's own units, which are pixels at a zoom of 1.
struct LayoutMetrics {
    QSizeF node{132, 72};
    QSizeF group{176, 92}; ///< a closed group's card
    double columnGap = 72;
    double groupGap = 44; ///< between the columns of a level that shows nothing but closed groups
    double rowGap = 20;
    double groupPadding = 18; ///< inside an open group's frame
    double groupHeader = 30;  ///< for its title
};

/// A card: a node, or a group that is closed; or the frame of an open group.
struct LayoutItem {
    scalar::NodeId node = scalar::noNode;
    int group = -1; ///< of a closed group's card and of a frame
    bool frame = false;
    int parent = -1; ///< the item of the frame that it lies in, which comes before it
    QRectF rect;
};

/// From the right side of one item to the left side of another. An edge between two nodes that are both shown
/// is one use; edges that end at a closed group are joined, whatever number of uses they stand for.
struct LayoutEdge {
    std::uint32_t from = 0; ///< items
    std::uint32_t to = 0;
    std::uint32_t uses = 1;
    scalar::NodeId child = scalar::noNode; ///< of a single use: the node that uses the other, and
    int slot = 0;                          ///< which of its parents that is
    std::uint32_t firstPoint = 0;          ///< the way in GraphLayout::points, both ends included
    std::uint32_t pointCount = 0;
};

/// Where everything is. The way of an edge is a chain of points with growing x, to be joined by curves that
/// are horizontal at each.
struct GraphLayout {
    std::vector<LayoutItem> items; ///< frames before what lies in them
    std::vector<LayoutEdge> edges;
    std::vector<QPointF> points;
    std::vector<std::uint32_t>
        itemOfNode; ///< for each node of the graph: its card, or the closed group's; noItem
    QRectF bounds;
};
inline constexpr std::uint32_t noItem = 0xffffffff;

/// A layered drawing from left to right, after Sugiyama, Tagawa and Toda (1981): every edge leads to a column
/// further right; a leaf stands right before its first use; rows are ordered by a few sweeps over the
/// neighbours' positions. An open group is laid out by itself and takes part in the whole as one box. Time is
/// linear in nodes and edges, but for the sorting within columns. The same structure and the same open groups
/// give the same drawing, whatever the values.
///
/// `open` tells of each group of the graph whether it is open; a group inside a closed one is not shown.
[[nodiscard]] GraphLayout layoutGraph(const scalar::NamedGraph& named, const std::vector<bool>& open,
                                      const LayoutMetrics& metrics = {});

} // namespace chainrule
