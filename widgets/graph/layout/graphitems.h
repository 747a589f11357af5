// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/graph/layout/graphlayout.h"

#include <cstdint>
#include <vector>

namespace chainrule {

/// What of a graph is shown, before anything has a place: items without rectangles and edges without ways.
struct ShownGraph {
    std::vector<LayoutItem> items;
    std::vector<LayoutEdge> edges; ///< those of one `from` stand together, in the order of items
    std::vector<std::uint32_t> itemOfNode;
};

/// Frames for open groups, cards for closed ones and for the nodes that are in none of those. Uses inside a
/// closed group vanish, others become edges. Linear in nodes and groups.
[[nodiscard]] ShownGraph shownGraph(const scalar::NamedGraph& named, const std::vector<bool>& open);

} // namespace chainrule
